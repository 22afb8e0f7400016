//! When a connection was last of use: the last exchange with its server that went well, and the last use of each tool.

use super::roles::need;
use crate::api::{Requester, Uses};
use crate::gate::Gate;
use model::{Problem, Role};

impl Gate {
    /// When the server of a connection last answered this process, and when each tool was last used on it.
    ///
    /// # Errors
    /// [`model::Kind::Forbidden`] for keys, [`model::Kind::NotFound`].
    pub async fn uses(&self, who: &Requester, connection: &str) -> Result<Uses, Problem> {
        need(who, Role::Viewer)?;
        let id = self.choose(who, Some(connection))?.connection.id.clone();
        let last_contact = self.inner.registry.last_contact(&id);
        let tools = self.look(move |tx| store::tool_uses::of_connection(tx, &id)).await?;
        Ok(Uses { last_contact, tools })
    }
}
