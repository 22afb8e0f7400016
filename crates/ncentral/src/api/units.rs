//! Service organisations, customers and sites, and the tree that they form.

use crate::api::ListQuery;
use crate::client::Client;
use crate::error::Error;
use crate::lenient::{Id, records};
use crate::operations;
use crate::page::Page;
use crate::params::Params;

/// The records of the four kinds of unit, which differ in the names of two members only.
macro_rules! units {
    ($($(#[$about:meta])* $name:ident { $id:ident, $label:ident })*) => {
        records! {$(
            $(#[$about])*
            ///
            /// Address and contact are in `extra`.
            $name {
                /// Its id; text on the wire.
                $id: Id,
                /// Its name.
                $label: String,
                /// SYSTEM, SO, CUSTOMER or SITE.
                org_unit_type: String,
                /// The unit above.
                parent_id: Id,
                /// The id that an outside system gave it.
                external_id: String,
                /// Depth in the tree.
                generation: i64,
                /// How many units are directly below.
                descendant_count: i64,
            }
        )*}
    };
}

units! {
    /// A service organisation.
    ServiceOrg { so_id, so_name }

    /// A customer.
    Customer { customer_id, customer_name }

    /// A site.
    Site { site_id, site_name }

    /// A unit of any level.
    OrgUnit { org_unit_id, org_unit_name }
}

impl Client {
    /// The service organisations.
    ///
    /// # Errors
    ///
    /// As [`Client::call`], as for every call here.
    pub async fn service_orgs(&self, query: &ListQuery) -> Result<Page<ServiceOrg>, Error> {
        self.list(operations::LIST_SERVICE_ORGS, query.into()).await
    }

    /// One service organisation.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn service_org(&self, so_id: &Id) -> Result<ServiceOrg, Error> {
        self.get(operations::GET_SERVICE_ORG, Params::new().set("soId", so_id)).await
    }

    /// All customers.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn customers(&self, query: &ListQuery) -> Result<Page<Customer>, Error> {
        self.list(operations::LIST_CUSTOMERS, query.into()).await
    }

    /// The customers of a service organisation.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn service_org_customers(
        &self,
        so_id: &Id,
        query: &ListQuery,
    ) -> Result<Page<Customer>, Error> {
        self.list(operations::LIST_SERVICE_ORG_CUSTOMERS, Params::from(query).set("soId", so_id)).await
    }

    /// One customer.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn customer(&self, customer_id: &Id) -> Result<Customer, Error> {
        self.get(operations::GET_CUSTOMER, Params::new().set("customerId", customer_id)).await
    }

    /// All sites.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn sites(&self, query: &ListQuery) -> Result<Page<Site>, Error> {
        self.list(operations::LIST_SITES, query.into()).await
    }

    /// The sites of a customer. A preview operation.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn customer_sites(&self, customer_id: &Id, query: &ListQuery) -> Result<Page<Site>, Error> {
        self.list(operations::LIST_CUSTOMER_SITES, Params::from(query).set("customerId", customer_id)).await
    }

    /// One site.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn site(&self, site_id: &Id) -> Result<Site, Error> {
        self.get(operations::GET_SITE, Params::new().set("siteId", site_id)).await
    }

    /// The units of every level.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn org_units(&self, query: &ListQuery) -> Result<Page<OrgUnit>, Error> {
        self.list(operations::LIST_ORG_UNITS, query.into()).await
    }

    /// One unit of any level.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn org_unit(&self, org_unit_id: &Id) -> Result<OrgUnit, Error> {
        self.get(operations::GET_ORG_UNIT, Params::new().set("orgUnitId", org_unit_id)).await
    }

    /// The units directly below one.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn org_unit_children(
        &self,
        org_unit_id: &Id,
        query: &ListQuery,
    ) -> Result<Page<OrgUnit>, Error> {
        self.list(operations::LIST_ORG_UNIT_CHILDREN, Params::from(query).set("orgUnitId", org_unit_id)).await
    }
}
