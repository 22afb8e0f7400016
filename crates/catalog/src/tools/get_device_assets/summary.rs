//! The assets of a device in a few lines. Any section may be missing, and every leaf is text or null
//! (contract/NOTES.md, section 8).

use super::{device_id, section};
use crate::object;
use crate::upstream::text_of;
use serde_json::{Value, json};

/// Most entries of each hardware list.
const MOST_ENTRIES: usize = 6;

pub(super) fn of(asked: i64, assets: &Value) -> Value {
    let extra = &assets["_extra"];
    let (os, system, board) = (&assets["os"], &assets["computersystem"], &extra["motherboard"]);
    object::compact(&json!({
        "device_id": device_id(assets, asked),
        "device_name": text_of(&assets["device"]["longname"]),
        "device_class": text_of(&assets["device"]["deviceclass"]),
        "os": {
            "name": text_of(&os["reportedos"]),
            "version": text_of(&os["version"]),
            "architecture": text_of(&os["osarchitecture"]),
            "last_boot": text_of(&extra["os"]["lastbootuptime"]),
            "installed": text_of(&extra["os"]["installdate"]),
        },
        "hardware": {
            "manufacturer": text_of(&system["manufacturer"]),
            "model": text_of(&system["model"]),
            "serial_number": text_of(&system["serialnumber"]),
            "processor": text_of(&assets["processor"]["name"]),
            "cores": text_of(&assets["processor"]["numberofcores"]),
            "memory": size(&system["totalphysicalmemory"]),
            "memory_slots": slots(&extra["computersystem"]),
            "bios": text_of(&board["biosversion"]),
            "warranty_until": text_of(&extra["device"]["warrantyexpirydate"]),
        },
        "disks": entries(assets, "physicaldrive", |drive| named_size(&drive["modelnumber"], &drive["capacity"])),
        "volumes": entries(assets, "logicaldevice", |volume| named_size(&volume["volumename"], &volume["maxcapacity"])),
        "network": entries(assets, "networkadapter", network),
        "last_user": text_of(&assets["device"]["lastlogin"]),
        "counts": {
            "software": section(assets, "application").len(),
            "patches": section(assets, "patch").len(),
            "services": section(assets, "service").len(),
        },
    }))
}

fn entries(assets: &Value, name: &str, line: impl Fn(&Value) -> Option<String>) -> Vec<String> {
    section(assets, name).iter().filter_map(line).take(MOST_ENTRIES).collect()
}

fn named_size(name: &Value, bytes: &Value) -> Option<String> {
    match (text_of(name), size(bytes)) {
        (Some(name), Some(size)) => Some(format!("{name} {size}")),
        (name, size) => name.or(size),
    }
}

/// `Broadcom NetXtreme 10.20.0.5 00:0C:29:4A:1B:7E`.
fn network(adapter: &Value) -> Option<String> {
    let parts = ["description", "ipaddress", "macaddress"].iter().filter_map(|part| text_of(&adapter[*part]));
    let line = parts.collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

fn slots(system: &Value) -> Option<String> {
    let used = text_of(&system["populatedmemory_slots"])?;
    Some(format!("{used} of {} used", text_of(&system["totalmemory_slots"])?))
}

/// Bytes, as text, in GB of 2^30.
fn size(bytes: &Value) -> Option<String> {
    let bytes: f64 = text_of(bytes)?.parse().ok()?;
    Some(format!("{:.0} GB", bytes / f64::from(1 << 30)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_sections_are_left_out() {
        let assets = json!({"os": {"reportedos": "Windows"}, "computersystem": {"totalphysicalmemory": "34225520640"},
            "networkadapter": {"list": [{"ipaddress": "10.20.0.5", "macaddress": null}, {}]},
            "_extra": {"logicaldevice": {"list": [{"volumename": "C:", "maxcapacity": "479559942144"}]}}});
        assert_eq!(
            of(7, &assets),
            json!({"device_id": 7, "os": {"name": "Windows"}, "hardware": {"memory": "32 GB"},
                "volumes": ["C: 447 GB"], "network": ["10.20.0.5"],
                "counts": {"software": 0, "patches": 0, "services": 0}})
        );
    }
}
