//! Organisation units: System, service organisations, customers, sites; with the four spellings in which the API shows
//! one and the same unit.

use std::ops::Range;

use serde_json::{Map, Value, json};

use crate::hash::Dice;
use crate::text;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    System,
    ServiceOrg,
    Customer,
    Site,
}

impl Level {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::System => "SYSTEM",
            Self::ServiceOrg => "SO",
            Self::Customer => "CUSTOMER",
            Self::Site => "SITE",
        }
    }

    /// Depth, on the scale of `users/me`.
    pub(crate) fn generation(self) -> u8 {
        match self {
            Self::System => 0,
            Self::ServiceOrg => 1,
            Self::Customer => 2,
            Self::Site => 3,
        }
    }
}

pub(crate) struct Unit {
    pub(crate) id: i32,
    pub(crate) level: Level,
    pub(crate) name: String,
    /// Place of the parent.
    pub(crate) parent: Option<usize>,
    /// Indexes of the computed devices in this unit and below it.
    pub(crate) devices: Range<u32>,
    /// Place in the list of customers, for the customer and its sites.
    pub(crate) customer: Option<usize>,
    /// The contact as it was given on creation; computed units have theirs from the dice.
    pub(crate) given: Option<Map<String, Value>>,
}

/// Members of a unit that creation takes as well.
pub(crate) const CONTACT: [&str; 15] = [
    "externalId",
    "contactFirstName",
    "contactLastName",
    "phone",
    "contactTitle",
    "contactEmail",
    "contactPhone",
    "contactPhoneExt",
    "contactDepartment",
    "street1",
    "street2",
    "city",
    "stateProv",
    "country",
    "postalCode",
];

/// How the id and the name of a unit are spelled.
#[derive(Clone, Copy)]
pub(crate) enum Spelling {
    OrgUnit,
    ServiceOrg,
    Customer,
    Site,
}

impl Spelling {
    fn members(self) -> (&'static str, &'static str) {
        match self {
            Self::OrgUnit => ("orgUnitId", "orgUnitName"),
            Self::ServiceOrg => ("soId", "soName"),
            Self::Customer => ("customerId", "customerName"),
            Self::Site => ("siteId", "siteName"),
        }
    }

    /// Fields that `select` and `sortBy` know.
    pub(crate) fn fields(self) -> &'static [&'static str] {
        macro_rules! fields {
            ($($own:literal),+) => {
                &[$($own,)+ "orgUnitType", "parentId", "externalId", "externalId2",
                  "contactFirstName", "contactLastName", "phone", "contactTitle", "contactEmail", "contactPhone",
                  "contactPhoneExt", "contactDepartment", "street1", "street2", "city", "stateProv", "country",
                  "postalCode"]
            };
        }
        match self {
            Self::OrgUnit => fields!("orgUnitId", "orgUnitName", "generation", "descendantCount"),
            Self::ServiceOrg => fields!("soId", "soName", "isSystem", "isServiceOrg"),
            Self::Customer => fields!("customerId", "customerName", "county", "isSystem", "isServiceOrg"),
            Self::Site => fields!("siteId", "siteName", "isSystem", "isServiceOrg"),
        }
    }
}

impl Unit {
    pub(crate) fn new(id: i32, level: Level, name: &str, parent: Option<usize>, devices: Range<u32>) -> Self {
        Self { id, level, name: name.to_owned(), parent, devices, customer: None, given: None }
    }

    /// The unit as the API shows it. Ids are text here, numbers in device objects (NOTES §6).
    pub(crate) fn json(&self, spelling: Spelling, parent: Option<i32>, children: usize, dice: Dice) -> Value {
        let (id, name) = spelling.members();
        let mut object = Map::new();
        object.insert(id.to_owned(), self.id.to_string().into());
        object.insert(name.to_owned(), self.name.clone().into());
        object.insert("orgUnitType".to_owned(), self.level.word().into());
        object.insert("parentId".to_owned(), parent.map(|p| p.to_string()).into());
        match spelling {
            Spelling::OrgUnit => {}
            Spelling::Customer | Spelling::ServiceOrg | Spelling::Site => {
                if matches!(spelling, Spelling::Customer) {
                    object.insert("county".to_owned(), Value::Null);
                }
                object.insert("isSystem".to_owned(), (self.level == Level::System).into());
                object.insert("isServiceOrg".to_owned(), (self.level == Level::ServiceOrg).into());
            }
        }
        let computed;
        let contact = match &self.given {
            Some(given) => given,
            None => {
                computed = self.contact(dice);
                &computed
            }
        };
        for member in CONTACT {
            object.insert(member.to_owned(), contact.get(member).cloned().unwrap_or_default());
        }
        object.insert("externalId2".to_owned(), Value::Null);
        // Optional in all four spellings (NOTES §7); a published client fails on them in a service organisation.
        if matches!(spelling, Spelling::OrgUnit) {
            object.insert("generation".to_owned(), self.level.generation().into());
            object.insert("descendantCount".to_owned(), children.into());
        }
        object.into()
    }

    fn contact(&self, dice: Dice) -> Map<String, Value> {
        let index = self.id.unsigned_abs().into();
        let (city, state, postal, area) = dice.pick("city", index, &text::CITIES);
        let first = dice.pick("contact first", index, &text::FIRST_NAMES);
        let last = dice.pick("contact last", index, &text::LAST_NAMES);
        let domain = domain_name(&self.name);
        let line = 100 + dice.below("phone", index, 99);
        let object = json!({
            "externalId": if dice.chance("external", index, 30) { format!("CRM-{}", 1000 + self.id) } else { String::new() },
            "contactFirstName": first,
            "contactLastName": last,
            "phone": format!("+1-{area}-555-0{line}"),
            "contactTitle": dice.pick("title", index, &text::TITLES),
            "contactEmail": format!("{}.{}@{domain}", first.to_lowercase(), last.to_lowercase()),
            "contactPhone": format!("+1-{area}-555-0{}", line + 1),
            "contactPhoneExt": (10 + dice.below("ext", index, 90)).to_string(),
            "contactDepartment": "Operations",
            "street1": format!("{} {}", 1 + dice.below("house", index, 240), dice.pick("street", index, &text::STREETS)),
            "street2": "",
            "city": city,
            "stateProv": state,
            "country": "US",
            "postalCode": postal,
        });
        match object {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }
}

/// `harbordentalgroup.example`
pub(crate) fn domain_name(name: &str) -> String {
    let head = name.split(" - ").next().unwrap_or(name);
    let word: String = head.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    format!("{word}.example")
}
