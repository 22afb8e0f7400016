//! The kinds of devices, with the words that N-central shows for them.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    WorkstationWindows,
    LaptopWindows,
    WorkstationMac,
    ServerWindows,
    ServerLinux,
    ServerEsxi,
    Switch,
    Firewall,
    Printer,
}

/// An operating system as the API names it.
pub(crate) struct Os {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
    pub(crate) version: &'static str,
}

const fn os(name: &'static str, id: &'static str, version: &'static str) -> Os {
    Os { name, id, version }
}

static DESKTOP: [Os; 3] = [
    os("Microsoft Windows 11 Professional x64 Edition", "winnt", "10.0.26100"),
    os("Microsoft Windows 11 Enterprise x64 Edition", "winnt", "10.0.22631"),
    os("Microsoft Windows 10 Professional x64 Edition", "winnt", "10.0.19045"),
];
static SERVER: [Os; 3] = [
    os("Microsoft Windows Server 2022 Standard x64 Edition", "winnt", "10.0.20348"),
    os("Microsoft Windows Server 2019 Standard x64 Edition", "winnt", "10.0.17763"),
    os("Microsoft Windows Server 2025 Standard x64 Edition", "winnt", "10.0.26100"),
];
static MAC: [Os; 2] = [os("macOS 15 Sequoia", "mac", "15.6"), os("macOS 14 Sonoma", "mac", "14.7")];
static LINUX: [Os; 2] =
    [os("Ubuntu 24.04 LTS x64", "linux", "6.8.0"), os("Red Hat Enterprise Linux 9 x64", "linux", "5.14.0")];
static ESXI: [Os; 1] = [os("VMware ESXi 8.0", "esx", "8.0.3")];
static GENERIC: [Os; 1] = [os("Generic", "generic", "")];

impl Class {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::WorkstationWindows => "Workstations - Windows",
            Self::LaptopWindows => "Laptop - Windows",
            Self::WorkstationMac => "Workstations - Mac",
            Self::ServerWindows => "Servers - Windows",
            Self::ServerLinux => "Servers - Linux",
            Self::ServerEsxi => "Servers - VMware ESXi",
            Self::Switch => "Switch/Router",
            Self::Firewall => "Firewall",
            Self::Printer => "Printer",
        }
    }

    /// The middle of a device's name.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::WorkstationWindows => "WS",
            Self::LaptopWindows => "LT",
            Self::WorkstationMac => "MAC",
            Self::ServerWindows => "SRV",
            Self::ServerLinux => "LNX",
            Self::ServerEsxi => "ESX",
            Self::Switch => "SW",
            Self::Firewall => "FW",
            Self::Printer => "PRN",
        }
    }

    pub(crate) fn systems(self) -> &'static [Os] {
        match self {
            Self::WorkstationWindows | Self::LaptopWindows => &DESKTOP,
            Self::WorkstationMac => &MAC,
            Self::ServerWindows => &SERVER,
            Self::ServerLinux => &LINUX,
            Self::ServerEsxi => &ESXI,
            Self::Switch | Self::Firewall | Self::Printer => &GENERIC,
        }
    }

    pub(crate) fn is_windows(self) -> bool {
        matches!(self, Self::WorkstationWindows | Self::LaptopWindows | Self::ServerWindows)
    }

    pub(crate) fn is_server(self) -> bool {
        matches!(self, Self::ServerWindows | Self::ServerLinux | Self::ServerEsxi)
    }

    /// Whether an agent runs on it; the others are watched by a probe.
    pub(crate) fn has_agent(self) -> bool {
        !matches!(self, Self::ServerEsxi | Self::Switch | Self::Firewall | Self::Printer)
    }

    /// Manufacturer and models.
    pub(crate) fn hardware(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::WorkstationWindows => &[
                ("Dell Inc.", "OptiPlex 7010"),
                ("HP", "EliteDesk 800 G9"),
                ("LENOVO", "ThinkCentre M70q Gen 4"),
            ],
            Self::LaptopWindows => &[
                ("Dell Inc.", "Latitude 5440"),
                ("LENOVO", "ThinkPad T14 Gen 4"),
                ("HP", "EliteBook 840 G10"),
            ],
            Self::WorkstationMac => {
                &[("Apple Inc.", "MacBookPro18,3"), ("Apple Inc.", "iMac21,1"), ("Apple Inc.", "Macmini9,1")]
            }
            Self::ServerWindows | Self::ServerLinux => &[
                ("Dell Inc.", "PowerEdge T350"),
                ("HPE", "ProLiant DL360 Gen10"),
                ("VMware, Inc.", "VMware Virtual Platform"),
            ],
            Self::ServerEsxi => &[("Dell Inc.", "PowerEdge R650"), ("HPE", "ProLiant DL380 Gen10 Plus")],
            Self::Switch => &[("Ubiquiti", "USW-Pro-24"), ("Cisco", "CBS350-24P")],
            Self::Firewall => &[("Fortinet", "FortiGate 60F"), ("SonicWall", "TZ370")],
            Self::Printer => &[("HP", "LaserJet M507"), ("Brother", "HL-L6200DW"), ("Zebra", "ZT411")],
        }
    }
}

/// The mix of classes in an ordinary fleet, in percent.
pub(crate) static MIX: [(Class, u64); 9] = [
    (Class::WorkstationWindows, 55),
    (Class::LaptopWindows, 16),
    (Class::WorkstationMac, 6),
    (Class::ServerWindows, 9),
    (Class::ServerLinux, 3),
    (Class::ServerEsxi, 1),
    (Class::Switch, 5),
    (Class::Firewall, 1),
    (Class::Printer, 4),
];
