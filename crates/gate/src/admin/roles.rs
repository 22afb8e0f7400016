//! What a role may do: the one check in front of every administrative act.

use crate::api::Requester;
use model::{Kind, Problem, Role};

/// Lets a person with at least this role pass.
///
/// # Errors
/// [`Kind::Forbidden`] for keys, and for people of a lower role, who are told which one it takes.
pub(crate) fn need(who: &Requester, role: Role) -> Result<(), Problem> {
    match who.caller.role() {
        Some(own) if own >= role => Ok(()),
        Some(own) => Err(Problem::new(
            Kind::Forbidden,
            format!("this takes the role {}; {} is {}", role.as_str(), who.caller.name, own.as_str()),
        )
        .hint(format!("ask a person with the role {}", role.as_str()))),
        None => Err(Problem::new(Kind::Forbidden, "a key can't do this; only a signed-in person can")
            .hint(format!("ask a person with the role {}", role.as_str()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Caller, CallerId, CallerKind, Source};

    fn requester(caller: Caller) -> Requester {
        Requester::new(caller, Source::default())
    }

    #[test]
    fn each_role_includes_the_ones_before_it_and_a_key_has_none() {
        let person = |role| requester(Caller::person(CallerId::new("p"), "Ana", role));
        assert!(need(&person(Role::Admin), Role::Viewer).is_ok());
        let refusal = need(&person(Role::Viewer), Role::Approver).unwrap_err();
        assert_eq!(refusal.kind, Kind::Forbidden);
        assert!(refusal.message.contains("role approver"), "{refusal}");
        let key = Caller { kind: CallerKind::Agent, ..person(Role::Admin).caller };
        assert_eq!(need(&requester(key), Role::Viewer).unwrap_err().kind, Kind::Forbidden);
    }
}
