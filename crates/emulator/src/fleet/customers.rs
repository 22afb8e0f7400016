//! The customers of the two service organisations, and the devices of the two that stories are told about.

use super::class::Class;

/// A customer: its name, the prefix of its device names, and its Windows domain.
pub(crate) struct Customer {
    pub(crate) name: &'static str,
    pub(crate) prefix: &'static str,
}

const fn customer(name: &'static str, prefix: &'static str) -> Customer {
    Customer { name, prefix }
}

pub(crate) const SERVICE_ORGS: [&str; 2] = ["Northwind Managed IT", "Tidewater Technology Partners"];

/// Customers below the first service organisation; the others are below the second.
pub(crate) const FIRST_ORG: usize = 28;

/// Acme and Globex come first: their devices exist in the smallest of fleets.
pub(crate) static CUSTOMERS: [Customer; 44] = [
    customer("Acme", "ACME"),
    customer("Globex", "GLOBEX"),
    customer("Harbor Dental Group", "HDG"),
    customer("Pinecrest Veterinary Clinic", "PVC"),
    customer("Lakeshore Credit Union", "LCU"),
    customer("Brightwood Elementary School", "BES"),
    customer("Stonebridge Construction", "SBC"),
    customer("Maplewood Family Practice", "MFP"),
    customer("Ironworks Fabrication", "IWF"),
    customer("Redfern & Hale Attorneys", "RHA"),
    customer("Blue Heron Logistics", "BHL"),
    customer("Cedar Valley Orthopedics", "CVO"),
    customer("Summit Accounting Partners", "SAP"),
    customer("Old Mill Brewing", "OMB"),
    customer("Granite State Insurance", "GSI"),
    customer("Copperfield Hotels", "CFH"),
    customer("Willow Creek Senior Living", "WCS"),
    customer("Fairhaven Public Library", "FPL"),
    customer("Atlas Precision Tooling", "APT"),
    customer("Beacon Street Realty", "BSR"),
    customer("Northfield Dairy Cooperative", "NDC"),
    customer("Sterling Printworks", "SPW"),
    customer("Riverside Youth Services", "RYS"),
    customer("Kestrel Aviation", "KAV"),
    customer("Oakmont Pharmacy", "OMP"),
    customer("Three Rivers Engineering", "TRE"),
    customer("Halcyon Spa & Wellness", "HSW"),
    customer("Marlow Furniture", "MRF"),
    customer("Tidal Research Institute", "TRI"),
    customer("Seaview Seafood Wholesale", "SSW"),
    customer("Portside Marine Supply", "PMS"),
    customer("Lantern Hill Vineyards", "LHV"),
    customer("Coastal Eye Associates", "CEA"),
    customer("Dunmore Town Hall", "DTH"),
    customer("Pelican Freight", "PLF"),
    customer("Saltmarsh Architects", "SMA"),
    customer("Gulfstream Charters", "GSC"),
    customer("Anchor Point Chiropractic", "APC"),
    customer("Bayfront Property Management", "BPM"),
    customer("Driftwood Media", "DWM"),
    customer("Osprey Solar", "OSP"),
    customer("Whitecap Surf Academy", "WSA"),
    customer("Compass Rose Travel", "CRT"),
    customer("Lighthouse Charter School", "LCS"),
];

/// A device whose name, class and habits are fixed, because stories are told about it.
pub(crate) struct Known {
    pub(crate) suffix: &'static str,
    pub(crate) class: Class,
    pub(crate) description: &'static str,
    /// Days since it was last seen; 0 for a device that is online.
    pub(crate) days_offline: u8,
    /// Place among the customer's sites; none for straight under the customer.
    pub(crate) site: Option<usize>,
    pub(crate) probe: bool,
}

const fn known(suffix: &'static str, class: Class, description: &'static str, days_offline: u8) -> Known {
    Known { suffix, class, description, days_offline, site: None, probe: false }
}

const fn at_site(device: Known, site: usize) -> Known {
    Known { site: Some(site), ..device }
}

pub(crate) static ACME: [Known; 14] = [
    known("FS01", Class::ServerWindows, "File server", 0),
    known("DC01", Class::ServerWindows, "Domain controller", 0),
    known("WS01", Class::WorkstationWindows, "Front desk", 0),
    known("WS02", Class::WorkstationWindows, "Accounting", 0),
    Known { probe: true, ..known("PRB01", Class::ServerWindows, "Windows probe", 0) },
    known("LT01", Class::LaptopWindows, "Sales laptop", 3),
    known("WS03", Class::WorkstationWindows, "Purchasing", 0),
    known("SW01", Class::Switch, "Core switch", 0),
    at_site(known("WS04", Class::WorkstationWindows, "Shipping", 0), 0),
    at_site(known("WS05", Class::WorkstationWindows, "Receiving", 12), 0),
    at_site(known("PRN01", Class::Printer, "Label printer", 0), 0),
    at_site(known("ESX01", Class::ServerEsxi, "VMware ESXi host", 0), 0),
    at_site(known("MAC01", Class::WorkstationMac, "Marketing", 0), 0),
    at_site(known("FW01", Class::Firewall, "Edge firewall", 0), 0),
];

pub(crate) static GLOBEX: [Known; 10] = [
    known("WS01", Class::WorkstationWindows, "Reception", 0),
    known("WS02", Class::WorkstationWindows, "Accounts payable", 0),
    known("WS03", Class::WorkstationWindows, "Accounts receivable", 0),
    known("WS04", Class::WorkstationWindows, "Human resources", 0),
    known("SRV01", Class::ServerWindows, "Application server", 0),
    known("LT01", Class::LaptopWindows, "Field laptop", 34),
    at_site(known("WS05", Class::WorkstationWindows, "Drafting", 26), 0),
    at_site(known("WS06", Class::WorkstationWindows, "Drafting", 0), 0),
    at_site(known("WS07", Class::WorkstationWindows, "Quality control", 0), 0),
    at_site(known("WS08", Class::WorkstationWindows, "Spare, training room", 61), 0),
];

/// The fixed devices of a customer; an empty slice for all but two.
pub(crate) fn known_devices(customer: usize) -> &'static [Known] {
    match customer {
        0 => &ACME,
        1 => &GLOBEX,
        _ => &[],
    }
}
