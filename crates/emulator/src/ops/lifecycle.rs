//! Warranty, lease and purchase data of a device.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::clock::{DAY, date, iso_utc};
use crate::failure::Failure;
use crate::fleet::device::Device;
use crate::world::World;

const DATES: [&str; 4] = ["warrantyExpiryDate", "leaseExpiryDate", "expectedReplacementDate", "purchaseDate"];
const TEXTS: [&str; 3] = ["location", "assetTag", "description"];

/// What was written, by device; members that were never written are computed.
#[derive(Default)]
pub(crate) struct Lifecycles {
    written: BTreeMap<u32, Map<String, Value>>,
}

pub(crate) const SERVED: Served = &[
    ("getDeviceLifecycleInfo", |world, call| {
        let device = world.device(call.id("deviceId")?)?;
        Ok(Answer::ok(info(world, &device).into()))
    }),
    ("replaceDeviceLifecycleInfo", |world, call| write(world, call, true)),
    ("updateDeviceLifecycleInfo", |world, call| write(world, call, false)),
];

/// The life-cycle data as it is now.
pub(crate) fn info(world: &World, device: &Device) -> Map<String, Value> {
    let key = device.index.into();
    let start = world.fleet.started_ms;
    let bought = start - (90 + world.dice.below("bought", key, 1600) as i64) * DAY;
    let warranty = bought + 1095 * DAY;
    let prefix = device.name.split('-').next().unwrap_or_default();
    let tagged = device.class.has_agent();
    let places = ["Office", "Server closet", "Reception", "Warehouse", "Data room"];
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("warrantyExpiryDate", date(warranty).into());
    put("leaseExpiryDate", Value::Null);
    put("expectedReplacementDate", date(bought + 1825 * DAY).into());
    put("purchaseDate", date(bought).into());
    put(
        "cost",
        tagged
            .then(|| 40_000 + world.dice.below("cost", key, 420_000))
            .map(|cents| cents as f64 / 100.0)
            .into(),
    );
    put("location", (*world.dice.pick("location", key, &places)).into());
    put("assetTag", tagged.then(|| format!("{prefix}-{:04}", device.index % 10_000)).into());
    put("description", device.description.clone().into());
    put("updateWarrantyError", Value::Null);
    put("lastSystemWarrantyDiscovery", iso_utc(start - 3 * DAY).into());
    put("lastDiscovery", iso_utc(start - DAY).into());
    if let Some(written) = world.lifecycles.written.get(&device.index) {
        object.extend(written.clone());
    }
    object
}

/// PUT needs all eight members, PATCH any of them; an empty date clears it (NOTES §8).
fn write(world: &mut World, call: &Call<'_>, whole: bool) -> Outcome {
    let device = world.device(call.id("deviceId")?)?;
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let mut written = Map::new();
    for name in DATES.into_iter().chain(TEXTS) {
        let text = if whole { Some(fields.text(name)) } else { fields.text_if_given(name) };
        let Some(text) = text else { continue };
        if DATES.contains(&name) && !is_date(&text) {
            fields.refuse(name, "must be YYYY-MM-DD, optionally followed by a time of day");
        }
        let cleared = DATES.contains(&name) && text.is_empty();
        written.insert(name.to_owned(), if cleared { Value::Null } else { text.into() });
    }
    if whole {
        fields.at_most("description", 255);
    }
    match body.get("cost") {
        Some(cost @ Value::Number(_)) => {
            written.insert("cost".to_owned(), cost.clone());
        }
        None if !whole => {}
        _ => fields.refuse("cost", "must be a number"),
    }
    fields.text_if_given("updateWarrantyError");
    fields.done()?;
    if written.is_empty() {
        return Err(Failure::bad_request("The request body names no field to change"));
    }
    world.lifecycles.written.entry(device.index).or_default().extend(written);
    Ok(Answer::empty(204).changed())
}

/// Nothing, a date, or a date and a time of day with up to nine decimals.
fn is_date(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let fraction = shape
        .strip_prefix("9999-99-99 99:99:99")
        .map(|rest| rest.strip_prefix('.').unwrap_or(if rest.is_empty() { "9" } else { "x" }));
    shape.is_empty()
        || shape == "9999-99-99"
        || fraction.is_some_and(|f| (1..=9).contains(&f.len()) && f.bytes().all(|b| b == b'9'))
}

/// The tag that the assets repeat.
pub(crate) fn asset_tag(world: &World, device: &Device) -> Value {
    info(world, device).remove("assetTag").unwrap_or(json!(null))
}
