//! Active issues of a customer or site. Other levels are refused, and the class of the device is always null: a known
//! defect of the server (NOTES §8).

use serde_json::{Value, json};

use super::Served;
use crate::answer::Outcome;
use crate::call::Call;
use crate::clock::iso_utc;
use crate::failure::Failure;
use crate::fleet::class::Class;
use crate::fleet::service::{Check, State};
use crate::fleet::units::Level;
use crate::page::{self, All, Rows, Rules};
use crate::world::World;

pub(crate) const SERVED: Served = &[("listActiveIssues", list)];

const RULES: Rules = Rules::new(
    All::Refused,
    &[
        "orgUnitId",
        "deviceId",
        "notificationState",
        "serviceId",
        "serviceName",
        "serviceType",
        "taskId",
        "serviceItemId",
    ],
);

struct Issues<'w> {
    world: &'w World,
    found: Vec<(u32, Check)>,
}

impl Rows for Issues<'_> {
    fn len(&self) -> usize {
        self.found.len()
    }

    fn row(&self, at: usize) -> Value {
        issue(self.world, self.found[at].0, &self.found[at].1)
    }
}

fn list(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = call.id("orgUnitId")?;
    let place = world.unit(id)?;
    if !matches!(world.fleet.units[place].level, Level::Customer | Level::Site) {
        return Err(Failure::bad_request(&format!(
            "Active issues are available for customers and sites only; org unit {id} is neither."
        )));
    }
    let world = &*world;
    let now = world.now_ms();
    let mut found = Vec::new();
    for index in world.members(place).iter() {
        let device = world.device_at(index);
        let checks = world.fleet.checks(&device, now).into_iter();
        // Normal rows are never listed, and what went stale with its device says no more than the device itself.
        found.extend(checks.filter(|c| !matches!(c.state, State::Normal | State::Stale)).map(|c| (index, c)));
    }
    page::answer(call, &RULES, &Issues { world, found })
}

fn issue(world: &World, index: u32, check: &Check) -> Value {
    let device = world.device_at(index);
    let home = &world.fleet.units[device.home];
    let mut tree: Vec<&str> = world.fleet.ancestry(device.home).map(|u| u.name.as_str()).collect();
    tree.reverse();
    let windows = device.class.is_windows();
    json!({
        "orgUnitId": home.id,
        "deviceId": device.id,
        "notificationState": check.state.code(),
        "serviceId": check.kind.service_id,
        "serviceName": check.kind.name,
        "serviceType": check.kind.how,
        "taskId": check.task_id,
        "serviceItemId": 0,
        "_extra": {
            "deviceName": device.name,
            "customerTree": tree,
            "soCustomerID": world.above(device.home, Level::ServiceOrg).map(|u| u.id),
            "deviceClassValue": null,
            "deviceClassLabel": null,
            "licenseMode": device.license,
            "transitionTime": iso_utc(check.since_ms),
            "taskIdent": check.ident,
            "port": null,
            "probe": device.probe,
            "remoteControllable": device.class.has_agent(),
            "remoteControlState": if device.online() { "connected" } else { "disconnected" },
            "remoteControlConnected": device.online(),
            "reactiveSupported": windows,
            "reactiveEnabled": false,
            "monitoringDisabled": false,
            "maintenanceWindowEnabled": false,
            "numberOfActiveNotification": 1,
            "numberOfAcknowledgedNotification": 0,
            "partOfNotification": true,
            "notificationAcknowledgmentInProgress": false,
            "acknowledgedBy": null,
            "psaIntegrationExists": false,
            "psaIntegrationDisabled": false,
            "psaTicketDetails": null,
            "ticketCreationInProgress": null,
            "integrationStatuses": null,
            "patchManagementEnabled": windows,
            "patchManagementProfile": windows.then_some(if device.class == Class::ServerWindows { "Servers - Sunday" } else { "Workstations - Tuesday" }),
            "microsoftPatchManagementEnabled": windows,
            "thirdPartyPatchManagementEnabled": false,
            "avdProtectionEnabled": false,
            "avdUpdateServerEnabled": false,
            "avdVersion": null,
            "securityManagerEnabled": false,
            "securityManagerProfile": null,
            "securityManagerVersion": null,
            "backupManagerProfile": null,
            "backupManagerVersion": null,
            "mspBackupEnabled": false,
            "mspBackupProfile": null,
            "mspBackupVersion": null,
            "lwtEdrEnabled": false,
            "lwtEdrStatus": null,
            "netPathEnabled": false,
            "backupManagerEnabled": device.class == Class::ServerWindows,
            "diskEncryptionEnabled": device.class == Class::LaptopWindows,
        },
    })
}
