//! Custom properties of units and devices, of every type. Values are text; the clear text of a PASSWORD is among them,
//! because the server does send it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::clock::DAY;
use crate::failure::Failure;
use crate::fleet::units::Level;
use crate::ops::property_defaults::DefaultChange;
use crate::page::{self, All, Rules};
use crate::text;
use crate::world::World;

/// What a value belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// A unit, by its place.
    Unit(usize),
    /// A device, by its index.
    Device(u32),
}

pub(crate) struct Definition {
    pub(crate) id: i32,
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    choices: &'static [&'static str],
    pub(crate) usual: &'static str,
}

const fn definition(
    id: i32,
    name: &'static str,
    kind: &'static str,
    choices: &'static [&'static str],
    usual: &'static str,
) -> Definition {
    Definition { id, name, kind, choices, usual }
}

pub(crate) static OF_UNITS: [Definition; 5] = [
    definition(1_448_203_917, "Contract tier", "ENUMERATED", &["Bronze", "Silver", "Gold"], "Bronze"),
    definition(1_448_203_921, "Account manager", "TEXT", &[], ""),
    definition(1_448_203_938, "Contract renewal", "DATE", &[], ""),
    definition(1_448_203_940, "Documentation", "HTML_LINK", &[], "https://docs.northwind-it.example/"),
    definition(1_448_203_955, "Wi-Fi password", "PASSWORD", &[], ""),
];

pub(crate) static OF_DEVICES: [Definition; 6] = [
    definition(1_448_204_551, "Rack position", "TEXT", &[], "unset"),
    definition(1_448_204_560, "Asset owner", "TEXT", &[], ""),
    definition(1_448_204_572, "Criticality", "ENUMERATED", &["Low", "Normal", "High"], "Normal"),
    definition(1_448_204_583, "Last inspection", "DATE", &[], ""),
    definition(1_448_204_597, "Purchase ticket", "HTML_LINK", &[], ""),
    definition(1_448_204_610, "Local admin password", "PASSWORD", &[], ""),
];

/// Values that were set, and defaults that were changed.
#[derive(Default)]
pub(crate) struct Properties {
    pub(crate) set: HashMap<(i32, Owner), String>,
    pub(crate) defaults: HashMap<i32, DefaultChange>,
}

pub(crate) const SERVED: Served = &[
    ("listOrgCustomProperties", |world, call| {
        let place = world.unit(call.id("orgUnitId")?)?;
        let rows: Vec<Value> = definitions(world, Owner::Unit(place))
            .iter()
            .map(|d| row(world, d, Owner::Unit(place)))
            .collect();
        page::answer(call, &RULES, &rows)
    }),
    ("getOrgCustomProperty", |world, call| {
        let owner = Owner::Unit(world.unit(call.id("orgUnitId")?)?);
        Ok(Answer::ok(row(world, find(world, call, owner)?, owner)))
    }),
    ("setOrgCustomProperty", |world, call| {
        let owner = Owner::Unit(world.unit(call.id("orgUnitId")?)?);
        set(world, call, owner)
    }),
    ("listDeviceCustomProperties", |world, call| {
        let owner = Owner::Device(world.device(call.id("deviceId")?)?.index);
        Ok(Answer::list(OF_DEVICES.iter().map(|d| row(world, d, owner)).collect()))
    }),
    ("getDeviceCustomProperty", |world, call| {
        let owner = Owner::Device(world.device(call.id("deviceId")?)?.index);
        Ok(Answer::ok(row(world, find(world, call, owner)?, owner)))
    }),
    ("setDeviceCustomProperty", |world, call| {
        let owner = Owner::Device(world.device(call.id("deviceId")?)?.index);
        set(world, call, owner)
    }),
];

const RULES: Rules = Rules::new(All::Everything, &["propertyId", "propertyName", "propertyType", "value"]);

/// The System unit has none.
fn definitions(world: &World, owner: Owner) -> &'static [Definition] {
    match owner {
        Owner::Device(_) => &OF_DEVICES,
        Owner::Unit(place) if world.fleet.units[place].level == Level::System => &[],
        Owner::Unit(_) => &OF_UNITS,
    }
}

fn find(world: &World, call: &Call<'_>, owner: Owner) -> Result<&'static Definition, Failure> {
    let id = call.id("propertyId")?;
    definitions(world, owner).iter().find(|d| d.id == id).ok_or_else(|| no_property(id))
}

pub(crate) fn no_property(id: i32) -> Failure {
    Failure::not_found(&format!("Custom property with ID {id} was not found!"))
}

pub(crate) fn choices(world: &World, definition: &Definition) -> Vec<String> {
    let changed = world.properties.defaults.get(&definition.id).and_then(|d| d.choices.clone());
    changed.unwrap_or_else(|| definition.choices.iter().map(|c| (*c).to_owned()).collect())
}

fn row(world: &World, definition: &Definition, owner: Owner) -> Value {
    let value = match world.properties.set.get(&(definition.id, owner)) {
        Some(set) => set.clone(),
        None => computed(world, definition, owner),
    };
    json!({
        "propertyId": definition.id,
        "propertyName": definition.name,
        "propertyType": definition.kind,
        "value": value,
        "enumeratedValueList": (definition.kind == "ENUMERATED").then(|| choices(world, definition)),
    })
}

fn computed(world: &World, definition: &Definition, owner: Owner) -> String {
    let (what, key) = match owner {
        Owner::Unit(place) => ("unit property", world.fleet.units[place].id.unsigned_abs().into()),
        Owner::Device(index) => ("device property", u64::from(index)),
    };
    let key = key << 8 | u64::from(definition.id.unsigned_abs() % 251);
    let dice = world.dice;
    match (definition.kind, definition.name) {
        ("ENUMERATED", _) => dice.pick(what, key, definition.choices).to_string(),
        ("DATE", _) => {
            let day = world.fleet.started_ms - world.fleet.started_ms.rem_euclid(DAY);
            (day + (dice.below(what, key, 700) as i64 - 400) * DAY).to_string()
        }
        ("PASSWORD", _) => format!("{}-{}", dice.serial(what, key, 4), dice.serial(what, key + (1 << 50), 8)),
        ("HTML_LINK", _) => format!("https://docs.northwind-it.example/{}", dice.below(what, key, 90_000)),
        (_, "Rack position") => {
            format!("R{}-U{:02}", 1 + dice.below(what, key, 4), 1 + dice.below(what, key >> 1, 42))
        }
        _ => format!(
            "{} {}",
            dice.pick(what, key, &text::FIRST_NAMES),
            dice.pick(what, !key, &text::LAST_NAMES)
        ),
    }
}

/// Only `value` counts; every other member is ignored and shows up in the warnings (NOTES §11).
fn set(world: &mut World, call: &Call<'_>, owner: Owner) -> Outcome {
    let definition = find(world, call, owner)?;
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let value = fields.text_if_given("value");
    fields.done()?;
    let mut warnings: Vec<String> = body
        .keys()
        .filter(|name| *name != "value")
        .map(|name| format!("The member '{name}' is read only and was ignored."))
        .collect();
    let Some(value) = value else {
        warnings.push("No value was given; nothing was changed.".to_owned());
        return Ok(Answer::ok(json!({"_warnings": warnings})));
    };
    if definition.kind == "ENUMERATED" && !choices(world, definition).contains(&value) {
        return Err(Failure::bad_request(&format!(
            "'{value}' is not one of the values of '{}'",
            definition.name
        )));
    }
    if definition.kind == "DATE" && !value.is_empty() && value.parse::<i64>().is_err() {
        return Err(Failure::bad_request(&format!("'{}' takes epoch milliseconds", definition.name)));
    }
    world.properties.set.insert((definition.id, owner), value);
    Ok(Answer::ok(json!({"_warnings": warnings})).changed())
}
