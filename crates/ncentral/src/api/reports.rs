//! The patch report: started with one call, fetched with another.

use serde_json::{Value, json};

use crate::api::read;
use crate::client::Client;
use crate::error::Error;
use crate::lenient::{Id, records};
use crate::operations;
use crate::params::Params;

records! {
    /// A report and its state.
    PatchReport {
        /// Its id, which may be negative.
        report_id: Id,
        /// IN_PROGRESS, COMPLETED, FAILED or ABORTED.
        report_status: String,
        /// What N-central says about it.
        message: String,
        /// The report, once it is COMPLETED.
        data: Value,
    }
}

/// What a patch report is to cover. A filter left empty means all of its values; there is no end date and no
/// customer (NOTES, section 10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchReportRequest {
    /// The first day, `YYYY-MM-DD`.
    pub start_date: String,
    /// For example `Not Installed`.
    pub install_statuses: Vec<String>,
    /// For example `Approved for Install`.
    pub patch_approvals: Vec<String>,
    /// For example `Security Updates`.
    pub patch_categories: Vec<String>,
}

impl PatchReportRequest {
    /// The request's body.
    pub fn to_body(&self) -> Value {
        let mut body = json!({"startDate": self.start_date});
        for (name, values) in [
            ("installStatuses", &self.install_statuses),
            ("patchApprovals", &self.patch_approvals),
            ("patchCategories", &self.patch_categories),
        ] {
            if !values.is_empty() {
                body[name] = json!(values);
            }
        }
        body
    }
}

impl Client {
    /// Starts a patch report and answers its id at once. It changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn start_patch_report(&self, request: &PatchReportRequest) -> Result<PatchReport, Error> {
        let body = Some(request.to_body());
        whole(self.call(operations::CREATE_PATCH_COMPARISON_REPORT, Params::new(), body).await?)
    }

    /// A report, ready or not.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn report(&self, report_id: &Id) -> Result<PatchReport, Error> {
        let params = Params::new().set("reportId", report_id);
        whole(self.call(operations::GET_REPORT, params, None).await?)
    }
}

/// A report isn't wrapped: its `data` is one of its own members.
fn whole(reply: crate::client::Reply) -> Result<PatchReport, Error> {
    let body = json!({"data": reply.body});
    read(crate::client::Reply { body, ..reply })
}
