//! Keys and people: who is let in, who no longer is, and what guessing costs.

use crate::house::{HandClock, House, PASSWORD, another_key, key, kind, sign_in, source};
use gate::{Boundary, Found, Gate, Home, NewKey, NewPerson, Options, Requester};
use model::{Clock, Kind, Role, Timestamp};
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;

fn person(name: &str, role: Role) -> NewPerson {
    NewPerson { name: name.into(), role, password: PASSWORD.into() }
}

async fn empty() -> (Gate, Arc<HandClock>) {
    let clock = HandClock::new();
    let options = Options { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..Options::default() };
    (Gate::open(Home::Memory, options).await.unwrap(), clock)
}

#[tokio::test]
async fn a_revoked_key_is_out_at_once() {
    let house = House::new().await;
    let made = house.gate.create_key(&house.admin, key("nightly")).await.unwrap();
    assert!(made.secret.starts_with(&format!("ncg_{}_", made.id)), "{}", made.secret);
    assert_eq!(made.id.as_str().len(), 10);
    for _ in 0..2 {
        assert_eq!(house.gate.identify(&made.secret, source()).await.unwrap().caller.id, made.id);
    }
    let forged = format!("{}x", made.secret);
    assert_eq!(kind(house.gate.identify(&forged, source()).await), Kind::Unauthenticated);
    house.gate.revoke_key(&house.admin, made.id.as_str()).await.unwrap();
    let refused = house.gate.identify(&made.secret, source()).await.unwrap_err();
    assert_eq!((refused.kind, refused.message.contains("revoked")), (Kind::Unauthenticated, true));
    assert!(
        house
            .gate
            .keys(&house.dana)
            .await
            .unwrap()
            .iter()
            .any(|view| view.id == made.id && view.revoked_at.is_some())
    );
    house.shut().await;
}

#[tokio::test]
async fn a_key_ends_by_itself_and_with_its_owner() {
    let house = House::new().await;
    let until = house.clock.now() + Duration::from_secs(60);
    let short = NewKey { expires_at: Some(until), ..key("short") };
    let short = house.gate.create_key(&house.admin, short).await.unwrap().secret;
    assert!(house.gate.identify(&short, source()).await.is_ok());
    house.clock.advance(Duration::from_secs(60));
    assert_eq!(kind(house.gate.identify(&short, source()).await), Kind::Unauthenticated);

    house.gate.add_person(&house.admin, person("eve", Role::Admin)).await.unwrap();
    let eve = sign_in(&house.gate, "eve").await;
    house.gate.disable_person(&eve, "ada").await.unwrap();
    let orphan = house.gate.identify(&house.agent_key, source()).await.unwrap_err();
    assert!(orphan.message.contains("disabled"), "{orphan}");
    house.shut().await;
}

#[tokio::test]
async fn a_key_is_narrowed_by_either_name_and_administers_nothing() {
    let house = House::new().await;
    let narrow = another_key(&house, |new| {
        new.tools = Some(vec!["list_devices".into(), "n_central-list-devices".into()]);
    })
    .await;
    assert_eq!(narrow.caller.tools, Some(vec!["n_central-list-devices".to_owned()]));
    let unknown = NewKey { tools: Some(vec!["list_device".into()]), ..key("odd") };
    let problem = house.gate.create_key(&house.admin, unknown).await.unwrap_err();
    assert!(problem.message.contains("list_devices"), "{problem}");
    assert!(
        house.gate.create_key(&house.admin, NewKey { tools: Some(vec![]), ..key("idle") }).await.is_err()
    );

    let (gate, agent) = (&house.gate, &house.agent);
    assert_eq!(kind(gate.keys(agent).await), Kind::Forbidden);
    assert_eq!(kind(gate.people(agent).await), Kind::Forbidden);
    assert_eq!(kind(gate.connections(agent).await), Kind::Forbidden);
    assert_eq!(kind(gate.audit(agent, Default::default()).await), Kind::Forbidden);
    assert_eq!(
        kind(gate.create_key(&house.dana, key("mine")).await),
        Kind::Forbidden,
        "an approver is no administrator"
    );
    house.shut().await;
}

#[tokio::test]
async fn there_is_one_first_administrator_and_never_none_again() {
    let (gate, _) = empty().await;
    assert!(!gate.has_administrator().await.unwrap());
    assert_eq!(
        kind(gate.first_administrator(person("vi", Role::Viewer), source()).await),
        Kind::InvalidArguments
    );
    let (one, two) = tokio::join!(
        gate.first_administrator(person("ada", Role::Admin), source()),
        gate.first_administrator(person("eve", Role::Admin), source()),
    );
    assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|made| **made).count(), 1);
    let winner = one.or(two).unwrap().name;
    let admin = sign_in(&gate, &winner).await;
    assert_eq!(kind(gate.disable_person(&admin, &winner).await), Kind::Conflict);
    assert!(gate.has_administrator().await.unwrap());
    assert_eq!(
        kind(gate.add_person(&admin, person(&winner.to_uppercase(), Role::Viewer)).await),
        Kind::Conflict
    );
    let short = NewPerson { password: "short".into(), ..person("bo", Role::Viewer) };
    assert_eq!(kind(gate.add_person(&admin, short).await), Kind::InvalidArguments);
    gate.shutdown().await;
}

#[tokio::test]
async fn sessions_end_by_signing_out_by_time_and_with_the_account() {
    let (gate, clock) = empty().await;
    gate.first_administrator(person("ada", Role::Admin), source()).await.unwrap();
    let admin = sign_in(&gate, "ADA").await;
    gate.add_person(&admin, person("dana", Role::Approver)).await.unwrap();
    let token = async |name: &str| gate.sign_in(name, PASSWORD.into(), source()).await.unwrap().token;
    let is_in = async |token: &str| gate.identify(token, source()).await.is_ok();

    let first = token("dana").await;
    assert!(is_in(&first).await);
    gate.sign_out(&first, source()).await.unwrap();
    assert!(!is_in(&first).await);
    gate.sign_out(&first, source()).await.unwrap();

    let second = token("dana").await;
    gate.disable_person(&admin, "Dana").await.unwrap();
    assert!(!is_in(&second).await);
    assert_eq!(kind(gate.sign_in("dana", PASSWORD.into(), source()).await), Kind::Unauthenticated);

    let third = token("ada").await;
    let idle = token("ada").await;
    for _ in 0..3 {
        clock.advance(Duration::from_secs(4 * 3600 - 1));
        assert!(is_in(&third).await, "it is used again and again");
        noted(&gate, &admin, clock.now()).await;
    }
    assert!(!is_in(&idle).await, "nobody used it");
    clock.advance(Duration::from_secs(3));
    assert!(!is_in(&third).await, "half a day is over");
    gate.shutdown().await;
}

/// Waits until the use of a session at this moment is written down, which nobody waits for otherwise.
async fn noted(gate: &Gate, admin: &Requester, at: Timestamp) {
    while !gate.sessions(admin).await.unwrap().iter().any(|session| session.seen_at == at) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn guessing_passwords_locks_the_account_for_longer_and_longer() {
    let (gate, clock) = empty().await;
    gate.first_administrator(person("ada", Role::Admin), source()).await.unwrap();
    let attempt = async |password: &str| gate.sign_in("ada", password.into(), source()).await;
    for _ in 0..5 {
        assert_eq!(kind(attempt("wrong password").await), Kind::Unauthenticated);
    }
    let locked = attempt(PASSWORD).await.unwrap_err();
    assert_eq!((locked.kind, locked.retryable), (Kind::TooManyRequests, true));
    clock.advance(Duration::from_secs(60));
    assert_eq!(kind(attempt("wrong password").await), Kind::Unauthenticated);
    clock.advance(Duration::from_secs(60));
    assert_eq!(kind(attempt(PASSWORD).await), Kind::TooManyRequests, "the second lock is longer");
    clock.advance(Duration::from_secs(60));
    assert!(attempt(PASSWORD).await.is_ok());
    assert_eq!(kind(attempt("wrong password").await), Kind::Unauthenticated);
    assert!(attempt(PASSWORD).await.is_ok(), "the right password starts the count again");
    assert_eq!(kind(gate.sign_in("nobody", PASSWORD.into(), source()).await), Kind::Unauthenticated);

    let admin = sign_in(&gate, "ada").await;
    let audit = gate.audit(&admin, Default::default()).await.unwrap();
    let refusals = audit.items.iter().filter(|entry| entry.event == "session.refused");
    assert_eq!(refusals.count(), 8);
    gate.shutdown().await;
}

#[tokio::test]
async fn the_owner_of_the_state_is_the_operator_until_there_is_an_administrator() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("state");
    let Found::Free(owner) = Boundary::find(&dir).unwrap() else { panic!("a new directory has no owner") };
    let token = owner.token().expose_secret().to_owned();
    let gate = Gate::open(Home::State(owner), Options::default()).await.unwrap();

    let operator = gate.identify(&token, source()).await.unwrap();
    assert!(operator.caller.has_role(Role::Admin) && operator.proved_at.is_none());
    let agent: Requester = gate.local_agent(&token, None, source()).await.unwrap();
    assert!(!agent.caller.is_person() && agent.caller.connection.is_none());
    assert!(
        gate.doctor(&agent).await.unwrap().iter().any(|f| f.check == "connections" && f.status == "warning")
    );
    assert_eq!(kind(gate.local_agent(&token, Some("Main"), source()).await), Kind::NotFound);
    assert_eq!(kind(gate.local_agent("nco_guessed", None, source()).await), Kind::Unauthenticated);
    assert_eq!(kind(gate.identify("nco_guessed", source()).await), Kind::Unauthenticated);

    gate.first_administrator(person("ada", Role::Admin), source()).await.unwrap();
    let refused = gate.identify(&token, source()).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Unauthenticated);
    assert!(refused.hint.contains("ncgate login"), "{refused}");

    gate.shutdown().await;
    let verified = gate::verify_state(&dir).unwrap();
    assert_eq!((verified.broken, verified.chains.len()), (None, 1));
    drop(gate);
    std::fs::remove_file(dir.join("checkpoints.json")).unwrap();
    assert!(
        gate::verify_state(&dir).unwrap().broken.is_some(),
        "a record without its checkpoints is not whole"
    );
}
