//! The pages of webhooks, as a browser without scripts meets them.

use crate::browserless::{Answer, admin, field, get, post};
use crate::world::World;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

/// Sends a form of the page at `path` from there to `to`.
async fn send(world: &World, path: &str, to: &str, fields: &str) -> Answer {
    let page = get(world, path, &world.admin).await;
    post(world, to, &world.admin, &format!("csrf={}&{fields}", page.csrf())).await
}

/// A receiver that answers so many requests in turn.
fn receiver(statuses: &'static [u16]) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url =
        format!("http%3A%2F%2F{}%2Fs3cr3t", listener.local_addr().unwrap().to_string().replace(':', "%3A"));
    let answering = thread::spawn(move || {
        for status in statuses {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            let answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: 18\r\nconnection: close\r\n\r\n<script>1</script>"
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, answering)
}

/// Makes a webhook on the pages; its own page.
async fn made(world: &World, fields: &str) -> String {
    let answer = send(world, "/webhooks/new", "/webhooks/new", fields).await;
    match answer.status.as_u16() {
        201 => {
            let at = answer.text.find("href=\"/webhooks/").unwrap() + 6;
            answer.text[at..].split('"').next().unwrap().to_owned()
        }
        303 => answer.location().to_owned(),
        other => panic!("{other}: {}", answer.text),
    }
}

#[tokio::test]
async fn a_signing_secret_is_on_one_answer_and_nowhere_else() {
    let world = World::new().await;
    let empty = get(&world, "/webhooks", &world.admin).await;
    assert!(empty.text.contains("No webhook yet"));
    let fields = "name=jobs&url=https%3A%2F%2Fhooks.example.com%2Fin%3Ftoken%3Ds3cr3t&format=standard\
                  &event=call.finished&event=approval.decided&connection=&caller=";
    let answer = send(&world, "/webhooks/new", "/webhooks/new", fields).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(answer.cookie("ncgate_flash").is_none_or(str::is_empty), "nothing of it is in a cookie");
    let secret = answer.text[answer.text.find("whsec_").unwrap()..].split('<').next().unwrap().to_owned();
    assert_eq!(secret.len(), "whsec_".len() + 44);
    let at = answer.text.find("href=\"/webhooks/").unwrap() + 6;
    let place = answer.text[at..].split('"').next().unwrap().to_owned();

    // The same form again, as a reload sends it: no second webhook, no secret, and no URL.
    let again = send(&world, "/webhooks/new", "/webhooks/new", fields).await;
    assert_eq!(again.status, 422);
    assert!(again.text.contains("is called `jobs` already") && again.text.contains("value=\"jobs\""));
    assert_eq!(world.gate.webhooks(&admin(&world).await).await.unwrap().len(), 1);
    for path in ["/webhooks", &place] {
        let page = get(&world, path, &world.admin).await;
        assert!(page.text.contains("https://hooks.example.com/…"), "{path}");
        for kept in ["whsec_", "s3cr3t"] {
            let told = page.text.replace("<code>whsec_</code>", "");
            assert!(!told.contains(kept) && !again.text.contains(kept), "{path}: {kept}");
        }
    }

    let page = get(&world, &place, &world.admin).await;
    let form = format!("csrf={}&rotation={}", page.csrf(), field(&page.text, "rotation"));
    let rotate = format!("{place}/rotate");
    let rotated = post(&world, &rotate, &world.admin, &form).await;
    assert_eq!(rotated.status, 200);
    assert!(rotated.text.contains("whsec_") && !rotated.text.contains(&secret));
    assert!(rotated.text.contains("The secret before it signs as well until"));
    let reloaded = post(&world, &rotate, &world.admin, &form).await;
    assert_eq!(reloaded.status, 409);
    assert!(reloaded.text.contains("so no other was made"));
    assert!(!reloaded.text.replace("<code>whsec_</code>", "").contains("whsec_"));
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field_and_what_was_typed_stays_but_for_the_url() {
    let world = World::new().await;
    let fields = "name=%3Cscript%3Ejobs&url=http%3A%2F%2Fhooks.example.com%2Fs3cr3t&format=teams&event=call.refused&connection=&caller=";
    let answer = send(&world, "/webhooks/new", "/webhooks/new", fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("Messages are sent over https only."));
    assert!(answer.text.contains("&#60;script&#62;jobs") && !answer.text.contains("<script>jobs"));
    assert!(
        answer.text.contains("value=\"teams\" checked")
            && answer.text.contains("value=\"call.refused\" checked")
    );
    assert!(!answer.text.contains("s3cr3t"));
    let nameless = send(&world, "/webhooks/new", "/webhooks/new", "name=+&url=&format=slack").await;
    assert!(nameless.text.contains("Give it a name.") && nameless.text.contains("Give the address"));
    let odd = send(&world, "/webhooks/new", "/webhooks/new", "name=x&url=y&format=pigeon").await;
    assert_eq!(odd.status, 422);
}

#[tokio::test]
async fn a_test_that_fails_and_one_that_arrives_say_so() {
    let world = World::new().await;
    let (url, answering) = receiver(&[503, 204]);
    let place =
        made(&world, &format!("name=jobs&url={url}&format=standard&connection=&caller=&allow_private=true"))
            .await;
    for said in ["did not arrive: The receiver answered 503", "The test message arrived: answered 204"] {
        let sent = send(&world, &place, &format!("{place}/test"), "").await;
        assert_eq!((sent.status.as_u16(), sent.location()), (303, place.as_str()));
        let page = sent.follow(&world, &world.admin).await;
        assert!(page.text.contains(said), "{}", page.text);
        assert!(page.text.contains(" ms, under the id msg_") && !page.text.contains("<script>1"));
        assert!(!page.text.contains("s3cr3t/"));
    }
    answering.join().unwrap();
}

#[tokio::test]
async fn a_webhook_is_changed_disabled_and_removed_by_its_name() {
    let world = World::new().await;
    let place = made(&world, "name=chat&url=https%3A%2F%2Fhooks.example.com%2Fs3cr3t&format=slack&event=call.finished&connection=&caller=").await;
    let page = get(&world, &place, &world.admin).await;
    assert!(page.text.contains("https://hooks.example.com/…") && !page.text.contains("Signing secret"));
    let connection = world.gate.connections(&admin(&world).await).await.unwrap()[0].id.to_string();
    let change = format!("name=on-call&url=&connection={connection}&caller=local-agent&format=slack");
    let changed = send(&world, &place, &place, &change).await;
    assert_eq!(changed.status, 303, "{}", changed.text);
    let hook = world.gate.webhook(&admin(&world).await, "on-call").await.unwrap();
    assert_eq!((hook.connection.as_deref(), hook.events), (Some("main"), None));
    // What it is narrowed to stays, unless something else is chosen.
    send(&world, &place, &place, "name=on-call&url=&connection=keep&caller=").await;
    let hook = world.gate.webhook(&admin(&world).await, "on-call").await.unwrap();
    assert_eq!((hook.connection.as_deref(), hook.caller), (Some("main"), None));

    let off = send(&world, &place, &format!("{place}/enabled"), "enabled=false").await;
    assert!(off.follow(&world, &world.admin).await.text.contains("It is disabled."));
    assert!(get(&world, "/webhooks", &world.approver).await.text.contains("ada disabled it"));
    let wrong = send(&world, &place, &format!("{place}/remove"), "name=chat").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("Nothing was removed: the name was not typed."));
    let gone = send(&world, &place, &format!("{place}/remove"), "name=on-call").await;
    assert_eq!((gone.status.as_u16(), gone.location()), (303, "/webhooks"));
    assert_eq!(get(&world, &place, &world.admin).await.status, 404);
}

#[tokio::test]
async fn who_may_only_look_sees_webhooks_and_no_way_to_change_them() {
    let world = World::new().await;
    let place =
        made(&world, "name=chat&url=https%3A%2F%2Fhooks.example.com%2Fx&format=slack&connection=&caller=")
            .await;
    world.person("vic", "viewer").await;
    let viewer = world.sign_in("vic").await;
    for session in [&viewer, &world.approver] {
        let page = get(&world, &place, session).await;
        assert_eq!(page.status, 200);
        for act in ["Send a test message", "Make another secret", "Change it", "Remove it"] {
            assert!(!page.text.contains(act), "{act}");
        }
        assert!(!get(&world, "/webhooks", session).await.text.contains("/webhooks/new"));
        assert_eq!(get(&world, "/webhooks/new", session).await.status, 403);
        for (to, fields) in [
            ("/webhooks/new".to_owned(), "name=x&url=https%3A%2F%2Fx.example.com&format=slack"),
            (place.clone(), "name=y"),
            (format!("{place}/enabled"), "enabled=false"),
            (format!("{place}/test"), ""),
            (format!("{place}/rotate"), ""),
            (format!("{place}/remove"), "name=chat"),
            (format!("{place}/deliveries/msg_1/again"), ""),
        ] {
            let form = format!("csrf={}&{fields}", page.csrf());
            assert_eq!(post(&world, &to, session, &form).await.status, 403, "{to}");
        }
    }
    let hook = world.gate.webhook(&admin(&world).await, "chat").await.unwrap();
    assert_eq!(hook.state, gate::WebhookState::Active);
}

#[tokio::test]
async fn a_delivery_is_listed_by_state_and_sent_again() {
    let world = World::new().await;
    let (url, answering) = receiver(&[204, 204]);
    let place = made(
        &world,
        &format!("name=jobs&url={url}&format=standard&event=connection.health_changed&connection=&caller=&allow_private=true"),
    )
    .await;
    world.emulator.emulator.expire(emulator::Expire::Jwt).unwrap();
    world.emulator.emulator.restart();
    world.post("/api/v1/tools/n_central-list-service-orgs", &world.admin, serde_json::json!({})).await;
    let delivered = async || {
        let page = get(&world, &format!("{place}?state=delivered"), &world.admin).await;
        page.text.contains("connection.health_changed</th>") || page.text.contains("Deliver again</button>")
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while !delivered().await {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the message is delivered");
    assert!(get(&world, &format!("{place}?state=failed"), &world.admin).await.text.contains("None here"));
    let page = get(&world, &place, &world.admin).await;
    let at = page.text.find("/deliveries/msg_").unwrap() + 12;
    let id = page.text[at..].split('/').next().unwrap();
    let sent = send(&world, &place, &format!("{place}/deliveries/{id}/again"), "").await;
    assert!(sent.follow(&world, &world.admin).await.text.contains("sent again at once"));
    // It arrives a second time, or the receiver would wait for ever.
    answering.join().unwrap();
    let missing = send(&world, &place, &format!("{place}/deliveries/msg_none/again"), "").await;
    assert_eq!(missing.status, 404);
}
