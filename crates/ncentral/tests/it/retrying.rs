//! What is sent again, what isn't, and when it ends.

use std::time::Duration;

use ncentral::{Certainty, Client, Error, Method, Params, Reply, Scope, operations};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::double::{Act, Double, ok, slow};

const DEVICE: &str = "/api/devices/5";

async fn read(client: &Client) -> Result<Reply, Error> {
    client.call(operations::GET_DEVICE, Params::new().set("deviceId", 5), None).await
}

async fn write(client: &Client) -> Result<Reply, Error> {
    client.call(operations::DELETE_DEVICE, Params::new().set("deviceId", 5), None).await
}

fn device() -> Act {
    ok(json!({"data": {"deviceId": 5}}))
}

fn gone() -> Act {
    Act::Answer(204, Value::Null)
}

#[tokio::test(start_paused = true)]
async fn a_read_survives_what_passes() {
    for trouble in [
        || Act::Answer(429, json!({})),
        || Act::Answer(502, json!({})),
        || Act::Raw(503, vec![("retry-after", "1")], "busy"),
        || Act::Answer(504, json!({})),
        || Act::Break,
        || Act::BreakInBody,
    ] {
        let double = Double::new(move |seen| if seen.nth < 2 { trouble() } else { device() });
        let reply = read(&double.client()).await.expect("it passes");
        assert_eq!(reply.data()["deviceId"], 5);
        assert_eq!(double.count(DEVICE), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_may_have_arrived_is_never_sent_again() {
    for trouble in [
        || Act::Answer(500, json!({})),
        || Act::Answer(502, json!({})),
        || Act::Raw(503, vec![("retry-after", "1")], ""),
        || Act::Answer(504, json!({})),
        || Act::Answer(408, json!({})),
        || Act::Break,
        || Act::BreakInBody,
        || Act::Hang,
        || Act::Endless,
        || Act::Raw(302, vec![("location", "https://elsewhere.example/")], ""),
        || Act::Raw(200, vec![("content-type", "text/html")], "<html>"),
        || Act::Raw(200, vec![("content-type", "application/json")], "{\"a\":"),
        || Act::Raw(200, vec![("content-type", "text/plain")], "{}"),
        || Act::Answer(200, json!({"Error Message": "no"})),
        || Act::Answer(200, json!([1])),
    ] {
        let double = Double::new(move |_| trouble());
        let error = write(&double.client()).await.expect_err("trouble");
        assert_eq!(error.certainty(), Certainty::Unknown, "{error:?}");
        assert_eq!(double.count(DEVICE), 1, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_refused_says_so() {
    for status in [400, 403, 404, 405, 409, 415, 422] {
        let double = Double::new(move |_| Act::Answer(status, json!({"status": status, "message": "no"})));
        let error = write(&double.client()).await.expect_err("refused");
        assert_eq!(error.certainty(), Certainty::Refused, "{status}");
        assert_eq!(error.upstream().expect("it spoke").message, "no");
        assert_eq!(double.count(DEVICE), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_write_waits_as_asked_and_is_sent_again() {
    let double = Double::new(|seen| match seen.nth {
        0 => Act::Raw(429, vec![("retry-after", "7")], "{}"),
        _ => gone(),
    });
    let client = double.client();
    let began = Instant::now();
    write(&client).await.expect("deleted");
    assert!((7.0..7.1).contains(&began.elapsed().as_secs_f64()), "{:?}", began.elapsed());
    assert_eq!(double.count(DEVICE), 2);
}

#[tokio::test(start_paused = true)]
async fn throttling_without_end_stops_within_the_deadline() {
    let double = Double::new(|_| Act::Answer(429, json!({"message": "[ID=q] Too many"})));
    let client = double.client();
    let began = Instant::now();
    let error = write(&client).await.expect_err("busy");
    assert_eq!(error.certainty(), Certainty::Refused);
    assert_eq!(error.upstream().expect("it spoke").correlation_id.as_deref(), Some("q"));
    assert!(matches!(error, Error::Throttled { .. }));
    assert!(began.elapsed() <= Duration::from_secs(20));
    assert!(double.count(DEVICE) > 3);
}

#[tokio::test(start_paused = true)]
async fn an_asked_wait_beyond_the_deadline_is_not_begun() {
    let double = Double::new(|_| Act::Raw(429, vec![("retry-after", "3600")], ""));
    let began = Instant::now();
    let error = read(&double.client()).await.expect_err("busy");
    assert!(matches!(error, Error::Throttled { retry_after: Some(wait), .. } if wait.as_secs() == 3600));
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn one_deadline_covers_the_whole_call() {
    for slow in [|| Act::Hang, || slow(21_000, ok(json!({"data": {}})))] {
        let double = Double::new(move |_| slow());
        let client = double.client();
        let began = Instant::now();
        let error = read(&client).await.expect_err("too slow");
        assert_eq!(error, Error::Timeout { after: Duration::from_secs(20) });
        assert_eq!(began.elapsed(), Duration::from_secs(20));
    }
}

#[tokio::test(start_paused = true)]
async fn retries_share_the_deadline() {
    let double = Double::new(|seen| match seen.nth {
        0 => Act::Raw(503, vec![("retry-after", "12")], ""),
        _ => Act::Hang,
    });
    let client = double.client();
    let began = Instant::now();
    assert_eq!(read(&client).await.expect_err("too slow").kind(), "timeout");
    assert_eq!(began.elapsed().as_secs(), 20);
    assert_eq!(double.count(DEVICE), 2);
}

#[tokio::test(start_paused = true)]
async fn a_scope_brings_its_own_deadline() {
    let double = Double::new(|_| Act::Hang);
    let scope = Scope { deadline: Some(Duration::from_secs(3)), ..Scope::default() };
    let began = Instant::now();
    let error = read(&double.client().with(scope)).await.expect_err("too slow");
    assert_eq!(error, Error::Timeout { after: Duration::from_secs(3) });
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn an_answer_beyond_the_cap_is_not_read_on() {
    let double = Double::new(|_| Act::Endless);
    let client = double.builder().max_body(100_000).build().expect("a client");
    assert_eq!(read(&client).await.expect_err("endless"), Error::TooLarge { limit: 100_000 });
}

#[tokio::test(start_paused = true)]
async fn a_read_gives_up_after_a_few_failures() {
    let double = Double::new(|_| Act::Answer(503, json!({"message": "restarting"})));
    let error = read(&double.client()).await.expect_err("down");
    assert!(matches!(error, Error::Api { status: 503, .. }) && error.retryable());
    assert_eq!(double.count(DEVICE), 4);
}

#[tokio::test(start_paused = true)]
async fn a_malformed_request_is_never_sent() {
    let double = Double::new(|_| device());
    let client = double.client();
    let missing = client.call(operations::GET_DEVICE, Params::new(), None).await.expect_err("refused");
    let outside = client.raw(Method::Get, "/api/../admin", &[], None).await.expect_err("refused");
    for error in [missing, outside] {
        assert_eq!(error.certainty(), Certainty::NotSent, "{error:?}");
    }
    assert!(double.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_path_outside_the_contract_can_be_read() {
    let double = Double::new(|_| ok(json!([1, 2])));
    let query = [("a b".to_owned(), "1&2".to_owned())];
    let reply = double.client().raw(Method::Get, "/api/newer", &query, None).await.expect("an answer");
    assert_eq!(reply.body, json!([1, 2]));
    assert_eq!(double.seen()[1].query, "a%20b=1%262");
}
