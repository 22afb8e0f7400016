//! Remote control: what a device offers, and opening a session. The kinds of the two do not match entirely (NOTES §8).

use serde_json::json;

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::failure::Failure;
use crate::fleet::class::Class;
use crate::fleet::device::Device;
use crate::world::World;

const KINDS: [&str; 7] = ["SSH", "VNC", "RDP", "MSP_ANYWHERE", "TELNET", "MSPAnywhere", "Telnet"];

pub(crate) const SERVED: Served = &[
    ("getDeviceRemoteControlType", |world, call| {
        let device = world.device(call.id("deviceId")?)?;
        let kind = usual(&device);
        let state = match (kind, device.online()) {
            ("NONE", _) => "NOT_AVAILABLE",
            (_, true) => "CONNECTED",
            (_, false) => "DISCONNECTED",
        };
        let data = json!({
            "deviceId": device.id,
            "remoteControllable": kind != "NONE" && device.online(),
            "remoteControlType": kind,
            "remoteControlState": state,
        });
        Ok(Answer::message(200, "OK", data))
    }),
    ("createRemoteControlTask", open),
];

fn usual(device: &Device) -> &'static str {
    match device.class {
        Class::WorkstationWindows | Class::LaptopWindows | Class::ServerWindows | Class::WorkstationMac => {
            "MSP_ANYWHERE"
        }
        Class::ServerLinux | Class::ServerEsxi => "SSH",
        Class::Switch => "TELNET",
        Class::Firewall => "WEB",
        Class::Printer => "NONE",
    }
}

fn open(world: &mut World, call: &Call<'_>) -> Outcome {
    let device = world.device(call.id("deviceId")?)?;
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let wanted = fields.text_if_given("remoteControlType");
    if wanted.as_deref().is_some_and(|kind| !KINDS.contains(&kind)) {
        fields.refuse("remoteControlType", &format!("must be one of {}", KINDS[..5].join(", ")));
    }
    fields.text_if_given("description");
    fields.at_most("description", 500);
    let port = fields.number_if_given("port");
    fields.done()?;
    let kind = wanted.unwrap_or_else(|| usual(&device).to_owned());
    if usual(&device) == "NONE" || !device.online() {
        return Err(Failure::conflict("the device is not remote controllable."));
    }
    let adapter = match kind.as_str() {
        "MSP_ANYWHERE" | "MSPAnywhere" => device.class.has_agent() && device.class != Class::ServerLinux,
        "RDP" => device.class.is_windows(),
        _ => KINDS.contains(&kind.as_str()),
    };
    if !adapter {
        return Err(Failure::conflict(&format!(
            "there is no remote control adapter of type {kind} for the device."
        )));
    }
    let usual_port = match kind.as_str() {
        "RDP" => 3389,
        "SSH" => 22,
        "VNC" => 5900,
        "TELNET" | "Telnet" => 23,
        _ => 443,
    };
    let task = 88_120_000 + world.journal.entries().len() as i32;
    let session = world.dice.uuid("remote session", task.unsigned_abs().into());
    let take_control = usual_port == 443;
    let tunnel = (!take_control).then(|| {
        json!({
            "centralServerIp": "nc.northwind-it.example,203.0.113.10",
            "centralServerUsername": format!("rc{task}"),
            "forwardedPort": 22_000 + task % 1000,
            "forwardedPort2": -1,
            "vncPasswordSetting": null,
            "connectionTimeout": 10,
            "vproAccount": null,
        })
    });
    let viewer = take_control.then(|| {
        json!({
            "uuid": world.dice.uuid("take control", device.index.into()),
            "secretKey": world.dice.serial("take control key", task.unsigned_abs().into(), 24),
            "username": null,
            "usePeerToPeer": true,
            "monitorOnly": false,
            "visualIndicator": true,
        })
    });
    let data = json!({
        "remoteControlTaskId": task,
        "sessionUuid": session,
        "deviceId": device.id,
        "applianceId": device.appliance,
        "connectionType": kind,
        "status": "CREATED",
        "downloadUrl": null,
        "tunnelConfiguration": {"stunServer": null, "tunnelServerUrl": null},
        "sshTunnelConfiguration": tunnel,
        "mspaConfiguration": viewer,
        "connectionDetails": {"port": port.unwrap_or(usual_port), "protocol": kind, "encryptionEnabled": kind != "TELNET"},
    });
    Ok(Answer::created(json!({"data": data, "_links": {}})).changed())
}
