//! Saved device filters: the list, and what each of them keeps.

use serde_json::{Value, json};

use super::Served;
use crate::failure::Failure;
use crate::fleet::class::Class;
use crate::fleet::device::Device;
use crate::page::{self, All, Rules};

pub(crate) struct SavedFilter {
    id: i32,
    name: &'static str,
    description: &'static str,
    /// Made or used by the signed-in user.
    own: bool,
    keep: fn(&Device) -> bool,
}

impl SavedFilter {
    pub(crate) fn keeps(&self, device: &Device) -> bool {
        (self.keep)(device)
    }
}

static FILTERS: [SavedFilter; 8] = [
    SavedFilter {
        id: 1001,
        name: "All Servers",
        description: "Servers of every system",
        own: true,
        keep: |d| d.class.is_server(),
    },
    SavedFilter {
        id: 1002,
        name: "Workstations - Windows",
        description: "Windows workstations",
        own: true,
        keep: |d| d.class == Class::WorkstationWindows,
    },
    SavedFilter {
        id: 1003,
        name: "Servers - Windows",
        description: "All Windows servers",
        own: true,
        keep: |d| d.class == Class::ServerWindows,
    },
    SavedFilter {
        id: 1004,
        name: "Laptops",
        description: "Windows laptops",
        own: false,
        keep: |d| d.class == Class::LaptopWindows,
    },
    SavedFilter {
        id: 1005,
        name: "Macs",
        description: "macOS devices",
        own: false,
        keep: |d| d.class == Class::WorkstationMac,
    },
    SavedFilter {
        id: 1006,
        name: "Network Devices",
        description: "Switches, routers, firewalls and printers",
        own: false,
        keep: |d| matches!(d.class, Class::Switch | Class::Firewall | Class::Printer),
    },
    SavedFilter {
        id: 1007,
        name: "Probes",
        description: "Devices that run a probe",
        own: false,
        keep: |d| d.probe,
    },
    SavedFilter {
        id: 1008,
        name: "Offline for 7 days",
        description: "No check-in for a week or longer",
        own: true,
        keep: |d| d.days_offline >= 7,
    },
];

const RULES: Rules = Rules::new(All::Everything, &["filterId", "filterName", "description"]);

pub(crate) const SERVED: Served = &[("listDeviceFilters", |_, call| {
    let all = call.word("viewScope", &["ALL", "OWN_AND_USED"])? == "ALL";
    // The id is text in the schema (NOTES §6).
    let rows: Vec<Value> = FILTERS
        .iter()
        .filter(|f| all || f.own)
        .map(|f| json!({"filterId": f.id.to_string(), "filterName": f.name, "description": f.description}))
        .collect();
    page::answer(call, &RULES, &rows)
})];

/// The filter that a device list names by its id.
pub(crate) fn find(id: &str) -> Result<&'static SavedFilter, Failure> {
    let number: i32 = id
        .parse()
        .map_err(|_| Failure::format(&format!("For input string: \"{id}\" (filterId must be a number)")))?;
    FILTERS
        .iter()
        .find(|f| f.id == number)
        .ok_or_else(|| Failure::not_found(&format!("Filter with ID {id} was not found!")))
}
