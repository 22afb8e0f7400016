//! What is fixed about a tool: the one record from which every face derives what it shows.

use model::Effect;

/// The part of the work a tool belongs to; groups tables and documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// Service organisations, customers, sites.
    Organisation,
    /// Devices, assets, properties.
    Devices,
    /// Active issues and jobs.
    Monitoring,
    /// Scripts, direct and scheduled tasks.
    Tasks,
    /// Reports.
    Reports,
    /// Users, roles, access groups, tokens.
    Administration,
    /// Raw calls and what belongs to the gateway itself.
    Gateway,
}

impl Area {
    /// The heading on pages and in documentation.
    pub fn title(self) -> &'static str {
        match self {
            Area::Organisation => "Organisation",
            Area::Devices => "Devices",
            Area::Monitoring => "Monitoring",
            Area::Tasks => "Scripts and tasks",
            Area::Reports => "Reports",
            Area::Administration => "Administration",
            Area::Gateway => "Gateway",
        }
    }
}

/// What is fixed about a tool.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Canonical name.
    pub name: &'static str,
    /// Second name, same tool, same policy, same record.
    pub alias: Option<&'static str>,
    /// Title for people.
    pub title: &'static str,
    /// One line: what it does, for models and people. Never holds text from outside.
    pub summary: &'static str,
    /// The part of the work it belongs to.
    pub area: Area,
    /// What it does to the world.
    pub effect: Effect,
    /// Ids of the contract's operations it uses; the first is the one it stands for.
    pub operations: &'static [&'static str],
}
