//! Accounts: roles, passwords, sessions that can be seen and ended, and what guessing costs from wherever it comes.

use crate::house::{HandClock, PASSWORD, kind, person, sign_in, source};
use gate::{Gate, Home, Options, PasswordChange, PersonChange, Requester};
use model::{Clock, Kind, Role, Source};
use std::sync::Arc;
use std::time::Duration;

/// A gate without any server: an administrator, two approvers.
async fn office() -> (Gate, Arc<HandClock>, Requester) {
    let clock = HandClock::new();
    let options = Options { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..Options::default() };
    let gate = Gate::open(Home::Memory, options).await.unwrap();
    gate.first_administrator(person("ada", Role::Admin), source()).await.unwrap();
    let admin = sign_in(&gate, "ada").await;
    for name in ["dana", "kim"] {
        gate.add_person(&admin, person(name, Role::Approver)).await.unwrap();
    }
    (gate, clock, admin)
}

async fn token(gate: &Gate, name: &str) -> String {
    gate.sign_in(name, PASSWORD.into(), source()).await.unwrap().token
}

async fn who(gate: &Gate, token: &str) -> Requester {
    gate.identify(token, source()).await.unwrap()
}

fn change(role: Option<Role>, disabled: Option<bool>) -> PersonChange {
    PersonChange { role, disabled }
}

fn password(new: &str, old: Option<&str>) -> PasswordChange {
    PasswordChange { password: new.into(), old_password: old.map(Into::into) }
}

async fn events(gate: &Gate, admin: &Requester) -> Vec<String> {
    let audit = gate.audit(admin, Default::default()).await.unwrap();
    audit.items.into_iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn a_role_holds_in_open_sessions_and_the_last_administrator_keeps_his() {
    let (gate, _, admin) = office().await;
    let open = token(&gate, "dana").await;
    let dana = gate.change_person(&admin, "DANA", change(Some(Role::Admin), None)).await.unwrap();
    assert_eq!(dana.role, Role::Admin);
    let now = who(&gate, &open).await;
    assert!(now.caller.has_role(Role::Admin), "the session was open before");

    gate.change_person(&now, "ada", change(Some(Role::Viewer), None)).await.unwrap();
    for refused in
        [change(Some(Role::Approver), None), change(None, Some(true)), change(Some(Role::Viewer), Some(true))]
    {
        assert_eq!(kind(gate.change_person(&now, "dana", refused).await), Kind::Conflict);
    }
    assert_eq!(who(&gate, &open).await.caller.role(), Some(Role::Admin), "nothing of it was kept");
    let stale = sign_in(&gate, "ada").await;
    assert_eq!(kind(gate.change_person(&stale, "kim", change(None, Some(true))).await), Kind::Forbidden);
    assert_eq!(kind(gate.change_person(&now, "nobody", change(None, None)).await), Kind::NotFound);
    let told = events(&gate, &now).await;
    assert_eq!(told.iter().filter(|event| *event == "person.role_changed").count(), 2, "{told:?}");
    gate.shutdown().await;
}

#[tokio::test]
async fn a_disabled_account_comes_back_without_its_sessions() {
    let (gate, _, admin) = office().await;
    let open = token(&gate, "dana").await;
    gate.change_person(&admin, "dana", change(None, Some(true))).await.unwrap();
    assert_eq!(kind(gate.identify(&open, source()).await), Kind::Unauthenticated);
    let enabled = gate.change_person(&admin, "dana", change(None, Some(false))).await.unwrap();
    assert!(enabled.disabled_at.is_none());
    assert_eq!(kind(gate.identify(&open, source()).await), Kind::Unauthenticated);
    assert!(gate.sign_in("dana", PASSWORD.into(), source()).await.is_ok());
    gate.shutdown().await;
}

#[tokio::test]
async fn a_new_password_takes_the_old_one_and_ends_the_other_sessions() {
    let (gate, clock, admin) = office().await;
    let (kept, other) = (token(&gate, "dana").await, token(&gate, "dana").await);
    let dana = who(&gate, &kept).await;
    const NEW: &str = "another good password";
    for (given, refusal) in [
        (password(NEW, None), Kind::FreshProofRequired),
        (password(NEW, Some("not it at all")), Kind::FreshProofRequired),
        (password("short", Some(PASSWORD)), Kind::InvalidArguments),
    ] {
        assert_eq!(kind(gate.set_password(&dana, "dana", given).await), refusal);
    }
    assert_eq!(kind(gate.set_password(&dana, "kim", password(NEW, Some(PASSWORD))).await), Kind::Forbidden);
    assert_eq!(kind(gate.set_password(&dana, "nobody", password(NEW, None)).await), Kind::Forbidden);

    clock.advance(Duration::from_secs(600));
    gate.set_password(&dana, "Dana", password(NEW, Some(PASSWORD))).await.unwrap();
    assert_eq!(who(&gate, &kept).await.proved_at, Some(clock.now()), "the old password was fresh proof");
    assert!(gate.identify(&kept, source()).await.is_ok(), "the session that asked goes on");
    assert_eq!(kind(gate.identify(&other, source()).await), Kind::Unauthenticated);
    assert_eq!(kind(gate.sign_in("dana", PASSWORD.into(), source()).await), Kind::Unauthenticated);
    assert!(gate.sign_in("dana", NEW.into(), source()).await.is_ok());

    gate.set_password(&admin, "dana", password(PASSWORD, None)).await.unwrap();
    assert_eq!(kind(gate.identify(&kept, source()).await), Kind::Unauthenticated, "all of them, this time");
    assert!(gate.sign_in("dana", PASSWORD.into(), source()).await.is_ok());
    let own = gate.set_password(&admin, "ada", password(NEW, None)).await;
    assert_eq!(kind(own), Kind::FreshProofRequired, "an administrator's own takes the old one too");
    let told = events(&gate, &admin).await;
    assert_eq!(told.iter().filter(|event| *event == "person.password_changed").count(), 2, "{told:?}");
    gate.shutdown().await;
}

#[tokio::test]
async fn sessions_are_seen_and_ended_by_their_people_and_by_administrators() {
    let (gate, _, admin) = office().await;
    let (one, two, kims) =
        (token(&gate, "dana").await, token(&gate, "dana").await, token(&gate, "kim").await);
    let (dana, kim) = (who(&gate, &one).await, who(&gate, &kims).await);
    let own = gate.sessions(&dana).await.unwrap();
    assert_eq!(own.len(), 2);
    assert_eq!(own.iter().filter(|session| session.current).count(), 1);
    assert!(own.iter().all(|s| s.person == "dana" && s.source.client.as_deref() == Some("story")), "{own:?}");
    assert!(own.iter().all(|s| !one.contains(&s.id) && !two.contains(&s.id)), "an id is no token");
    assert_eq!(gate.sessions(&admin).await.unwrap().len(), 4, "everybody's");

    let others = own.iter().find(|session| !session.current).unwrap();
    assert_eq!(kind(gate.end_session(&kim, &others.id).await), Kind::NotFound);
    assert_eq!(kind(gate.end_session(&dana, "0123456789abcdef").await), Kind::NotFound);
    gate.end_session(&dana, &others.id).await.unwrap();
    gate.end_session(&dana, &others.id).await.unwrap();
    assert_eq!(kind(gate.identify(&two, source()).await), Kind::Unauthenticated);
    let kims_id = kim.session.clone().unwrap();
    gate.end_session(&admin, &kims_id).await.unwrap();
    assert_eq!(kind(gate.identify(&kims, source()).await), Kind::Unauthenticated);
    assert!(gate.identify(&one, source()).await.is_ok());
    gate.shutdown().await;
}

#[tokio::test]
async fn one_address_that_tries_many_names_is_not_listened_to() {
    let (gate, clock, _) = office().await;
    let from = |address: &str| Source { address: Some(address.parse().unwrap()), ..source() };
    let (attacker, office) = (from("192.0.2.66"), from("192.0.2.7"));
    for n in 0..30 {
        let name = format!("person{n}");
        assert_eq!(
            kind(gate.sign_in(&name, "a guess".into(), attacker.clone()).await),
            Kind::Unauthenticated
        );
    }
    let locked = gate.sign_in("dana", PASSWORD.into(), attacker.clone()).await.unwrap_err();
    assert_eq!((locked.kind, locked.retryable), (Kind::TooManyRequests, true));
    assert!(
        locked.message.contains("address") && locked.details["retry_after"].as_u64() > Some(50),
        "{locked:?}"
    );
    assert!(gate.sign_in("dana", PASSWORD.into(), office).await.is_ok(), "others are not locked out");
    clock.advance(Duration::from_secs(61));
    assert!(gate.sign_in("dana", PASSWORD.into(), attacker).await.is_ok(), "it is for a while");
    gate.shutdown().await;
}

#[tokio::test]
async fn a_name_that_nobody_has_is_locked_like_one_that_somebody_has() {
    let (gate, clock, admin) = office().await;
    let mut said = Vec::new();
    for name in ["dana", "nobody"] {
        let mut answers = Vec::new();
        for _ in 0..7 {
            let problem = gate.sign_in(name, "a wrong guess".into(), source()).await.unwrap_err();
            answers.push((problem.kind, problem.message, problem.hint));
        }
        said.push(answers);
    }
    assert_eq!(said[0], said[1]);
    assert_eq!(said[0][4].0, Kind::Unauthenticated);
    assert_eq!(said[0][5].0, Kind::TooManyRequests);
    // A new password opens the lock: the administrator knows whom he gives it to.
    gate.set_password(&admin, "dana", password(PASSWORD, None)).await.unwrap();
    assert!(gate.sign_in("dana", PASSWORD.into(), source()).await.is_ok());
    clock.advance(Duration::from_secs(3600));
    assert_eq!(kind(gate.sign_in("nobody", PASSWORD.into(), source()).await), Kind::Unauthenticated);
    gate.shutdown().await;
}
