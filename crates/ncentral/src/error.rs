//! Every way in which a call can fail, and what each one means for a write.
//!
//! A caller that must never do anything twice asks one question of an error: [`Error::certainty`]. The answers
//! are decided here, once, variant by variant.

use std::sync::Arc;
use std::time::Duration;

/// Why a call has no usable answer.
///
/// Messages never contain a token, and control characters in what the server wrote are removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request was refused before anything was sent: a parameter is missing, unknown or malformed.
    #[error("not sent: {reason}")]
    NotSent {
        /// What is wrong with the request.
        reason: String,
    },
    /// No slot of the operation's in-flight limit became free in time. Nothing was sent.
    #[error("not sent: no free slot for {class} within {} s", .waited.as_secs())]
    QueueTimeout {
        /// The limit class that was full.
        class: String,
        /// How long the call waited.
        waited: Duration,
    },
    /// The name could not be resolved or no connection could be made. Nothing was sent.
    #[error("the server cannot be reached: {detail}")]
    Unreachable {
        /// What the network said.
        detail: String,
    },
    /// The TLS handshake failed: an untrusted or wrong certificate, or no TLS at all. Nothing was sent.
    #[error("no trusted TLS connection: {detail}")]
    Tls {
        /// What the handshake said.
        detail: String,
    },
    /// The deadline passed before the whole answer was there.
    #[error("no complete answer within {} ms", .after.as_millis())]
    Timeout {
        /// The deadline of the call.
        after: Duration,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection broke: {detail}")]
    Reset {
        /// What the network said.
        detail: String,
    },
    /// The answer is larger than the cap, so it was not read further.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The cap in bytes.
        limit: usize,
    },
    /// Something answered, but not N-central: a web page, or an answer without the contract's shape to a sign-in.
    #[error("this is not an N-central API: {detail}")]
    NotNCentral {
        /// What came instead.
        detail: String,
    },
    /// A success status with a content type that isn't JSON.
    #[error("the answer is {content_type}, not JSON")]
    BadContentType {
        /// The content type that came.
        content_type: String,
    },
    /// A success status with a body that isn't JSON.
    #[error("the answer is not JSON: {detail}")]
    BadJson {
        /// Where reading failed.
        detail: String,
    },
    /// A success status with a body that ends in the middle.
    #[error("the answer ends in the middle: {detail}")]
    Truncated {
        /// Where reading failed.
        detail: String,
    },
    /// Well-formed JSON which isn't what the operation answers.
    #[error("the answer has the wrong shape: {detail}")]
    BadShape {
        /// What was expected.
        detail: String,
    },
    /// A list of several pages was changed so much while it was read that rows may be missing.
    #[error("the list keeps changing while it is read; after {rows} rows some may still be missing")]
    ListMoved {
        /// How many rows were given until then.
        rows: u64,
    },
    /// Status 200 with an error message in the body (NOTES, section 3).
    #[error("N-central reported an error with status 200: {message}")]
    ErrorIn200 {
        /// What N-central said.
        message: String,
        /// Its correlation id.
        correlation_id: Option<String>,
    },
    /// A status of 400 or above, but for the ones that have their own variant.
    #[error("N-central answered {status}: {message}")]
    Api {
        /// The HTTP status.
        status: u16,
        /// What N-central said, without correlation id, phrase and exception name.
        message: String,
        /// The id under which N-central's own log knows the failure.
        correlation_id: Option<String>,
        /// The exception's class name.
        exception: Option<String>,
        /// One entry per offending member, from bean validation.
        errors: Vec<FieldError>,
    },
    /// The JWT isn't accepted any more: revoked, regenerated or wrong.
    #[error("N-central refuses the JWT: {message}")]
    JwtRefused {
        /// What N-central said.
        message: String,
        /// Its correlation id.
        correlation_id: Option<String>,
    },
    /// There is nothing to sign in with: the client was built with an empty JWT. Nothing was sent.
    #[error("there is no JWT to sign in with")]
    NoJwt,
    /// Sign-in works and everything else answers 500: the account's password has expired (NOTES, section 2).
    #[error(
        "the password of the N-central account seems to have expired: sign-in works, every other call answers 500"
    )]
    PasswordExpired,
    /// 429 until the deadline left no room for another try.
    #[error("N-central is busy: too many calls at once on this endpoint")]
    Throttled {
        /// How long the server asked to wait, where it did.
        retry_after: Option<Duration>,
        /// What N-central said.
        message: String,
        /// Its correlation id.
        correlation_id: Option<String>,
    },
    /// A redirect. It isn't followed, because the token would go where the server points.
    #[error("the server redirects ({status}){}", .location.as_deref().map(|l| format!(" to {l}")).unwrap_or_default())]
    Redirect {
        /// The HTTP status.
        status: u16,
        /// The origin it points to, without path and query.
        location: Option<String>,
    },
    /// Signing in or renewing failed, so that the call itself was never accepted.
    #[error("signing in failed: {0}")]
    SignIn(Arc<Error>),
}

/// One member that bean validation refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The member's name.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// Whether a write that ended in an error may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// No byte of it left.
    NotSent,
    /// N-central said no.
    Refused,
    /// It may have happened.
    Unknown,
}

/// What the server itself said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The HTTP status.
    pub status: u16,
    /// The message.
    pub message: String,
    /// The correlation id.
    pub correlation_id: Option<String>,
}

impl Error {
    /// A short, stable name of the failure, for records and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotSent { .. } => "not_sent",
            Self::QueueTimeout { .. } => "queue_timeout",
            Self::Unreachable { .. } => "unreachable",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::Reset { .. } => "reset",
            Self::TooLarge { .. } => "too_large",
            Self::NotNCentral { .. } => "not_ncentral",
            Self::BadContentType { .. } => "bad_content_type",
            Self::BadJson { .. } => "bad_json",
            Self::Truncated { .. } => "truncated",
            Self::BadShape { .. } => "bad_shape",
            Self::ListMoved { .. } => "list_moved",
            Self::ErrorIn200 { .. } => "error_in_200",
            Self::Api { status, .. } => match status {
                400 => "bad_request",
                401 => "unauthorized",
                403 => "forbidden",
                404 => "not_found",
                409 => "conflict",
                502..=504 => "unavailable",
                500.. => "server_error",
                _ => "refused",
            },
            Self::JwtRefused { .. } => "jwt_refused",
            Self::NoJwt => "no_jwt",
            Self::PasswordExpired => "password_expired",
            Self::Throttled { .. } => "throttled",
            Self::Redirect { .. } => "redirect",
            Self::SignIn(source) => source.kind(),
        }
    }

    /// Whether a write that ended so may have happened.
    ///
    /// Refused needs proof: a 4xx of the server itself. A 408 isn't one, because a proxy that tired of waiting
    /// says nothing about the server behind it; a redirect isn't one either, since some servers answer a finished
    /// POST with it. Whatever can't be read leaves the question open.
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::NotSent { .. }
            | Self::QueueTimeout { .. }
            | Self::Unreachable { .. }
            | Self::Tls { .. }
            | Self::NoJwt
            | Self::SignIn(_) => Certainty::NotSent,
            Self::Throttled { .. } | Self::JwtRefused { .. } => Certainty::Refused,
            Self::Api { status, .. } if (400..500).contains(status) && *status != 408 => Certainty::Refused,
            Self::Api { .. }
            | Self::Timeout { .. }
            | Self::Reset { .. }
            | Self::TooLarge { .. }
            | Self::NotNCentral { .. }
            | Self::BadContentType { .. }
            | Self::BadJson { .. }
            | Self::Truncated { .. }
            | Self::BadShape { .. }
            | Self::ListMoved { .. }
            | Self::ErrorIn200 { .. }
            | Self::PasswordExpired
            | Self::Redirect { .. } => Certainty::Unknown,
        }
    }

    /// Whether asking again later, unchanged, may well succeed. It says nothing about whether a write may be sent
    /// again: that is [`Error::certainty`].
    pub fn retryable(&self) -> bool {
        match self {
            Self::QueueTimeout { .. }
            | Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Reset { .. }
            | Self::Truncated { .. }
            | Self::ListMoved { .. }
            | Self::Throttled { .. } => true,
            Self::Api { status, .. } => matches!(status, 408 | 502..=504),
            Self::SignIn(source) => source.retryable(),
            Self::NotSent { .. }
            | Self::Tls { .. }
            | Self::TooLarge { .. }
            | Self::NotNCentral { .. }
            | Self::BadContentType { .. }
            | Self::BadJson { .. }
            | Self::BadShape { .. }
            | Self::ErrorIn200 { .. }
            | Self::JwtRefused { .. }
            | Self::NoJwt
            | Self::PasswordExpired
            | Self::Redirect { .. } => false,
        }
    }

    /// What N-central itself said, where it said something.
    pub fn upstream(&self) -> Option<Upstream> {
        let (status, message, correlation_id) = match self {
            Self::Api { status, message, correlation_id, .. } => (*status, message, correlation_id),
            Self::ErrorIn200 { message, correlation_id } => (200, message, correlation_id),
            Self::Throttled { message, correlation_id, .. } => (429, message, correlation_id),
            Self::JwtRefused { message, correlation_id } => (401, message, correlation_id),
            Self::SignIn(source) => return source.upstream(),
            _ => return None,
        };
        Some(Upstream { status, message: message.clone(), correlation_id: correlation_id.clone() })
    }

    pub(crate) fn not_sent(reason: impl Into<String>) -> Self {
        Self::NotSent { reason: reason.into() }
    }

    /// The same failure, told of a sign-in: the call that needed it was not sent. What concerns the credential
    /// keeps its own name.
    pub(crate) fn while_signing_in(self) -> Self {
        match self {
            Self::JwtRefused { .. } | Self::NoJwt | Self::PasswordExpired | Self::SignIn(_) => self,
            other => Self::SignIn(Arc::new(other)),
        }
    }
}
