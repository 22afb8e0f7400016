//! The one place where what the client reports becomes what every face reports.

use model::problem::Upstream;
use model::text::{clean, shorten};
use model::{Changed, Kind, Problem};
use ncentral::{Certainty, Error};

/// How much of N-central's own words is passed on, in characters.
const MOST_SAID: usize = 500;

/// The problem that a failed exchange is. `changed` is what the caller knows: a look-up changed nothing; for a
/// write, [`changed_by`] tells.
pub fn from_upstream(error: ncentral::Error, changed: Changed) -> Problem {
    let (kind, hint) = kind_and_hint(&error);
    let retryable = error.retryable() && changed == Changed::No;
    let hint = match changed {
        Changed::No => hint.to_owned(),
        Changed::Yes | Changed::Unknown => {
            format!("{hint}. Do not send it again before its outcome is known")
        }
    };
    Problem::new(kind, message(&error))
        .hint(hint)
        .changed(changed)
        .retryable(retryable)
        .upstream(said(&error))
}

/// A failed look-up.
pub fn of_read(error: ncentral::Error) -> Problem {
    from_upstream(error, Changed::No)
}

/// What a failed write may have changed.
pub fn changed_by(error: &ncentral::Error) -> Changed {
    match error.certainty() {
        Certainty::NotSent | Certainty::Refused => Changed::No,
        Certainty::Unknown => Changed::Unknown,
    }
}

fn kind_and_hint(error: &Error) -> (Kind, &'static str) {
    match error {
        Error::NotSent { .. } => (Kind::InvalidArguments, "correct the arguments; nothing was sent"),
        Error::QueueTimeout { .. } => {
            (Kind::Throttled, "N-central's slots are all in use; try again in a minute")
        }
        Error::Unreachable { .. } => {
            (Kind::Unreachable, "check that the server is up and that this machine can reach it")
        }
        Error::Tls { .. } => {
            (Kind::Tls, "check the server's certificate; a private CA can be given to the connection")
        }
        Error::Timeout { .. } => {
            (Kind::UpstreamTimeout, "N-central is slow; try again, or ask for less at once")
        }
        Error::Reset { .. } | Error::Truncated { .. } => {
            (Kind::BadAnswer, "the connection broke; try again in a moment")
        }
        Error::TooLarge { .. } => (Kind::BadAnswer, "ask for less at once: a smaller page_size, one device"),
        Error::NotNCentral { .. } => {
            (Kind::NotNCentral, "check the connection's address; a proxy or sign-in page may stand before it")
        }
        Error::BadContentType { .. } | Error::BadJson { .. } | Error::BadShape { .. } => (
            Kind::BadAnswer,
            "the answer was not used; if it stays so, look at N-central's version and proxies",
        ),
        Error::ListMoved { .. } => {
            (Kind::BadAnswer, "somebody is changing this list in N-central; try again in a moment")
        }
        Error::ErrorIn200 { .. } => (Kind::UpstreamFailed, "N-central reported a failure of its own"),
        Error::Redirect { .. } => {
            (Kind::BadAnswer, "check the connection's address: redirects are not followed")
        }
        Error::JwtRefused { .. } => {
            (Kind::JwtRefused, "an administrator has to reconnect N-central with a new JWT")
        }
        Error::NoJwt => (
            Kind::NotConnected,
            "N-central was disconnected; an administrator has to reconnect it with a JWT",
        ),
        Error::PasswordExpired => (
            Kind::PasswordExpired,
            "renew the password of N-central's API user, generate a new JWT and reconnect",
        ),
        Error::Throttled { .. } => (Kind::Throttled, "too many calls are in flight; try again in a minute"),
        Error::SignIn(source) => kind_and_hint(source),
        Error::Api { status, .. } => match status {
            400 | 405 | 409 | 415 | 422 => (Kind::UpstreamRefused, "correct what N-central names"),
            401 | 403 => (
                Kind::UpstreamForbidden,
                "the N-central user behind the connection lacks the right; an administrator can grant it there",
            ),
            404 => (Kind::UpstreamNotFound, "check the id; an older N-central may also lack this endpoint"),
            408 | 502..=504 => (Kind::UpstreamFailed, "N-central is not available; try again in a minute"),
            500.. => (Kind::UpstreamFailed, "N-central failed; its log has more under the correlation id"),
            _ => (Kind::UpstreamRefused, "N-central refused the request"),
        },
    }
}

fn message(error: &Error) -> String {
    let mut message = shorten(&clean(&error.to_string(), false), MOST_SAID);
    if let Error::Api { errors, .. } = error {
        for offence in errors.iter().take(8) {
            message.push_str(&format!(
                "; {}: {}",
                clean(&offence.field, false),
                clean(&offence.message, false)
            ));
        }
    }
    message
}

fn said(error: &Error) -> Option<Upstream> {
    error.upstream().map(|upstream| Upstream {
        status: Some(upstream.status),
        message: shorten(&clean(&upstream.message, false), MOST_SAID),
        correlation_id: upstream.correlation_id.map(|id| shorten(&clean(&id, false), 80)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn refused(status: u16) -> Error {
        Error::Api {
            status,
            message: "Org Unit not found: '5\u{202e}55'".into(),
            correlation_id: Some("7d1f".into()),
            exception: None,
            errors: vec![],
        }
    }

    #[test]
    fn what_n_central_said_is_passed_on_cleaned() {
        let problem = of_read(refused(404));
        assert_eq!(problem.kind, Kind::UpstreamNotFound);
        let upstream = problem.upstream.unwrap();
        assert_eq!((upstream.status, upstream.correlation_id.as_deref()), (Some(404), Some("7d1f")));
        assert_eq!(upstream.message, "Org Unit not found: '555'");
        assert!(!problem.hint.is_empty());
    }

    #[test]
    fn an_unknown_outcome_is_never_called_retryable() {
        let error = Error::Timeout { after: Duration::from_secs(20) };
        assert_eq!(changed_by(&error), Changed::Unknown);
        assert!(of_read(error.clone()).retryable);
        let problem = from_upstream(error, Changed::Unknown);
        assert!(!problem.retryable && problem.hint.contains("Do not send it again"));
    }
}
