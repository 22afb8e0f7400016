//! The way to a connection, step by step, and how far an attempt got: what failed tells at which step it did.

use model::Kind;

/// The steps in their order.
const STEPS: [&str; 5] = ["Reach the server", "Trust its certificate", "Sign in", "Check the version", "Try the permissions"];

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

/// The steps of an attempt that failed; none where it failed before the server was asked.
pub(super) fn until(kind: Kind) -> Vec<Step> {
    let failed = match kind {
        Kind::Unreachable | Kind::UpstreamTimeout => 0,
        Kind::Tls => 1,
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
    steps(|at| match at.cmp(&failed) {
        std::cmp::Ordering::Less => Went::Well,
        std::cmp::Ordering::Equal => Went::Wrong,
        std::cmp::Ordering::Greater => Went::Open,
    })
}

/// The steps of a connection that was made: only the permissions are yet to be tried, or were.
pub(super) fn connected(permissions: Went) -> Vec<Step> {
    steps(|at| if at + 1 == STEPS.len() { permissions } else { Went::Well })
}

fn steps(went: impl Fn(usize) -> Went) -> Vec<Step> {
    STEPS.iter().enumerate().map(|(at, name)| Step { name, went: went(at) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_ends_at_the_step_that_failed() {
        let wrong = |kind| until(kind).iter().position(|step| step.went == Went::Wrong);
        assert_eq!(
            [Kind::Unreachable, Kind::Tls, Kind::JwtRefused, Kind::TooOld].map(wrong),
            [Some(0), Some(1), Some(2), Some(3)]
        );
        assert!(until(Kind::InvalidUrl).is_empty(), "nothing was tried");
        assert!(connected(Went::Wrong)[4].went == Went::Wrong);
    }
}
