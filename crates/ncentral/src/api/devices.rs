//! Devices, their assets and their life cycle.

use serde_json::{Map, Value};

use crate::api::ListQuery;
use crate::client::Client;
use crate::error::Error;
use crate::lenient::{Id, records};
use crate::operations;
use crate::page::Page;
use crate::params::Params;

records! {
    /// A device, as the lists and the single look-up tell it. `last_logged_in_user`, `still_logged_in` and
    /// `last_appliance_checkin_time` are better taken from a list (NOTES, section 8).
    Device {
        /// Its id; a number on the wire.
        device_id: Id,
        /// The name that N-central shows.
        long_name: String,
        /// The name under which it was found.
        discovered_name: String,
        /// What somebody wrote about it.
        description: String,
        /// Its class, for example `Servers - Windows`.
        device_class: String,
        /// The class as a label.
        device_class_label: String,
        /// Whether it is a probe. A probe has no assets.
        is_probe: bool,
        /// The operating system.
        supported_os: String,
        /// The operating system as a label.
        supported_os_label: String,
        /// Its address.
        uri: String,
        /// Professional or essential.
        license_mode: String,
        /// Who was last signed in.
        last_logged_in_user: String,
        /// Whether they still are; text, or a truth value on some servers.
        still_logged_in: String,
        /// The unit that it sits in: the site, or the customer where it has none.
        org_unit_id: Id,
        /// The service organisation.
        so_id: Id,
        /// The service organisation's name.
        so_name: String,
        /// The customer.
        customer_id: Id,
        /// The customer's name.
        customer_name: String,
        /// The site; none for a device directly under its customer.
        site_id: Id,
        /// The site's name.
        site_name: String,
        /// The agent or probe that watches it.
        appliance_id: Id,
        /// When that last reported, ISO-8601 without an offset, in UTC.
        last_appliance_checkin_time: String,
        /// Two codes whose meaning isn't published. From 2026.3.
        device_status: DeviceStatus,
    }

    /// Two codes whose meaning isn't published.
    DeviceStatus {
        /// The first.
        state: i64,
        /// The second.
        status: i64,
    }

    /// What a device is made of. Every section may be missing.
    Assets {
        /// Operating system.
        os: Map<String, Value>,
        /// Maker, model, serial number, memory.
        computersystem: Map<String, Value>,
        /// Processor.
        processor: Map<String, Value>,
        /// Name, class, last sign-in.
        device: Map<String, Value>,
        /// `list` of network adapters.
        networkadapter: Map<String, Value>,
        /// `list` of applications.
        application: Map<String, Value>,
        /// Richer versions of the above, and patches, services, drives, printers and more.
        #[serde(rename = "_extra")]
        more: Map<String, Value>,
    }

    /// Warranty, lease and purchase.
    LifecycleInfo {
        /// `YYYY-MM-DD`, sometimes with a time of day.
        warranty_expiry_date: String,
        /// `YYYY-MM-DD`, sometimes with a time of day.
        lease_expiry_date: String,
        /// `YYYY-MM-DD`, sometimes with a time of day.
        expected_replacement_date: String,
        /// `YYYY-MM-DD`, sometimes with a time of day.
        purchase_date: String,
        /// What it cost.
        cost: f64,
        /// Where it stands.
        location: String,
        /// Its asset tag.
        asset_tag: String,
        /// What somebody wrote about it.
        description: String,
    }

    /// A saved filter.
    DeviceFilter {
        /// Its id; a number or text.
        filter_id: Id,
        /// Its name.
        filter_name: String,
        /// What somebody wrote about it.
        description: String,
    }
}

impl Client {
    /// All devices, or those of a saved filter.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn devices(&self, query: &ListQuery, filter_id: Option<&Id>) -> Result<Page<Device>, Error> {
        self.list(operations::LIST_DEVICES, Params::from(query).set_some("filterId", filter_id)).await
    }

    /// The devices of a unit, of any level.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn org_unit_devices(
        &self,
        org_unit_id: &Id,
        query: &ListQuery,
        filter_id: Option<&Id>,
    ) -> Result<Page<Device>, Error> {
        let params = Params::from(query).set("orgUnitId", org_unit_id).set_some("filterId", filter_id);
        self.list(operations::LIST_ORG_UNIT_DEVICES, params).await
    }

    /// One device.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn device(&self, device_id: &Id) -> Result<Device, Error> {
        self.get(operations::GET_DEVICE, Params::new().set("deviceId", device_id)).await
    }

    /// The assets of a device; `None` where N-central has none, as for a probe.
    ///
    /// # Errors
    ///
    /// As [`Client::call`], but for 404.
    pub async fn device_assets(&self, device_id: &Id) -> Result<Option<Assets>, Error> {
        match self.get(operations::GET_DEVICE_ASSETS, Params::new().set("deviceId", device_id)).await {
            Ok(assets) => Ok(Some(assets)),
            Err(Error::Api { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The life cycle of a device. N-central takes one such call at a time.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn device_lifecycle_info(&self, device_id: &Id) -> Result<LifecycleInfo, Error> {
        self.get(operations::GET_DEVICE_LIFECYCLE_INFO, Params::new().set("deviceId", device_id)).await
    }

    /// The saved filters. `view_scope` is `ALL` (the default) or `OWN_AND_USED`.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn device_filters(
        &self,
        query: &ListQuery,
        view_scope: Option<&str>,
    ) -> Result<Page<DeviceFilter>, Error> {
        self.list(operations::LIST_DEVICE_FILTERS, Params::from(query).set_some("viewScope", view_scope))
            .await
    }
}
