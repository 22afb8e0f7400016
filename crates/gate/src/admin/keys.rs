//! Keys of agents and workflows: bound to one connection, owned by the person who made them, shown once.

use super::roles::need;
use super::{identity, input};
use crate::api::{KeyKind, KeyView, NewKey, NewKeySecret, Requester};
use crate::gate::Gate;
use crate::record::Line;
use crate::seal::{random, random_token};
use model::canonical::sha256_hex;
use model::{Caller, CallerId, CallerKind, Kind, Problem, Role};
use std::collections::BTreeMap;
use store::Topic;
use store::keys::Key;

/// The characters of a key's id: 32 of them, so that a random byte picks each as often, and none that is easily
/// taken for another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Characters of a key's id.
const ID: usize = 10;

impl Gate {
    /// Every key, revoked ones too, oldest first; never a secret.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys.
    pub async fn keys(&self, who: &Requester) -> Result<Vec<KeyView>, Problem> {
        need(who, Role::Viewer)?;
        let (keys, people) = self.look(|tx| Ok((store::keys::list(tx)?, store::people::list(tx)?))).await?;
        let names: BTreeMap<CallerId, String> = people.into_iter().map(|p| (p.id, p.name)).collect();
        Ok(keys.into_iter().map(|key| self.key_view(key, &names)).collect())
    }

    fn key_view(&self, key: Key, people: &BTreeMap<CallerId, String>) -> KeyView {
        let Caller { name, kind, owner, connection, tools, customers, plan_only, names, .. } = key.caller;
        let connection = connection.map(|id| match self.inner.registry.get(&id) {
            Some(live) => live.connection.name.clone(),
            None => id.to_string(),
        });
        KeyView {
            id: key.id,
            name,
            kind: if kind == CallerKind::Workflow { KeyKind::Workflow } else { KeyKind::Agent },
            connection: connection.unwrap_or_default(),
            owner: owner.map(|id| people.get(&id).cloned().unwrap_or_else(|| id.to_string())),
            tools,
            customers,
            plan_only,
            names,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }

    /// Makes a key. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// An unknown tool or connection, an empty list, an end that is past.
    pub async fn create_key(&self, who: &Requester, new: NewKey) -> Result<NewKeySecret, Problem> {
        need(who, Role::Admin)?;
        let name = input::name("name", &new.name)?;
        let tools = new.tools.map(|tools| canonical(&tools)).transpose()?.map(with_follow_up);
        if new.customers.as_ref().is_some_and(Vec::is_empty) {
            return Err(nothing_left("customers"));
        }
        let now = self.now();
        if new.expires_at.is_some_and(|at| at <= now) {
            return Err(input::invalid("the end of the key is in the past"));
        }
        let live = self.choose(who, new.connection.as_deref())?;
        if !live.stored {
            return Err(Problem::new(
                Kind::Conflict,
                "this connection lives only as long as its process, so no key can be bound to it",
            ));
        }
        let id = CallerId::new(new_key_id());
        let secret = format!("{}{id}_{}", identity::KEY, random_token());
        let kind = match new.kind {
            KeyKind::Agent => CallerKind::Agent,
            KeyKind::Workflow => CallerKind::Workflow,
        };
        let caller = Caller {
            id: id.clone(),
            name: name.clone(),
            kind,
            owner: Some(who.caller.id.clone()),
            connection: Some(live.connection.id.clone()),
            tools,
            customers: new.customers,
            plan_only: new.plan_only,
            names: new.names,
        };
        let key = Key {
            id: id.clone(),
            secret_hash: sha256_hex(secret.as_bytes()),
            caller,
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        let line = Line::new(None, "key.created", now)
            .by(who)
            .with("connection", &live.connection.id)
            .with("key", &key.caller)
            .with("expires_at", key.expires_at);
        self.commit(move |tx| {
            store::keys::insert(tx, &key)?;
            line.append(tx)?;
            tx.announce(Topic::Key, &key.id, key.caller.connection.as_ref());
            Ok(())
        })
        .await?;
        Ok(NewKeySecret { id, name, secret })
    }

    /// Revokes a key; from then on nothing is let in with it. One that was revoked before stays so.
    ///
    /// # Errors
    /// [`Kind::NotFound`].
    pub async fn revoke_key(&self, who: &Requester, id: &str) -> Result<(), Problem> {
        need(who, Role::Admin)?;
        let (id, now, by) = (CallerId::new(id), self.now(), who.clone());
        self.commit(move |tx| {
            let key = store::keys::get(tx, &id)?.ok_or_else(|| {
                Problem::new(Kind::NotFound, "no such key").hint("`ncgate key list` lists them")
            })?;
            if store::keys::revoke(tx, &id, now)? {
                Line::new(None, "key.revoked", now)
                    .by(&by)
                    .with("connection", &key.caller.connection)
                    .with("key", &key.caller)
                    .append(tx)?;
                tx.announce(Topic::Key, &id, key.caller.connection.as_ref());
            }
            Ok(())
        })
        .await?;
        self.inner.known_keys.forget();
        Ok(())
    }
}

fn canonical(tools: &[String]) -> Result<Vec<String>, Problem> {
    if tools.is_empty() {
        return Err(nothing_left("tools"));
    }
    let mut names: Vec<String> = tools
        .iter()
        .map(|tool| input::tool(tool).map(|entry| entry.record.name.to_owned()))
        .collect::<Result<_, _>>()?;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn nothing_left(what: &str) -> Problem {
    input::invalid(format!("the list of {what} is empty, so the key could do nothing"))
        .hint(format!("leave {what} out for all"))
}

fn new_key_id() -> String {
    random::<ID>().iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// The tools of a key, with the one that follows a held call where one of them may be held.
fn with_follow_up(mut tools: Vec<String>) -> Vec<String> {
    const FOLLOW_UP: &str = "n_central-get-approval";
    let may_hold =
        tools.iter().filter_map(|name| catalog::find(name)).any(|tool| tool.record.effect.writes());
    if may_hold && !tools.iter().any(|name| name == FOLLOW_UP) {
        tools.push(FOLLOW_UP.to_owned());
    }
    tools
}
