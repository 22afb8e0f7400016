//! The fleet as the seed makes it: units that own ranges of device indexes, and devices that are computed when they
//! are looked at. Whatever changes later is kept by `world` on top of this.

pub(crate) mod class;
pub(crate) mod customers;
pub(crate) mod device;
pub(crate) mod scripts;
pub(crate) mod service;
pub(crate) mod units;

use std::ops::Range;

use crate::hash::{Dice, Numbering};
use units::{Level, Unit};

/// Most services that one device can be monitored for; the numbering of appliance tasks leaves room for so many.
pub(crate) const SERVICE_SLOTS: u32 = 16;

pub(crate) struct Fleet {
    pub(crate) dice: Dice,
    /// Computed devices; added ones have indexes from here on.
    pub(crate) size: u32,
    pub(crate) started_ms: i64,
    pub(crate) units: Vec<Unit>,
    /// Where the devices of each unit that holds any directly begin, ascending, with the unit's place.
    leaves: Vec<(u32, usize)>,
    pub(crate) device_ids: Numbering,
    pub(crate) appliance_ids: Numbering,
    pub(crate) monitor_ids: Numbering,
}

impl Fleet {
    pub(crate) fn new(seed: u64, size: u32, started_ms: i64) -> Self {
        let dice = Dice::new(seed);
        let size = size.min(1 << 24);
        let mut fleet = Self {
            dice,
            size,
            started_ms,
            units: Vec::new(),
            leaves: Vec::new(),
            device_ids: Numbering::new(1 << 30, 30, dice, "device id"),
            appliance_ids: Numbering::new(1 << 29, 29, dice, "appliance id"),
            monitor_ids: Numbering::new(1 << 29, 29, dice, "monitor id"),
        };
        fleet.lay_out();
        fleet
    }

    /// Gives every unit its range of device indexes. The work depends on the number of units alone.
    fn lay_out(&mut self) {
        let shares = self.shares();
        let mut next_id = 101;
        let mut take = || {
            next_id += 1;
            next_id - 1
        };
        self.units.push(Unit::new(1, Level::System, "System", None, 0..self.size));
        let mut start = 0;
        for (org, name) in customers::SERVICE_ORGS.iter().enumerate() {
            let org_id = if org == 0 { 50 } else { take() };
            let org_place = self.units.len();
            self.units.push(Unit::new(org_id, Level::ServiceOrg, name, Some(0), start..start));
            let members = if org == 0 {
                0..customers::FIRST_ORG
            } else {
                customers::FIRST_ORG..customers::CUSTOMERS.len()
            };
            for customer in members {
                start = self.lay_out_customer(customer, org_place, start, shares[customer], &mut take);
            }
            self.units[org_place].devices.end = start;
        }
    }

    /// One customer with its sites, from `start` on; answers where the next one starts.
    fn lay_out_customer(
        &mut self,
        customer: usize,
        org_place: usize,
        start: u32,
        count: u32,
        take: &mut impl FnMut() -> i32,
    ) -> u32 {
        let known = customers::known_devices(customer);
        let sites = if known.is_empty() { self.dice.below("sites", customer as u64, 4) as usize } else { 1 };
        // The fixed devices that sit straight under the customer come before those at a site.
        let direct = match known.iter().position(|k| k.site.is_some()) {
            Some(first) => count.min(first as u32),
            None if sites == 0 => count,
            None => count / 2,
        };
        let place = self.units.len();
        let name = customers::CUSTOMERS[customer].name;
        let mut unit = Unit::new(take(), Level::Customer, name, Some(org_place), start..start + count);
        unit.customer = Some(customer);
        self.units.push(unit);
        self.leaves.push((start, place));
        let mut at = start + direct;
        for site in 0..sites {
            let here = (start + count - at) / (sites - site) as u32;
            let offset =
                self.dice.below("site name", customer as u64, crate::text::SITE_NAMES.len() as u64) as usize;
            let word = crate::text::SITE_NAMES[(offset + site * 3) % crate::text::SITE_NAMES.len()];
            let mut unit =
                Unit::new(take(), Level::Site, &format!("{name} - {word}"), Some(place), at..at + here);
            unit.customer = Some(customer);
            self.leaves.push((at, self.units.len()));
            self.units.push(unit);
            at += here;
        }
        start + count
    }

    /// How many devices each customer has: all of the fixed ones where the fleet is large enough, and a share of the
    /// rest by weight.
    fn shares(&self) -> Vec<u32> {
        let acme = (self.size / 4).clamp(1, customers::ACME.len() as u32).min(self.size);
        let globex = (self.size - acme).min(customers::GLOBEX.len() as u32);
        let rest = u64::from(self.size - acme - globex);
        let others = 2..customers::CUSTOMERS.len();
        let weight = |customer: usize| 2 + self.dice.below("weight", customer as u64, 10);
        let all: u64 = others.clone().map(weight).sum();
        let (mut shares, mut so_far, mut given) = (vec![acme, globex], 0, 0);
        for customer in others {
            so_far += weight(customer);
            let until = rest * so_far / all;
            shares.push((until - given) as u32);
            given = until;
        }
        shares
    }

    /// The place of the unit that a computed device sits in.
    pub(crate) fn home(&self, index: u32) -> usize {
        let after = self.leaves.partition_point(|(start, _)| *start <= index);
        self.leaves[after.saturating_sub(1)].1
    }

    pub(crate) fn unit_place(&self, id: i32) -> Option<usize> {
        self.units.iter().position(|u| u.id == id)
    }

    /// A unit and its ancestors, from the bottom up.
    pub(crate) fn ancestry(&self, place: usize) -> impl Iterator<Item = &Unit> {
        std::iter::successors(Some(&self.units[place]), |unit| unit.parent.map(|p| &self.units[p]))
    }

    pub(crate) fn is_under(&self, place: usize, ancestor: usize) -> bool {
        let id = self.units[ancestor].id;
        self.ancestry(place).any(|unit| unit.id == id)
    }

    pub(crate) fn range(&self, place: usize) -> Range<u32> {
        self.units[place].devices.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_sits_in_one_unit_and_all_ranges_add_up() {
        for size in [0, 1, 5, 20, 600, 100_000] {
            let fleet = Fleet::new(1, size, 0);
            let customers = fleet.units.iter().filter(|u| u.level == Level::Customer);
            assert_eq!(customers.map(|u| u.devices.len()).sum::<usize>(), size as usize);
            for index in [0, 1, size / 2, size.saturating_sub(1)] {
                if index < size {
                    let home = fleet.home(index);
                    assert!(fleet.range(home).contains(&index), "{index} of {size}");
                }
            }
        }
    }
}
