//! The repeating sections of the assets. Every leaf is text or null, numbers and truth values included.

use serde_json::{Value, json};

use crate::clock::{DAY, date, scan_time_bare};
use crate::fleet::class::Class;
use crate::fleet::device::Device;
use crate::ops::server::PRODUCT_VERSION;
use crate::ops::winservices::SERVICES;
use crate::world::World;

/// `{list: [{_index, …}, …]}`
pub(crate) fn indexed(mut rows: Vec<Value>) -> Value {
    for (at, row) in rows.iter_mut().enumerate() {
        row["_index"] = at.into();
    }
    json!({"list": rows})
}

/// Name, publisher, version, and how many devices in a hundred have it; servers have only the first few.
const WINDOWS: [(&str, &str, &str, u64); 18] = [
    ("Windows Agent", "N-able Technologies", PRODUCT_VERSION, 100),
    ("Microsoft Edge", "Microsoft Corporation", "140.0.3485.54", 100),
    ("Take Control Agent", "N-able Technologies", "7.50.25", 90),
    ("Patch Management Service Controller", "N-able Technologies", "2.12.4", 95),
    ("Microsoft Visual C++ 2015-2022 Redistributable (x64)", "Microsoft Corporation", "14.40.33810", 85),
    ("Backup Manager", "N-able Technologies", "25.7", 30),
    ("Microsoft 365 Apps for business - en-us", "Microsoft Corporation", "16.0.19127.20240", 92),
    ("Google Chrome", "Google LLC", "140.0.7339.128", 88),
    ("Adobe Acrobat (64-bit)", "Adobe", "25.001.20672", 70),
    ("Microsoft Teams", "Microsoft Corporation", "25227.203", 75),
    ("Zoom Workplace (64-bit)", "Zoom Video Communications, Inc.", "6.5.12", 55),
    ("7-Zip 24.09 (x64)", "Igor Pavlov", "24.09", 48),
    ("Mozilla Firefox (x64 en-US)", "Mozilla", "142.0.1", 35),
    ("Notepad++ (64-bit x64)", "Notepad++ Team", "8.8.5", 25),
    ("VLC media player", "VideoLAN", "3.0.21", 20),
    ("QuickBooks Desktop Pro 2024", "Intuit Inc.", "34.0.10", 15),
    ("Java 8 Update 421 (64-bit)", "Oracle Corporation", "8.0.4210.9", 12),
    ("TeamViewer", "TeamViewer", "15.69.6", 6),
];

const MAC: [(&str, &str, &str, u64); 6] = [
    ("N-central macOS Agent", "N-able Technologies", PRODUCT_VERSION, 100),
    ("Safari", "Apple Inc.", "18.6", 100),
    ("Google Chrome", "Google LLC", "140.0.7339.128", 80),
    ("Microsoft Excel", "Microsoft Corporation", "16.100.4", 75),
    ("Adobe Photoshop 2025", "Adobe", "26.9", 40),
    ("Slack", "Slack Technologies", "4.45.69", 45),
];

pub(crate) fn applications(world: &World, device: &Device) -> Vec<Value> {
    let (list, most): (&[_], usize) = match device.class {
        Class::WorkstationMac => (&MAC, MAC.len()),
        Class::ServerWindows => (&WINDOWS, 6),
        Class::ServerLinux => (&[("nagent", "N-able Technologies", PRODUCT_VERSION, 100_u64)], 1),
        _ => (&WINDOWS, WINDOWS.len()),
    };
    let key = |at: usize| u64::from(device.index) * 32 + at as u64;
    let chosen =
        list[..most].iter().enumerate().filter(|(at, a)| world.dice.chance("application", key(*at), a.3));
    chosen
        .map(|(at, (name, publisher, version, _))| {
            let installed = world.fleet.started_ms - (5 + world.dice.below("application age", key(at), 700) as i64) * DAY;
            json!({
                "displayname": name, "publisher": publisher, "version": version, "installationdate": scan_time_bare(installed),
                "licensetype": null, "licensekey": null,
            })
        })
        .collect()
}

pub(crate) fn patches(world: &World, device: &Device) -> Vec<Value> {
    if !device.class.is_windows() {
        return Vec::new();
    }
    let product =
        if device.class == Class::ServerWindows { "Microsoft server operating system" } else { "Windows 11" };
    let months = (0..6_i64).map(|back| {
        let day = world.fleet.started_ms - (12 + back * 30) * DAY;
        let missing = back == 0 && world.dice.chance("patch missing", device.index.into(), 20);
        json!({
            "title": format!("{} Cumulative Update for {product} for x64-based Systems", &date(day)[..7]),
            "category": "Security Updates",
            "installationresult": if missing { "Not Installed" } else { "Installed" },
            "installeddate": (!missing).then(|| scan_time_bare(day + 3 * DAY)),
        })
    });
    months.collect()
}

pub(crate) fn services(device: &Device) -> Vec<Value> {
    if !device.class.is_windows() {
        return Vec::new();
    }
    let row = |(name, caption, executable): &(&str, &str, &str)| {
        json!({
            "servicename": name, "caption": caption, "executablename": executable, "startuptype": "Auto",
            "useraccount": "LocalSystem",
        })
    };
    SERVICES.iter().map(row).collect()
}

pub(crate) fn memory(world: &World, device: &Device, total: u64) -> Vec<Value> {
    let slot = |slot: u64| {
        json!({
            "location": format!("DIMM A{}", slot + 1), "capacity": (total / 2).to_string(), "type": "DDR4",
            "speed": "3200", "manufacturer": "Samsung", "partnumber": "M391A2G43BB2",
            "serialnumber": world.dice.serial("dimm", u64::from(device.index) * 2 + slot, 8),
        })
    };
    (0..2).map(slot).collect()
}

/// Data volumes beside the system's, in gigabytes.
/// Size of the memory that is built in.
pub(crate) fn memory_bytes(world: &World, device: &Device) -> u64 {
    [8, 16, 32, 64][world.dice.below("memory", device.index.into(), 4) as usize] << 30
}

/// Volumes of a device by name, in GB.
pub(crate) fn volumes_gb(device: &Device) -> Vec<(&'static str, u64)> {
    match (device.class, device.description.as_str()) {
        (Class::ServerWindows, "File server") => vec![("C:", 240), ("E:", 1800)],
        (Class::ServerWindows, _) => vec![("C:", 240), ("D:", 480)],
        (Class::ServerLinux, _) => vec![("/", 120), ("/var", 380)],
        (Class::WorkstationMac, _) => vec![("/", 500)],
        _ => vec![("C:", 238)],
    }
}

pub(crate) fn drives(world: &World, device: &Device) -> Vec<Value> {
    let row = |(at, (_, gigabytes)): (usize, (&str, u64))| {
        json!({
            "modelnumber": if gigabytes > 1000 { "ST2000NX0253" } else { "SAMSUNG MZVL2256HCHQ" },
            "serialnumber": world.dice.serial("drive", u64::from(device.index) * 4 + at as u64, 12),
            "capacity": (gigabytes << 30).to_string(),
        })
    };
    volumes_gb(device).into_iter().enumerate().map(row).collect()
}

pub(crate) fn volumes(device: &Device) -> Vec<Value> {
    let row = |(name, gigabytes): (&str, u64)| json!({"volumename": name, "maxcapacity": (gigabytes << 30).to_string()});
    volumes_gb(device).into_iter().map(row).collect()
}

pub(crate) fn video() -> Vec<Value> {
    vec![json!({
        "name": "Intel(R) UHD Graphics", "description": "Intel(R) UHD Graphics", "adapterram": "1073741824",
        "videocontrollerid": "VideoController1",
    })]
}

pub(crate) fn printers(device: &Device) -> Vec<Value> {
    if !device.class.is_windows() || device.class.is_server() {
        return Vec::new();
    }
    vec![
        json!({"name": "Microsoft Print to PDF", "port": "PORTPROMPT:", "path": "", "systemdefault": "true"}),
    ]
}

pub(crate) fn shares(device: &Device) -> Vec<Value> {
    if device.description != "File server" {
        return Vec::new();
    }
    let row = |name: &&str| json!({"sharename": name, "path": format!("E:\\Shares\\{name}")});
    ["Common", "Accounting", "Scans"].iter().map(row).collect()
}

pub(crate) fn adapter(world: &World, device: &Device) -> Value {
    let bits = world.dice.roll("mac", device.index.into());
    let network = device.ip.rsplit_once('.').map_or("10.0.0", |(network, _)| network);
    json!({
        "_index": 0,
        "description": "Intel(R) Ethernet Connection (17) I219-LM",
        "ipaddress": device.ip,
        "macaddress": format!("00:0C:29:{:02X}:{:02X}:{:02X}", bits & 0xff, (bits >> 8) & 0xff, (bits >> 16) & 0xff),
        "gateway": format!("{network}.1"),
        "dnsserver": format!("{network}.10"),
        "dhcpserver": if device.class.is_server() { None } else { Some(format!("{network}.10")) },
    })
}
