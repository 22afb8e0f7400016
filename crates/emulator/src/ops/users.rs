//! Users of a unit, the account behind the token, and the creation of a user.

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::fleet::Fleet;
use crate::fleet::units::Level;
use crate::page::{self, All, Rules};
use crate::text;
use crate::world::World;

/// The account that the JWT belongs to.
pub(crate) const API_USER: i32 = 558_210_934;
pub(crate) const API_USER_NAME: &str = "ncgate-api@northwind-it.example";

pub(crate) struct User {
    pub(crate) id: i32,
    pub(crate) name: String,
    first: String,
    last: String,
    /// Place of the unit it belongs to.
    home: usize,
    enabled: bool,
    api_only: bool,
    roles: Vec<i32>,
    groups: Vec<i32>,
}

impl User {
    pub(crate) fn has_role(&self, id: i32) -> bool {
        self.roles.contains(&id)
    }

    pub(crate) fn in_group(&self, id: i32) -> bool {
        self.groups.contains(&id)
    }
}

pub(crate) struct Users {
    pub(crate) all: Vec<User>,
}

impl Users {
    /// The API account, a system administrator, technicians of both service organisations, and a contact here and there.
    pub(crate) fn new(fleet: &Fleet) -> Self {
        let orgs: Vec<usize> =
            (0..fleet.units.len()).filter(|p| fleet.units[*p].level == Level::ServiceOrg).collect();
        let mut all = vec![User {
            id: API_USER,
            name: API_USER_NAME.to_owned(),
            first: "Gateway".to_owned(),
            last: "Service".to_owned(),
            home: orgs[0],
            enabled: true,
            api_only: true,
            roles: vec![1001],
            groups: vec![1_730_114],
        }];
        let customers =
            (0..fleet.units.len()).filter(|p| fleet.units[*p].level == Level::Customer).step_by(9);
        let homes = std::iter::once(0).chain(orgs.iter().copied().cycle().take(11)).chain(customers);
        for (n, home) in homes.enumerate() {
            let key = n as u64;
            let first = fleet.dice.pick("user account first", key, &text::FIRST_NAMES);
            let last = text::LAST_NAMES[(n * 5) % text::LAST_NAMES.len()];
            let domain = match fleet.units[home].level {
                Level::System => "northwind-it.example".to_owned(),
                _ => crate::fleet::units::domain_name(&fleet.units[home].name),
            };
            all.push(User {
                id: API_USER + 1 + 17 * (n as i32),
                name: format!("{}.{}@{domain}", first.to_lowercase(), last.to_lowercase()),
                first: (*first).to_owned(),
                last: last.to_owned(),
                home,
                enabled: !fleet.dice.chance("user disabled", key, 8),
                api_only: false,
                roles: vec![if n == 0 { 1000 } else { 1002 + (n as i32) % 2 }],
                groups: vec![1_730_114 + (n as i32) % 2],
            });
        }
        Self { all }
    }
}

pub(crate) const SERVED: Served = &[
    ("getCurrentUser", |world, _| {
        let user = &world.users.all[0];
        let data = json!({
            "userId": user.id, "customerId": world.fleet.units[user.home].id, "username": user.name, "title": null,
            "firstName": user.first, "lastName": user.last, "email": user.name, "phone": "", "extension": "",
            "department": "", "street1": "", "street2": "", "city": "", "stateProv": "", "country": "US",
            "postalCode": "", "isEnabled": true, "isLocked": false, "isPasswordExpired": false,
            "isPasswordResetRequired": false, "autoSOPower": false, "autoSOUser": false, "isLDAP": false,
            "ncompassEnabled": false, "twoFactorType": "NONE", "previousTwoFactorType": "NONE",
            "externallyProvisioned": false, "generation": world.fleet.units[user.home].level.generation(),
        });
        Ok(Answer::message(200, "User retrieved", data))
    }),
    ("listOrgUnitUsers", |world, call| {
        let place = world.unit(call.id("orgUnitId")?)?;
        // Whoever belongs to the unit or below it; accounts of the whole system show up everywhere.
        let here = |user: &&User| user.home == 0 || world.fleet.is_under(user.home, place);
        let rows: Vec<Value> = world.users.all.iter().filter(here).map(|user| row(world, user)).collect();
        page::answer(call, &RULES, &rows)
    }),
    ("createUser", create),
];

const RULES: Rules = Rules {
    all: All::Everything,
    fields: &[
        "userId",
        "userName",
        "firstName",
        "lastName",
        "fullName",
        "description",
        "isEnabled",
        "isLocked",
        "isLdap",
        "apiOnlyUser",
        "readOnly",
        "supportUser",
        "loggedInUser",
        "twoFactorEnabled",
        "currentSsoProvider",
    ],
    sort_words: Some(&[
        ("lastName", "lastName"),
        ("name", "fullName"),
        ("username", "userName"),
        ("description", "description"),
        ("accountstatus", "isEnabled"),
        ("enabled", "isEnabled"),
        ("isenabled", "isEnabled"),
        ("locked", "isLocked"),
        ("isLocked", "isLocked"),
        ("currentssoprovider", "currentSsoProvider"),
        ("ssoproviders", "currentSsoProvider"),
        ("ldap", "isLdap"),
        ("isldap", "isLdap"),
        ("accessgroups", "accessGroupIds"),
        ("roles", "roleIds"),
        ("twofactorenabled", "twoFactorEnabled"),
        ("apionlyuser", "apiOnlyUser"),
        ("soname", "customerTree"),
        ("customername", "customerTree"),
        ("sitename", "customerTree"),
    ]),
};

fn row(world: &World, user: &User) -> Value {
    let mut tree: Vec<&str> = world.fleet.ancestry(user.home).map(|u| u.name.as_str()).collect();
    tree.reverse();
    json!({
        "userId": user.id,
        "userName": user.name,
        "firstName": user.first,
        "lastName": user.last,
        "fullName": format!("{} {}", user.first, user.last),
        "description": null,
        "isEnabled": user.enabled,
        "isLocked": false,
        "isLdap": false,
        "apiOnlyUser": user.api_only,
        "readOnly": false,
        "supportUser": false,
        "loggedInUser": user.id == API_USER,
        "twoFactorEnabled": !user.api_only,
        "currentSsoProvider": "None",
        "accessGroupIds": user.groups,
        "roleIds": user.roles,
        "customerTree": tree,
    })
}

fn is_email(text: &str) -> bool {
    matches!(text.split_once('@'), Some((name, host)) if !name.is_empty() && !host.is_empty() && !text.contains(' '))
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let home = world.unit(call.id("orgUnitId")?)?;
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let email = fields.filled("email");
    if !email.is_empty() && !is_email(&email) {
        fields.refuse("email", "must be a well-formed email address");
    }
    fields.filled("password");
    let (first, last) = (fields.filled("firstName"), fields.filled("lastName"));
    for name in ["firstName", "lastName", "username", "city", "state", "department"] {
        fields.at_most(name, 50);
    }
    for name in ["street1", "street2"] {
        fields.at_most(name, 100);
    }
    let name = fields.text_if_given("username").filter(|n| !n.is_empty()).unwrap_or_else(|| email.clone());
    let status = fields.text_if_given("status");
    let api_only = fields.flag_if_given("apiOnlyUser").unwrap_or_default();
    let (roles, groups) = (fields.ids_if_given("roleIds"), fields.ids_if_given("accessGroupIds"));
    if world.users.all.iter().any(|u| u.name.eq_ignore_ascii_case(&name)) {
        fields.refuse("username", "is already in use");
    }
    if let Some(role) = roles.iter().find(|id| !world.roles.knows(**id)) {
        fields.refuse("roleIds", &format!("role {role} does not exist"));
    }
    if let Some(group) = groups.iter().find(|id| !world.groups.knows(**id)) {
        fields.refuse("accessGroupIds", &format!("access group {group} does not exist"));
    }
    fields.done()?;
    let id = world.users.all.iter().map(|u| u.id).max().unwrap_or(API_USER) + 1;
    let enabled = status.is_none_or(|s| s.eq_ignore_ascii_case("enabled"));
    world.users.all.push(User { id, name, first, last, home, enabled, api_only, roles, groups });
    Ok(Answer::message(201, "User created", json!({"userId": id})).changed())
}
