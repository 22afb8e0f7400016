//! The device that a look-up is about, by id or by name; alone, or with the arguments of a list.

use crate::column::Column;
use crate::context::Context;
use crate::id::Id;
use crate::list::ListArgs;
use crate::{devices, names};
use model::{Kind, Problem, Target};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The arguments that name one device.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct DeviceArg {
    pub(crate) device_id: Option<Id>,
    pub(crate) device: Option<String>,
}

impl DeviceArg {
    /// The same with the id only.
    ///
    /// # Errors
    /// Neither, both, or a name that fits none or several.
    pub(crate) async fn resolve(self, cx: &Context) -> Result<Self, Problem> {
        let words = ("device_id", "device");
        let found = names::either(self.device_id, self.device.as_deref(), words, |name| async move {
            Ok(names::devices(cx, &[name], None).await?[0])
        })
        .await?;
        Self { device_id: found, device: None }.id().map(|id| Self { device_id: Some(Id(id)), device: None })
    }

    /// The device as an approver sees it, where the look-up is held.
    ///
    /// # Errors
    /// Unknown, or outside the caller's customers.
    pub(crate) async fn targets(&self, cx: &Context) -> Result<Vec<Target>, Problem> {
        Ok(vec![devices::target(&devices::read(cx, self.id()?).await?)])
    }

    /// The id, once resolved.
    ///
    /// # Errors
    /// None was given.
    pub(crate) fn id(&self) -> Result<i64, Problem> {
        self.device_id.map(|id| id.0).ok_or_else(|| {
            Problem::new(Kind::InvalidArguments, "`device_id` is missing")
                .hint("give device_id, or device with the exact name; n_central-list-devices finds both")
        })
    }
}

/// The arguments of a list that belongs to one device.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct DeviceListArgs {
    #[serde(flatten)]
    pub(crate) device: DeviceArg,
    #[serde(flatten)]
    pub(crate) list: ListArgs,
}

impl DeviceListArgs {
    /// The same with the device's id, once the list's own arguments make sense.
    ///
    /// # Errors
    /// As [`DeviceArg::resolve`] and [`ListArgs::check`].
    pub(crate) async fn resolve(self, cx: &Context, columns: &[Column]) -> Result<Self, Problem> {
        self.list.check(columns)?;
        Ok(Self { device: self.device.resolve(cx).await?, list: self.list })
    }
}
