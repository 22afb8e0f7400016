//! The event stream: people follow everything, a key only what is its own, and it ends with the server.

use crate::world::{LIST_DEVICES, World, request};
use axum::body::Body;
use http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

struct Follower(Body);

impl Follower {
    async fn new(world: &World, token: &str) -> Self {
        Self::from(world, token, None).await
    }

    /// Comes back with the id of the last event that was seen.
    async fn from(world: &World, token: &str, last: Option<&str>) -> Self {
        let request = request(Method::GET, "/api/v1/events", token);
        let request = match last {
            Some(id) => request.header("last-event-id", id),
            None => request,
        };
        let request = request.body(Body::empty()).unwrap();
        let response = world.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(response.into_body())
    }

    /// Reads on until something of this topic happens. What was done before the stream began is passed on a moment
    /// later and may come first.
    async fn until(&mut self, topic: &str) {
        while self.next().await.expect("the stream goes on").0 != topic {}
    }

    /// The next event's name and data; none at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        self.next_with_id().await.map(|(_, name, data)| (name, data))
    }

    /// The same, with the event's id.
    async fn next_with_id(&mut self) -> Option<(String, String, Value)> {
        loop {
            let frame = self.0.frame().await?.unwrap().into_data().unwrap();
            let text = String::from_utf8(frame.to_vec()).unwrap();
            let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            // The first frame says when to come back, comments keep the stream alive.
            let Some(name) = field("event:") else { continue };
            let data = serde_json::from_str(field("data:").unwrap()).unwrap();
            return Some((field("id:").unwrap().to_owned(), name.to_owned(), data));
        }
    }
}

#[tokio::test]
async fn a_key_follows_its_own_calls_and_no_others() {
    let world = World::new().await;
    let (own, other) = (world.key("triage").await, world.key("reports").await);
    world.policy("n_central-list-devices", "approval_needed").await;
    let mut follower = Follower::new(&world, &own).await;
    world.post(LIST_DEVICES, &other, json!({"page_size": 3})).await.expect(202);
    world.key("third").await;
    let held = world.post(LIST_DEVICES, &own, json!({"page_size": 4})).await.expect(202);
    let (topic, data) = follower.next().await.unwrap();
    assert_eq!(data["topic"], topic);
    assert!([&held["call_id"], &held["approval_id"]].contains(&&data["id"]), "{data}");
}

#[tokio::test]
async fn a_person_follows_everything() {
    let world = World::new().await;
    let mut follower = Follower::new(&world, &world.approver).await;
    world.key("triage").await;
    follower.until("key").await;
}

#[tokio::test]
async fn a_stream_ends_with_the_server_and_with_its_key() {
    let world = World::new().await;
    let made = world.admin_post("/api/v1/keys", json!({"name": "triage", "kind": "agent"})).await.expect(201);
    let mut of_key = Follower::new(&world, made["secret"].as_str().unwrap()).await;
    let mut of_person = Follower::new(&world, &world.approver).await;
    world.delete(&format!("/api/v1/keys/{}", made["id"].as_str().unwrap()), &world.admin).await.expect(204);
    assert!(of_key.next().await.is_none());
    of_person.until("key").await;
    world.options.closing.cancel();
    assert!(of_person.next().await.is_none());
}

#[tokio::test]
async fn who_comes_back_is_told_what_happened_meanwhile() {
    let world = World::new().await;
    let (own, other) = (world.key("triage").await, world.key("reports").await);
    world.policy("n_central-list-devices", "approval_needed").await;
    let mut follower = Follower::new(&world, &own).await;
    let first = world.post(LIST_DEVICES, &own, json!({"page_size": 3})).await.expect(202);
    let (mut seen, _, mut data) = follower.next_with_id().await.unwrap();
    while data["topic"] != "call" {
        (seen, _, data) = follower.next_with_id().await.unwrap();
    }
    assert_eq!(data["id"], first["call_id"]);
    drop(follower);
    world.post(LIST_DEVICES, &other, json!({"page_size": 5})).await.expect(202);
    let second = world.post(LIST_DEVICES, &own, json!({"page_size": 4})).await.expect(202);
    let mut back = Follower::from(&world, &own, Some(&seen)).await;
    let (next, _, data) = back.next_with_id().await.unwrap();
    assert!([&second["call_id"], &second["approval_id"]].contains(&&data["id"]), "{data}");
    assert!(next > seen, "ids rise");
}

#[tokio::test]
async fn who_was_told_nothing_yet_has_a_place_to_come_back_to() {
    let world = World::new().await;
    let mut follower = Follower::new(&world, &world.approver).await;
    let frame = follower.0.frame().await.unwrap().unwrap().into_data().unwrap();
    let frame = String::from_utf8(frame.to_vec()).unwrap();
    let id = frame.lines().find_map(|line| line.strip_prefix("id:")).unwrap().trim().to_owned();
    drop(follower);
    world.key("triage").await;
    let mut back = Follower::from(&world, &world.approver, Some(&id)).await;
    // What was done before the first stream began may come as well.
    let mut told = back.next().await.unwrap().0;
    while told != "key" {
        assert_ne!(told, "reset", "nothing is missing");
        told = back.next().await.unwrap().0;
    }
}

#[tokio::test]
async fn streams_of_pages_and_of_programs_take_the_same_seats() {
    let world = World::new().await;
    let follow = async |page: bool| {
        let request = match page {
            true => request(Method::GET, "/events/pages", "")
                .header("cookie", format!("ncgate_session={}", world.admin)),
            false => request(Method::GET, "/api/v1/events", &world.admin),
        };
        world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    let mut open = Vec::new();
    for seat in 0..gate::Limits::default().event_streams {
        let stream = follow(seat % 2 == 0).await;
        assert_eq!(stream.status(), 200);
        open.push(stream);
    }
    for page in [true, false] {
        assert_eq!(follow(page).await.status(), 429);
        open.pop();
        open.push(follow(page).await);
        assert_eq!(open.last().unwrap().status(), 200, "a seat is free when its stream has ended");
    }
}

#[tokio::test]
async fn who_comes_back_too_late_or_from_elsewhere_is_told_so() {
    let world = World::new().await;
    for id in ["", "7", "0193-0000000000000001", "nonsense"] {
        let mut follower = Follower::from(&world, &world.approver, Some(id)).await;
        let (mark, name, data) = follower.next_with_id().await.unwrap();
        assert_eq!((name.as_str(), data), ("reset", json!({})));
        // From there on nothing is missing.
        let mut again = Follower::from(&world, &world.approver, Some(&mark)).await;
        world.key("more").await;
        again.until("key").await;
    }
}

#[tokio::test]
async fn following_a_call_is_not_being_told_its_outcome() {
    let world = World::new().await;
    let key = world.key("triage").await;
    world.policy("n_central-list-devices", "approval_needed").await;
    let held = world.post(LIST_DEVICES, &key, json!({"page_size": 3})).await.expect(202);
    let mut follower = Follower::new(&world, &key).await;
    let place = format!("/api/v1/approvals/{}/decision", held["approval_id"].as_str().unwrap());
    world.post(&place, &world.approver, json!({"decision": "deny", "reason": "no"})).await.expect(200);
    follower.until("call").await;
    world.post(LIST_DEVICES, &key, json!({"page_size": 3})).await.refused(403, "denied");
}
