//! What can be said of a new customer or site.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can be said of a new unit beside its name. Servers up to 2025 insist on the contact's two names
/// (contract/NOTES.md, section 14).
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Particulars {
    contact_first_name: Option<String>,
    contact_last_name: Option<String>,
    contact_email: Option<String>,
    contact_phone: Option<String>,
    phone: Option<String>,
    external_id: Option<String>,
    street1: Option<String>,
    street2: Option<String>,
    city: Option<String>,
    state_prov: Option<String>,
    country: Option<String>,
    postal_code: Option<String>,
    license_type: Option<String>,
}
