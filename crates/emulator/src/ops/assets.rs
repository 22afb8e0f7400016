//! The inventory of a device: six core sections and the richer `_extra`. Probes and devices without an agent were never
//! inventoried, which gives 404 (NOTES §8).

use serde_json::{Value, json};

use super::Served;
use crate::answer::Answer;
use crate::clock::{DAY, SECOND, scan_time, scan_time_bare};
use crate::failure::Failure;
use crate::fleet::device::Device;
use crate::fleet::units::Level;
use crate::ops::{inventory, lifecycle};
use crate::world::World;

pub(crate) const SERVED: Served = &[("getDeviceAssets", |world, call| {
    let device = world.device(call.id("deviceId")?)?;
    if device.probe || device.appliance.is_none() {
        return Err(Failure::not_found(&format!("No asset information was found for device {}.", device.id)));
    }
    let links = [
        ("device", format!("/api/devices/{}", device.id)),
        ("lifecycleInfo", format!("/api/devices/{}/assets/lifecycle-info", device.id)),
    ];
    Ok(Answer::data(assets(world, &device), &links))
})];

fn assets(world: &World, device: &Device) -> Value {
    let dice = world.dice;
    let key = u64::from(device.index);
    let (maker, model) = dice.pick("hardware", key, device.class.hardware());
    let serial = dice.serial("serial", key, 7);
    let cores = [4, 6, 8, 12, 16][dice.below("cores", key, 5) as usize];
    let memory = inventory::memory_bytes(world, device);
    let applications = inventory::applications(world, device);
    let names: Vec<Value> = applications
        .iter()
        .enumerate()
        .map(|(at, a)| json!({"_index": at, "displayname": a["displayname"]}))
        .collect();
    let installed = world.fleet.started_ms - (120 + dice.below("installed", key, 900) as i64) * DAY;
    let booted = device.seen_ms(&world.fleet, world.now_ms()).unwrap_or_default()
        - (1 + dice.below("booted", key, 30) as i64) * DAY;
    let reported = device.os_label.trim_end_matches(" x64 Edition");
    let last_user = device.user.as_deref().map(|u| u.rsplit('\\').next().unwrap_or(u));
    let domain = device.user.as_deref().and_then(|u| u.split_once('\\')).map(|(domain, _)| domain);
    let unit = &world.fleet.units[device.home];
    let org = world.above(device.home, Level::ServiceOrg);
    let processor = match device.class {
        crate::fleet::class::Class::WorkstationMac => "Apple M1 Pro",
        c if c.is_server() => "Intel(R) Xeon(R) E-2336 CPU @ 2.90GHz",
        _ => "13th Gen Intel(R) Core(TM) i5-1345U",
    };
    json!({
        "os": {"reportedos": reported, "osarchitecture": "64-bit", "version": device.os.version},
        "computersystem": {
            "manufacturer": maker, "model": model, "serialnumber": serial, "netbiosname": device.name,
            "totalphysicalmemory": memory.to_string(),
        },
        "processor": {"name": processor, "numberofcores": cores.to_string(), "numberofcpus": "1"},
        "device": {
            "longname": device.name, "deviceid": device.id.to_string(), "deviceclass": device.class_label,
            "uri": device.uri, "deleted": "false", "lastlogin": device.user,
        },
        "networkadapter": {"list": [inventory::adapter(world, device)]},
        "application": {"list": names},
        "_extra": {
            "os": {
                "licensetype": if device.class.is_server() { "Volume" } else { "OEM" },
                "installdate": scan_time_bare(installed - installed.rem_euclid(SECOND)).replace(".000", ""),
                "serialnumber": format!("00454-{}", dice.serial("os serial", key, 15)),
                "publisher": if device.class.is_windows() { Some("Microsoft Corporation") } else { None },
                "csdversion": "",
                "lastbootuptime": scan_time_bare(booted),
                "supportedos": device.os_label,
                "licensekey": null,
            },
            "computersystem": {
                "populatedmemory_slots": "2", "totalmemory_slots": "4", "systemtype": "x64-based PC",
                "uuid": dice.uuid("hardware", key).to_uppercase(),
            },
            "processor": {
                "maxclockspeed": "2904", "cpuid": "CPU0", "vendor": "GenuineIntel",
                "description": "Intel64 Family 6 Model 167 Stepping 1", "architecture": "x64",
            },
            "device": {
                "takecontroluuid": dice.uuid("take control", key),
                "lastloggedinuser": last_user,
                "lastloggedinuser_domain": domain,
                "lastloggedinuser_sessiontype": "Console",
                "lastloggedinuser_stillloggedin": crate::ops::devices::still_logged_in(device),
                "customerid": unit.id.to_string(),
                "warrantyexpirydate": lifecycle::info(world, device).remove("warrantyExpiryDate"),
                "createdon": scan_time(installed + DAY),
                "ncentralassettag": lifecycle::asset_tag(world, device),
            },
            "customer": {"customerid": unit.id.to_string(), "customername": unit.name},
            "socustomer": {"customerid": org.map(|u| u.id.to_string()), "customername": org.map(|u| u.name.as_str())},
            "motherboard": {
                "product": dice.serial("board", key, 6), "serialnumber": format!(".{serial}."), "biosversion": "1.8.2",
                "version": "A01", "manufacturer": maker,
            },
            "application": inventory::indexed(applications),
            "patch": inventory::indexed(inventory::patches(world, device)),
            "service": inventory::indexed(inventory::services(device)),
            "memory": inventory::indexed(inventory::memory(world, device, memory)),
            "physicaldrive": inventory::indexed(inventory::drives(world, device)),
            "logicaldevice": inventory::indexed(inventory::volumes(device)),
            "mediaaccessdevice": inventory::indexed(vec![]),
            "videocontroller": inventory::indexed(inventory::video()),
            "usbdevice": inventory::indexed(vec![]),
            "printer": inventory::indexed(inventory::printers(device)),
            "folderforshare": inventory::indexed(inventory::shares(device)),
            "port": inventory::indexed(vec![]),
            "osfeatures": inventory::indexed(vec![]),
        },
    })
}
