//! The state of one server: the computed fleet, and on top of it everything that calls have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::auth::Access;
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{DevicePatch, UnknownUnit};
use crate::failure::Failure;
use crate::fleet::Fleet;
use crate::fleet::class::Class;
use crate::fleet::device::Device;
use crate::fleet::units::{Level, Unit};
use crate::hash::Dice;
use crate::journal::Journal;
use crate::ops::custom_psa::Tickets;
use crate::ops::groups::Groups;
use crate::ops::lifecycle::Lifecycles;
use crate::ops::maintenance::Windows;
use crate::ops::notes::Notes;
use crate::ops::properties::Properties;
use crate::ops::psa::Mappings;
use crate::ops::quotas::Quotas;
use crate::ops::reports::Reports;
use crate::ops::roles::Roles;
use crate::ops::tasks::Tasks;
use crate::ops::users::Users;
use crate::ops::winservices::ServiceStates;

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) dice: Dice,
    pub(crate) fleet: Fleet,
    pub(crate) access: Access,
    pub(crate) journal: Journal,
    pub(crate) devices: DeviceChanges,
    pub(crate) groups: Groups,
    pub(crate) lifecycles: Lifecycles,
    pub(crate) mappings: Mappings,
    pub(crate) notes: Notes,
    pub(crate) properties: Properties,
    pub(crate) quotas: Quotas,
    pub(crate) reports: Reports,
    pub(crate) roles: Roles,
    pub(crate) services: ServiceStates,
    pub(crate) tasks: Tasks,
    pub(crate) tickets: Tickets,
    pub(crate) users: Users,
    pub(crate) windows: Windows,
    correlations: u64,
}

/// The sparse overlay on the computed devices.
#[derive(Default)]
pub(crate) struct DeviceChanges {
    deleted: BTreeSet<u32>,
    renamed: BTreeMap<u32, String>,
    /// Place of the unit of devices that were moved or added.
    placed: BTreeMap<u32, usize>,
    /// Devices beyond the computed ones, in the order of their indexes.
    added: Vec<AddedDevice>,
}

/// An agentless device, as it was given to `POST /api/device`.
pub(crate) struct AddedDevice {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) class: String,
    pub(crate) os: String,
    pub(crate) description: String,
    pub(crate) license: String,
}

/// The devices of a unit and of the units below it: a range of computed ones without those that left, then the others.
pub(crate) struct Members {
    range: Range<u32>,
    gone: Vec<u32>,
    more: Vec<u32>,
}

impl Members {
    /// Just these devices.
    pub(crate) fn of(indexes: Vec<u32>) -> Self {
        Self { range: 0..0, gone: Vec::new(), more: indexes }
    }

    pub(crate) fn len(&self) -> usize {
        self.range.len() - self.gone.len() + self.more.len()
    }

    /// The index of the device at a position, without walking the range.
    pub(crate) fn nth(&self, at: usize) -> u32 {
        let computed = self.range.len() - self.gone.len();
        if at >= computed {
            return self.more[at - computed];
        }
        // Every departed device at or before the candidate moves it one further.
        let mut index = self.range.start + at as u32;
        for gone in &self.gone {
            if *gone > index {
                break;
            }
            index += 1;
        }
        index
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let staying = self.range.clone().filter(|i| self.gone.binary_search(i).is_err());
        staying.chain(self.more.iter().copied())
    }
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        let clock = Clock::new(config.start);
        let fleet = Fleet::new(config.seed, config.devices, clock.started_ms());
        let dice = fleet.dice;
        Self {
            access: Access::new(dice, config.jwt, clock.started_ms()),
            groups: Groups::new(&fleet),
            lifecycles: Lifecycles::default(),
            mappings: Mappings::default(),
            notes: Notes::default(),
            properties: Properties::default(),
            quotas: Quotas::default(),
            reports: Reports::default(),
            roles: Roles::new(),
            services: ServiceStates::default(),
            tasks: Tasks::default(),
            tickets: Tickets::default(),
            users: Users::new(&fleet),
            windows: Windows::default(),
            journal: Journal::default(),
            devices: DeviceChanges::default(),
            correlations: 0,
            clock,
            dice,
            fleet,
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    pub(crate) fn correlation_id(&mut self) -> String {
        self.correlations += 1;
        self.dice.uuid("correlation", self.correlations)
    }

    /// The place of a unit of any level.
    pub(crate) fn unit(&self, id: i32) -> Result<usize, Failure> {
        self.fleet.unit_place(id).ok_or_else(|| Failure::no_unit(id))
    }

    pub(crate) fn unit_of(&self, id: i32, level: Level) -> Option<usize> {
        self.fleet.unit_place(id).filter(|place| self.fleet.units[*place].level == level)
    }

    /// The unit of a level above a place, itself included.
    pub(crate) fn above(&self, place: usize, level: Level) -> Option<&Unit> {
        self.fleet.ancestry(place).find(|u| u.level == level)
    }

    fn exists(&self, index: u32) -> bool {
        (index as usize) < self.fleet.size as usize + self.devices.added.len()
            && !self.devices.deleted.contains(&index)
    }

    pub(crate) fn device_index(&self, id: i32) -> Option<u32> {
        self.fleet.device_ids.index(id).filter(|index| self.exists(*index))
    }

    /// The device with this id, as it is now.
    pub(crate) fn device(&self, id: i32) -> Result<Device, Failure> {
        self.device_index(id).map(|index| self.device_at(index)).ok_or_else(|| Failure::no_device(id))
    }

    /// The device at an index that exists.
    pub(crate) fn device_at(&self, index: u32) -> Device {
        let added = index.checked_sub(self.fleet.size).and_then(|n| self.devices.added.get(n as usize));
        let mut device = match added {
            Some(added) => self.added_device(index, added),
            None => self.fleet.device(index),
        };
        if let Some(place) = self.devices.placed.get(&index) {
            device.home = *place;
        }
        if let Some(name) = self.devices.renamed.get(&index) {
            device.name.clone_from(name);
        }
        device
    }

    fn added_device(&self, index: u32, added: &AddedDevice) -> Device {
        let class = Class::Switch;
        Device {
            index,
            id: self.fleet.device_ids.id(index),
            name: added.name.clone(),
            class,
            class_label: added.class.clone(),
            os: &class.systems()[0],
            os_label: added.os.clone(),
            description: added.description.clone(),
            probe: false,
            license: added.license.clone(),
            home: 0,
            user: None,
            days_offline: 0,
            uri: added.address.clone(),
            ip: added.address.clone(),
            appliance: None,
        }
    }

    /// Devices in a unit and below it.
    pub(crate) fn members(&self, place: usize) -> Members {
        let range = self.fleet.range(place);
        let changes = &self.devices;
        let mut gone: BTreeSet<u32> = changes.deleted.range(range.clone()).copied().collect();
        let mut more = Vec::new();
        for (index, home) in &changes.placed {
            let inside = self.fleet.is_under(*home, place);
            match (range.contains(index), inside) {
                (true, false) => {
                    gone.insert(*index);
                }
                (false, true) if !changes.deleted.contains(index) => more.push(*index),
                _ => {}
            }
        }
        Members { range, gone: gone.into_iter().collect(), more }
    }

    pub(crate) fn add_device(&mut self, place: usize, device: AddedDevice) -> i32 {
        let index = self.fleet.size + self.devices.added.len() as u32;
        self.devices.added.push(device);
        self.devices.placed.insert(index, place);
        self.fleet.device_ids.id(index)
    }

    pub(crate) fn delete_device(&mut self, index: u32) {
        self.devices.deleted.insert(index);
    }

    /// What a technician would do in the console.
    pub(crate) fn patch_device(&mut self, id: i32, patch: &DevicePatch) -> Result<bool, UnknownUnit> {
        let Some(index) = self.device_index(id) else { return Ok(false) };
        let customer = patch
            .customer_id
            .map(|id| {
                self.unit_of(id, Level::Customer)
                    .or_else(|| self.unit_of(id, Level::Site))
                    .ok_or(UnknownUnit(id))
            })
            .transpose()?;
        let site =
            patch.site_id.map(|id| self.unit_of(id, Level::Site).ok_or(UnknownUnit(id))).transpose()?;
        if let (Some(site), Some(customer)) = (site, customer)
            && !self.fleet.is_under(site, customer)
        {
            return Err(UnknownUnit(self.fleet.units[site].id));
        }
        if let Some(place) = site.or(customer) {
            self.devices.placed.insert(index, place);
        }
        if let Some(name) = &patch.long_name {
            self.devices.renamed.insert(index, name.clone());
        }
        Ok(true)
    }
}
