//! Notes on devices, newest first. Deleting is idempotent; a deletion of nothing is no change.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Served;
use crate::answer::Answer;
use crate::call::{Call, Fields};
use crate::clock::{DAY, iso_utc};
use crate::failure::Failure;
use crate::ops::users::{API_USER, API_USER_NAME};
use crate::page::{self, All, Rules};
use crate::world::World;

const LONGEST: usize = 32_000;
const MISSING: &str = "must not be null";

#[derive(Clone)]
struct Note {
    id: i32,
    user: i32,
    text: String,
    updated_ms: i64,
}

/// The notes of devices whose notes were changed; all others still have the computed ones.
#[derive(Default)]
pub(crate) struct Notes {
    changed: BTreeMap<u32, Vec<Note>>,
    added: i32,
}

/// Ids of added notes begin here; those of computed notes are below.
const ADDED: i32 = 500_000_000;

const COMPUTED: [&str; 6] = [
    "UPS battery replaced.",
    "User asked for a second monitor; approved by the office manager.",
    "Reimaged after the disk was exchanged. Old disk is in the drawer.",
    "Do not restart during office hours.",
    "Waiting for a quote for more memory.",
    "BIOS updated.",
];

pub(crate) const SERVED: Served = &[
    ("listDeviceNotes", |world, call| {
        let device = world.device(call.id("deviceId")?)?;
        let mut notes = of_device(world, device.index);
        notes.sort_by_key(|n| std::cmp::Reverse((n.updated_ms, n.id)));
        let rows: Vec<Value> = notes.iter().map(|n| row(world, device.id, n)).collect();
        page::answer(call, &RULES, &rows)
    }),
    ("addDeviceNote", |world, call| {
        let device = world.device(call.id("deviceId")?)?;
        let (user, text, inserted) = read(call)?;
        add(world, device.index, user, text, inserted);
        Ok(Answer::created(json!({"deviceId": device.id, "message": "Note added"})).changed())
    }),
    ("addNoteToDevices", |world, call| {
        let body = call.object()?;
        let mut fields = Fields::of(&body);
        let ids = fields.ids("deviceIds");
        fields.done()?;
        let (user, text, inserted) = read(call)?;
        let unknown: Vec<String> =
            ids.iter().filter(|id| world.device_index(**id).is_none()).map(i32::to_string).collect();
        if !unknown.is_empty() {
            return Err(Failure::not_found(&format!("Devices were not found: {}", unknown.join(", "))));
        }
        for index in ids.iter().filter_map(|id| world.device_index(*id)).collect::<Vec<_>>() {
            add(world, index, user, text.clone(), inserted);
        }
        let answer = Answer::created(json!({"deviceIds": ids, "message": "Note added"}));
        Ok(if ids.is_empty() { answer } else { answer.changed() })
    }),
    ("updateDeviceNote", |world, call| {
        let device = world.device(call.id("deviceId")?)?;
        let id = call.id("noteId")?;
        let body = call.object()?;
        let mut fields = Fields::of(&body);
        let text = fields.text("note");
        fields.at_most("note", LONGEST);
        fields.done()?;
        let now = world.now_ms();
        let mut notes = of_device(world, device.index);
        let note = notes.iter_mut().find(|n| n.id == id);
        let note = note.ok_or_else(|| Failure::not_found(&format!("Note with ID {id} was not found!")))?;
        note.text = text;
        note.updated_ms = now;
        world.notes.changed.insert(device.index, notes);
        Ok(Answer::message(200, "Note updated", json!({"noteId": id, "deviceId": device.id})).changed())
    }),
    ("deleteDeviceNote", |world, call| {
        let device = world.device(call.id("deviceId")?)?;
        let id = call.id("noteId")?;
        Ok(delete(world, device.index, &[id]))
    }),
    ("deleteDeviceNotes", |world, call| {
        let device = world.device(call.id("deviceId")?)?;
        let body = call.object()?;
        let mut fields = Fields::of(&body);
        let ids = fields.ids("noteIds");
        fields.done()?;
        Ok(delete(world, device.index, &ids))
    }),
];

/// Neither `select` nor sorting.
const RULES: Rules = Rules::new(All::LargestPage, &[]);

fn of_device(world: &World, index: u32) -> Vec<Note> {
    if let Some(notes) = world.notes.changed.get(&index) {
        return notes.clone();
    }
    let count = world.dice.below("notes", index.into(), 7).saturating_sub(4);
    (0..count)
        .map(|n| {
            let key = u64::from(index) * 4 + n;
            Note {
                id: 30_000 + key as i32,
                user: API_USER,
                text: (*world.dice.pick("note", key, &COMPUTED)).to_owned(),
                updated_ms: world.fleet.started_ms
                    - (1 + world.dice.below("note age", key, 300) as i64) * DAY,
            }
        })
        .collect()
}

fn row(world: &World, device_id: i32, note: &Note) -> Value {
    let author =
        world.users.all.iter().find(|u| u.id == note.user).map_or(API_USER_NAME, |u| u.name.as_str());
    json!({
        "deviceNoteId": note.id,
        "deviceId": device_id,
        "userId": note.user,
        "note": note.text,
        "email": author,
        "lastUpdated": iso_utc(note.updated_ms),
    })
}

/// Author, text and time of a new note. The caller has to supply the author (NOTES §8).
fn read(call: &Call<'_>) -> Result<(i32, String, Option<i64>), Failure> {
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let user = fields.number("userId");
    let text = fields.text("note");
    fields.at_most("note", LONGEST);
    let inserted = fields.text_if_given("insertionTime").map(|time| time.parse::<jiff::Timestamp>());
    if matches!(inserted, Some(Err(_))) {
        fields.refuse("insertionTime", "must be an ISO-8601 instant");
    }
    if body.get("note") == Some(&Value::from("")) {
        fields.refuse("note", MISSING);
    }
    fields.done()?;
    Ok((user, text, inserted.and_then(Result::ok).map(|t| t.as_millisecond())))
}

fn add(world: &mut World, index: u32, user: i32, text: String, inserted: Option<i64>) {
    let mut notes = of_device(world, index);
    let updated_ms = inserted.unwrap_or_else(|| world.now_ms());
    notes.push(Note { id: ADDED + world.notes.added, user, text, updated_ms });
    world.notes.added += 1;
    world.notes.changed.insert(index, notes);
}

fn delete(world: &mut World, index: u32, ids: &[i32]) -> Answer {
    let mut notes = of_device(world, index);
    let before = notes.len();
    notes.retain(|n| !ids.contains(&n.id));
    if notes.len() == before {
        return Answer::empty(204);
    }
    world.notes.changed.insert(index, notes);
    Answer::empty(204).changed()
}
