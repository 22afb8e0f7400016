//! One device, computed from its index: name, class, system, user, address, and when it was last seen.

use super::Fleet;
use super::class::{Class, MIX, Os};
use super::customers::{CUSTOMERS, known_devices};
use super::units::{Level, domain_name};
use crate::clock::{DAY, MINUTE};
use crate::text;

pub(crate) struct Device {
    pub(crate) index: u32,
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) class: Class,
    /// The class as it is shown; an added device may carry a word of its own.
    pub(crate) class_label: String,
    pub(crate) os: &'static Os,
    pub(crate) os_label: String,
    pub(crate) description: String,
    pub(crate) probe: bool,
    pub(crate) license: String,
    /// Place of the unit it sits in.
    pub(crate) home: usize,
    /// `DOMAIN\user`
    pub(crate) user: Option<String>,
    /// 0 while it is online.
    pub(crate) days_offline: u32,
    /// Host name, or address of a device without one.
    pub(crate) uri: String,
    pub(crate) ip: String,
    /// Agent or probe that looks after it.
    pub(crate) appliance: Option<i32>,
}

impl Device {
    pub(crate) fn online(&self) -> bool {
        self.days_offline == 0
    }

    /// Last check-in in epoch milliseconds: within five minutes for a device that is online, none without an agent.
    pub(crate) fn seen_ms(&self, fleet: &Fleet, now_ms: i64) -> Option<i64> {
        self.appliance?;
        let phase = i64::from(self.index.wrapping_mul(7919) % 300) * 1000;
        if self.online() {
            return Some(now_ms - (now_ms - phase).rem_euclid(5 * MINUTE));
        }
        Some(fleet.started_ms - i64::from(self.days_offline) * DAY - phase)
    }
}

impl Fleet {
    /// The device as the seed made it. The index must be below the fleet's size.
    pub(crate) fn device(&self, index: u32) -> Device {
        let home = self.home(index);
        let customer_unit =
            self.ancestry(home).find(|u| u.level == Level::Customer).unwrap_or(&self.units[home]);
        let customer = customer_unit.customer.unwrap_or_default();
        let local = index - customer_unit.devices.start;
        let prefix = CUSTOMERS[customer].prefix;
        let i = u64::from(index);
        let dice = self.dice;
        let known = known_devices(customer).get(local as usize);
        let (class, suffix, description, probe) = match known {
            Some(k) => (k.class, k.suffix.to_owned(), k.description.to_owned(), k.probe),
            None => self.ordinary(index, local, customer_unit.devices.len()),
        };
        let days_offline = known.map_or_else(|| self.days_offline(index, class), |k| k.days_offline.into());
        let name = format!("{prefix}-{suffix}");
        let domain = domain_name(&customer_unit.name);
        let ip = format!("10.{}.{}.{}", 20 + customer, (local / 240) % 256, 10 + local % 240);
        let os = dice.pick("os", i, class.systems());
        Device {
            index,
            id: self.device_ids.id(index),
            class,
            class_label: class.label().to_owned(),
            os,
            os_label: os.name.to_owned(),
            description,
            probe,
            license: if class.has_agent() { "Professional" } else { "Essential" }.to_owned(),
            home,
            user: self.user(index, class, prefix),
            days_offline,
            uri: if class.has_agent() {
                format!("{}.{}", name.to_lowercase(), domain.replace(".example", ".local"))
            } else {
                ip.clone()
            },
            ip,
            name,
            appliance: class.has_agent().then(|| self.appliance_ids.id(index)),
        }
    }

    /// Class, end of the name, description and whether it is a probe, for a device that no story is told about.
    fn ordinary(&self, index: u32, local: u32, siblings: usize) -> (Class, String, String, bool) {
        if siblings >= 4 {
            match local {
                0 => return (Class::ServerWindows, "DC01".to_owned(), "Domain controller".to_owned(), false),
                1 => return (Class::ServerWindows, "FS01".to_owned(), "File server".to_owned(), false),
                2 if siblings >= 8 => {
                    return (Class::ServerWindows, "PRB01".to_owned(), "Windows probe".to_owned(), true);
                }
                _ => {}
            }
        }
        let mut roll = self.dice.below("class", index.into(), 100);
        let mut class = Class::WorkstationWindows;
        for (candidate, percent) in MIX {
            class = candidate;
            match roll.checked_sub(percent) {
                Some(left) => roll = left,
                None => break,
            }
        }
        let purpose: &[&str] = match class {
            Class::WorkstationWindows => {
                &["Front desk", "Accounting", "Shipping", "Office", "Conference room", ""]
            }
            Class::LaptopWindows => &["Field laptop", "Sales laptop", "Management", ""],
            Class::WorkstationMac => &["Marketing", "Design", ""],
            Class::ServerWindows => {
                &["Application server", "SQL Server", "Remote desktop host", "Backup server"]
            }
            Class::ServerLinux => &["Web server", "Monitoring", "File transfer"],
            Class::ServerEsxi => &["VMware ESXi host"],
            Class::Switch => &["Access switch", "Core switch"],
            Class::Firewall => &["Edge firewall"],
            Class::Printer => &["Office printer", "Label printer"],
        };
        let purpose = self.dice.pick("purpose", index.into(), purpose);
        (class, format!("{}{:03}", class.code(), local + 1), (*purpose).to_owned(), false)
    }

    fn days_offline(&self, index: u32, class: Class) -> u32 {
        let percent = match class {
            Class::LaptopWindows => 18,
            Class::WorkstationWindows | Class::WorkstationMac => 7,
            Class::ServerWindows | Class::ServerLinux => 1,
            _ => 0,
        };
        if !self.dice.chance("offline", index.into(), percent) {
            return 0;
        }
        1 + self.dice.below("days offline", index.into(), 90) as u32
    }

    fn user(&self, index: u32, class: Class, domain: &str) -> Option<String> {
        let i = index.into();
        if class.is_server() {
            return class.is_windows().then(|| format!("{domain}\\administrator"));
        }
        if !class.has_agent() {
            return None;
        }
        let first = self.dice.pick("user first", i, &text::FIRST_NAMES);
        let last = self.dice.pick("user last", i, &text::LAST_NAMES);
        let account = format!("{}{}", &first[..1], last).to_lowercase();
        Some(if class == Class::WorkstationMac { account } else { format!("{domain}\\{account}") })
    }
}
