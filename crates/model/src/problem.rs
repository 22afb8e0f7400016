//! Problems: the one shape in which every face reports a failure. Each kind is mapped here, once, to its HTTP
//! status and its exit code; the faces only look it up.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Whether the failed call changed anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// Nothing was changed.
    #[default]
    No,
    /// Something was.
    Yes,
    /// It may have been.
    Unknown,
}

macro_rules! kinds {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $exit:literal; )*) => {
        /// What kind of failure it is: name on every face, HTTP status, exit code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $( $(#[$doc])* $name, )* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[ $( Kind::$name, )* ];

            /// The name used on every face.
            pub fn as_str(self) -> &'static str {
                match self { $( Kind::$name => $text, )* }
            }

            /// The HTTP status it is answered with.
            pub fn http_status(self) -> u16 {
                match self { $( Kind::$name => $status, )* }
            }

            /// The exit code of a command that meets it.
            pub fn exit_code(self) -> u8 {
                match self { $( Kind::$name => $exit, )* }
            }
        }
    };
}

kinds! {
    /// No, wrong or ended proof of who asks.
    Unauthenticated = "unauthenticated", 401, 1;
    /// The caller's role or key does not reach that far.
    Forbidden = "forbidden", 403, 4;
    /// A key tried what only a person may do.
    NotAPerson = "not-a-person", 403, 4;
    /// The person who asked, or owns the asking key, tried to decide.
    SelfApproval = "self-approval", 403, 4;
    /// The decision needs the password again.
    FreshProofRequired = "fresh-proof-required", 403, 4;
    /// No such tool for this key; hidden and disabled ones look the same.
    UnknownTool = "unknown-tool", 404, 4;
    /// The tool's policy is disabled; only a person is told.
    ToolDisabled = "tool-disabled", 403, 4;
    /// A stop switch is on.
    Stopped = "stopped", 403, 4;
    /// A target is outside the key's customers.
    OutOfScope = "out-of-scope", 403, 4;
    /// A person denied it.
    Denied = "denied", 403, 4;
    /// Its caller or a person took it back.
    Withdrawn = "withdrawn", 403, 4;
    /// Nobody decided in time.
    Expired = "expired", 409, 4;
    /// The plan's world changed before it ran; nothing was sent.
    PlanOutdated = "plan-outdated", 409, 4;
    /// The approval is decided already.
    AlreadyDecided = "already-decided", 409, 4;
    /// The digest sent is not that of the plan.
    DigestMismatch = "digest-mismatch", 409, 4;
    /// The typed confirmation is not what was asked for.
    WrongConfirmation = "wrong-confirmation", 422, 2;
    /// Arguments that break the schema.
    InvalidArguments = "invalid-arguments", 422, 2;
    /// A name that fits several things.
    AmbiguousName = "ambiguous-name", 422, 2;
    /// More targets than the cap.
    TooManyTargets = "too-many-targets", 422, 2;
    /// A request that can't be understood at all.
    BadRequest = "bad-request", 400, 2;
    /// A body over the limit.
    TooLarge = "too-large", 413, 2;
    /// Nothing of that id for this caller.
    NotFound = "not-found", 404, 1;
    /// Such a thing exists already, or in another state.
    Conflict = "conflict", 409, 1;
    /// The version the change was based on is not the current one.
    StaleVersion = "stale-version", 409, 1;
    /// The same idempotency key came with another body.
    IdempotencyConflict = "idempotency-conflict", 409, 1;
    /// Too many calls at once from this caller.
    TooManyRequests = "too-many-requests", 429, 1;
    /// There is no connection to N-central yet, or none of that name.
    NotConnected = "not-connected", 409, 1;
    /// The connection needs a new JWT.
    ReconnectNeeded = "reconnect-needed", 502, 1;
    /// The N-central address is not one.
    InvalidUrl = "invalid-url", 422, 2;
    /// What answers there is no N-central.
    NotNCentral = "not-ncentral", 502, 1;
    /// The server is older than 2023.9.
    TooOld = "too-old", 502, 1;
    /// N-central refused the JWT.
    JwtRefused = "jwt-refused", 502, 1;
    /// The account's password has expired: every call answers 500.
    PasswordExpired = "password-expired", 502, 1;
    /// No connection could be made.
    Unreachable = "unreachable", 502, 1;
    /// The TLS handshake or the certificate failed.
    Tls = "tls-failed", 502, 1;
    /// N-central did not answer within the deadline.
    UpstreamTimeout = "upstream-timeout", 504, 1;
    /// N-central's answer broke off or can't be read.
    BadAnswer = "bad-answer", 502, 1;
    /// N-central refused because too many calls are in flight.
    Throttled = "throttled", 503, 1;
    /// N-central refused the request.
    UpstreamRefused = "upstream-refused", 502, 1;
    /// N-central knows no such thing.
    UpstreamNotFound = "upstream-not-found", 404, 1;
    /// The account behind the JWT lacks the right.
    UpstreamForbidden = "upstream-forbidden", 502, 1;
    /// N-central failed.
    UpstreamFailed = "upstream-failed", 502, 1;
    /// A write may or may not have happened.
    OutcomeUnknown = "outcome-unknown", 502, 5;
    /// A write is known not to have been sent.
    NotSent = "not-sent", 502, 1;
    /// The gateway is going down.
    ShuttingDown = "shutting-down", 503, 1;
    /// A defect or a broken state; the log has more.
    Internal = "internal", 500, 1;
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl JsonSchema for Kind {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Kind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What kind of failure it is; more may be added",
            "type": "string",
            "enum": Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        })
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    /// A kind that this version does not know is read as `internal`.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Ok(Kind::ALL.iter().copied().find(|kind| kind.as_str() == text).unwrap_or(Kind::Internal))
    }
}

/// What N-central itself said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Upstream {
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The message, cleaned.
    pub message: String,
    /// The id under which N-central logged it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub correlation_id: Option<String>,
}

/// A failure as every face reports it: what kind, what to say, whether anything was changed, whether trying
/// again helps, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// What kind it is.
    pub kind: Kind,
    /// One or two sentences for the reader.
    pub message: String,
    /// Whether anything was changed.
    #[serde(default)]
    pub changed: Changed,
    /// Whether the same request can succeed later without anyone doing anything else.
    #[serde(default)]
    pub retryable: bool,
    /// What to do.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub hint: String,
    /// What N-central said, where it said something.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upstream: Option<Upstream>,
    /// More members for particular kinds: `candidates`, `columns`.
    #[serde(flatten)]
    pub details: serde_json::Map<String, Value>,
}

impl Problem {
    /// A problem that changed nothing and that trying again does not cure.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            changed: Changed::No,
            retryable: false,
            hint: String::new(),
            upstream: None,
            details: serde_json::Map::new(),
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Says whether anything was changed.
    #[must_use]
    pub fn changed(mut self, changed: Changed) -> Self {
        self.changed = changed;
        self
    }

    /// Says that trying again can help.
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// Adds what N-central said.
    #[must_use]
    pub fn upstream(mut self, upstream: Option<Upstream>) -> Self {
        self.upstream = upstream;
        self
    }

    /// Adds a member for this kind.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)?;
        if !self.hint.is_empty() {
            write!(f, ". {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_distinct_names_and_survive_json() {
        let mut names: Vec<_> = Kind::ALL.iter().map(|k| k.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            let text = serde_json::to_string(kind).unwrap();
            assert_eq!(serde_json::from_str::<Kind>(&text).unwrap(), *kind);
        }
    }

    #[test]
    fn a_problem_reads_as_one_flat_object() {
        let problem = Problem::new(Kind::AmbiguousName, "three devices are called FS01")
            .hint("give device_id")
            .detail("candidates", vec!["1", "2"]);
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["kind"], "ambiguous-name");
        assert_eq!(json["changed"], "no");
        assert_eq!(json["candidates"][1], "2");
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
    }
}
