//! The doctor: each cause is told apart from the others, and each has its own remedy.

use super::fake::{Fake, TOKENS};
use crate::house::{House, PASSWORD, person, sign_in, source};
use emulator::{Config, Emulator, Expire, Fault, FaultKind};
use gate::{Boundary, ConnectionChange, Finding, Found, Gate, Home, NewConnection, Options, PolicyChange};
use model::{Mode, Role};
use secrecy::ExposeSecret;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The finding of one check that is not well; panics where there is none or where it says nothing to do.
#[track_caller]
fn found<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    let bad = findings.iter().find(|finding| finding.check == check && finding.status != "ok");
    let bad = bad.unwrap_or_else(|| panic!("nothing is wrong with {check}: {findings:#?}"));
    assert!(!bad.hint.is_empty(), "{bad:?}");
    bad
}

#[track_caller]
fn says(findings: &[Finding], check: &str, status: &str, message: &str, hint: &str) {
    let bad = found(findings, check);
    assert_eq!(bad.status, status, "{bad:?}");
    assert!(bad.message.contains(message), "{message}: {bad:?}");
    assert!(bad.hint.contains(hint), "{hint}: {bad:?}");
}

fn answering(operation: &str, status: u16) -> Fault {
    Fault { status: Some(status), ..Fault::new(operation, FaultKind::Status) }
}

const MAIN: &str = "connection Main";

#[tokio::test]
async fn a_healthy_house_has_nothing_to_cure() {
    let house = House::new().await;
    let findings = house.gate.doctor(&house.admin).await.unwrap();
    let bad: Vec<_> = findings.iter().filter(|finding| finding.status != "ok").collect();
    assert!(bad.is_empty(), "{bad:#?}");
    for check in [
        "connection Main: clock",
        "connection Main: account",
        "connection Main: password",
        "connection Main: permissions",
        "people",
        "audit",
        "secrets",
    ] {
        assert!(findings.iter().any(|finding| finding.check == check), "{check}: {findings:#?}");
    }
    let changes = house.emulator.journal();
    assert!(changes.is_empty(), "it only looks: {changes:?}");
    house.shut().await;
}

#[tokio::test]
async fn each_way_in_which_a_server_fails_has_its_own_remedy() {
    let house = House::hasty().await;
    let look = async || house.gate.doctor(&house.admin).await.unwrap();

    house.emulator.restart();
    assert!(look().await.iter().any(|f| f.check == MAIN && f.status == "ok"), "a restart heals by itself");
    for (fault, message, hint) in [
        (answering("getServerInfo", 503), "restarting", "few minutes"),
        (answering("getServerInfo", 429), "busy", "in flight"),
        (answering("getServerInfo", 404), "2023.9", "update N-central"),
        (Fault::new("getServerInfo", FaultKind::Html), "not", "sign-in page or proxy"),
        (Fault::new("getServerInfo", FaultKind::Redirect), "redirect", "address that it points to"),
    ] {
        house.emulator.set_faults(vec![fault]);
        says(&look().await, MAIN, "failed", message, hint);
    }
    house.emulator.set_faults(vec![]);
    house.emulator.expire(Expire::Password);
    says(&look().await, MAIN, "failed", "password", "generate a new JWT");
    let jwt = house.emulator.expire(Expire::Jwt).unwrap();
    says(&look().await, MAIN, "failed", "refuses the JWT", "generating a new one");
    let change = ConnectionChange { jwt: Some(jwt.into()), ..Default::default() };
    house.gate.change_connection(&house.admin, "main", change).await.unwrap();
    assert!(look().await.iter().any(|f| f.check == MAIN && f.status == "ok"));
    house.shut().await;
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_no_n_central() {
    let house = House::new().await;
    let gate = house.gate.clone();
    house.running.stop().await;
    let findings = gate.doctor(&house.admin).await.unwrap();
    says(&findings, MAIN, "failed", "cannot be reached", "check the address for slips");
    gate.shutdown().await;
}

/// An emulator behind TLS; answers its port.
async fn secured(
    made: &rcgen::CertifiedKey<rcgen::KeyPair>,
    tasks: &mut JoinSet<std::io::Result<()>>,
) -> (u16, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let emulator = Emulator::new(Config::default());
    let jwt = emulator.jwt();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    tasks.spawn(async move {
        emulator
            .serve_tls(listener, certificate.as_bytes(), key.as_bytes(), std::future::pending::<()>())
            .await
    });
    (port, jwt)
}

fn certificate(name: &str, years: std::ops::Range<i32>) -> rcgen::CertifiedKey<rcgen::KeyPair> {
    let signing_key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(years.start, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.end, 1, 1);
    let cert = params.self_signed(&signing_key).unwrap();
    rcgen::CertifiedKey { cert, signing_key }
}

#[tokio::test]
async fn each_fault_of_a_certificate_has_its_own_remedy() {
    let house = House::new().await;
    let mut tasks = JoinSet::new();
    let good = certificate("127.0.0.1", 2020..2060);
    let other = certificate("127.0.0.1", 2020..2060);
    let expired = certificate("127.0.0.1", 2019..2020);
    let early = certificate("127.0.0.1", 2059..2060);
    let elsewhere = certificate("elsewhere.example", 2020..2060);
    let connect = async |port: u16, jwt: &str, ca: Option<String>| {
        let new = NewConnection {
            name: Some("Secured".into()),
            url: format!("https://127.0.0.1:{port}"),
            jwt: jwt.into(),
            ca,
            preset: None,
        };
        house.gate.connect(&house.admin, new).await
    };
    for (served, ca, message, hint) in [
        (&good, None, "self-signed", "--ca"),
        (&good, Some(&other), "not issued by the private CA", "CA that issued it"),
        (&expired, Some(&expired), "has expired", "renew the certificate"),
        (&early, Some(&early), "not valid yet", "clock"),
        (&elsewhere, Some(&elsewhere), "for another name", "name that stands in the certificate"),
    ] {
        let (port, jwt) = secured(served, &mut tasks).await;
        let refused = connect(port, &jwt, ca.map(|ca| ca.cert.pem())).await.unwrap_err();
        assert_eq!(refused.kind, model::Kind::Tls, "{refused}");
        assert!(refused.message.contains(message), "{message}: {refused}");
        assert!(refused.hint.contains(hint), "{hint}: {refused}");
    }
    let plain = house.running.url.rsplit_once(':').unwrap().1.parse().unwrap();
    let refused = connect(plain, "jwt", None).await.unwrap_err();
    assert!(refused.message.contains("does not speak TLS"), "{refused}");

    // A certificate that is replaced later is found by the doctor.
    let (port, jwt) = secured(&good, &mut tasks).await;
    connect(port, &jwt, Some(good.cert.pem())).await.unwrap();
    let findings = house.gate.doctor(&house.admin).await.unwrap();
    assert!(findings.iter().any(|f| f.check == "connection Secured" && f.status == "ok"), "{findings:#?}");
    house.shut().await;
}

#[tokio::test]
async fn an_old_server_is_told_even_where_nobody_asked_before() {
    let house = House::new().await;
    let old = Fake::new(|path| match path {
        "/api/auth/authenticate" => (200, "application/json", TOKENS),
        _ => (200, "application/json", r#"{"version":"2.0","ncentral":"2023.8.1.1"}"#),
    })
    .await;
    house.gate.connect_in_memory(&old.url, "jwt".into()).await.unwrap();
    let findings = house.gate.doctor(&house.admin).await.unwrap();
    says(&findings, "connection environment", "failed", "2023.8.1.1", "update N-central");
    house.shut().await;
}

#[tokio::test]
async fn a_missing_right_names_the_tools_that_will_fail_and_how_to_grant_it() {
    let house = House::new().await;
    house.emulator.set_faults(vec![answering("listDeviceFilters", 403), answering("listOrgUnitUsers", 403)]);
    let findings = house.gate.doctor(&house.admin).await.unwrap();
    let refused: Vec<_> = findings.iter().filter(|f| f.check == "connection Main: permissions").collect();
    assert_eq!(refused.len(), 2, "{refused:#?}");
    let told = |operation: &str| refused.iter().find(|f| f.message.contains(operation)).unwrap();
    let filters = told("listDeviceFilters");
    assert_eq!(filters.status, "failed");
    assert!(filters.message.contains("n_central-list-device-filters"), "{filters:?}");
    assert!(filters.hint.contains("role of the API user"), "{filters:?}");
    assert!(told("listOrgUnitUsers").message.contains("n_central-list-users"));

    // Tools that are disabled need no right.
    let off = [
        "n_central-list-device-filters",
        "n_central-list-users",
        "n_central-create-user-role",
        "n_central-create-device-access-group",
    ];
    let policies = off.map(|tool| (tool.to_owned(), Mode::Disabled)).into();
    let change = PolicyChange { policies, ..Default::default() };
    house.gate.set_policies(&house.admin, "main", change).await.unwrap();
    let findings = house.gate.doctor(&house.admin).await.unwrap();
    assert!(
        findings.iter().any(|f| f.check == "connection Main: permissions" && f.status == "ok"),
        "{findings:#?}"
    );
    house.shut().await;
}

#[tokio::test]
async fn an_account_that_may_too_much_or_soon_nothing_is_told() {
    let house = House::new().await;
    let grand = Fake::new(|path| match path {
        "/api/auth/authenticate" => (200, "application/json", TOKENS),
        "/api/server-info" => (200, "application/json", r#"{"version":"3","ncentral":"2026.3.0.1"}"#),
        "/api/users/me" => (
            200,
            "application/json",
            r#"{"status":200,"message":"ok","data":{"userId":1,"customerId":1,"username":"root@msp.example",
                "isEnabled":true,"isPasswordResetRequired":true,"twoFactorType":"TOTP","generation":0}}"#,
        ),
        "/api/org-units/1/user-roles" => (
            200,
            "application/json",
            r#"{"data":[{"roleId":1,"roleName":"Administrator","_extra":{"usernames":["root@msp.example"]}}]}"#,
        ),
        _ => (404, "application/json", r#"{"status":404,"message":"no such route"}"#),
    })
    .await;
    house.gate.connect_in_memory(&grand.url, "jwt".into()).await.unwrap();
    let findings = house.gate.doctor(&house.admin).await.unwrap();
    let account: Vec<_> = findings.iter().filter(|f| f.check == "connection environment: account").collect();
    for (status, message, hint) in [
        ("failed", "new password", "reconnect"),
        ("warning", "two-factor", "API-only user"),
        ("warning", "whole system", "service organization"),
        ("warning", "role Administrator", "no more than the tools need"),
    ] {
        let told = account
            .iter()
            .any(|f| f.status == status && f.message.contains(message) && f.hint.contains(hint));
        assert!(told, "{message}: {account:#?}");
    }
    house.shut().await;
}

#[tokio::test]
async fn a_clock_that_is_off_is_told() {
    let house = House::new().await;
    house.clock.advance(Duration::from_secs(300));
    let findings = house.gate.doctor(&house.admin).await.unwrap();
    says(&findings, "connection Main: clock", "warning", "behind", "time server");
    house.shut().await;
}

#[tokio::test]
async fn the_days_of_a_password_are_counted_from_when_its_jwt_came() {
    let house = House::new().await;
    let day = Duration::from_secs(24 * 3600);
    let look = async || {
        let admin = sign_in(&house.gate, "ada").await;
        let findings = house.gate.doctor(&admin).await.unwrap();
        findings.into_iter().find(|f| f.check == "connection Main: password").unwrap()
    };
    house.clock.advance(day * 60);
    let fine = look().await;
    assert_eq!((fine.status.as_str(), fine.message.contains("at most 30 days")), ("ok", true), "{fine:?}");
    house.clock.advance(day * 20);
    let soon = look().await;
    assert_eq!(
        (soon.status.as_str(), soon.message.contains("at most 10 days")),
        ("warning", true),
        "{soon:?}"
    );
    assert!(soon.hint.contains("renew the password"), "{soon:?}");
    let admin = sign_in(&house.gate, "ada").await;
    let change = ConnectionChange { jwt: Some(house.running.jwt.clone().into()), ..Default::default() };
    house.gate.change_connection(&admin, "main", change).await.unwrap();
    let today = look().await.message;
    assert!(today.contains("given today;") && today.ends_with("at most 90 days are left"), "{today}");
    house.clock.advance(day);
    assert!(look().await.message.contains("given 1 day ago;"), "{:?}", look().await);
    house.clock.advance(day * 88);
    assert!(look().await.message.ends_with("at most 1 day is left"), "{:?}", look().await);
    house.clock.advance(day);
    assert!(look().await.message.contains("90 days ago, longer than"), "{:?}", look().await);
    house.shut().await;
}

#[tokio::test]
async fn what_waits_for_people_is_told() {
    let house = House::hasty().await;
    let devices = house.workstations(2).await;
    let held = house.hold_cleanup(&devices[..1]).await;
    house.emulator.set_faults(vec![Fault::new("createDirectScheduledTask", FaultKind::Reset)]);
    house.approve(&house.dana, held.approval_id.as_str()).await.unwrap();
    let call = house.over(held.call_id.as_str()).await;
    assert_eq!(call.outcome, Some(model::Outcome::Unknown));
    house.emulator.set_faults(vec![]);
    house.hold_cleanup(&devices[1..]).await;
    house.gate.disable_person(&house.admin, "dana").await.unwrap();
    let findings = house.gate.doctor(&house.admin).await.unwrap();
    says(&findings, "outcomes", "warning", "1 call has an unknown outcome", "settle");
    says(&findings, "approvals", "warning", "1 call waits that nobody could approve", "--role approver");
    says(&findings, "key triage", "warning", "only approver", "another approver");
    house.shut().await;
}

#[tokio::test]
async fn the_house_itself_is_looked_at() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("state");
    let owner = || match Boundary::find(&dir).unwrap() {
        Found::Free(owner) => owner,
        Found::Running(_) => panic!("nobody else runs"),
    };
    let first = owner();
    let token = first.token().expose_secret().to_owned();
    let options = Options {
        public_url: Some("http://ncgate.example.com".into()),
        free_space: u64::MAX,
        opened_by_agent: true,
        ..Options::default()
    };
    let gate = Gate::open(Home::State(first), options).await.unwrap();
    let agent = gate.local_agent(&token, None, source()).await.unwrap();
    let findings = gate.doctor(&agent).await.unwrap();
    says(&findings, "disk", "warning", "MiB are free", "make room");
    says(&findings, "boundary", "warning", "opened the state itself", "ncgate serve");
    says(&findings, "public address", "warning", "clear text", "https");
    says(&findings, "people", "warning", "no administrator", "ncgate user add");
    says(&findings, "connections", "warning", "no N-central server", "ncgate connect");
    assert!(gate.examine_address("ncgate.example.com:8443").is_none());
    assert!(gate.examine_address("127.0.0.1:8080").is_none(), "this machine's own way in");
    let wrong = gate.examine_address("gateway.internal:8080").unwrap();
    assert!(
        wrong.message.contains("gateway.internal") && wrong.message.contains("ncgate.example.com"),
        "{wrong:?}"
    );

    gate.first_administrator(person("ada", Role::Admin), source()).await.unwrap();
    gate.sign_in("ada", PASSWORD.into(), source()).await.unwrap();
    gate.shutdown().await;
    drop(gate);
    // The database of yesterday under the checkpoints of today is a record that was cut.
    let (database, kept) = (dir.join("ncgate.db"), dir.join("kept.db"));
    std::fs::copy(&database, &kept).unwrap();
    let gate = Gate::open(Home::State(owner()), Options::default()).await.unwrap();
    sign_in(&gate, "ada").await;
    gate.shutdown().await;
    drop(gate);
    std::fs::rename(&kept, &database).unwrap();
    let gate = Gate::open(Home::State(owner()), Options::default()).await.unwrap();
    let admin = sign_in(&gate, "ada").await;
    says(&gate.doctor(&admin).await.unwrap(), "audit", "failed", "entries were cut", "audit verify");
    gate.shutdown().await;
}
