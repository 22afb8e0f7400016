//! The fields of a webhook, the same for a new one and for a change, and what can be chosen in them.

use super::{Page, Web, format_help, html};
use askama::Template;
use gate::{NewWebhook, WebhookChange, WebhookEvent, WebhookFormat, WebhookView};
use model::{Kind, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Stands for the connection or the caller that the webhook has, which is not to change.
const KEEP: &str = "keep";

/// What the form holds. The URL is never shown again, whatever else is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    url: Option<SecretString>,
    format: WebhookFormat,
    event: Vec<WebhookEvent>,
    connection: String,
    caller: String,
    allow_private: bool,
}

impl Typed {
    /// The form of a webhook that there is.
    pub(super) fn of(hook: &WebhookView) -> Self {
        let keep = |chosen: &Option<String>| chosen.as_ref().map(|_| KEEP.to_owned()).unwrap_or_default();
        Self {
            name: hook.name.clone(),
            url: None,
            format: hook.format,
            event: hook.events.clone().unwrap_or_default(),
            connection: keep(&hook.connection),
            caller: keep(&hook.caller),
            allow_private: hook.allow_private,
        }
    }

    fn url(&self) -> Option<SecretString> {
        self.url.clone().filter(|url| !url.expose_secret().trim().is_empty())
    }

    /// A new webhook.
    ///
    /// # Errors
    /// What can be said of the fields without the gate.
    pub(super) fn new_webhook(&self) -> Result<NewWebhook, Wrong> {
        let mut wrong = Wrong::default();
        if self.name.trim().is_empty() {
            wrong.name = Some("Give it a name.".to_owned());
        }
        let Some(url) = self.url() else {
            wrong.url = Some("Give the address to which messages are sent.".to_owned());
            return Err(wrong);
        };
        if wrong.name.is_some() {
            return Err(wrong);
        }
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(NewWebhook {
            name: self.name.clone(),
            url,
            format: self.format,
            events: Some(self.event.clone()),
            connection: some(&self.connection),
            caller: some(&self.caller),
            allow_private: self.allow_private,
        })
    }

    /// A change: an empty URL leaves the one that there is.
    ///
    /// # Errors
    /// As for a new one.
    pub(super) fn change(&self) -> Result<WebhookChange, Wrong> {
        if self.name.trim().is_empty() {
            return Err(Wrong { name: Some("Give it a name.".to_owned()), ..Wrong::default() });
        }
        let changed = |text: &str| Some(text.to_owned()).filter(|text| text != KEEP);
        Ok(WebhookChange {
            name: Some(self.name.clone()),
            url: self.url(),
            events: Some(self.event.clone()),
            connection: changed(&self.connection),
            caller: changed(&self.caller),
            allow_private: Some(self.allow_private),
            enabled: None,
        })
    }
}

/// What is wrong, beside the field it is about.
#[derive(Default)]
pub(super) struct Wrong {
    name: Option<String>,
    url: Option<String>,
    /// What is about no single field.
    pub(super) problem: Option<Problem>,
}

impl Wrong {
    /// What the gate refused.
    pub(super) fn of(problem: Problem) -> Self {
        match problem.kind {
            Kind::Conflict => Self { name: Some(html::sentence(&problem.message)), ..Self::default() },
            // The name is looked at before; everything else that can be wrong is the URL.
            Kind::InvalidArguments => {
                let said = [&problem.message, &problem.hint].map(|said| html::sentence(said));
                Self { url: Some(said.join(" ")), ..Self::default() }
            }
            _ => Self { problem: Some(problem), ..Self::default() },
        }
    }
}

/// One thing to choose.
struct Choice {
    value: String,
    name: String,
}

/// The fields as markup.
#[derive(Template)]
#[template(path = "webhooks/fields.html")]
pub(super) struct Fields {
    typed: Typed,
    wrong: Wrong,
    /// What of the URL may be shown, where there is one.
    url: Option<String>,
    connections: Vec<Choice>,
    callers: Vec<Choice>,
}

impl askama::filters::HtmlSafe for Fields {}

impl Fields {
    /// The fields with what can be chosen; `hook` is the webhook that is changed.
    ///
    /// # Errors
    /// The gate's.
    pub(super) async fn of(
        web: &Web,
        page: &Page,
        typed: Typed,
        wrong: Wrong,
        hook: Option<&WebhookView>,
    ) -> Result<Self, Problem> {
        let mut connections = Vec::new();
        let mut callers = Vec::new();
        let kept = |chosen: &String| Choice { value: KEEP.to_owned(), name: chosen.clone() };
        connections.extend(hook.and_then(|hook| hook.connection.as_ref()).map(kept));
        callers.extend(hook.and_then(|hook| hook.caller.as_ref()).map(kept));
        for connection in web.gate.connections(&page.who).await? {
            if hook.and_then(|hook| hook.connection.as_ref()) != Some(&connection.name) {
                connections.push(Choice { value: connection.id.to_string(), name: connection.name });
            }
        }
        for key in web.gate.keys(&page.who).await? {
            if key.revoked_at.is_none() {
                callers.push(Choice { value: key.id.to_string(), name: format!("{}, a key", key.name) });
            }
        }
        for person in web.gate.people(&page.who).await? {
            callers.push(Choice { value: person.id.to_string(), name: format!("{}, a person", person.name) });
        }
        Ok(Self { typed, wrong, url: hook.map(|hook| hook.url.clone()), connections, callers })
    }

    fn is_new(&self) -> bool {
        self.url.is_none()
    }

    fn formats() -> [WebhookFormat; 3] {
        WebhookFormat::ALL
    }

    fn events() -> [(WebhookEvent, &'static str); 7] {
        WebhookEvent::ALL.map(|event| (event, event_help(event)))
    }

    fn is_told_of(&self, event: &WebhookEvent) -> bool {
        self.typed.event.contains(event)
    }
}

/// When an event happens.
fn event_help(event: WebhookEvent) -> &'static str {
    match event {
        WebhookEvent::ApprovalRequested => "a call is held and waits for a person",
        WebhookEvent::ApprovalDecided => "a person approved or denied it",
        WebhookEvent::ApprovalExpired => "nobody decided in time",
        WebhookEvent::ApprovalWithdrawn => "it was taken back",
        WebhookEvent::CallFinished => "a change or run has its outcome",
        WebhookEvent::CallRefused => "a change or run that was let through was not run after all",
        WebhookEvent::ConnectionHealthChanged => "a connection broke, or works again",
    }
}
