//! The devices that a change is about, by ids or by names, each once.

use crate::context::Context;
use crate::id::Id;
use crate::names;
use model::{Kind, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The arguments that name one or more devices.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct DeviceSet {
    pub(crate) device_ids: Option<Vec<Id>>,
    pub(crate) device_id: Option<Id>,
    pub(crate) device: Option<String>,
    pub(crate) devices: Option<Vec<String>>,
}

impl DeviceSet {
    /// The ids in the order given; names are looked up in one pass. Empty where none is named.
    ///
    /// # Errors
    /// Ids and names together; a name that fits none or several; more than one call may act on.
    pub(crate) async fn ids(&self, cx: &Context) -> Result<Vec<i64>, Problem> {
        let given = self.device_ids.iter().flatten().chain(&self.device_id).copied();
        let mut ids: Vec<Id> = given.collect();
        let wanted: Vec<String> = self.devices.iter().flatten().chain(&self.device).cloned().collect();
        names::not_both(!ids.is_empty(), !wanted.is_empty(), "device_ids", "devices")?;
        if !wanted.is_empty() {
            check_count(cx, wanted.len())?;
            ids = names::devices(cx, &wanted, None).await?;
        }
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        check_count(cx, ids.len())?;
        Ok(ids.into_iter().map(|id| id.0).collect())
    }
}

fn check_count(cx: &Context, count: usize) -> Result<(), Problem> {
    if count as u64 <= u64::from(cx.max_targets) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::TooManyTargets,
        format!("{count} devices are more than the {} that one call may act on", cx.max_targets),
    )
    .hint("ask the person which devices come first; an administrator sets the cap"))
}
