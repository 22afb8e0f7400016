//! Webhooks and their deliveries: what is handed in, and what is shown. A URL can be as good as a password, so it is
//! never shown in full; the signing secret is shown once.

use model::Timestamp;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// What webhooks are told of. The names are stable; more may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WebhookEvent {
    /// A call is held and waits for a person.
    #[serde(rename = "approval.requested")]
    ApprovalRequested,
    /// A person approved or denied it.
    #[serde(rename = "approval.decided")]
    ApprovalDecided,
    /// Nobody decided in time.
    #[serde(rename = "approval.expired")]
    ApprovalExpired,
    /// It was taken back before it was decided.
    #[serde(rename = "approval.withdrawn")]
    ApprovalWithdrawn,
    /// A change or run has its outcome; an unknown one that is settled later is told again.
    #[serde(rename = "call.finished")]
    CallFinished,
    /// A change or run that was approved or let through was not run after all; nothing was sent.
    #[serde(rename = "call.refused")]
    CallRefused,
    /// A connection works again, or does not.
    #[serde(rename = "connection.health_changed")]
    ConnectionHealthChanged,
}

impl WebhookEvent {
    /// Every event.
    pub const ALL: [WebhookEvent; 7] = [
        WebhookEvent::ApprovalRequested,
        WebhookEvent::ApprovalDecided,
        WebhookEvent::ApprovalExpired,
        WebhookEvent::ApprovalWithdrawn,
        WebhookEvent::CallFinished,
        WebhookEvent::CallRefused,
        WebhookEvent::ConnectionHealthChanged,
    ];

    /// Its name on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            WebhookEvent::ApprovalRequested => "approval.requested",
            WebhookEvent::ApprovalDecided => "approval.decided",
            WebhookEvent::ApprovalExpired => "approval.expired",
            WebhookEvent::ApprovalWithdrawn => "approval.withdrawn",
            WebhookEvent::CallFinished => "call.finished",
            WebhookEvent::CallRefused => "call.refused",
            WebhookEvent::ConnectionHealthChanged => "connection.health_changed",
        }
    }
}

/// The form of a webhook's messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WebhookFormat {
    /// For programs: signed as Standard Webhooks says.
    #[default]
    Standard,
    /// For an incoming webhook of Slack.
    Slack,
    /// For an incoming webhook of Teams (a workflow that takes an Adaptive Card).
    Teams,
}

impl WebhookFormat {
    /// Every format.
    pub const ALL: [WebhookFormat; 3] = [WebhookFormat::Standard, WebhookFormat::Slack, WebhookFormat::Teams];

    /// Its name on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            WebhookFormat::Standard => "standard",
            WebhookFormat::Slack => "slack",
            WebhookFormat::Teams => "teams",
        }
    }

    /// Whether its messages are read by people, and its URL is the only thing that keeps others from sending some.
    pub fn is_chat(self) -> bool {
        self != WebhookFormat::Standard
    }
}

/// A new webhook.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// What people will call it.
    pub name: String,
    /// Where its messages go: https, or http on this machine where private addresses are allowed.
    #[schemars(with = "String", extend("format" = "uri", "writeOnly" = true))]
    pub url: SecretString,
    /// The form of its messages.
    #[serde(default)]
    pub format: WebhookFormat,
    /// What it is told of; everything where it is missing or empty.
    #[serde(default)]
    pub events: Option<Vec<WebhookEvent>>,
    /// Id or name of the one connection it is told of.
    #[serde(default)]
    pub connection: Option<String>,
    /// Id or name of the one caller whose calls it is told of.
    #[serde(default)]
    pub caller: Option<String>,
    /// Whether it may lead into a private network or to this machine.
    #[serde(default)]
    pub allow_private: bool,
}

/// A change to a webhook; what is missing stays as it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// Another name.
    #[serde(default)]
    pub name: Option<String>,
    /// Another URL.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub url: Option<SecretString>,
    /// Other events; an empty list means all.
    #[serde(default)]
    pub events: Option<Vec<WebhookEvent>>,
    /// Another connection; an empty text means any.
    #[serde(default)]
    pub connection: Option<String>,
    /// Another caller; an empty text means any.
    #[serde(default)]
    pub caller: Option<String>,
    /// Whether it may lead into a private network or to this machine.
    #[serde(default)]
    pub allow_private: Option<bool>,
    /// Whether anything is sent to it.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// How a webhook fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WebhookState {
    /// The last message was delivered, or none was sent yet.
    Active,
    /// The last attempts failed; it is tried again.
    Failing,
    /// Nothing is sent to it.
    Disabled,
}

/// A webhook as it is looked at.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WebhookView {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The form of its messages.
    pub format: WebhookFormat,
    /// Its URL as far as the host; the rest may be what keeps others out.
    pub url: String,
    /// What it is told of; none means everything.
    pub events: Option<Vec<WebhookEvent>>,
    /// The name of the one connection it is told of.
    pub connection: Option<String>,
    /// The name of the one caller whose calls it is told of.
    pub caller: Option<String>,
    /// Whether it may lead into a private network or to this machine.
    pub allow_private: bool,
    /// How it fares.
    pub state: WebhookState,
    /// Why it is disabled.
    pub disabled_reason: Option<String>,
    /// Since when.
    pub disabled_at: Option<Timestamp>,
    /// Since when nothing could be delivered.
    pub failing_since: Option<Timestamp>,
    /// When something was last delivered.
    pub last_delivered_at: Option<Timestamp>,
    /// When something last failed.
    pub last_failed_at: Option<Timestamp>,
    /// What went wrong then.
    pub last_error: Option<String>,
    /// How many messages wait.
    pub waiting: u64,
    /// When the oldest of them was put there.
    pub waiting_since: Option<Timestamp>,
    /// Until when the secret before the last rotation signs as well.
    pub old_secret_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by name.
    pub created_by: String,
}

/// A webhook with its signing secret, handed out once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WebhookSecret {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// `whsec_` and 32 random bytes in Base64; none for chats, which check no signature.
    pub secret: Option<String>,
}

/// What became of a test message.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WebhookTest {
    /// Whether the receiver took it.
    pub delivered: bool,
    /// The status that it answered.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The id under which it was sent.
    pub webhook_id: String,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is tried, or tried again.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

/// A delivery as it is looked at.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryView {
    /// Its id, which is the `webhook-id` of its message at every attempt.
    pub id: String,
    /// What it tells of.
    pub event: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When the event happened.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was last tried.
    pub last_attempt_at: Option<Timestamp>,
    /// The last status that was answered.
    pub status: Option<u16>,
    /// What went wrong last.
    pub error: Option<String>,
}
