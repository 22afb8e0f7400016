//! Organisation units of every level: lists, single ones, children, and the three creations.

use serde_json::{Map, Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::failure::Failure;
use crate::fleet::units::{CONTACT, Level, Spelling, Unit};
use crate::page::{self, All, Rows, Rules};
use crate::world::World;

pub(crate) const SERVED: Served = &[
    ("listServiceOrgs", |world, call| {
        list(world, call, Spelling::ServiceOrg, |u| u.level == Level::ServiceOrg)
    }),
    ("createServiceOrg", |world, call| create(world, call, &SERVICE_ORG, 0)),
    ("getServiceOrg", |world, call| one(world, call, "soId", Spelling::ServiceOrg, Some(Level::ServiceOrg))),
    ("listServiceOrgCustomers", |world, call| {
        let org = parent(world, call, "soId", Level::ServiceOrg)?;
        list(world, call, Spelling::Customer, |u| u.level == Level::Customer && u.parent == Some(org))
    }),
    ("createCustomer", |world, call| {
        let org = parent(world, call, "soId", Level::ServiceOrg)?;
        create(world, call, &CUSTOMER, org)
    }),
    ("listCustomers", |world, call| list(world, call, Spelling::Customer, |u| u.level == Level::Customer)),
    ("getCustomer", |world, call| one(world, call, "customerId", Spelling::Customer, Some(Level::Customer))),
    ("listCustomerSites", |world, call| {
        let customer = parent(world, call, "customerId", Level::Customer)?;
        list(world, call, Spelling::Site, |u| u.parent == Some(customer))
    }),
    ("createSite", |world, call| {
        let customer = parent(world, call, "customerId", Level::Customer)?;
        create(world, call, &SITE, customer)
    }),
    ("listSites", |world, call| list(world, call, Spelling::Site, |u| u.level == Level::Site)),
    ("getSite", |world, call| one(world, call, "siteId", Spelling::Site, Some(Level::Site))),
    ("listOrgUnits", |world, call| list(world, call, Spelling::OrgUnit, |_| true)),
    ("getOrgUnit", |world, call| one(world, call, "orgUnitId", Spelling::OrgUnit, None)),
    ("listOrgUnitChildren", |world, call| {
        let place = world.unit(call.id("orgUnitId")?)?;
        list(world, call, Spelling::OrgUnit, |u| u.parent == Some(place))
    }),
];

fn parent(world: &World, call: &Call<'_>, name: &str, level: Level) -> Result<usize, Failure> {
    let id = call.id(name)?;
    world.unit_of(id, level).ok_or_else(|| Failure::no_unit(id))
}

struct UnitRows<'w> {
    world: &'w World,
    places: Vec<usize>,
    spelling: Spelling,
}

impl Rows for UnitRows<'_> {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn row(&self, at: usize) -> Value {
        unit_json(self.world, self.places[at], self.spelling)
    }
}

fn unit_json(world: &World, place: usize, spelling: Spelling) -> Value {
    let unit = &world.fleet.units[place];
    let parent = unit.parent.map(|p| world.fleet.units[p].id);
    let children = world.fleet.units.iter().filter(|u| u.parent == Some(place)).count();
    unit.json(spelling, parent, children, world.dice)
}

fn list(world: &World, call: &Call<'_>, spelling: Spelling, keep: impl Fn(&Unit) -> bool) -> Outcome {
    let places = (0..world.fleet.units.len()).filter(|p| keep(&world.fleet.units[*p])).collect();
    let rules = Rules::new(All::Everything, spelling.fields());
    page::answer(call, &rules, &UnitRows { world, places, spelling })
}

fn one(world: &World, call: &Call<'_>, name: &str, spelling: Spelling, level: Option<Level>) -> Outcome {
    let id = call.id(name)?;
    let place = match level {
        None => world.unit(id)?,
        Some(level) => world.unit_of(id, level).ok_or_else(|| {
            let what = match level {
                Level::Customer => "Customer",
                Level::Site => "Site",
                _ => "Service organization",
            };
            Failure::not_found(&format!("{what} with ID {id} was not found!"))
        })?,
    };
    Ok(Answer::ok(unit_json(world, place, spelling)))
}

/// How a kind of unit is created.
struct Creation {
    level: Level,
    /// Stands where an exception's name would when the name is blank.
    what: &'static str,
    name: &'static str,
    id: &'static str,
}

const SERVICE_ORG: Creation = Creation { level: Level::ServiceOrg, what: "SO", name: "soName", id: "soId" };
const CUSTOMER: Creation =
    Creation { level: Level::Customer, what: "Customer", name: "customerName", id: "customerId" };
const SITE: Creation = Creation { level: Level::Site, what: "Site", name: "siteName", id: "siteId" };

fn create(world: &mut World, call: &Call<'_>, creation: &Creation, parent: usize) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let name = fields.text_if_given(creation.name).unwrap_or_default();
    let mut given = Map::new();
    for member in CONTACT {
        given.insert(member.to_owned(), fields.text_if_given(member).into());
    }
    if creation.level != Level::ServiceOrg {
        fields.text_if_given("licenseType");
    }
    fields.done()?;
    if name.trim().is_empty() {
        return Err(Failure::blank_name(creation.what, creation.name));
    }
    let id = world.fleet.units.iter().map(|u| u.id).max().unwrap_or(100) + 1;
    let mut unit = Unit::new(id, creation.level, &name, Some(parent), 0..0);
    unit.given = Some(given);
    world.fleet.units.push(unit);
    Ok(Answer::created(json!({creation.id: id})).changed())
}
