//! Monitored services: which ones a device has, what state each is in at a moment of the emulator's clock, and the
//! readings of its last scan. States come and go by themselves, in spells of eight hours.

use super::class::Class;
use super::device::Device;
use super::{Fleet, SERVICE_SLOTS};
use crate::clock::{HOUR, MINUTE};

/// The scale of the legacy interface, which the REST samples agree with (NOTES §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Stale = 2,
    Normal = 3,
    Warning = 4,
    Failed = 5,
    Disconnected = 7,
}

impl State {
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// As appliance tasks spell it.
    pub(crate) fn constant(self) -> &'static str {
        match self {
            Self::Stale => "STALE",
            Self::Normal => "NORMAL",
            Self::Warning => "WARNING",
            Self::Failed => "FAILED",
            Self::Disconnected => "DISCONNECTED",
        }
    }

    /// As the monitor status spells it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Stale => "Stale",
            Self::Normal => "Normal",
            Self::Warning => "Warning",
            Self::Failed => "Failed",
            Self::Disconnected => "Disconnected",
        }
    }
}

/// A reading of a scan: its bands touch, and anything from `failed_from` on is a failure.
pub(crate) struct Reading {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) warning_from: u32,
    pub(crate) failed_from: u32,
}

const fn reading(
    name: &'static str,
    description: &'static str,
    warning_from: u32,
    failed_from: u32,
) -> Reading {
    Reading { name, description, warning_from, failed_from }
}

pub(crate) struct Kind {
    pub(crate) service_id: i32,
    pub(crate) name: &'static str,
    /// How the service is carried out: a built-in monitor or an automation policy.
    pub(crate) how: &'static str,
    pub(crate) readings: &'static [Reading],
    pub(crate) trouble: &'static str,
}

macro_rules! kinds {
    ($($constant:ident = $id:literal $name:literal $how:literal [$($reading:expr),*] $trouble:literal;)*) => {
        $(pub(crate) static $constant: Kind = Kind {
            service_id: $id, name: $name, how: $how, readings: &[$($reading),*], trouble: $trouble,
        };)*
    };
}

kinds! {
    AGENT = 1 "Agent Status" "Monitor" [reading("minutes_since_checkin", "Minutes since the last check-in", 15, 30)]
        "The agent has not checked in.";
    CONNECTIVITY = 11 "Connectivity" "Monitor" [
        reading("packet_loss", "Packet loss (%)", 10, 60), reading("round_trip", "Round-trip time (ms)", 150, 600)]
        "Packets are being lost.";
    CPU = 101 "CPU" "Monitor" [reading("cpu_usage", "CPU usage (%)", 80, 95)] "CPU usage is above its threshold.";
    MEMORY = 102 "Memory" "Monitor" [
        reading("memory_physicalusage", "Physical memory usage (%)", 85, 95),
        reading("memory_virtualusage", "Virtual memory usage (%)", 85, 95)]
        "Memory usage is above its threshold.";
    DISK = 109 "Disk" "Monitor" [reading("disk_usage", "Disk usage (%)", 80, 90)] "Disk usage is above its threshold.";
    EVENT_LOG = 130 "Windows Event Log" "Monitor" [reading("matching_events", "Matching events", 1, 20)]
        "disk: The device \\Device\\Harddisk2\\DR2 has a bad block.";
    WINDOWS_SERVICE = 131 "Windows Service" "Monitor" [reading("not_running", "Service not running", 1, 1)]
        "The service is not running.";
    PATCH = 205 "Patch Status v2" "AMP" [
        reading("missing_critical", "Missing critical and security updates", 1, 10),
        reading("days_since_detection", "Days since the last detection", 7, 30)]
        "Approved patches are missing.";
    DEFENDER = 212 "Windows Defender" "AMP" [reading("definition_age", "Age of the definitions (days)", 3, 7)]
        "The virus definitions are out of date.";
    BACKUP = 220 "Backup Manager" "AMP" [reading("hours_since_backup", "Hours since the last good backup", 26, 72)]
        "The last backup did not finish.";
    HARDWARE = 240 "Hardware Health" "Monitor" [reading("failed_sensors", "Sensors out of range", 1, 2)]
        "A sensor is out of range.";
    TRAFFIC = 301 "Interface Traffic" "Monitor" [reading("utilization", "Utilisation (%)", 70, 90)]
        "The interface is saturated.";
    TONER = 330 "Printer Supplies" "Monitor" [reading("toner_used", "Toner used (%)", 85, 97)] "Toner is running out.";
}

/// A service on a device, at a moment.
pub(crate) struct Check {
    pub(crate) task_id: i32,
    pub(crate) kind: &'static Kind,
    pub(crate) ident: &'static str,
    pub(crate) state: State,
    pub(crate) since_ms: i64,
    pub(crate) scanned_ms: i64,
}

/// Services of a device: kind and instance. The place in this list is the slot in the appliance task's id.
fn services(device: &Device) -> Vec<(&'static Kind, &'static str)> {
    let mut list: Vec<(&Kind, &str)> = Vec::new();
    match device.class {
        Class::ServerWindows => {
            list.extend([(&AGENT, ""), (&CONNECTIVITY, ""), (&CPU, ""), (&MEMORY, ""), (&DISK, "C:")]);
            if device.description != "Windows probe" {
                list.push((&DISK, if device.description == "File server" { "E:" } else { "D:" }));
            }
            list.extend([
                (&EVENT_LOG, "System"),
                (&WINDOWS_SERVICE, "Spooler"),
                (&PATCH, ""),
                (&DEFENDER, ""),
                (&BACKUP, ""),
            ]);
        }
        Class::WorkstationWindows | Class::LaptopWindows => {
            list.extend([
                (&AGENT, ""),
                (&CPU, ""),
                (&MEMORY, ""),
                (&DISK, "C:"),
                (&PATCH, ""),
                (&DEFENDER, ""),
            ]);
        }
        Class::WorkstationMac => list.extend([(&AGENT, ""), (&CPU, ""), (&MEMORY, ""), (&DISK, "/")]),
        Class::ServerLinux => {
            list.extend([
                (&AGENT, ""),
                (&CONNECTIVITY, ""),
                (&CPU, ""),
                (&MEMORY, ""),
                (&DISK, "/"),
                (&DISK, "/var"),
            ]);
        }
        Class::ServerEsxi => list.extend([(&CONNECTIVITY, ""), (&CPU, ""), (&MEMORY, ""), (&HARDWARE, "")]),
        Class::Switch | Class::Firewall => {
            list.extend([(&CONNECTIVITY, ""), (&TRAFFIC, "1"), (&TRAFFIC, "24")]);
        }
        Class::Printer => list.extend([(&CONNECTIVITY, ""), (&TONER, "Black")]),
    }
    list
}

impl Fleet {
    /// Every monitored service of a device with its state.
    pub(crate) fn checks(&self, device: &Device, now_ms: i64) -> Vec<Check> {
        let list = services(device).into_iter().enumerate();
        list.map(|(slot, (kind, ident))| self.check(device, slot as u32, kind, ident, now_ms)).collect()
    }

    /// The device and slot behind an appliance task's id.
    pub(crate) fn monitor_slot(&self, task_id: i32) -> Option<(u32, usize)> {
        let index = self.monitor_ids.index(task_id)?;
        Some((index / SERVICE_SLOTS, (index % SERVICE_SLOTS) as usize))
    }

    fn check(
        &self,
        device: &Device,
        slot: u32,
        kind: &'static Kind,
        ident: &'static str,
        now_ms: i64,
    ) -> Check {
        let index = device.index * SERVICE_SLOTS + slot;
        let (state, since_ms) = self.state(device, index, kind, ident, now_ms);
        let scanned_ms = if device.online() {
            now_ms - (now_ms - i64::from(index % 300) * 1000).rem_euclid(5 * MINUTE)
        } else {
            device.seen_ms(self, now_ms).unwrap_or(now_ms)
        };
        Check { task_id: self.monitor_ids.id(index), kind, ident, state, since_ms, scanned_ms }
    }

    fn state(&self, device: &Device, index: u32, kind: &Kind, ident: &str, now_ms: i64) -> (State, i64) {
        if !device.online() {
            let gone = device.seen_ms(self, now_ms).unwrap_or(self.started_ms) + 20 * MINUTE;
            return (
                if kind.service_id == AGENT.service_id { State::Disconnected } else { State::Stale },
                gone,
            );
        }
        // The file server at Acme: the disk of its shares is full and going bad.
        if device.index == 0 && self.size > 0 {
            if ident == "E:" {
                return (State::Failed, self.started_ms - 200 * MINUTE);
            }
            if kind.service_id == EVENT_LOG.service_id {
                return (State::Warning, self.started_ms - 215 * MINUTE);
            }
        }
        let phase = i64::from(index.wrapping_mul(2_654_435_761) % 28_800) * 1000;
        let spell = (now_ms - phase).div_euclid(8 * HOUR);
        let state = match self.dice.below("state", (u64::from(index) << 24) ^ spell.unsigned_abs(), 1000) {
            0..4 => State::Failed,
            4..13 => State::Warning,
            _ => State::Normal,
        };
        let age =
            if state == State::Normal { 1 + self.dice.below("calm", index.into(), 40) as i64 } else { 0 };
        (state, (spell - age) * 8 * HOUR + phase)
    }

    /// The value of one reading that fits the state of its check, in text as the API has it.
    pub(crate) fn reading_value(&self, check: &Check, place: usize) -> (String, State) {
        let reading = &check.kind.readings[place];
        let roll = self.dice.below("reading", check.task_id.unsigned_abs().into(), 1000) as f64 / 1000.0;
        let (low, high, state) = match check.state {
            // Only the first reading is out of its band; the rest of the scan is fine.
            State::Failed if place == 0 => {
                (f64::from(reading.failed_from), f64::from(reading.failed_from) * 1.1 + 1.0, State::Failed)
            }
            State::Warning if place == 0 && reading.warning_from < reading.failed_from => {
                (f64::from(reading.warning_from), f64::from(reading.failed_from) - 0.1, State::Warning)
            }
            _ => (0.0, f64::from(reading.warning_from) * 0.9, State::Normal),
        };
        let value = low + (high - low) * roll;
        let percent = reading.description.ends_with("(%)");
        let text = if percent {
            format!("{:.1}", value.min(99.6))
        } else {
            (value.ceil().max(low) as i64).to_string()
        };
        (text, state)
    }
}
