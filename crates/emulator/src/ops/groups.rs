//! Access groups over units and over devices. Creation answers no id: whoever needs it has to list (NOTES §12).

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::failure::Failure;
use crate::fleet::Fleet;
use crate::fleet::units::Level;
use crate::page::{self, All, Rules};
use crate::world::World;

struct Group {
    id: i32,
    name: String,
    description: String,
    /// Place of the unit that owns it.
    home: usize,
    covers: Covers,
    users: Vec<i32>,
    automatic: bool,
}

enum Covers {
    Units(Vec<i32>),
    Devices(Vec<i32>),
}

pub(crate) struct Groups {
    all: Vec<Group>,
}

impl Groups {
    pub(crate) fn new(fleet: &Fleet) -> Self {
        let orgs = (0..fleet.units.len()).filter(|p| fleet.units[*p].level == Level::ServiceOrg);
        let all = orgs.enumerate().map(|(n, home)| Group {
            id: 1_730_114 + n as i32,
            name: format!("{} staff", fleet.units[home].name),
            description: "All customers of the service organisation".to_owned(),
            home,
            covers: Covers::Units(vec![fleet.units[home].id]),
            users: Vec::new(),
            automatic: true,
        });
        Self { all: all.collect() }
    }

    pub(crate) fn knows(&self, id: i32) -> bool {
        self.all.iter().any(|g| g.id == id)
    }
}

pub(crate) const SERVED: Served = &[
    ("getAccessGroup", get),
    ("listAccessGroups", |world, call| {
        let id = call.id("orgUnitId")?;
        let rows: Vec<Value> = match world.unit(id) {
            Ok(place) => {
                let here =
                    world.groups.all.iter().filter(|g| {
                        world.fleet.is_under(g.home, place) || world.fleet.is_under(place, g.home)
                    });
                here.map(|g| json!({"groupId": g.id, "groupName": g.name, "groupDescription": g.description}))
                    .collect()
            }
            // An empty answer is promised for negative ids (NOTES §3).
            Err(_) if id < 0 => Vec::new(),
            Err(unknown) => return Err(unknown),
        };
        page::answer(call, &RULES, &rows)
    }),
    ("createOrgUnitAccessGroup", |world, call| create(world, call, false)),
    ("createDeviceAccessGroup", |world, call| create(world, call, true)),
];

const RULES: Rules = Rules::new(All::Everything, &["groupId", "groupName", "groupDescription"]);

fn get(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = call.id("accessGroupId")?;
    let Some(group) = world.groups.all.iter().find(|g| g.id == id) else {
        // The documentation promises an empty answer, samples show 404: negative ids get the one, unknown ones the other.
        if id < 0 {
            return Ok(Answer::data(Value::Null, &[]));
        }
        return Err(Failure::not_found("Access group was not found."));
    };
    let owner = world.fleet.units[group.home].id;
    let (kind, units, devices): (_, &[i32], &[i32]) = match &group.covers {
        Covers::Units(ids) => ("ORG_UNIT", ids, &[]),
        Covers::Devices(ids) => ("DEVICE", &[], ids),
    };
    let mut users: Vec<i32> = world.users.all.iter().filter(|u| u.in_group(id)).map(|u| u.id).collect();
    users.extend(&group.users);
    let data = json!({
        "groupId": group.id,
        "orgUnitId": owner,
        "groupName": group.name,
        "groupDescription": group.description,
        "orgUnitIds": units,
        "deviceIds": devices,
        "userIds": users,
        "autoIncludeNewOrgUnits": group.automatic,
        // All text, lists and truth values too (NOTES §6).
        "_extra": {
            "grouptype": kind,
            "readonly": "false",
            "customerid": owner.to_string(),
            "customers": format!("{units:?}"),
            "users": format!("{users:?}"),
            "cloneable": "true",
            "accessgroupapplication": "ALL",
        },
    });
    Ok(Answer::data(data, &[("orgUnit", format!("/api/org-units/{owner}"))]))
}

fn create(world: &mut World, call: &Call<'_>, over_devices: bool) -> Outcome {
    let text = call.parameter("orgUnitId");
    let id: i32 =
        text.parse().map_err(|_| Failure::access_group(&format!("'{text}' is not a valid org unit id")))?;
    let home = world.unit(id)?;
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let name = fields.filled("groupName");
    let description = fields.text("groupDescription");
    let ids = fields.ids_if_given(if over_devices { "deviceIds" } else { "orgUnitIds" });
    let users = fields.ids_if_given("userIds");
    // Text; anything but "true" counts as false.
    let automatic = fields.text_if_given("autoIncludeNewOrgUnits").is_some_and(|t| t == "true");
    fields.done()?;
    if world.groups.all.iter().any(|g| g.home == home && g.name == name) {
        return Err(Failure::access_group(&format!("An access group named '{name}' already exists")));
    }
    for id in &ids {
        if over_devices {
            world.device(*id)?;
        } else {
            world.unit(*id)?;
        }
    }
    let covers = if over_devices { Covers::Devices(ids) } else { Covers::Units(ids) };
    let id = world.groups.all.iter().map(|g| g.id).max().unwrap_or(1_730_113) + 1;
    world.groups.all.push(Group { id, name, description, home, covers, users, automatic });
    Ok(Answer::empty(204).changed())
}
