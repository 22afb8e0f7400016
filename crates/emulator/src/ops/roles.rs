//! User roles: read through a unit, which decides whether the role can be modified there (NOTES §12).

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::failure::Failure;
use crate::page::{self, All, Rules};
use crate::world::World;

struct Role {
    id: i32,
    name: String,
    description: String,
    permissions: Vec<String>,
    /// Place of the unit where it is defined.
    home: usize,
    /// Users beyond those whose own record names the role.
    users: Vec<i32>,
}

pub(crate) struct Roles {
    all: Vec<Role>,
}

/// Permission ids as the console numbers them, with the constants that roles show.
const PERMISSIONS: [(i32, &str); 10] = [
    (12, "DASHBOARDS_VIEW"),
    (18, "ACTIVE_ISSUES_VIEW"),
    (25, "REMOTE_CONTROL"),
    (33, "USERS_VIEW"),
    (34, "USERS_EDIT"),
    (40, "DEVICES_VIEW"),
    (41, "DEVICES_EDIT"),
    (57, "SCHEDULED_TASKS_VIEW"),
    (58, "SCHEDULED_TASKS_EDIT"),
    (63, "REPORTS_VIEW"),
];

impl Roles {
    pub(crate) fn new() -> Self {
        let role = |id, name: &str, description: &str, permissions: &[usize]| Role {
            id,
            name: name.to_owned(),
            description: description.to_owned(),
            permissions: permissions.iter().map(|at| PERMISSIONS[*at].1.to_owned()).collect(),
            home: 0,
            users: Vec::new(),
        };
        Self {
            all: vec![
                role(1000, "Administrator", "Full access", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
                role(1001, "API automation", "Gateway accounts", &[0, 1, 3, 5, 6, 7, 8, 9]),
                role(1002, "Technician", "Day-to-day work", &[0, 1, 2, 5, 6, 7, 8]),
                role(1003, "Read only", "Dashboards and reports", &[0, 1, 5, 9]),
            ],
        }
    }

    pub(crate) fn knows(&self, id: i32) -> bool {
        self.all.iter().any(|r| r.id == id)
    }
}

pub(crate) const SERVED: Served = &[
    ("listUserRoles", |world, call| {
        let place = world.unit(call.id("orgUnitId")?)?;
        let rows: Vec<Value> = visible(world, place)
            .map(|role| {
                let names: Vec<&str> = holders(world, role).map(|(_, name)| name).collect();
                json!({
                    "roleId": role.id, "roleName": role.name, "roleDescription": role.description,
                    "_extra": {
                        "cloneable": true, "readonly": role.home != place,
                        "usernames": names, "permissions": role.permissions,
                    },
                })
            })
            .collect();
        page::answer(call, &RULES, &rows)
    }),
    ("getUserRole", |world, call| {
        let unit = call.id("orgUnitId")?;
        let place = world.unit(unit)?;
        let id = call.id("userRoleId")?;
        let role = visible(world, place).find(|r| r.id == id);
        let role =
            role.ok_or_else(|| Failure::not_found(&format!("User role with ID {id} was not found!")))?;
        let data = json!({
            "roleId": role.id,
            "orgUnitId": world.fleet.units[role.home].id,
            "roleName": role.name,
            "roleDescription": role.description,
            "userIds": holders(world, role).map(|(id, _)| id).collect::<Vec<_>>(),
            "_extra": {"cloneable": true, "readonly": role.home != place, "permissions": role.permissions},
        });
        Ok(Answer::data(data, &[("users", format!("/api/org-units/{unit}/users"))]))
    }),
    ("createUserRole", create),
];

const RULES: Rules = Rules::new(All::Everything, &["roleId", "roleName", "roleDescription"]);

/// Roles defined at a unit or above it.
fn visible(world: &World, place: usize) -> impl Iterator<Item = &Role> {
    world.roles.all.iter().filter(move |r| world.fleet.is_under(place, r.home))
}

fn holders<'w>(world: &'w World, role: &Role) -> impl Iterator<Item = (i32, &'w str)> {
    let (id, more) = (role.id, role.users.clone());
    let holds = move |user: &&crate::ops::users::User| user.has_role(id) || more.contains(&user.id);
    world.users.all.iter().filter(holds).map(|u| (u.id, u.name.as_str()))
}

/// Wants numeric permission ids as text; no endpoint lists them (NOTES §12).
fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let home = world.unit(call.id("orgUnitId")?)?;
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let name = fields.filled("roleName");
    let description = fields.text("description");
    fields.at_most("description", 255);
    let ids = fields.ids("permissionIds");
    let users = fields.ids_if_given("userIds");
    if world.roles.all.iter().any(|r| r.name.eq_ignore_ascii_case(&name)) {
        fields.refuse("roleName", "is already in use");
    }
    fields.done()?;
    let permissions = ids
        .iter()
        .map(|id| {
            let known = PERMISSIONS.iter().find(|(number, _)| number == id);
            known.map_or_else(|| format!("PERMISSION_{id}"), |(_, constant)| (*constant).to_owned())
        })
        .collect();
    let id = world.roles.all.iter().map(|r| r.id).max().unwrap_or(1000) + 1;
    world.roles.all.push(Role { id, name, description, permissions, home, users });
    // An array here, an object everywhere else: so it is in the published sample.
    Ok(Answer::created(json!({"data": {"roleId": id}, "_links": []})).changed())
}
