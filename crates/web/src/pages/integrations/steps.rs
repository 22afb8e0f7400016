//! The way to a connection, step by step, and how far an attempt got: what failed tells at which step it did.

use model::Kind;

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
    /// It was not tried, because an earlier one went wrong, or is tried in this moment.
    Open,
}

impl Went {
    /// The mark, and the word for who can't see it.
    pub(super) fn mark(self) -> (&'static str, &'static str) {
        match self {
            Went::Well => ("good", "done"),
            Went::Wrong => ("bad", "failed"),
            Went::Open => ("open", "not tried"),
        }
    }
}

/// One step.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) went: Went,
}

/// The steps of an attempt at this address that failed; none where it failed before the server was asked.
pub(super) fn until(kind: Kind, url: &str) -> Vec<Step> {
    let failed = match kind {
        Kind::Unreachable | Kind::UpstreamTimeout => 0,
        Kind::Tls => CERTIFICATE,
        Kind::NotNCentral
        | Kind::JwtRefused
        | Kind::PasswordExpired
        | Kind::Throttled
        | Kind::BadAnswer
        | Kind::UpstreamRefused
        | Kind::UpstreamFailed => 2,
        Kind::TooOld | Kind::UpstreamForbidden => 3,
        _ => return Vec::new(),
    };
    steps(url, |at| match at.cmp(&failed) {
        std::cmp::Ordering::Less => Went::Well,
        std::cmp::Ordering::Equal => Went::Wrong,
        std::cmp::Ordering::Greater => Went::Open,
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
        let wrong =
            |kind| until(kind, "https://nc.example.com").iter().position(|step| step.went == Went::Wrong);
        assert_eq!(
            [Kind::Unreachable, Kind::Tls, Kind::JwtRefused, Kind::TooOld].map(wrong),
            [Some(0), Some(1), Some(2), Some(3)]
        );
        assert!(until(Kind::InvalidUrl, "").is_empty(), "nothing was tried");
        assert!(connected(Went::Wrong, "https://nc.example.com")[4].went == Went::Wrong);
        assert_eq!(connected(Went::Well, "http://127.0.0.1:9180").len(), 4);
    }
}
