//! What monitoring has to say: services, their tasks, active issues, job statuses.

use serde_json::{Map, Value};

use crate::api::ListQuery;
use crate::client::Client;
use crate::error::Error;
use crate::lenient::{Id, records};
use crate::operations;
use crate::page::Page;
use crate::params::Params;

records! {
    /// One monitored service of a device.
    ServiceMonitor {
        /// The key for [`Client::appliance_task`].
        task_id: Id,
        /// The service.
        service_id: Id,
        /// The service on this device.
        service_item_id: Id,
        /// The service's name.
        module_name: String,
        /// What tells several of one kind apart, for example a drive letter.
        task_ident: String,
        /// Title Case text: Normal, Warning, Failed and so on.
        state_status: String,
        /// What somebody wrote about it.
        task_note: String,
        /// `YYYY-MM-DD HH:MM:SS.mmm ±HHMM`.
        last_scan_time: String,
        /// When it entered its state; same format.
        transition_time: String,
        /// When it was last updated; same format.
        last_update: String,
        /// The agent or probe that watches it.
        appliance_id: Id,
        /// That agent's or probe's name.
        appliance_name: String,
    }

    /// The last values and thresholds of a monitored service.
    MonitorTask {
        /// When it was scanned.
        scan_time: String,
        /// NORMAL, WARNING, FAILED and so on.
        state: String,
        /// Why the scan failed, where it did.
        error_message: String,
        /// One entry per value.
        service_details: Vec<MonitorDetail>,
    }

    /// One value of a monitored service.
    MonitorDetail {
        /// Its id.
        scan_detail_id: Id,
        /// Its name.
        detail_name: String,
        /// What it means.
        description: String,
        /// The value, as text.
        detail_value: String,
        /// NORMAL, WARNING, FAILED and so on.
        state: String,
        /// How it is monitored.
        monitoring_type: String,
        /// The ranges of its states.
        thresholds: Vec<MonitorThreshold>,
    }

    /// The range of values that means a state.
    MonitorThreshold {
        /// The state.
        state: String,
        /// The lowest value.
        low_value: f64,
        /// The highest value.
        high_value: f64,
    }

    /// A service that isn't well.
    ActiveIssue {
        /// The unit.
        org_unit_id: Id,
        /// The device.
        device_id: Id,
        /// 0 no state, 1 no data, 2 stale, 3 normal, 4 warning, 5 failed, 6 misconfigured, 7 disconnected
        /// (inferred; NOTES, section 8).
        notification_state: i64,
        /// The service.
        service_id: Id,
        /// Its name.
        service_name: String,
        /// Its type.
        service_type: String,
        /// The task that watches it; the issue's own key.
        task_id: Id,
        /// The service on this device.
        service_item_id: Id,
        /// More about device, unit and times.
        #[serde(rename = "_extra")]
        more: Map<String, Value>,
    }

    /// A job and how it went.
    JobStatus {
        /// Its id.
        job_id: Id,
        /// Its name.
        job_name: String,
        /// What it runs on.
        job_target: String,
        /// Its type.
        job_type_id: Id,
        /// How it went.
        status: String,
        /// The device.
        device_id: Id,
        /// The unit.
        org_unit_id: Id,
        /// When it was due.
        scheduled_time: String,
        /// When it last ended.
        last_completion_time: String,
        /// Large and free-form.
        #[serde(rename = "_extra")]
        more: Map<String, Value>,
    }
}

impl Client {
    /// The monitored services of a device and their states.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn service_monitor_status(&self, device_id: &Id) -> Result<Page<ServiceMonitor>, Error> {
        let params = Params::new().set("deviceId", device_id);
        self.list(operations::LIST_DEVICE_SERVICE_MONITOR_STATUS, params).await
    }

    /// The last values and thresholds of one monitored service.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn appliance_task(&self, task_id: &Id) -> Result<MonitorTask, Error> {
        self.get(operations::GET_APPLIANCE_TASK, Params::new().set("taskId", task_id)).await
    }

    /// What isn't well at a customer or a site. Other levels answer 400.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn active_issues(
        &self,
        org_unit_id: &Id,
        query: &ListQuery,
    ) -> Result<Page<ActiveIssue>, Error> {
        self.list(operations::LIST_ACTIVE_ISSUES, Params::from(query).set("orgUnitId", org_unit_id)).await
    }

    /// The jobs of a unit, in one unpaged list that can take seconds.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn job_statuses(&self, org_unit_id: &Id) -> Result<Page<JobStatus>, Error> {
        self.list(operations::LIST_JOB_STATUSES, Params::new().set("orgUnitId", org_unit_id)).await
    }
}
