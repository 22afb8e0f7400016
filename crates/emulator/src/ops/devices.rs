//! Devices: the two lists, one by id, adding an agentless one, removing one.

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::clock::{iso_bare, iso_local};
use crate::failure::Failure;
use crate::fleet::device::Device;
use crate::fleet::units::Level;
use crate::ops::filters;
use crate::page::{self, All, Rows, Rules};
use crate::world::{AddedDevice, Members, World};

pub(crate) const SERVED: Served = &[
    ("listDevices", |world, call| list(world, call, 0)),
    ("listOrgUnitDevices", |world, call| {
        let place = world.unit(call.id("orgUnitId")?)?;
        list(world, call, place)
    }),
    ("createDevice", create),
    ("getDevice", |world, call| {
        let device = world.device(call.id("deviceId")?)?;
        let mut data = device_json(world, &device);
        // Known gaps of this route: the list has both, this has neither (NOTES §8).
        data["lastLoggedInUser"] = Value::Null;
        data["stillLoggedIn"] = Value::Null;
        let path = format!("/api/devices/{}", device.id);
        let links = [
            ("assets", format!("{path}/assets")),
            ("serviceMonitorStatus", format!("{path}/service-monitor-status")),
        ];
        Ok(Answer::data(data, &links))
    }),
    ("deleteDevice", |world, call| {
        let id = call.id("deviceId")?;
        call.word("removeAgents", &["false", "true"])?;
        let index = world.device_index(id).ok_or_else(|| Failure::no_device(id))?;
        world.delete_device(index);
        Ok(Answer::empty(204).changed())
    }),
];

/// Fields that `select` and `sortBy` know: the top level of a device.
const RULES: Rules = Rules::new(
    All::LargestPage,
    &[
        "deviceId",
        "uri",
        "remoteControlUri",
        "sourceUri",
        "longName",
        "deviceClass",
        "description",
        "isProbe",
        "osId",
        "supportedOs",
        "discoveredName",
        "deviceClassLabel",
        "supportedOsLabel",
        "lastLoggedInUser",
        "stillLoggedIn",
        "licenseMode",
        "orgUnitId",
        "soId",
        "soName",
        "customerId",
        "customerName",
        "siteId",
        "siteName",
        "applianceId",
        "lastApplianceCheckinTime",
        "lastApplianceCheckinTimeLocal",
    ],
);

struct DeviceRows<'w> {
    world: &'w World,
    members: Members,
}

impl Rows for DeviceRows<'_> {
    fn len(&self) -> usize {
        self.members.len()
    }

    fn row(&self, at: usize) -> Value {
        device_json(self.world, &self.world.device_at(self.members.nth(at)))
    }

    /// Sorting and filtering walk the whole fleet; the usual fields need no whole device.
    fn field(&self, at: usize, name: &str) -> Value {
        let index = self.members.nth(at);
        if name == "deviceId" {
            return self.world.fleet.device_ids.id(index).into();
        }
        let device = self.world.device_at(index);
        match name {
            "longName" | "discoveredName" => device.name.into(),
            "deviceClass" | "deviceClassLabel" => device.class_label.into(),
            "customerId" => self.world.above(device.home, Level::Customer).map(|u| u.id).into(),
            "customerName" => self.world.above(device.home, Level::Customer).map(|u| u.name.clone()).into(),
            "siteId" => self.world.above(device.home, Level::Site).map(|u| u.id).into(),
            "lastLoggedInUser" => device.user.as_deref().unwrap_or("-").into(),
            _ => device_json(self.world, &device)[name].take(),
        }
    }
}

fn list(world: &World, call: &Call<'_>, place: usize) -> Outcome {
    let filter = call.query("filterId").map(|text| filters::find(text)).transpose()?;
    let members = world.members(place);
    match filter {
        None => page::answer(call, &RULES, &DeviceRows { world, members }),
        Some(filter) => {
            let kept = members.iter().filter(|index| filter.keeps(&world.device_at(*index))).collect();
            page::answer(call, &RULES, &DeviceRows { world, members: Members::of(kept) })
        }
    }
}

/// A device as the lists show it.
fn device_json(world: &World, device: &Device) -> Value {
    let home = &world.fleet.units[device.home];
    let org = world.above(device.home, Level::ServiceOrg);
    let customer = world.above(device.home, Level::Customer);
    let site = world.above(device.home, Level::Site);
    let seen = device.seen_ms(&world.fleet, world.now_ms());
    let checks = world.fleet.checks(device, world.now_ms()).into_iter();
    // The worst of its services, on the scale of active issues; what is merely stale does not count.
    let state = checks.map(|c| c.state.code()).max().unwrap_or(3);
    json!({
        "deviceId": device.id,
        "uri": device.uri,
        "remoteControlUri": device.uri,
        "sourceUri": device.uri,
        "longName": device.name,
        "deviceClass": device.class_label,
        "description": device.description,
        "isProbe": device.probe,
        "osId": device.os.id,
        "supportedOs": device.os_label,
        "discoveredName": device.name,
        "deviceClassLabel": device.class_label,
        "supportedOsLabel": device.os_label,
        "lastLoggedInUser": device.user.as_deref().unwrap_or("-"),
        "stillLoggedIn": still_logged_in(device),
        "licenseMode": device.license,
        "orgUnitId": home.id,
        "soId": org.map(|u| u.id),
        "soName": org.map(|u| u.name.as_str()),
        "customerId": customer.map(|u| u.id),
        "customerName": customer.map(|u| u.name.as_str()),
        "siteId": site.map(|u| u.id),
        "siteName": site.map(|u| u.name.as_str()),
        "applianceId": device.appliance,
        "lastApplianceCheckinTime": seen.map(iso_bare),
        "lastApplianceCheckinTimeLocal": seen.map(iso_local),
        "deviceStatus": {"state": state, "status": i32::from(device.online())},
    })
}

/// Text, not a truth value (NOTES §6).
pub(crate) fn still_logged_in(device: &Device) -> &'static str {
    match (&device.user, device.online() && !device.class.is_server()) {
        (None, _) => "",
        (Some(_), true) => "true",
        (Some(_), false) => "false",
    }
}

/// Adds an agentless device. Its unit comes as text (NOTES §6).
fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let customer = fields.number("customerId");
    let device = AddedDevice {
        address: fields.filled("networkAddress"),
        name: fields.filled("longName"),
        os: fields.filled("supportedOs"),
        class: fields.filled("deviceClass"),
        description: fields.text_if_given("description").unwrap_or_default(),
        license: fields.text_if_given("licenseMode").unwrap_or_else(|| "Essential".to_owned()),
    };
    for name in ["macAddress", "username", "password"] {
        fields.text_if_given(name);
    }
    for name in ["description", "licenseMode", "username", "password"] {
        fields.at_most(name, 255);
    }
    fields.done()?;
    let place = world.unit(customer)?;
    if !matches!(world.fleet.units[place].level, Level::Customer | Level::Site) {
        return Err(Failure::bad_request(&format!(
            "A device belongs to a customer or site; {customer} is neither."
        )));
    }
    let id = world.add_device(place, device);
    Ok(Answer::ok(json!({"deviceId": id, "message": "Device added"})).changed())
}
