//! Defaults of custom properties: readable for units and devices, writable for units only, with the id in the body.

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::failure::Failure;
use crate::ops::properties::{Definition, OF_DEVICES, OF_UNITS, Owner, choices, no_property};
use crate::world::World;

const UNIT_PROPAGATION: [&str; 8] = [
    "NO_PROPAGATION",
    "SERVICE_ORGANIZATION_ONLY",
    "SERVICE_ORGANIZATION_AND_CUSTOMER_AND_SITE",
    "SERVICE_ORGANIZATION_AND_CUSTOMER",
    "SERVICE_ORGANIZATION_AND_SITE",
    "CUSTOMER_AND_SITE",
    "CUSTOMER_ONLY",
    "SITE_ONLY",
];

const DEVICE_PROPAGATION: [&str; 6] = [
    "SERVICE_AND_ORGANIZATION",
    "SERVICE_AND_ORGANIZATION_AND_DEVICE",
    "SERVICE_AND_DEVICE",
    "ORGANIZATION_AND_DEVICE",
    "ORGANIZATION_ONLY",
    "DEVICE_ONLY",
];

/// What was changed about a default; the rest stays as it was defined.
#[derive(Default)]
pub(crate) struct DefaultChange {
    value: Option<String>,
    propagation: Option<String>,
    selected: Option<Vec<i32>>,
    pub(crate) choices: Option<Vec<String>>,
}

pub(crate) const SERVED: Served = &[
    ("getOrgCustomPropertyDefault", |world, call| {
        world.unit(call.id("orgUnitId")?)?;
        let definition = find(&OF_UNITS, call.id("propertyId")?)?;
        let change = world.properties.defaults.get(&definition.id);
        let selected = change.and_then(|c| c.selected.clone());
        Ok(Answer::ok(json!({
            "propertyId": definition.id,
            "propertyName": definition.name,
            "orgUnitId": world.fleet.units[0].id,
            "level": "ORGANIZATION_UNIT",
            "propertyType": definition.kind,
            "propagationType": change.and_then(|c| c.propagation.as_deref()).unwrap_or("SERVICE_ORGANIZATION_AND_CUSTOMER_AND_SITE"),
            "defaultValue": change.and_then(|c| c.value.as_deref()).unwrap_or(definition.usual),
            "selectedOrgUnitIds": selected.unwrap_or_else(|| world.fleet.units.iter().skip(1).map(|u| u.id).collect()),
            "enumeratedValueList": (definition.kind == "ENUMERATED").then(|| choices(world, definition)),
        })))
    }),
    ("setOrgCustomPropertyDefault", set),
    ("getDeviceCustomPropertyDefault", |world, call| {
        let unit = call.id("orgUnitId")?;
        world.unit(unit)?;
        let definition = find(&OF_DEVICES, call.id("propertyId")?)?;
        let values: Vec<Value> = choices(world, definition)
            .into_iter()
            .map(|value| json!({"customerId": unit, "propertyId": definition.id, "propertyValue": value}))
            .collect();
        let data = json!({
            "propertyId": definition.id,
            "customerId": unit,
            "propertyName": definition.name,
            "propertyLevel": "DEVICE",
            "propertyType": definition.kind,
            "value": definition.usual,
            "enumeratedValues": values,
            "deviceClasses": ["Servers - Windows", "Workstations - Windows", "Laptop - Windows"],
            "supportedOs": [],
        });
        Ok(Answer::data(data, &[("orgUnit", format!("/api/org-units/{unit}"))]))
    }),
];

fn find(all: &'static [Definition], id: i32) -> Result<&'static Definition, Failure> {
    all.iter().find(|d| d.id == id).ok_or_else(|| no_property(id))
}

fn set(world: &mut World, call: &Call<'_>) -> Outcome {
    world.unit(call.id("orgUnitId")?)?;
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let id = fields.number_if_given("propertyId");
    fields.text_if_given("propertyName");
    let propagate = fields.flag_if_given("propagate").unwrap_or_default();
    let propagation = fields.text_if_given("propagationType");
    if let Some(word) = &propagation
        && !UNIT_PROPAGATION.iter().chain(&DEVICE_PROPAGATION).any(|w| w == word)
    {
        fields.refuse("propagationType", "is not a known propagation");
    }
    let value = fields.text_if_given("defaultValue");
    let selected =
        body.get("selectedOrgUnitIds").is_some().then(|| fields.ids_if_given("selectedOrgUnitIds"));
    let listed = match body.get("enumeratedValueList") {
        None | Some(Value::Null) => None,
        Some(list) => {
            let words: Option<Vec<String>> =
                list.as_array().and_then(|a| a.iter().map(|v| v.as_str().map(str::to_owned)).collect());
            if words.is_none() {
                fields.refuse("enumeratedValueList", "must be a list of text");
            }
            words
        }
    };
    fields.done()?;
    // Nothing is marked required on paper, yet without the id there is nothing to look for.
    let definition = match id {
        Some(id) => find(&OF_UNITS, id)?,
        None => {
            return Err(Failure::validation(vec![("propertyId".to_owned(), "must not be null".to_owned())]));
        }
    };
    for unit in selected.iter().flatten() {
        world.unit(*unit)?;
    }
    let allowed = listed.clone().unwrap_or_else(|| choices(world, definition));
    if let Some(value) = value.as_ref().filter(|v| definition.kind == "ENUMERATED" && !allowed.contains(v)) {
        return Err(Failure::bad_request(&format!(
            "'{value}' is not one of the values of '{}'",
            definition.name
        )));
    }
    if let Some(value) = value.as_ref().filter(|_| propagate) {
        let places: Vec<usize> = match &selected {
            Some(ids) => ids.iter().filter_map(|id| world.fleet.unit_place(*id)).collect(),
            None => (1..world.fleet.units.len()).collect(),
        };
        for place in places {
            world.properties.set.insert((definition.id, Owner::Unit(place)), value.clone());
        }
    }
    let change = world.properties.defaults.entry(definition.id).or_default();
    change.value = value.or(change.value.take());
    change.propagation = propagation.or(change.propagation.take());
    change.selected = selected.or(change.selected.take());
    if definition.kind == "ENUMERATED" {
        change.choices = listed.or(change.choices.take());
    }
    Ok(Answer::empty(204).changed())
}
