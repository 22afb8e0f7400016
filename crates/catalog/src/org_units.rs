//! Lists of units of one level or of all: service organisations, customers, sites, each with the name of the unit
//! above it.

use crate::column::Column;
use crate::context::Context;
use crate::list::{self, Listing};
use crate::scan::{Sources, scan};
use crate::upstream::{self, id_of, text_of};
use futures::stream::{self, StreamExt, TryStreamExt};
use model::Problem;
use model::answer::Table;
use ncentral::{Operation, Params, operations};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The level of a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// Service organisations.
    ServiceOrg,
    /// Customers.
    #[default]
    Customer,
    /// Sites.
    Site,
    /// Every unit, the system among them.
    All,
}

impl JsonSchema for Level {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Level".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": ["customer", "service_org", "site", "all"] })
    }
}

/// The columns of a level, followed by those that all levels share.
macro_rules! columns {
    ($($own:expr),*) => {
        const { &[
            $($own,)*
            Column::extra("externalId"),
            Column::extra("orgUnitType"),
            Column::extra("phone"),
            Column::extra("contactFirstName"),
            Column::extra("contactLastName"),
            Column::extra("contactEmail"),
            Column::extra("contactPhone"),
            Column::extra("street1"),
            Column::extra("street2"),
            Column::extra("city"),
            Column::extra("stateProv"),
            Column::extra("country"),
            Column::extra("postalCode"),
        ] }
    };
}

/// Where the name of the unit above is put before rows become cells.
const PARENT_NAME: &str = "parentName";

impl Level {
    pub(crate) fn columns(self) -> &'static [Column] {
        const PARENT: Column = Column::shown(PARENT_NAME).unsortable();
        match self {
            Level::ServiceOrg => columns![Column::shown("soId"), Column::shown("soName")],
            Level::Customer => columns![
                Column::shown("customerId"),
                Column::shown("customerName"),
                Column::shown("parentId").named("service_org_id"),
                PARENT.named("service_org_name")
            ],
            Level::Site => columns![
                Column::shown("siteId"),
                Column::shown("siteName"),
                Column::shown("parentId").named("customer_id"),
                PARENT.named("customer_name")
            ],
            Level::All => columns![
                Column::shown("orgUnitId"),
                Column::shown("orgUnitName"),
                Column::shown("orgUnitType"),
                Column::shown("parentId"),
                PARENT
            ],
        }
    }

    fn id(self) -> &'static str {
        match self {
            Level::ServiceOrg => "soId",
            Level::Customer => "customerId",
            Level::Site => "siteId",
            Level::All => "orgUnitId",
        }
    }

    fn all(self) -> &'static Operation {
        match self {
            Level::ServiceOrg => operations::LIST_SERVICE_ORGS,
            Level::Customer => operations::LIST_CUSTOMERS,
            Level::Site => operations::LIST_SITES,
            Level::All => operations::LIST_ORG_UNITS,
        }
    }

    /// Where the names of the units above are listed: operation, id, name.
    fn above(self) -> Option<(&'static Operation, &'static str, &'static str)> {
        match self {
            Level::ServiceOrg => None,
            Level::Customer => Some((operations::LIST_SERVICE_ORGS, "soId", "soName")),
            Level::Site => Some((operations::LIST_CUSTOMERS, "customerId", "customerName")),
            Level::All => Some((operations::LIST_ORG_UNITS, "orgUnitId", "orgUnitName")),
        }
    }
}

/// What is listed.
pub(crate) struct Wanted {
    pub(crate) level: Level,
    /// Only what lies in this service organisation.
    pub(crate) service_org: Option<i64>,
    /// Only what lies in this customer.
    pub(crate) customer: Option<i64>,
}

/// The page of units that was asked for.
///
/// # Errors
/// N-central's.
pub(crate) async fn table(cx: &Context, wanted: Wanted, listing: &Listing) -> Result<Table, Problem> {
    let level = wanted.level;
    let named = listing.columns.iter().any(|column| column.wire() == PARENT_NAME);
    let parents = async {
        match level.above().filter(|_| named) {
            Some((operation, id, name)) => all_names(cx, operation, id, name).await.map_err(Some),
            None => Err(None),
        }
    };
    let (operation, params, narrowed) = match (level, wanted.service_org, wanted.customer) {
        (Level::Customer, Some(id), _) => {
            (operations::LIST_SERVICE_ORG_CUSTOMERS, Params::new().set("soId", id), false)
        }
        (Level::Site, _, Some(id)) => {
            (operations::LIST_CUSTOMER_SITES, Params::new().set("customerId", id), false)
        }
        (level, service_org, _) => (level.all(), Params::new(), service_org.is_some()),
    };
    let (mut table, unnamed) = if narrowed || cx.customers.is_some() {
        let (fence, parents) = futures::join!(Fence::new(cx, &wanted), parents);
        let fence = fence?;
        let sources = Sources { lists: vec![(operation, params)], id: level.id(), what: "units read" };
        let table = scan(cx, sources, listing, |row| {
            name_parent(row, parents.as_ref().ok());
            fence.holds(level, row)
        })
        .await?;
        (table, parents.err())
    } else {
        let params = listing.sorting(params);
        let page = upstream::page(cx, operation, params, listing.page_number, listing.page_size);
        let (page, parents) = futures::join!(page, parents);
        let mut page = page?;
        page.rows.iter_mut().for_each(|row| name_parent(row, parents.as_ref().ok()));
        (listing.page(&page), parents.err())
    };
    if let Some(Some(problem)) = unnamed {
        list::remark(
            &mut table,
            format!("the names of the units above could not be read: {}", problem.message),
        );
    }
    Ok(table)
}

async fn all_names(
    cx: &Context,
    operation: &'static Operation,
    id: &str,
    name: &str,
) -> Result<HashMap<i64, String>, Problem> {
    let mut names = HashMap::new();
    let mut pages = std::pin::pin!(upstream::pages(cx, operation, Params::new()));
    while let Some(page) = pages.try_next().await? {
        names.extend(page.rows.iter().filter_map(|row| Some((id_of(&row[id])?, text_of(&row[name])?))));
    }
    Ok(names)
}

fn name_parent(row: &mut Value, names: Option<&HashMap<i64, String>>) {
    let name = id_of(&row["parentId"]).and_then(|parent| names?.get(&parent));
    row[PARENT_NAME] = json!(name);
}

/// What a caller may see of the tree, or asked for: a set of customers and the service organisations above them.
struct Fence {
    customers: Option<HashSet<i64>>,
    service_orgs: Option<HashSet<i64>>,
}

impl Fence {
    async fn new(cx: &Context, wanted: &Wanted) -> Result<Self, Problem> {
        let mut fence =
            Self { customers: None, service_orgs: wanted.service_org.map(|id| HashSet::from([id])) };
        if let Some(allowed) = &cx.customers {
            let above: Vec<(i64, Option<i64>)> = stream::iter(allowed.clone())
                .map(|id| async move {
                    let params = Params::new().set("customerId", id);
                    // A customer that is gone hides nothing and shows nothing.
                    let found = upstream::find(cx, operations::GET_CUSTOMER, params).await?;
                    Ok::<_, Problem>((id, found.and_then(|found| id_of(&found["parentId"]))))
                })
                .buffered(upstream::FAN_OUT)
                .try_collect()
                .await?;
            let within = |parent: &Option<i64>| wanted.service_org.is_none_or(|id| *parent == Some(id));
            let seen = above.iter().filter(|(_, parent)| within(parent));
            fence.customers = Some(seen.clone().map(|(id, _)| *id).collect());
            fence.service_orgs = Some(seen.filter_map(|(_, parent)| *parent).collect());
        } else if let (Some(service_org), Level::Site | Level::All) = (wanted.service_org, wanted.level) {
            let params = Params::new().set("soId", service_org);
            let mut customers = HashSet::new();
            let mut pages =
                std::pin::pin!(upstream::pages(cx, operations::LIST_SERVICE_ORG_CUSTOMERS, params));
            while let Some(page) = pages.try_next().await? {
                customers.extend(page.rows.iter().filter_map(|row| id_of(&row["customerId"])));
            }
            fence.customers = Some(customers);
        }
        Ok(fence)
    }

    fn holds(&self, level: Level, row: &Value) -> bool {
        let is_in = |set: &Option<HashSet<i64>>, id: Option<i64>| {
            set.as_ref().is_none_or(|set| id.is_some_and(|id| set.contains(&id)))
        };
        let (id, parent) = (id_of(&row[level.id()]), id_of(&row["parentId"]));
        match level {
            Level::ServiceOrg => is_in(&self.service_orgs, id),
            Level::Customer => is_in(&self.customers, id) && is_in(&self.service_orgs, parent),
            Level::Site => is_in(&self.customers, parent),
            Level::All => {
                is_in(&self.service_orgs, id) || is_in(&self.customers, id) || is_in(&self.customers, parent)
            }
        }
    }
}
