//! Quotas of a unit (the API calls them limits). `maxValue` cannot be written.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::failure::Failure;
use crate::world::World;

const QUOTAS: [(&str, i32); 5] = [
    ("Professional nodes", 5000),
    ("Essential nodes", 5000),
    ("Backup Manager devices", 500),
    ("MaxUsers", 200),
    ("MaxDevices", 10_000),
];

/// Values that were written, by place of the unit and of the quota.
#[derive(Default)]
pub(crate) struct Quotas {
    written: HashMap<(usize, usize), i32>,
}

pub(crate) const SERVED: Served = &[
    ("getOrgUnitLimits", |world, call| {
        let place = world.unit(call.positive_id("orgUnitId")?)?;
        Ok(Answer::ok(json!({"message": "Customer limits retrieved", "data": rows(world, place)})))
    }),
    ("updateOrgUnitLimits", update),
];

fn rows(world: &World, place: usize) -> Vec<Value> {
    let unit = &world.fleet.units[place];
    QUOTAS
        .iter()
        .enumerate()
        .map(|(at, (name, most))| {
            let key = u64::from(unit.id.unsigned_abs()) * 8 + at as u64;
            let computed = 25 * (1 + world.dice.below("quota", key, (*most as u64) / 50)) as i32;
            let value = world.quotas.written.get(&(place, at)).copied().unwrap_or(computed);
            json!({"limitName": name, "value": value, "maxValue": most})
        })
        .collect()
}

/// The body is a bare array.
fn update(world: &mut World, call: &Call<'_>) -> Outcome {
    let place = world.unit(call.positive_id("orgUnitId")?)?;
    let Value::Array(list) = call.json()? else {
        return Err(Failure::bad_request("The request body must be a JSON array"));
    };
    let mut changes = Vec::new();
    for entry in &list {
        let Value::Object(entry) = entry else {
            return Err(Failure::bad_request("Every limit must be a JSON object"));
        };
        let mut fields = Fields::of(entry);
        let name = fields.filled("limitName");
        let value = fields.number("value");
        let quota = QUOTAS.iter().position(|(n, _)| *n == name);
        match quota {
            Some(at) if (0..=QUOTAS[at].1).contains(&value) => changes.push((at, value)),
            Some(at) => fields.refuse("value", &format!("must be between 0 and {}", QUOTAS[at].1)),
            None => fields.refuse("limitName", "is not a known limit"),
        }
        fields.done()?;
    }
    let answer = if changes.is_empty() { None } else { Some(()) };
    for (at, value) in changes {
        world.quotas.written.insert((place, at), value);
    }
    let body = Answer::ok(json!({"message": "Customer limits updated", "data": rows(world, place)}));
    Ok(if answer.is_some() { body.changed() } else { body })
}
