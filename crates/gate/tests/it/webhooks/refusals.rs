//! Who may do what to a webhook, where it may not lead, and what is never shown.

use super::receiver::Receiver;
use super::{hook, house, new, options, record};
use crate::house::{House, kind};
use gate::*;
use model::Kind;
use secrecy::SecretString;

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_refused_when_it_is_connected_to() {
    let house = house().await;
    let mut receiver = Receiver::new().await;
    let url = format!("https://localhost:{}/", receiver.port);
    let public = NewWebhook { allow_private: false, ..new("rebound", &url) };
    house.gate.add_webhook(&house.admin, public).await.unwrap();
    let tested = house.gate.test_webhook(&house.admin, "rebound").await.unwrap();
    assert!(!tested.delivered);
    assert!(tested.error.unwrap().contains("private or reserved address"));
    assert!(receiver.is_idle());
    house.shut().await;
}

#[tokio::test]
async fn an_address_that_is_not_public_takes_an_administrators_leave() {
    let house = house().await;
    let receiver = Receiver::new().await;
    for url in [
        &receiver.url,
        "https://127.0.0.1/",
        "https://192.168.0.1/",
        "https://[fd00::1]/",
        "https://169.254.169.254/",
    ] {
        let public = NewWebhook { allow_private: false, ..new("inside", url) };
        assert_eq!(kind(house.gate.add_webhook(&house.admin, public).await), Kind::InvalidArguments, "{url}");
    }
    assert!(house.gate.add_webhook(&house.admin, new("metadata", "https://169.254.169.254/")).await.is_err());
    hook(&house, "inside", &receiver, &[]).await;
    assert_eq!(record(&house, "webhook.created").await[0]["allow_private"], true);
    // Taking the leave back takes a URL that does without it.
    let back = WebhookChange { allow_private: Some(false), ..WebhookChange::default() };
    assert_eq!(kind(house.gate.change_webhook(&house.admin, "inside", back).await), Kind::InvalidArguments);
    house.shut().await;
}

#[tokio::test]
async fn webhooks_are_administrators_things() {
    let house = house().await;
    let receiver = Receiver::new().await;
    hook(&house, "jobs", &receiver, &[]).await;
    let gate = &house.gate;
    assert_eq!(gate.webhooks(&house.dana).await.unwrap().len(), 1);
    assert_eq!(kind(gate.webhooks(&house.agent).await), Kind::Forbidden);
    for who in [&house.dana, &house.agent] {
        assert_eq!(
            kind(gate.add_webhook(who, new("more", "https://hooks.example.com/")).await),
            Kind::Forbidden
        );
        assert_eq!(kind(gate.change_webhook(who, "jobs", WebhookChange::default()).await), Kind::Forbidden);
        assert_eq!(kind(gate.remove_webhook(who, "jobs").await), Kind::Forbidden);
        assert_eq!(kind(gate.rotate_webhook_secret(who, "jobs").await), Kind::Forbidden);
        assert_eq!(kind(gate.test_webhook(who, "jobs").await), Kind::Forbidden);
        assert_eq!(kind(gate.redeliver_webhook(who, "jobs", "msg_1").await), Kind::Forbidden);
    }
    assert_eq!(kind(gate.add_webhook(&house.admin, new("JOBS", &receiver.url)).await), Kind::Conflict);
    assert_eq!(kind(gate.redeliver_webhook(&house.admin, "jobs", "msg_1").await), Kind::NotFound);
    let nobody = NewWebhook { caller: Some("nobody".into()), ..new("more", &receiver.url) };
    assert_eq!(kind(gate.add_webhook(&house.admin, nobody).await), Kind::NotFound);
    gate.remove_webhook(&house.admin, "jobs").await.unwrap();
    assert_eq!(kind(gate.webhook(&house.admin, "jobs").await), Kind::NotFound);
    assert_eq!(record(&house, "webhook.removed").await.len(), 1);
    house.shut().await;
}

#[tokio::test]
async fn neither_a_secret_nor_the_url_of_a_receiver_is_shown_recorded_or_kept_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let Found::Free(owner) = Boundary::find(&state).unwrap() else { panic!("a new state is free") };
    let house = House::at(Home::State(owner), options()).await;
    let receiver = Receiver::new().await;
    let signed = hook(&house, "jobs", &receiver, &[]).await;
    let (planted, of_flow) = ("T0PLANTED/B0/s3cr3tpath", "hook-8e0b5c52planted");
    let chat = NewWebhook {
        format: WebhookFormat::Slack,
        url: SecretString::from(format!("http://127.0.0.1:{}/services/{planted}", receiver.port)),
        ..new("chat", "")
    };
    let chat = house.gate.add_webhook(&house.admin, chat).await.unwrap();
    assert_eq!(chat.secret, None);
    assert_eq!(chat.webhook.url, format!("http://127.0.0.1:{}/…", receiver.port));
    assert_eq!(kind(house.gate.rotate_webhook_secret(&house.admin, "chat").await), Kind::Conflict);
    let flow = format!("http://127.0.0.1:{}/webhook/{of_flow}?and={of_flow}", receiver.port);
    let flow = house.gate.add_webhook(&house.admin, new("flow", &flow)).await.unwrap();
    assert_eq!(flow.webhook.url, chat.webhook.url);
    let rotated = house.gate.rotate_webhook_secret(&house.admin, "jobs").await.unwrap();
    house.hold_cleanup(&house.workstations(1).await).await;
    let secrets = [signed.secret.unwrap(), rotated.secret.unwrap(), planted.to_owned(), of_flow.to_owned()];
    let shown = serde_json::to_string(&house.gate.webhooks(&house.admin).await.unwrap()).unwrap();
    let recorded = house.gate.audit(&house.admin, AuditFilter::default()).await.unwrap();
    let recorded = serde_json::to_string(&recorded).unwrap();
    house.shut().await;
    let mut kept = Vec::new();
    for file in std::fs::read_dir(&state).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            kept.extend(std::fs::read(path).unwrap());
        }
    }
    for secret in &secrets {
        assert!(!shown.contains(secret) && !recorded.contains(secret));
        assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}
