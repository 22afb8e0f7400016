//! The unit that a look-up is about: a customer or a site, by id or by name.

use crate::context::Context;
use crate::id::Id;
use crate::upstream::{self, id_of, text_of};
use crate::{names, scope};
use model::plan::{TargetId, TargetKind};
use model::{Kind, Problem, Target};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The arguments that name a customer or a site.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct UnitArgs {
    pub(crate) customer_id: Option<Id>,
    pub(crate) customer: Option<String>,
    pub(crate) site_id: Option<Id>,
    pub(crate) site: Option<String>,
}

impl UnitArgs {
    /// The same with ids only. A site's name is looked for within the customer that was named.
    ///
    /// # Errors
    /// An id and a name for the same thing; a name that fits none or several.
    pub(crate) async fn resolve(self, cx: &Context) -> Result<Self, Problem> {
        names::not_both(self.site_id.is_some(), self.site.is_some(), "site_id", "site")?;
        let customer = self.customer.as_deref();
        let customer_id =
            names::either(self.customer_id, customer, ("customer_id", "customer"), |name| async move {
                names::customer(cx, &name).await
            })
            .await?;
        let site = self.site.as_deref();
        let site_id = names::either(self.site_id, site, ("site_id", "site"), |name| async move {
            names::site(cx, &name, customer_id).await
        })
        .await?;
        Ok(Self { customer_id, site_id, customer: None, site: None })
    }

    /// The smallest unit that was named, once it is certain that the caller may see it.
    ///
    /// # Errors
    /// Outside the caller's customers.
    pub(crate) async fn unit(&self, cx: &Context) -> Result<Option<Id>, Problem> {
        if let Some(customer) = self.customer_id {
            scope::check(cx, Some(customer.0), || format!("customer {customer}"))?;
        }
        if let (Some(site), Some(_)) = (self.site_id, &cx.customers) {
            let found = upstream::object(cx, operations::GET_SITE, Params::new().set("siteId", site)).await?;
            scope::check(cx, id_of(&found["parentId"]), || format!("site {site}"))?;
        }
        Ok(self.site_id.or(self.customer_id))
    }
}

/// Refuses a narrowed caller a unit of any level that is not one of its customers or their sites.
///
/// # Errors
/// Unknown, or outside.
pub(crate) async fn check_scope(cx: &Context, unit: i64) -> Result<(), Problem> {
    if cx.customers.is_none() || scope::allows(cx, Some(unit)) {
        return Ok(());
    }
    let found = upstream::object(cx, operations::GET_ORG_UNIT, Params::new().set("orgUnitId", unit)).await?;
    let customer = id_of(&found["parentId"]).filter(|_| found["orgUnitType"] == "SITE");
    scope::check(cx, customer, || format!("unit {unit}"))
}

/// The one unit that is meant, by its id or as a customer or site, once it is certain that the caller may see it.
///
/// # Errors
/// None, two, or one outside the caller's customers.
pub(crate) async fn one(cx: &Context, org_unit_id: Option<Id>, resolved: UnitArgs) -> Result<Id, Problem> {
    match (org_unit_id, resolved.unit(cx).await?) {
        (Some(unit), None) => check_scope(cx, unit.0).await.map(|()| unit),
        (None, Some(unit)) => Ok(unit),
        (given, _) => {
            let what = if given.is_some() { "two units are given" } else { "no unit is given" };
            Err(Problem::new(Kind::InvalidArguments, what)
                .hint("give one of customer_id, site_id and org_unit_id, or customer or site by name"))
        }
    }
}

/// A unit as a target of a plan.
///
/// # Errors
/// Unknown, or outside the caller's customers.
pub(crate) async fn target(cx: &Context, unit: i64) -> Result<Target, Problem> {
    let found = upstream::object(cx, operations::GET_ORG_UNIT, Params::new().set("orgUnitId", unit)).await?;
    let above = id_of(&found["parentId"]);
    let (kind, customer_id, site_id) = match found["orgUnitType"].as_str() {
        Some("CUSTOMER") => (TargetKind::Customer, Some(unit), None),
        Some("SITE") => (TargetKind::Site, above, Some(unit)),
        Some("SO") => (TargetKind::ServiceOrg, None, None),
        _ => (TargetKind::OrgUnit, None, None),
    };
    scope::check(cx, customer_id, || format!("unit {unit}"))?;
    Ok(Target {
        kind,
        id: TargetId::Text(unit.to_string()),
        name: text_of(&found["orgUnitName"]).unwrap_or_default(),
        org_unit_id: Some(unit),
        customer_id,
        site_id,
        class: None,
    })
}

/// The unit of a plan as it is now. One that is gone is missed when the plan is compared with what is there.
///
/// # Errors
/// It can't be read, or lies outside the caller's customers.
pub(crate) async fn recheck(cx: &Context, unit: i64) -> Result<Vec<Target>, Problem> {
    match target(cx, unit).await {
        Ok(target) => Ok(vec![target]),
        Err(problem) if problem.kind == Kind::UpstreamNotFound => Ok(Vec::new()),
        Err(problem) => Err(problem),
    }
}
