//! The server itself and the account that is signed in.

use crate::client::Client;
use crate::error::Error;
use crate::lenient::{Id, records};
use crate::operations;
use crate::params::Params;

records! {
    /// The versions of a server.
    ServerInfo {
        /// The version of the API service.
        version: String,
        /// The version of the product, for example `2026.3.0.11`; some servers leave it out.
        ncentral: String,
        /// The version of the Java machine.
        jvm_version: String,
    }

    /// The account whose JWT is in use.
    CurrentUser {
        /// Its id.
        user_id: Id,
        /// The unit that it belongs to.
        customer_id: Id,
        /// Its sign-in name.
        username: String,
        /// First name.
        first_name: String,
        /// Last name.
        last_name: String,
        /// E-mail address.
        email: String,
        /// Whether it may sign in.
        is_enabled: bool,
        /// Whether it is locked.
        is_locked: bool,
        /// Whether its password has expired.
        is_password_expired: bool,
        /// Its depth: 0 system to 3 site.
        generation: i64,
    }
}

impl Client {
    /// The versions of the server.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn server_info(&self) -> Result<ServerInfo, Error> {
        self.get(operations::GET_SERVER_INFO, Params::new()).await
    }

    /// The account that is signed in. From 2026.3, and only with the permission USERS_VIEW.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; 403 without the permission, 404 on an older server.
    pub async fn current_user(&self) -> Result<CurrentUser, Error> {
        self.get(operations::GET_CURRENT_USER, Params::new()).await
    }
}
