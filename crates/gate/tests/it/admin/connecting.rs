//! Connecting: every way in which it fails is told apart and leaves nothing behind; a new JWT heals a connection.

use super::fake::{Fake, TOKENS};
use crate::house::{House, kind};
use emulator::{Expire, Fault, FaultKind};
use gate::{Connected, ConnectionChange, NewConnection, PolicyChange};
use model::{ConnectionState, Kind, Mode, Preset, Problem};
use serde_json::json;

const JSON: &str = "application/json";

fn connection(name: Option<&str>, url: &str, jwt: &str) -> NewConnection {
    NewConnection { name: name.map(str::to_owned), url: url.into(), jwt: jwt.into(), ca: None, preset: None }
}

async fn connect(house: &House, url: &str, jwt: &str) -> Result<Connected, Problem> {
    house.gate.connect(&house.admin, connection(None, url, jwt)).await
}

#[tokio::test]
async fn an_address_is_refused_with_what_is_wrong_with_it() {
    let house = House::new().await;
    for (url, said) in [
        ("http://ncentral.example.com", "use https"),
        ("https://ncentral.example.com/login", "without a path"),
        ("https://ncentral.example.com?x=1", "without a query"),
        ("https://ana:pw@ncentral.example.com", "leave the user name"),
        ("ftp://ncentral.example.com", "only https"),
        ("ncentral.example.com", "not a web address"),
    ] {
        let problem = connect(&house, url, "jwt").await.unwrap_err();
        assert_eq!(problem.kind, Kind::InvalidUrl, "{url}");
        assert!(problem.message.contains(said), "{url}: {problem}");
    }
    house.shut().await;
}

#[tokio::test]
async fn every_failing_server_has_its_own_kind_and_leaves_nothing_behind() {
    let house = House::new().await;
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let page = Fake::new(|_| (200, "text/html", "<html><title>Sign in</title></html>")).await;
    let restarting = Fake::new(|_| (503, "text/html", "<html>starting</html>")).await;
    let old = Fake::new(|path| match path {
        "/api/auth/authenticate" => (200, JSON, TOKENS),
        _ => (200, JSON, r#"{"version":"2.0","ncentral":"2023.8.1.1"}"#),
    })
    .await;
    let no_tls = house.running.url.replace("http:", "https:");
    for (url, expected) in [
        (nobody.as_str(), Kind::Unreachable),
        (&page.url, Kind::NotNCentral),
        (&restarting.url, Kind::UpstreamFailed),
        (&old.url, Kind::TooOld),
        (&no_tls, Kind::Tls),
        (&house.running.url.replace("127.0.0.1", "localhost"), Kind::JwtRefused),
    ] {
        let problem = connect(&house, url, "not.the.jwt").await.unwrap_err();
        assert_eq!(problem.kind, expected, "{url}: {problem}");
        assert!(!problem.hint.is_empty(), "{url}: {problem}");
        assert!(!problem.to_string().contains("not.the.jwt"), "{problem}");
    }
    assert_eq!(house.gate.connections(&house.admin).await.unwrap().len(), 1, "only the house's own");
    house.shut().await;
}

#[tokio::test]
async fn a_server_that_hides_its_version_is_connected_with_a_notice() {
    let house = House::new().await;
    let modest = Fake::new(|path| match path {
        "/api/auth/authenticate" => (200, JSON, TOKENS),
        "/api/server-info" => (200, JSON, r#"{"version":"3.1","ncentral":null}"#),
        _ => (404, JSON, r#"{"status":404,"message":"no such route"}"#),
    })
    .await;
    let made = connect(&house, &format!("{}/", modest.url), "jwt").await.unwrap();
    assert_eq!(made.connection.server_version, None);
    assert!(made.notices.iter().any(|notice| notice.contains("slash")), "{:?}", made.notices);
    assert!(made.notices.iter().any(|notice| notice.contains("version")), "{:?}", made.notices);
    assert!(modest.url.ends_with(&made.connection.name), "named by its host: {}", made.connection.name);
    house.shut().await;
}

#[tokio::test]
async fn a_throttled_sign_in_and_an_expired_password_are_told_apart() {
    let house = House::new().await;
    let mut throttle = Fault::new("authenticate", FaultKind::Status);
    throttle.status = Some(429);
    house.emulator.set_faults(vec![throttle]);
    let reconnect = |jwt: &str| ConnectionChange { jwt: Some(jwt.into()), ..ConnectionChange::default() };
    let change =
        house.gate.change_connection(&house.admin, &house.connection, reconnect(&house.running.jwt)).await;
    assert_eq!(kind(change), Kind::Throttled);
    house.emulator.set_faults(vec![]);

    let renewed = house.emulator.expire(Expire::Password).unwrap();
    let change =
        house.gate.change_connection(&house.admin, &house.connection, reconnect(&house.running.jwt)).await;
    assert_eq!(kind(change), Kind::PasswordExpired);
    let healed = house.gate.change_connection(&house.admin, "main", reconnect(&renewed)).await.unwrap();
    assert_eq!(healed.connection.state, ConnectionState::Connected);
    house.shut().await;
}

#[tokio::test]
async fn a_refused_jwt_asks_for_a_reconnect_which_keeps_the_policies() {
    let house = House::new().await;
    let modes = PolicyChange {
        policies: [("n_central-list-scripts".to_owned(), Mode::ApprovalNeeded)].into(),
        ..Default::default()
    };
    let before = house.gate.set_policies(&house.admin, "main", modes).await.unwrap();
    let jwt = house.emulator.expire(Expire::Jwt).unwrap();
    assert_eq!(
        kind(house.ask(&house.admin, "n_central-get-device", json!({"device_id": 1})).await),
        Kind::JwtRefused
    );
    let broken = house.gate.connection(&house.admin, "MAIN").await.unwrap();
    assert_eq!(broken.state, ConnectionState::Reconnect);
    assert_eq!(broken.reason.unwrap().kind, Kind::JwtRefused);

    let wrong = house.gate.connect(&house.admin, connection(Some("Main"), "https://nc.example", &jwt)).await;
    assert_eq!(kind(wrong), Kind::Conflict, "another server can't take the name over");
    let again = connection(Some("MAIN"), &house.running.url, &format!(" {jwt}\n"));
    let healed = house.gate.connect(&house.admin, again).await.unwrap().connection;
    assert_eq!(
        (healed.id.as_str(), healed.state, healed.reason),
        (house.connection.as_str(), ConnectionState::Connected, None)
    );
    assert_eq!(house.gate.policies(&house.admin, "main").await.unwrap().policies, before.policies);
    house.devices("Globex", "Workstation").await;
    house.shut().await;
}

#[tokio::test]
async fn a_failed_reconnect_leaves_the_connection_as_it_was() {
    let house = House::new().await;
    let change = ConnectionChange { jwt: Some("wrong".into()), max_targets: Some(7), ..Default::default() };
    assert_eq!(kind(house.gate.change_connection(&house.admin, "main", change).await), Kind::JwtRefused);
    let kept = house.gate.connection(&house.admin, "main").await.unwrap();
    assert_eq!((kept.state, kept.max_targets), (ConnectionState::Connected, 50));
    assert!(!house.devices("Globex", "Workstation").await.is_empty());
    let bad_ca = ConnectionChange { ca: Some("no certificate".into()), ..Default::default() };
    assert!(house.gate.change_connection(&house.admin, "main", bad_ca).await.is_err());
    house.shut().await;
}

#[tokio::test]
async fn the_preset_decides_what_a_fresh_connection_allows_and_the_user_is_shown() {
    let house = House::new().await;
    let other = crate::house::emulator().await;
    let new =
        NewConnection { preset: Some(Preset::ReadOnly), ..connection(Some("Lab"), &other.url, &other.jwt) };
    let made = house.gate.connect(&house.admin, new).await.unwrap().connection;
    assert_eq!(made.server_version.as_deref(), Some("2026.3.0.11"));
    assert!(made.user.is_some());
    let policies = house.gate.policies(&house.dana, "lab").await.unwrap();
    assert_eq!(policies.preset, Preset::ReadOnly);
    assert_eq!(policies.policies["n_central-run-direct-task"], Mode::Disabled);
    assert_eq!(policies.policies["n_central-list-devices"], Mode::Auto);

    house.gate.remove_connection(&house.admin, "lab").await.unwrap();
    assert_eq!(kind(house.gate.connection(&house.admin, "lab").await), Kind::NotFound);
    house.shut().await;
    other.stop().await;
}

#[tokio::test]
async fn a_server_that_is_gone_and_comes_back_shows_on_its_card() {
    let house = House::new().await;
    let mut reset = Fault::new("*", FaultKind::Reset);
    reset.times = Some(1000);
    house.emulator.set_faults(vec![reset]);
    let _ = house.ask(&house.admin, "n_central-get-device", json!({"device_id": 1})).await;
    assert_eq!(
        house.gate.connection(&house.admin, "main").await.unwrap().state,
        ConnectionState::Connected,
        "a reset is no verdict"
    );
    house.emulator.set_faults(vec![]);
    let gate = house.gate.clone();
    let (url, jwt) = (house.running.url.clone(), house.running.jwt.clone());
    house.running.stop().await;
    let who = house.admin.clone();
    let findings = gate.doctor(&who).await.unwrap();
    assert!(
        findings.iter().any(|f| f.check == "connection Main" && f.status == "failed" && !f.hint.is_empty()),
        "{findings:?}"
    );
    let gone = gate.connection(&who, "main").await.unwrap();
    assert_eq!((gone.state, gone.reason.unwrap().kind), (ConnectionState::Unreachable, Kind::Unreachable));

    let listener = tokio::net::TcpListener::bind(url.trim_start_matches("http://")).await.unwrap();
    let again =
        emulator::Emulator::new(emulator::Config { devices: 200, jwt: Some(jwt), ..Default::default() });
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut task = tokio::task::JoinSet::new();
    task.spawn(again.serve(listener, async {
        let _ = stopped.await;
    }));
    assert!(
        gate.doctor(&who).await.unwrap().iter().any(|f| f.check == "connection Main" && f.status == "ok")
    );
    assert_eq!(gate.connection(&who, "main").await.unwrap().state, ConnectionState::Connected);
    gate.shutdown().await;
    drop(stop);
    while task.join_next().await.is_some() {}
}

#[tokio::test]
async fn what_lives_in_memory_has_policies_but_keeps_nothing() {
    let house = House::new().await;
    let id =
        house.gate.connect_in_memory(&house.running.url, house.running.jwt.clone().into()).await.unwrap();
    let change = PolicyChange { preset: Some(Preset::Cautious), ..Default::default() };
    let changed = house.gate.set_policies(&house.admin, id.as_str(), change).await.unwrap();
    assert_eq!((changed.version, changed.preset), (2, Preset::Cautious));
    let kept = house.gate.policies(&house.admin, "environment").await.unwrap();
    assert_eq!((kept.version, kept.policies), (changed.version, changed.policies));
    assert_eq!(kind(house.gate.disconnect(&house.admin, "environment").await), Kind::Conflict);
    assert_eq!(kind(house.gate.remove_connection(&house.admin, "environment").await), Kind::Conflict);
    let key = gate::NewKey { connection: Some("environment".into()), ..crate::house::key("k") };
    assert_eq!(kind(house.gate.create_key(&house.admin, key).await), Kind::Conflict);
    house.shut().await;
}

#[tokio::test]
async fn no_secret_reaches_the_record_or_an_error() {
    let house = House::new().await;
    let audit = house.gate.audit(&house.admin, gate::AuditFilter::default()).await.unwrap();
    let text = serde_json::to_string(&audit).unwrap();
    assert!(audit.items.iter().any(|entry| entry.event == "connection.created"), "{text}");
    for secret in [house.running.jwt.as_str(), crate::house::PASSWORD, house.agent_key.as_str()] {
        assert!(!text.contains(secret));
    }
    house.shut().await;
}

#[tokio::test]
async fn disconnecting_forgets_the_credential_and_keeps_the_rest() {
    let house = House::new().await;
    let modes = PolicyChange {
        policies: [("n_central-list-scripts".to_owned(), Mode::ApprovalNeeded)].into(),
        ..Default::default()
    };
    let before = house.gate.set_policies(&house.admin, "main", modes).await.unwrap();
    let queued = house.hold_cleanup(&house.workstations(1).await).await;
    assert_eq!(kind(house.gate.disconnect(&house.agent, "main").await), Kind::Forbidden);
    let off = house.gate.disconnect(&house.admin, "main").await.unwrap();
    assert!(off.is_disconnected() && off.user.is_none(), "{off:?}");
    let sent = house.attempts("authenticate");
    let refused = house.ask(&house.admin, "n_central-list-devices", json!({})).await;
    assert_eq!(kind(refused), Kind::NotConnected);
    house.approve(&house.dana, queued.approval_id.as_str()).await.unwrap();
    let call = house.over(queued.call_id.as_str()).await;
    assert!(call.error.unwrap().message.contains("disconnected meanwhile"));
    assert!(house.tasks_made().is_empty());
    assert_eq!(house.attempts("authenticate"), sent, "there was nothing to sign in with");
    let findings = house.gate.examine(&house.admin, "main").await.unwrap();
    assert!(findings[0].status == "failed" && findings[0].message.contains("no JWT"), "{findings:?}");
    assert!(house.gate.time_left(&house.admin, "main").await.unwrap().is_none());
    let still = house.gate.connection(&house.admin, "main").await.unwrap();
    assert!(still.is_disconnected(), "no use of it says anything about the server: {still:?}");

    let again = connection(Some("main"), &house.running.url, &house.running.jwt);
    let healed = house.gate.connect(&house.admin, again).await.unwrap().connection;
    assert_eq!((healed.id.as_str(), healed.state), (house.connection.as_str(), ConnectionState::Connected));
    assert_eq!(house.gate.policies(&house.admin, "main").await.unwrap().policies, before.policies);
    house.devices("Globex", "Workstation").await;
    house.shut().await;
}

#[tokio::test]
async fn a_connection_is_renamed_and_stays_itself() {
    let house = House::new().await;
    let called = |name: &str| ConnectionChange { name: Some(name.to_owned()), ..ConnectionChange::default() };
    let renamed = house.gate.change_connection(&house.admin, "main", called(" Globex ")).await.unwrap();
    assert_eq!(
        (renamed.connection.name.as_str(), renamed.connection.id.as_str()),
        ("Globex", house.connection.as_str())
    );
    assert_eq!(kind(house.gate.connection(&house.admin, "main").await), Kind::NotFound);
    house.ask(&house.agent, "n_central-list-customers", json!({})).await.unwrap();
    let other = connection(Some("Other"), &house.running.url, &house.running.jwt);
    house.gate.connect(&house.admin, other).await.unwrap();
    let taken = house.gate.change_connection(&house.admin, "other", called("GLOBEX")).await;
    assert_eq!(kind(taken), Kind::Conflict);
    assert_eq!(
        kind(house.gate.change_connection(&house.admin, "other", called(" ")).await),
        Kind::InvalidArguments
    );
    house.shut().await;
}

#[tokio::test]
async fn it_is_known_when_a_server_last_answered_and_a_tool_last_ran() {
    let house = House::new().await;
    let before = house.gate.uses(&house.admin, "main").await.unwrap();
    assert!(before.last_contact.is_some() && !before.tools.contains_key("n_central-get-customer"));
    house.ask(&house.admin, "list_customers", json!({})).await.unwrap();
    let mut uses = house.gate.uses(&house.admin, "main").await.unwrap();
    for _ in 0..100 {
        if uses.tools.contains_key("n_central-list-customers") {
            break;
        }
        // The entries of plain reads are written in batches.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        uses = house.gate.uses(&house.admin, "main").await.unwrap();
    }
    assert!(uses.tools.contains_key("n_central-list-customers"), "{uses:?}");
    assert_eq!(kind(house.gate.uses(&house.agent, "main").await), Kind::Forbidden);
    house.shut().await;
}
