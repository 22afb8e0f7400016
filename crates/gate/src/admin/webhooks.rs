//! Webhooks as administrators make them, change them and remove them. Each act is on the record, with what of the URL
//! may be shown, and with it whether private addresses are allowed.

use super::input::{self, invalid};
use super::roles::need;
use crate::api::{
    NewWebhook, Requester, WebhookChange, WebhookEvent, WebhookFormat, WebhookSecret, WebhookState,
    WebhookView,
};
use crate::gate::{Gate, Refused, new_id};
use crate::record::Line;
use crate::webhooks::{Target, new_secret, secret_place, url_place};
use model::{CallerId, ConnectionId, Kind, Problem, Role};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use store::webhooks::{Backlog, Hook};
use store::{Sealed, Topic, Tx};

/// How long the secret before signs beside a new one.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// The most webhooks there may be.
const MOST: usize = 100;

impl Gate {
    /// Every webhook, by name, with what waits for it.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys.
    pub async fn webhooks(&self, who: &Requester) -> Result<Vec<WebhookView>, Problem> {
        need(who, Role::Viewer)?;
        let (hooks, backlog) =
            self.look(|tx| Ok((store::webhooks::list(tx)?, store::webhooks::backlog(tx)?))).await?;
        let mut views = Vec::with_capacity(hooks.len());
        for hook in hooks {
            let waiting = backlog.iter().find(|waiting| waiting.hook_id == hook.id);
            views.push(self.webhook_view(hook, waiting).await?);
        }
        Ok(views)
    }

    /// One webhook, by id or name.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys, [`Kind::NotFound`].
    pub async fn webhook(&self, who: &Requester, id_or_name: &str) -> Result<WebhookView, Problem> {
        need(who, Role::Viewer)?;
        let hook = self.hook(id_or_name).await?;
        self.view_again(&hook.id).await
    }

    /// Makes a webhook. Its signing secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// A URL that it may not have, an unknown connection or caller; [`Kind::Conflict`] for a name that is taken.
    pub async fn add_webhook(&self, who: &Requester, new: NewWebhook) -> Result<WebhookSecret, Problem> {
        need(who, Role::Admin)?;
        let target = Target::parse(&new.url, new.allow_private)?;
        let (id, now) = (new_id(), self.now());
        let secret = (!new.format.is_chat()).then(new_secret);
        let hook = Hook {
            name: input::name("name", &new.name)?,
            format: new.format.as_str().to_owned(),
            address: target.shown(),
            url: self.seal_url(&id, &new.url),
            secret: secret.as_ref().map(|secret| self.seal_secret(&id, secret)),
            old_secret: None,
            old_secret_until: None,
            allow_private: new.allow_private,
            events: new.events.and_then(names),
            connection: new
                .connection
                .as_deref()
                .and_then(|name| self.one_connection(who, name).transpose())
                .transpose()?,
            caller: match new.caller.as_deref() {
                Some(name) => self.one_caller(name).await?,
                None => None,
            },
            created_at: now,
            created_by: who.caller.name.clone(),
            disabled_at: None,
            disabled_reason: None,
            failing_since: None,
            last_delivered_at: None,
            last_failed_at: None,
            last_error: None,
            id,
        };
        let (line, kept) = (told(&hook, Line::new(None, "webhook.created", now).by(who)), hook.clone());
        self.commit(move |tx| {
            if store::webhooks::list(tx)?.len() >= MOST {
                return Err(Problem::new(Kind::Conflict, format!("there are {MOST} webhooks already"))
                    .hint("remove one that nobody needs any more")
                    .into());
            }
            store::webhooks::insert(tx, &kept).map_err(|error| taken(error, &kept.name))?;
            line.append(tx)?;
            announce(tx, &kept);
            Ok(())
        })
        .await?;
        let secret = secret.map(|secret| secret.to_string());
        Ok(WebhookSecret { webhook: self.view_again(&hook.id).await?, secret })
    }

    /// Changes a webhook, disables it or enables it again; then what waits for it is due at once.
    ///
    /// # Errors
    /// As [`Gate::add_webhook`].
    pub async fn change_webhook(
        &self,
        who: &Requester,
        id_or_name: &str,
        change: WebhookChange,
    ) -> Result<WebhookView, Problem> {
        need(who, Role::Admin)?;
        let before = self.hook(id_or_name).await?;
        let mut hook = before.clone();
        if let Some(name) = &change.name {
            hook.name = input::name("name", name)?;
        }
        hook.allow_private = change.allow_private.unwrap_or(before.allow_private);
        // The URL is judged again whenever either of the two changes, the old one as well.
        if change.url.is_some() || hook.allow_private != before.allow_private {
            let url = match change.url {
                Some(url) => url,
                None => self.open_url(&before)?,
            };
            hook.address = Target::parse(&url, hook.allow_private)?.shown();
            hook.url = self.seal_url(&hook.id, &url);
        }
        if let Some(events) = change.events {
            hook.events = names(events);
        }
        if let Some(name) = &change.connection {
            hook.connection = self.one_connection(who, name)?;
        }
        if let Some(name) = &change.caller {
            hook.caller = self.one_caller(name).await?;
        }
        let (now, enabled, by) = (self.now(), change.enabled, who.clone());
        let (line, id) = (told(&hook, Line::new(None, "webhook.changed", now).by(who)), hook.id.clone());
        self.commit(move |tx| {
            if hook != before {
                store::webhooks::update(tx, &hook).map_err(|error| taken(error, &hook.name))?;
                line.append(tx)?;
            }
            let entry = |event| {
                Line::new(None, event, now).by(&by).with("webhook", &hook.id).with("name", &hook.name)
            };
            match enabled {
                Some(true) if store::webhooks::enable(tx, &hook.id, now)? => {
                    entry("webhook.enabled").append(tx)?;
                }
                Some(false) => {
                    let reason = format!("{} disabled it", by.caller.name);
                    if store::webhooks::disable(tx, &hook.id, now, &reason)? {
                        entry("webhook.disabled").with("reason", &reason).append(tx)?;
                    }
                }
                Some(true) | None => {}
            }
            announce(tx, &hook);
            Ok(())
        })
        .await?;
        self.view_again(&id).await
    }

    /// Removes a webhook with all that waits for it.
    ///
    /// # Errors
    /// [`Kind::NotFound`].
    pub async fn remove_webhook(&self, who: &Requester, id_or_name: &str) -> Result<(), Problem> {
        need(who, Role::Admin)?;
        let hook = self.hook(id_or_name).await?;
        let line = told(&hook, Line::new(None, "webhook.removed", self.now()).by(who));
        self.commit(move |tx| {
            if store::webhooks::remove(tx, &hook.id)? {
                line.append(tx)?;
                announce(tx, &hook);
            }
            Ok(())
        })
        .await
    }

    /// Gives a webhook another signing secret. The one before signs as well for 24 hours, so that the receiver can
    /// be told without losing a message.
    ///
    /// # Errors
    /// [`Kind::Conflict`] for a chat, whose messages are not signed; [`Kind::NotFound`].
    pub async fn rotate_webhook_secret(
        &self,
        who: &Requester,
        id_or_name: &str,
    ) -> Result<WebhookSecret, Problem> {
        need(who, Role::Admin)?;
        let hook = self.hook(id_or_name).await?;
        if hook.secret.is_none() {
            return Err(Problem::new(
                Kind::Conflict,
                "messages to a chat are not signed, so there is no secret",
            )
            .hint("what keeps others out is the URL; have the chat make a new one, and put it in here"));
        }
        let (now, secret, id) = (self.now(), new_secret(), hook.id.clone());
        let until = model::time::whole_millis(now + OVERLAP);
        let sealed = self.seal_secret(&id, &secret);
        let line = Line::new(None, "webhook.secret_rotated", now)
            .by(who)
            .with("webhook", &id)
            .with("name", &hook.name)
            .with("old_secret_until", until);
        self.commit(move |tx| {
            // Looked at again here: the secret that signs now is the one that goes on.
            let current = store::webhooks::get(tx, &hook.id)?.ok_or_else(no_such)?;
            store::webhooks::set_secret(tx, &hook.id, &sealed, current.secret.as_ref(), until)?;
            line.append(tx)?;
            announce(tx, &hook);
            Ok(())
        })
        .await?;
        Ok(WebhookSecret { webhook: self.view_again(&id).await?, secret: Some(secret.to_string()) })
    }

    /// A webhook as it is kept, by id or name.
    pub(super) async fn hook(&self, id_or_name: &str) -> Result<Hook, Problem> {
        let wanted = id_or_name.to_owned();
        self.look(move |tx| store::webhooks::find(tx, &wanted)).await?.ok_or_else(no_such)
    }

    async fn view_again(&self, id: &str) -> Result<WebhookView, Problem> {
        let wanted = id.to_owned();
        let (hook, backlog) = self
            .look(move |tx| Ok((store::webhooks::get(tx, &wanted)?, store::webhooks::backlog(tx)?)))
            .await?;
        let waiting = backlog.iter().find(|waiting| waiting.hook_id == id);
        self.webhook_view(hook.ok_or_else(no_such)?, waiting).await
    }

    async fn webhook_view(&self, hook: Hook, waiting: Option<&Backlog>) -> Result<WebhookView, Problem> {
        let connection = hook.connection.as_ref().map(|id| {
            let live = self.inner.registry.get(id);
            live.map_or_else(|| id.to_string(), |live| live.connection.name.clone())
        });
        let caller = match hook.caller.clone() {
            None => None,
            Some(id) => Some(self.look(move |tx| name_of(tx, &id)).await?),
        };
        let state = match (hook.disabled_at, hook.failing_since) {
            (Some(_), _) => WebhookState::Disabled,
            (None, Some(_)) => WebhookState::Failing,
            (None, None) => WebhookState::Active,
        };
        let now = self.now();
        Ok(WebhookView {
            format: webhook_format(&hook),
            id: hook.id,
            name: hook.name,
            url: hook.address,
            events: hook.events.map(|names| {
                WebhookEvent::ALL
                    .into_iter()
                    .filter(|event| names.iter().any(|name| name == event.as_str()))
                    .collect()
            }),
            connection,
            caller,
            allow_private: hook.allow_private,
            state,
            disabled_reason: hook.disabled_reason,
            disabled_at: hook.disabled_at,
            failing_since: hook.failing_since,
            last_delivered_at: hook.last_delivered_at,
            last_failed_at: hook.last_failed_at,
            last_error: hook.last_error,
            waiting: waiting.map_or(0, |waiting| waiting.waiting),
            waiting_since: waiting.map(|waiting| waiting.oldest),
            old_secret_until: hook.old_secret_until.filter(|until| now < *until),
            created_at: hook.created_at,
            created_by: hook.created_by,
        })
    }

    fn seal_url(&self, id: &str, url: &SecretString) -> Sealed {
        self.inner.sealer.seal_json(&url_place(id), &url.expose_secret().trim())
    }

    fn open_url(&self, hook: &Hook) -> Result<SecretString, Problem> {
        let opened: Result<String, _> = self.inner.sealer.open_json(&url_place(&hook.id), &hook.url);
        opened.map(Into::into).map_err(Problem::from)
    }

    fn seal_secret(&self, id: &str, secret: &str) -> Sealed {
        self.inner.sealer.seal_json(&secret_place(id), &secret)
    }

    /// The connection that is meant; none for an empty text.
    fn one_connection(&self, who: &Requester, name: &str) -> Result<Option<ConnectionId>, Problem> {
        match name.trim() {
            "" => Ok(None),
            name => Ok(Some(self.kept(who, name)?.connection.id.clone())),
        }
    }

    /// The caller that is meant, by id or by name; none for an empty text.
    async fn one_caller(&self, name: &str) -> Result<Option<CallerId>, Problem> {
        let name = name.trim().to_owned();
        match name.as_str() {
            "" => return Ok(None),
            crate::LOCAL_AGENT => return Ok(Some(CallerId::new(crate::LOCAL_AGENT))),
            _ => {}
        }
        let wanted = name.clone();
        let mut found = self.look(move |tx| callers(tx, &wanted)).await?;
        match (found.pop(), found.is_empty()) {
            (Some(id), true) => Ok(Some(id)),
            (Some(_), false) => Err(invalid(format!("several callers are called `{name}`"))
                .hint("give the id of the one that is meant; `ncgate key list` shows it")),
            (None, _) => {
                Err(Problem::new(Kind::NotFound, format!("no key and no person is called `{name}`"))
                    .hint("`ncgate key list` and `ncgate user list` list them"))
            }
        }
    }
}

/// The ids of the keys in force and of the people that a text may mean: that id alone, or all of that name.
fn callers(tx: &mut Tx<'_>, wanted: &str) -> Result<Vec<CallerId>, store::Error> {
    let keys = store::keys::list(tx)?;
    let keys = keys.into_iter().filter(|key| key.revoked_at.is_none()).map(|key| (key.id, key.caller.name));
    let people = store::people::list(tx)?.into_iter().map(|person| (person.id, person.name));
    let all: Vec<(CallerId, String)> = keys.chain(people).collect();
    if let Some((id, _)) = all.iter().find(|(id, _)| id.as_str() == wanted) {
        return Ok(vec![id.clone()]);
    }
    let same = |name: &str| name.to_lowercase() == wanted.to_lowercase();
    Ok(all.into_iter().filter(|(_, name)| same(name)).map(|(id, _)| id).collect())
}

fn name_of(tx: &mut Tx<'_>, id: &CallerId) -> Result<String, store::Error> {
    if let Some(key) = store::keys::get(tx, id)? {
        return Ok(key.caller.name);
    }
    Ok(store::people::get(tx, id)?.map_or_else(|| id.to_string(), |person| person.name))
}

/// The format of a webhook; a word of a newer version reads as the one that shows the least.
pub(crate) fn webhook_format(hook: &Hook) -> WebhookFormat {
    WebhookFormat::ALL
        .into_iter()
        .find(|format| format.as_str() == hook.format)
        .unwrap_or(WebhookFormat::Standard)
}

/// The names of events as they are kept; none for all.
fn names(events: Vec<WebhookEvent>) -> Option<Vec<String>> {
    let wanted = WebhookEvent::ALL.into_iter().filter(|event| events.contains(event));
    let names: Vec<String> = wanted.map(|event| event.as_str().to_owned()).collect();
    (!names.is_empty()).then_some(names)
}

fn told(hook: &Hook, line: Line) -> Line {
    line.with("webhook", &hook.id)
        .with("name", &hook.name)
        .with("format", &hook.format)
        .with("url", &hook.address)
        .with("events", &hook.events)
        .with("of_connection", &hook.connection)
        .with("of_caller", &hook.caller)
        .with("allow_private", hook.allow_private)
}

fn announce(tx: &mut Tx<'_>, hook: &Hook) {
    tx.announce(Topic::Webhook, &hook.id, hook.connection.as_ref());
}

fn taken(error: store::Error, name: &str) -> Refused {
    match error {
        store::Error::Unique { .. } => {
            Problem::new(Kind::Conflict, format!("a webhook is called `{name}` already"))
                .hint("choose another name, or change that one")
                .into()
        }
        other => other.into(),
    }
}

fn no_such() -> Problem {
    Problem::new(Kind::NotFound, "no such webhook").hint("`ncgate webhook list` lists them")
}
