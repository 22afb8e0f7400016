//! The connection that the environment names, for a process that keeps nothing.

use super::Credentials;
use crate::gate::{Gate, new_id};
use model::{Connection, ConnectionId, ConnectionState, Kind, Policies, Preset, Problem, connection};
use ncentral::ServerUrl;
use secrecy::SecretString;

impl Gate {
    /// A connection that lives only as long as this process, from the environment; the JWT is not stored.
    ///
    /// # Errors
    /// An address that can't be one.
    pub async fn connect_in_memory(&self, url: &str, jwt: SecretString) -> Result<ConnectionId, Problem> {
        let (parsed, _) =
            ServerUrl::parse(url).map_err(|error| Problem::new(Kind::InvalidUrl, error.to_string()))?;
        let connection = Connection {
            id: ConnectionId::new(new_id()),
            name: "environment".into(),
            url: parsed.as_str().to_owned(),
            state: ConnectionState::Connected,
            reason: None,
            server_version: None,
            user: None,
            ca: None,
            self_approval: false,
            max_targets: connection::DEFAULT_MAX_TARGETS,
        };
        let id = connection.id.clone();
        let policies = Policies::from_preset(Preset::Standard);
        let credentials = Credentials { jwt, ..Credentials::default() };
        self.inner.registry.put(self.bring_alive(connection, policies, credentials, false)?);
        Ok(id)
    }
}
