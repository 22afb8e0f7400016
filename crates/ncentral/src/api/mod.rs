//! Typed calls, one small file per area.
//!
//! Records are tolerant: see [`crate::lenient`].

mod devices;
mod issues;
mod properties;
mod reports;
mod server;
mod tasks;
mod units;

use serde_json::{Value, json};

pub use devices::{Assets, Device, DeviceFilter, DeviceStatus, LifecycleInfo};
pub use issues::{ActiveIssue, JobStatus, MonitorDetail, MonitorTask, MonitorThreshold, ServiceMonitor};
pub use properties::{CustomProperty, PropertyUpdate};
pub use reports::{PatchReport, PatchReportRequest};
pub use server::{CurrentUser, ServerInfo};
pub use tasks::{
    Credential, DeviceTask, DirectTask, Task, TaskCreated, TaskDetail, TaskParameter, TaskStatus, TaskType,
};
pub use units::{Customer, OrgUnit, ServiceOrg, Site};

use crate::client::{Client, Reply};
use crate::error::Error;
use crate::lenient::Lenient;
use crate::operation::Operation;
use crate::page::Page;
use crate::params::Params;

/// What every paged list can be asked for (NOTES, section 5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Which page, from 1.
    pub page_number: Option<u32>,
    /// Rows on a page, 1 to 1000; 50 where none is given. -1 asks for everything, where the server allows that.
    pub page_size: Option<i32>,
    /// A row filter in RSQL. Only `==` and `;` work everywhere.
    pub select: Option<String>,
    /// The member to sort by.
    pub sort_by: Option<String>,
    /// `asc` or `desc`.
    pub sort_order: Option<String>,
}

impl ListQuery {
    /// A page of a size.
    pub fn page(page_number: u32, page_size: i32) -> Self {
        Self { page_number: Some(page_number), page_size: Some(page_size), ..Self::default() }
    }
}

impl From<&ListQuery> for Params {
    fn from(query: &ListQuery) -> Self {
        Self::new()
            .set_some("pageNumber", query.page_number)
            .set_some("pageSize", query.page_size)
            .set_some("select", query.select.as_ref())
            .set_some("sortBy", query.sort_by.as_ref())
            .set_some("sortOrder", query.sort_order.as_ref())
    }
}

impl Client {
    async fn list<T: Lenient>(
        &self,
        operation: &'static Operation,
        params: Params,
    ) -> Result<Page<T>, Error> {
        Ok(self.page(operation, params).await?.typed())
    }

    async fn get<T: Lenient>(&self, operation: &'static Operation, params: Params) -> Result<T, Error> {
        read(self.call(operation, params, None).await?)
    }
}

/// The record of a reply, unwrapped from `data` where it is wrapped.
fn read<T: Lenient>(reply: Reply) -> Result<T, Error> {
    T::read(reply.into_data()).ok_or_else(|| Error::BadShape { detail: "expected an object".to_owned() })
}

/// An id as the bodies that want a number take it; text that is no number goes as it is, for the server to judge.
fn number(id: &crate::lenient::Id) -> Value {
    id.as_i64().map_or_else(|| json!(id), Value::from)
}
