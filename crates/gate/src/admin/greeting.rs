//! The first exchange with a server, before anything about it is kept: does it answer, is it N-central, does it take
//! the JWT, is it new enough, and who are we to it. Every way in which this fails has its own kind and remedy.

use super::tls;
use crate::api::{ConnectStep, ConnectWatch};
use crate::gate::Gate;
use crate::registry::Credentials;
use model::{Changed, Connection, Kind, Problem, text};
use ncentral::{CurrentUser, Error, Tokens};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// The first release with the REST API (contract/NOTES, section 14).
const OLDEST: (u32, u32) = (2023, 9);

/// The first release that tells who is signed in (contract/NOTES, section 14).
const TELLS_USER: (u32, u32) = (2026, 3);

/// What a server told when it was signed in to.
pub(super) struct Greeting {
    pub(super) tokens: Tokens,
    pub(super) version: Option<String>,
    pub(super) user: Option<String>,
    pub(super) notices: Vec<String>,
}

impl Gate {
    /// Signs in to a server and asks it what it is, telling each step that is done. Nothing is kept of it here.
    ///
    /// # Errors
    /// One kind for each way in which it fails.
    pub(super) async fn greet(
        &self,
        connection: &Connection,
        jwt: &SecretString,
        watch: &ConnectWatch,
    ) -> Result<Greeting, Problem> {
        if jwt.expose_secret().is_empty() {
            return Err(Problem::new(Kind::JwtRefused, "the JWT is missing").hint(WHERE_IS_THE_JWT));
        }
        if jwt.expose_secret().contains(char::is_whitespace) {
            let message = "the JWT has a blank or a line break in it, so it was not sent to N-central";
            return Err(Problem::new(Kind::JwtRefused, message)
                .hint("copy it in one piece, without “Bearer” or anything else before it"));
        }
        let credentials = Credentials { jwt: jwt.clone(), ..Credentials::default() };
        let builder = self.client_builder(connection, credentials, false)?;
        let reached = Arc::clone(watch);
        let builder = builder.on_connected(Arc::new(move || reached(ConnectStep::Reached)));
        let client = builder.build().map_err(|e| catalog::problem::from_upstream(e, Changed::No))?;
        let refusal = |error| refusal(error, connection.ca.is_some());
        let tokens = client.authenticate().await.map_err(refusal)?;
        watch(ConnectStep::SignedIn);
        let info = client.server_info().await.map_err(refusal)?;
        let mut notices = Vec::new();
        let version = info.ncentral.map(|told| text::shorten(text::clean(&told, false).trim(), 60));
        check_version(version.as_deref())?;
        watch(ConnectStep::Recognised);
        let release = version.as_deref().and_then(release);
        match (&version, release) {
            (Some(_), Some(_)) => {}
            (Some(version), None) => {
                notices.push(format!("The server's version, {version}, is not one that is known."));
            }
            (None, _) => {
                notices.push("The server does not tell its version; 2023.9 or newer is needed.".to_owned());
            }
        }
        let user = match release {
            Some(release) if release < TELLS_USER => None,
            // It also takes the permission USERS_VIEW, and nothing depends on it.
            _ => client.current_user().await.ok().and_then(name_of),
        };
        Ok(Greeting { tokens, version, user, notices })
    }
}

/// Refuses a release that is too old. One that is not told, or not known, is not refused.
pub(super) fn check_version(version: Option<&str>) -> Result<(), Problem> {
    match version.and_then(|version| Some((version, release(version)?))) {
        Some((version, release)) if release < OLDEST => Err(too_old(version)),
        _ => Ok(()),
    }
}

/// Year and month of a product version such as `2026.3.0.11`.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    Some((parts.next()??, parts.next()??))
}

fn name_of(user: CurrentUser) -> Option<String> {
    let name = user.username.or(user.email)?;
    Some(text::shorten(text::clean(&name, false).trim(), 200)).filter(|name| !name.is_empty())
}

fn too_old(version: &str) -> Problem {
    Problem::new(Kind::TooOld, format!("this server is {version}; N-central 2023.9 or newer is needed"))
        .hint("update N-central, then connect again")
}

const WHERE_IS_THE_JWT: &str = "copy it from N-central: Administration, User Management, Users, the API user, API Access; \
     generating a new one ends the old one, and it can take five minutes until the new one works";

/// Why a server could not be signed in to, told to the person who connects it or wonders about it.
pub(super) fn refusal(error: Error, has_private_ca: bool) -> Problem {
    let error = match error {
        Error::SignIn(source) => Arc::unwrap_or_clone(source),
        other => other,
    };
    let (message, hint, kind) = match &error {
        Error::NotSent { reason } => {
            (Some(format!("the JWT can't be used: {reason}")), WHERE_IS_THE_JWT, Some(Kind::JwtRefused))
        }
        Error::Unreachable { .. } => (
            None,
            "check the address for slips, that the server is up, and that no firewall stands between it and this machine",
            None,
        ),
        Error::Tls { detail } => match tls::cause(detail, has_private_ca) {
            Some(cause) => (Some(format!("{} ({detail})", cause.message)), cause.hint, None),
            None => (None, "check the server's certificate; certificate checks can't be switched off", None),
        },
        Error::Api { status: 404, .. } => return too_old("a release without the REST API"),
        Error::NotNCentral { .. }
        | Error::BadContentType { .. }
        | Error::BadJson { .. }
        | Error::BadShape { .. } => (
            None,
            "check the address: it has to be N-central itself, without a sign-in page or proxy before it",
            Some(Kind::NotNCentral),
        ),
        Error::Redirect { .. } => (
            None,
            "give the address that it points to, if that is your N-central; redirects are not followed, because the JWT would be",
            Some(Kind::NotNCentral),
        ),
        Error::JwtRefused { .. } => (None, WHERE_IS_THE_JWT, None),
        Error::Api { status: status @ 502..=504, .. } => (
            Some(format!("N-central answers {status}: it is restarting, or under maintenance")),
            "try again in a few minutes",
            None,
        ),
        _ => return catalog::problem::from_upstream(error, Changed::No),
    };
    let problem = catalog::problem::from_upstream(error, Changed::No);
    Problem {
        kind: kind.unwrap_or(problem.kind),
        message: message.unwrap_or(problem.message),
        hint: hint.to_owned(),
        ..problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_by_year_and_month() {
        assert_eq!(release("2023.9.1.4"), Some((2023, 9)));
        assert!(release("2023.10").unwrap() > OLDEST);
        assert!(release("2022.12.0").unwrap() < OLDEST);
        assert_eq!(release("trunk"), None);
    }

    #[test]
    fn a_server_that_restarts_is_told_from_one_that_fails() {
        let answered = |status| {
            refusal(
                Error::Api {
                    status,
                    message: "busy".into(),
                    correlation_id: None,
                    exception: None,
                    errors: vec![],
                },
                false,
            )
        };
        let restarting = answered(503);
        assert_eq!((restarting.kind, restarting.retryable), (Kind::UpstreamFailed, true));
        assert!(restarting.message.contains("restarting"), "{restarting}");
        assert!(!answered(500).message.contains("restarting"));
    }

    #[test]
    fn what_failed_while_signing_in_keeps_its_own_kind() {
        let problem = refusal(Error::SignIn(Arc::new(Error::Tls { detail: "unknown issuer".into() })), false);
        assert_eq!(problem.kind, Kind::Tls);
        assert!(problem.hint.contains("private CA"), "{problem}");
        let other = refusal(Error::Tls { detail: "invalid peer certificate: UnknownIssuer".into() }, true);
        assert!(other.message.contains("not issued by the private CA"), "{other}");
    }
}
