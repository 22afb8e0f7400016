//! The doctor: everything that is wrong or soon will be, each finding with its own remedy.
//!
//! It only looks: what it asks of N-central are reads of one row, and what it can't find out without changing
//! something it leaves alone.

mod account;
mod callers;
mod house;
mod nodes;
mod permissions;
mod server;

use super::roles::need;
use crate::LOCAL_AGENT;
use crate::api::{Finding, Requester};
use crate::gate::Gate;
use model::{Problem, Role};
use std::fmt::Display;

impl Gate {
    /// Looks everything over. A key is told about its own connection only; people and programs of the state's own
    /// user are told everything.
    ///
    /// # Errors
    /// The store's; what is wrong is a finding.
    pub async fn doctor(&self, who: &Requester) -> Result<Vec<Finding>, Problem> {
        let everything = who.caller.id.as_str() == LOCAL_AGENT || need(who, Role::Viewer).is_ok();
        let mut connections = self.inner.registry.all();
        if !everything {
            connections.retain(|live| Some(&live.connection.id) == who.caller.connection.as_ref());
        }
        let mut findings = Vec::new();
        if connections.is_empty() {
            findings.push(warning(
                "connections",
                "no N-central server is connected",
                "connect one: `ncgate connect https://YOUR-SERVER`",
            ));
        }
        let examined = connections.iter().map(|live| self.examine_connection(live));
        findings.extend(futures::future::join_all(examined).await.concat());
        findings.extend(self.examine_stops().await?);
        if everything {
            findings.extend(self.examine_callers().await?);
            findings.extend(self.examine_waiting().await?);
            findings.extend(self.examine_house().await?);
            findings.extend(self.examine_nodes().await?);
        }
        Ok(findings)
    }
}

impl Gate {
    /// Looks one connection over: whether the server answers, how long the password lasts, which tools will fail for
    /// want of a right.
    ///
    /// # Errors
    /// [`model::Kind::Forbidden`] for keys, [`model::Kind::NotFound`]; what is wrong is a finding.
    pub async fn examine(&self, who: &Requester, connection: &str) -> Result<Vec<Finding>, Problem> {
        need(who, Role::Viewer)?;
        let live = self.choose(who, Some(connection))?;
        Ok(self.examine_connection(&live).await)
    }

    /// How long the JWT of a connection lasts, without asking the server; none where it has none.
    ///
    /// # Errors
    /// [`model::Kind::Forbidden`] for keys, [`model::Kind::NotFound`].
    pub async fn time_left(&self, who: &Requester, connection: &str) -> Result<Option<Finding>, Problem> {
        need(who, Role::Viewer)?;
        let live = self.choose(who, Some(connection))?;
        if live.connection.is_disconnected() {
            return Ok(None);
        }
        Ok(self.examine_jwt(&live.connection.name, &live).await)
    }
}

fn ok(check: &str, message: impl Into<String>) -> Finding {
    finding(check, "ok", message, "")
}

fn warning(check: &str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
    finding(check, "warning", message, hint)
}

fn failed(check: &str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
    finding(check, "failed", message, hint)
}

fn finding(check: &str, status: &str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
    Finding { check: check.into(), status: status.into(), message: message.into(), hint: hint.into() }
}

fn counted(count: impl Display, one: &str, several: &str) -> String {
    match count.to_string().as_str() {
        "1" => format!("1 {one}"),
        count => format!("{count} {several}"),
    }
}
