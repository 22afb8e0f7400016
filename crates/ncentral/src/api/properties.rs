//! Custom properties of devices and units.
//!
//! Values of type PASSWORD are handed out as they come: whoever shows them has to hold them back.

use std::fmt;

use serde_json::json;

use crate::api::{ListQuery, read};
use crate::client::Client;
use crate::error::Error;
use crate::lenient::{Id, records};
use crate::operations;
use crate::page::Page;
use crate::params::Params;

records! {
    /// A custom property.
    CustomProperty {
        /// Its id.
        property_id: Id,
        /// Its name.
        property_name: String,
        /// HTML_LINK, TEXT, DATE, ENUMERATED or PASSWORD.
        property_type: String,
        /// Its value; a DATE as epoch milliseconds.
        value: String,
        /// What an ENUMERATED one may be.
        enumerated_value_list: Vec<String>,
    }

    /// What the server said to a new value.
    PropertyUpdate {
        /// Members that it ignored.
        #[serde(rename = "_warnings")]
        warnings: Vec<String>,
    }
}

impl CustomProperty {
    /// Whether its value must not be shown. So is one whose type isn't known.
    pub fn is_secret(&self) -> bool {
        self.property_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("PASSWORD"))
    }
}

impl fmt::Display for CustomProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.property_name.as_deref().unwrap_or("unnamed");
        match &self.value {
            Some(_) if self.is_secret() => write!(f, "{name}: secret, set"),
            Some(value) => write!(f, "{name}: {value}"),
            None => write!(f, "{name}: not set"),
        }
    }
}

impl Client {
    /// The custom properties of a device.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn device_properties(&self, device_id: &Id) -> Result<Page<CustomProperty>, Error> {
        self.list(operations::LIST_DEVICE_CUSTOM_PROPERTIES, Params::new().set("deviceId", device_id)).await
    }

    /// One custom property of a device.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn device_property(&self, device_id: &Id, property_id: &Id) -> Result<CustomProperty, Error> {
        let params = Params::new().set("deviceId", device_id).set("propertyId", property_id);
        self.get(operations::GET_DEVICE_CUSTOM_PROPERTY, params).await
    }

    /// Gives a custom property of a device a new value. Read it back: 200 doesn't prove that it took.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn set_device_property(
        &self,
        device_id: &Id,
        property_id: &Id,
        value: &str,
    ) -> Result<PropertyUpdate, Error> {
        let params = Params::new().set("deviceId", device_id).set("propertyId", property_id);
        let body = Some(json!({"value": value}));
        read(self.call(operations::SET_DEVICE_CUSTOM_PROPERTY, params, body).await?)
    }

    /// The custom properties of a unit.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn org_unit_properties(
        &self,
        org_unit_id: &Id,
        query: &ListQuery,
    ) -> Result<Page<CustomProperty>, Error> {
        self.list(operations::LIST_ORG_CUSTOM_PROPERTIES, Params::from(query).set("orgUnitId", org_unit_id))
            .await
    }

    /// One custom property of a unit.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn org_unit_property(
        &self,
        org_unit_id: &Id,
        property_id: &Id,
    ) -> Result<CustomProperty, Error> {
        let params = Params::new().set("orgUnitId", org_unit_id).set("propertyId", property_id);
        self.get(operations::GET_ORG_CUSTOM_PROPERTY, params).await
    }
}
