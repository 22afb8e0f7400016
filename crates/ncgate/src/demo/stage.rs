//! The stage of the demonstration: a state that goes away again, an N-central that is none, a gateway between them,
//! two people and an agent's key. Everything is made over the same REST routes that anyone else would use.

use crate::exit::defect;
use crate::host::{self, Host};
use crate::rest::{Failure, Reply, Request, Rest};
use crate::settings::{Choices, Settings};
use emulator::{Config, Emulator, RepositoryItem, Running};
use gate::{Boundary, Found};
use model::Problem;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The technician, who decides.
pub(super) const TECHNICIAN: &str = "dana";
/// The administrator, who has set everything up and owns the agent's key.
pub(super) const ADMINISTRATOR: &str = "admin";
/// The script that the story is about, in the emulator's repository.
const CLEANUP: i32 = 2014;

/// Everything that stands on the stage.
pub(super) struct Stage {
    folder: TempDir,
    state: PathBuf,
    n_central: Running,
    host: Host,
    rest: Rest,
    /// The password of the technician.
    pub(super) technician_password: SecretString,
    /// The password of the administrator.
    pub(super) administrator_password: SecretString,
    /// The agent's key.
    pub(super) agent_key: SecretString,
}

impl Stage {
    /// Sets it.
    pub(super) async fn set(listen: SocketAddr) -> Result<Stage, Problem> {
        let folder = tempfile::Builder::new()
            .prefix("ncgate-demo-")
            .tempdir()
            .map_err(|error| defect("no temporary folder can be made", &error))?;
        // A folder of its own inside, which is made with the permissions that a state must have.
        let state = folder.path().join("state");
        let n_central = Emulator::start_local(Config::default())
            .await
            .map_err(|error| defect("the emulator can't be started", &error))?;
        let listener = host::listen(listen).await?;
        let owner = match Boundary::find(&state).map_err(|error| gate::state_error(&error))? {
            Found::Free(owner) => owner,
            Found::Running(_) => {
                return Err(defect("the demonstration can't start", &"its fresh state is owned already"));
            }
        };
        let operator = owner.token().clone();
        let settings = Settings::load(Choices::default(), None, &state)?.by_itself();
        let host = Host::open(owner, listener, &settings).await?;
        let rest = Rest::new(host.url())?;
        let (technician_password, administrator_password) = (password()?, password()?);
        let mut stage = Stage {
            folder,
            state,
            n_central,
            host,
            rest,
            technician_password,
            administrator_password,
            agent_key: SecretString::default(),
        };
        stage.fill(&operator).await?;
        Ok(stage)
    }

    async fn fill(&mut self, operator: &SecretString) -> Result<(), Problem> {
        let person = |name: &str, role: &str, password: &SecretString| json!({ "name": name, "role": role, "password": password.expose_secret() });
        let first = person(ADMINISTRATOR, "admin", &self.administrator_password);
        self.send(&Request::post(&["people"], first), operator).await?;
        let admin = self.sign_in(ADMINISTRATOR, &self.administrator_password).await?;
        let technician = person(TECHNICIAN, "approver", &self.technician_password);
        self.send(&Request::post(&["people"], technician), &admin).await?;
        let connection = json!({ "name": "demo", "url": self.n_central.url, "jwt": self.n_central.jwt });
        self.send(&Request::post(&["connections"], connection), &admin).await?;
        for script in self.n_central.emulator.repository().iter().filter(|script| script.item_id == CLEANUP) {
            self.send(&Request::post(&["connections", "demo", "scripts"], listed(script)), &admin).await?;
        }
        let key = json!({ "name": "triage agent", "kind": "agent", "connection": "demo" });
        let key = self.send(&Request::post(&["keys"], key), &admin).await?.body;
        self.agent_key = key["secret"].as_str().unwrap_or_default().to_owned().into();
        self.send(&Request::delete(&["sessions"]), &admin).await?;
        Ok(())
    }

    /// Sends a request to the gateway, as whoever the bearer stands for.
    pub(super) async fn send(&self, request: &Request, bearer: &SecretString) -> Result<Reply, Problem> {
        self.rest.send(request, Some(bearer)).await.map_err(Failure::into_problem)
    }

    /// Opens a session.
    pub(super) async fn sign_in(&self, name: &str, password: &SecretString) -> Result<SecretString, Problem> {
        let body = json!({ "name": name, "password": password.expose_secret() });
        let session = self.rest.send(&Request::post(&["sessions"], body), None).await;
        crate::proof::token_of(&session.map_err(Failure::into_problem)?.body)
    }

    /// The gateway's base address.
    pub(super) fn url(&self) -> &str {
        self.host.url()
    }

    /// The state directory.
    pub(super) fn state(&self) -> &Path {
        &self.state
    }

    /// The emulated N-central.
    pub(super) fn n_central(&self) -> &Running {
        &self.n_central
    }

    /// Takes everything down; the state goes with it.
    pub(super) async fn strike(self) {
        self.host.close().await;
        self.n_central.stop().await;
        if let Err(error) = self.folder.close() {
            tracing::warn!(%error, "the temporary state could not be removed");
        }
    }
}

/// A repository item as the script list takes it.
fn listed(item: &RepositoryItem) -> Value {
    let parameters: Vec<Value> = item
        .parameters
        .iter()
        .map(|p| json!({ "name": p.name, "type": p.kind, "required": p.required, "secret": p.kind == "password" }))
        .collect();
    json!({
        "name": item.name,
        "item_id": item.item_id,
        "task_type": item.task_type,
        "parameters": parameters,
        "description": "Removes temporary files and empties the recycle bin",
    })
}

/// A password that nobody has to remember.
fn password() -> Result<SecretString, Problem> {
    // Letters and digits that can't be mistaken for one another; 32 of them, so a byte has no favourites.
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 15];
    getrandom::fill(&mut bytes).map_err(|error| defect("there is no randomness", &error))?;
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_and_never_the_same() {
        let (one, other) = (password().unwrap(), password().unwrap());
        assert_eq!(one.expose_secret().len(), 17);
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}
