//! The way to a connection, step by step, and how far an attempt got: what failed tells at which step it did.

use gate::ConnectStep;
use model::Kind;
use std::cmp::Ordering;

/// The steps in their order.
const STEPS: [&str; 5] =
    ["Reach the server", "Trust its certificate", "Sign in", "Check the version", "Try the permissions"];

/// The step at which TLS fails.
const CERTIFICATE: usize = 1;

/// How one step went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Went {
    Well,
    Wrong,
    /// It is tried in this moment.
    Now,
    /// It was not tried, because an earlier one went wrong or is not over.
    Open,
}

impl Went {
    /// The mark, and the word for who can't see it.
    pub(super) fn mark(self) -> (&'static str, &'static str) {
        match self {
            Went::Well => ("good", "done"),
            Went::Wrong => ("bad", "failed"),
            Went::Now => ("now", "under way"),
            Went::Open => ("open", "not tried"),
        }
    }
}

/// One step.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) went: Went,
}

/// The step that comes after those that are done.
fn after(done: Option<ConnectStep>) -> usize {
    match done {
        None => 0,
        Some(ConnectStep::Reached) => 2,
        Some(ConnectStep::SignedIn) => 3,
        Some(ConnectStep::Recognised) => 4,
    }
}

/// The steps of an attempt that is under way.
pub(super) fn under_way(done: Option<ConnectStep>, url: &str) -> Vec<Step> {
    in_the_middle(after(done), Went::Now, url)
}

/// The steps of an attempt at this address that failed; none where it failed before the server was asked.
pub(super) fn until(kind: Kind, done: Option<ConnectStep>, url: &str) -> Vec<Step> {
    let failed = match kind {
        _ if !is_about_server(kind) => return Vec::new(),
        Kind::Tls => CERTIFICATE,
        Kind::TooOld => after(Some(ConnectStep::SignedIn)),
        // A JWT that is not even sent.
        Kind::JwtRefused if done.is_none() => return Vec::new(),
        _ => after(done),
    };
    in_the_middle(failed, Went::Wrong, url)
}

/// Whether a problem of this kind is what a server, or the way to it, answered.
pub(super) fn is_about_server(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Unreachable
            | Kind::UpstreamTimeout
            | Kind::Tls
            | Kind::NotNCentral
            | Kind::JwtRefused
            | Kind::PasswordExpired
            | Kind::Throttled
            | Kind::BadAnswer
            | Kind::UpstreamRefused
            | Kind::UpstreamFailed
            | Kind::TooOld
            | Kind::UpstreamForbidden
    )
}

fn in_the_middle(here: usize, went: Went, url: &str) -> Vec<Step> {
    steps(url, |at| match at.cmp(&here) {
        Ordering::Less => Went::Well,
        Ordering::Equal => went,
        Ordering::Greater => Went::Open,
    })
}

/// The steps of a connection that was made: only the permissions are yet to be tried, or were.
pub(super) fn connected(permissions: Went, url: &str) -> Vec<Step> {
    steps(url, |at| if at + 1 == STEPS.len() { permissions } else { Went::Well })
}

fn steps(url: &str, went: impl Fn(usize) -> Went) -> Vec<Step> {
    // Without TLS, which is possible on this machine only, there is no certificate to trust.
    let is_taken =
        |at: usize| at != CERTIFICATE || url.trim_start().to_ascii_lowercase().starts_with("https:");
    let taken = STEPS.iter().enumerate().filter(|(at, _)| is_taken(*at));
    taken.map(|(at, name)| Step { name, went: went(at) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_ends_at_the_step_that_failed() {
        let wrong = |kind, done| {
            until(kind, done, "https://nc.example.com").iter().position(|step| step.went == Went::Wrong)
        };
        assert_eq!(wrong(Kind::Unreachable, None), Some(0));
        assert_eq!(wrong(Kind::Tls, None), Some(1));
        assert_eq!(wrong(Kind::JwtRefused, Some(ConnectStep::Reached)), Some(2));
        assert_eq!(wrong(Kind::UpstreamTimeout, Some(ConnectStep::SignedIn)), Some(3));
        assert_eq!(wrong(Kind::TooOld, Some(ConnectStep::Reached)), Some(3), "so old that it has no sign-in");
        assert_eq!(wrong(Kind::JwtRefused, None), None, "nothing was sent");
        assert!(until(Kind::InvalidUrl, None, "").is_empty(), "nothing was tried");
        assert!(connected(Went::Wrong, "https://nc.example.com")[4].went == Went::Wrong);
        assert_eq!(connected(Went::Well, "http://127.0.0.1:9180").len(), 4);
        let under_way = under_way(Some(ConnectStep::SignedIn), "https://nc.example.com");
        assert_eq!(
            under_way.iter().map(|step| step.went.mark().0).collect::<Vec<_>>(),
            ["good", "good", "good", "now", "open"]
        );
    }
}
