//! The stop switches: any approver presses one, only an administrator lets go, and both are on the record.

use super::input;
use super::roles::need;
use crate::api::{Requester, StopChange, StopView};
use crate::execute::conditions;
use crate::gate::Gate;
use crate::record::Line;
use model::{ConnectionId, Problem, Role};
use store::Topic;
use store::stops::{EVERYTHING, Stop};

impl Gate {
    /// Every switch that was ever set, that for everything first.
    ///
    /// # Errors
    /// [`model::Kind::Forbidden`] for keys.
    pub async fn stops(&self, who: &Requester) -> Result<Vec<StopView>, Problem> {
        need(who, Role::Viewer)?;
        let stops = self.look(store::stops::list).await?;
        Ok(stops.into_iter().map(|stop| self.stop_view(stop)).collect())
    }

    /// Presses a switch, or lets go of it.
    ///
    /// # Errors
    /// [`model::Kind::Forbidden`]: pressing takes an approver, letting go an administrator.
    pub async fn stop(&self, who: &Requester, change: StopChange) -> Result<Vec<StopView>, Problem> {
        need(who, if change.on { Role::Approver } else { Role::Admin })?;
        let reason = input::reason(change.reason.as_deref())?;
        let live = change.connection.as_deref().map(|name| self.choose(who, Some(name))).transpose()?;
        let connection = live.map(|live| live.connection.id.clone());
        let scope = connection.as_ref().map_or(EVERYTHING, ConnectionId::as_str).to_owned();
        let now = self.now();
        let event = if change.on { "stop.pressed" } else { "stop.released" };
        let line =
            Line::new(connection.as_ref(), event, now).by(who).with("scope", &scope).with("reason", &reason);
        let stop = Stop { scope, on: change.on, reason, by: who.caller.name.clone(), at: now };
        self.commit(move |tx| {
            store::stops::set(tx, &stop)?;
            line.append(tx)?;
            tx.announce(Topic::Stop, &stop.scope, connection.as_ref());
            Ok(())
        })
        .await?;
        self.inner.wake.notify_one();
        self.stops(who).await
    }

    /// Refuses while a switch stops this connection.
    pub(crate) async fn check_not_stopped(&self, connection: &ConnectionId) -> Result<(), Problem> {
        let id = connection.clone();
        match self.look(move |tx| store::stops::is_stopped(tx, &id)).await? {
            Some(stop) => Err(conditions::stopped(&stop)),
            None => Ok(()),
        }
    }

    pub(super) fn stop_view(&self, stop: Stop) -> StopView {
        let connection = (stop.scope != EVERYTHING).then(|| {
            let live = self.inner.registry.get(&ConnectionId::new(&stop.scope));
            live.map_or_else(|| stop.scope.clone(), |live| live.connection.name.clone())
        });
        let reason = Some(stop.reason).filter(|reason| !reason.is_empty());
        StopView { connection, on: stop.on, reason, by: stop.by, at: stop.at }
    }
}
