//! Keys of agents and workflows: bound to one connection, owned by the person who made them, shown once.
//!
//! A key acts for its owner, who answers for it: while the owner's account is disabled, the key is refused, and what it
//! had waiting does not run. Another role of the owner changes nothing about the key.

use super::roles::need;
use super::{identity, input};
use crate::api::{KeyKind, KeyState, KeyView, NewKey, NewKeySecret, Requester};
use crate::gate::{Gate, Refused};
use crate::limits::MOST_PER_MINUTE;
use crate::record::Line;
use crate::seal::{random, random_token};
use model::canonical::sha256_hex;
use model::{Caller, CallerId, CallerKind, Kind, Problem, Role, Timestamp};
use std::collections::BTreeMap;
use store::Topic;
use store::keys::Key;
use store::people::Person;

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
        let owners: BTreeMap<CallerId, Person> = people.into_iter().map(|p| (p.id.clone(), p)).collect();
        Ok(keys.into_iter().map(|key| self.key_view(key, &owners)).collect())
    }

    /// One key, by id.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys, [`Kind::NotFound`].
    pub async fn key(&self, who: &Requester, id: &str) -> Result<KeyView, Problem> {
        need(who, Role::Viewer)?;
        let wanted = CallerId::new(id);
        let found = self
            .look(move |tx| {
                let Some(key) = store::keys::get(tx, &wanted)? else { return Ok(None) };
                let owner = match &key.caller.owner {
                    Some(owner) => store::people::get(tx, owner)?,
                    None => None,
                };
                Ok(Some((key, owner)))
            })
            .await?;
        let (key, owner) = found.ok_or_else(no_such)?;
        let owners = owner.into_iter().map(|person| (person.id.clone(), person)).collect();
        Ok(self.key_view(key, &owners))
    }

    pub(super) fn key_view(&self, key: Key, people: &BTreeMap<CallerId, Person>) -> KeyView {
        let Caller {
            name,
            kind,
            owner,
            connection,
            tools,
            customers,
            plan_only,
            names,
            requests_per_minute,
            ..
        } = key.caller;
        let owning = owner.as_ref().and_then(|id| people.get(id));
        let state = if key.revoked_at.is_some() {
            KeyState::Revoked
        } else if key.expires_at.is_some_and(|at| at <= self.now()) {
            KeyState::Expired
        } else if owning.is_some_and(|person| person.disabled_at.is_some()) {
            KeyState::OwnerDisabled
        } else {
            KeyState::Active
        };
        let connection = connection.map(|id| match self.inner.registry.get(&id) {
            Some(live) => live.connection.name.clone(),
            None => id.to_string(),
        });
        KeyView {
            id: key.id,
            name,
            kind: if kind == CallerKind::Workflow { KeyKind::Workflow } else { KeyKind::Agent },
            connection: connection.unwrap_or_default(),
            owner: owner
                .as_ref()
                .map(|id| owning.map_or_else(|| id.to_string(), |person| person.name.clone())),
            tools,
            customers,
            plan_only,
            names,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            requests_per_minute: requests_per_minute.unwrap_or(self.inner.options.limits.requests_per_minute),
            notes: key.notes,
            state,
            active: state == KeyState::Active,
        }
    }

    /// Makes a key. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// An unknown tool or connection, an empty list, an end that is past.
    pub async fn create_key(&self, who: &Requester, new: NewKey) -> Result<NewKeySecret, Problem> {
        need(who, Role::Admin)?;
        let name = input::name("name", &new.name)?;
        let tools = new.tools.map(|tools| canonical(&tools)).transpose()?;
        check_customers(new.customers.as_deref())?;
        check_rate(new.requests_per_minute)?;
        let notes = input::description(new.notes.as_deref().unwrap_or_default())?;
        let now = self.now();
        check_end(new.expires_at, now)?;
        let live = self.choose(who, new.connection.as_deref())?;
        if !live.stored {
            return Err(Problem::new(
                Kind::Conflict,
                "this connection lives only as long as its process, so no key can be bound to it",
            ));
        }
        let id = match &new.form {
            Some(form) => id_of_form(&who.caller.id, form),
            None => new_key_id(),
        };
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
            requests_per_minute: new.requests_per_minute,
        };
        let key = Key {
            id: id.clone(),
            secret_hash: sha256_hex(secret.as_bytes()),
            caller,
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
            notes,
        };
        let line = Line::new(None, "key.created", now)
            .by(who)
            .with("connection", &live.connection.id)
            .with("key", &key.caller)
            .with("expires_at", key.expires_at);
        self.commit(move |tx| {
            store::keys::insert(tx, &key).map_err(|error| made_before(error, &key.id))?;
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
            let key = store::keys::get(tx, &id)?.ok_or_else(no_such)?;
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

pub(super) fn no_such() -> Problem {
    Problem::new(Kind::NotFound, "no such key").hint("`ncgate key list` lists them")
}

pub(super) fn check_customers(customers: Option<&[i64]>) -> Result<(), Problem> {
    if customers.is_some_and(<[i64]>::is_empty) { Err(nothing_left("customers")) } else { Ok(()) }
}

pub(super) fn check_rate(rate: Option<u32>) -> Result<(), Problem> {
    if rate.is_some_and(|rate| !(1..=MOST_PER_MINUTE).contains(&rate)) {
        return Err(input::invalid(format!("requests_per_minute is a number from 1 to {MOST_PER_MINUTE}"))
            .hint("leave it out, or null, for the gateway's default"));
    }
    Ok(())
}

pub(super) fn check_end(end: Option<Timestamp>, now: Timestamp) -> Result<(), Problem> {
    if end.is_some_and(|at| at <= now) {
        return Err(input::invalid("the end of the key is in the past")
            .hint("give a time that is still to come, or none"));
    }
    Ok(())
}

/// The tools of a key under their canonical names, with the one that follows a held call where one may be held.
pub(super) fn canonical(tools: &[String]) -> Result<Vec<String>, Problem> {
    if tools.is_empty() {
        return Err(nothing_left("tools"));
    }
    let mut names: Vec<String> = tools
        .iter()
        .map(|tool| input::tool(tool).map(|entry| entry.record.name.to_owned()))
        .collect::<Result<_, _>>()?;
    names.sort_unstable();
    names.dedup();
    Ok(with_follow_up(names))
}

fn nothing_left(what: &str) -> Problem {
    input::invalid(format!("the list of {what} is empty, so the key could do nothing"))
        .hint(format!("leave {what} out for all"))
}

fn new_key_id() -> CallerId {
    key_id(&random::<ID>())
}

/// The id of the key that a form makes, which is the same however often the form is sent; so a second key of it can't
/// be kept, on whichever node it arrives. An id is no secret, and the secret is random in any case.
fn id_of_form(person: &CallerId, form: &str) -> CallerId {
    let digest = sha256_hex(format!("key of form {person} {form}").as_bytes());
    let byte = |at: usize| u8::from_str_radix(&digest[2 * at..2 * at + 2], 16).expect("it is hexadecimal");
    key_id(&std::array::from_fn(byte))
}

fn key_id(bytes: &[u8; ID]) -> CallerId {
    let letters = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    CallerId::new(letters.collect::<String>())
}

fn made_before(error: store::Error, key: &CallerId) -> Refused {
    match error {
        store::Error::Unique { .. } => Problem::new(
            Kind::Conflict,
            "this form was sent before, and made its key then; no second one was made",
        )
        .hint("its secret is not shown again: if nobody copied it, revoke that key and make another")
        .detail("key", key.as_str())
        .into(),
        other => other.into(),
    }
}

fn with_follow_up(mut tools: Vec<String>) -> Vec<String> {
    const FOLLOW_UP: &str = "n_central-get-approval";
    let may_hold =
        tools.iter().filter_map(|name| catalog::find(name)).any(|tool| tool.record.effect.writes());
    if may_hold && !tools.iter().any(|name| name == FOLLOW_UP) {
        tools.push(FOLLOW_UP.to_owned());
    }
    tools
}
