//! Faults on the wire: what a client sees of each, when the effect happens, and how often they strike.

use std::time::Duration;

use emulator::{Config, Fault, FaultKind, When};
use futures::StreamExt as _;
use serde_json::Value;

use crate::sockets::Client;

const NAME: &str = "getCustomer";
const PATH: &str = "/api/customers/101";

async fn struck(kind: FaultKind) -> (Client, Result<reqwest::Response, reqwest::Error>) {
    let client = Client::start(Config::default()).await;
    client.running.emulator.set_faults(vec![Fault { times: Some(1), ..Fault::new(NAME, kind) }]);
    let response = client.get(PATH).timeout(Duration::from_millis(600)).send().await;
    (client, response)
}

#[tokio::test]
async fn a_status_comes_with_its_headers_and_strikes_as_often_as_told() {
    let client = Client::start(Config::default()).await;
    let mut fault = Fault { status: Some(503), times: Some(2), ..Fault::new(NAME, FaultKind::Status) };
    fault.headers.insert("Retry-After".to_owned(), "7".to_owned());
    client.running.emulator.set_faults(vec![fault]);
    let first = client.get(PATH).send().await.unwrap();
    assert_eq!((first.status().as_u16(), first.headers()["retry-after"].to_str().unwrap()), (503, "7"));
    assert_eq!(client.get("/api/customers/102").send().await.unwrap().status(), 503);
    assert_eq!(client.get(PATH).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_reset_is_a_reset_of_the_connection() {
    let (client, response) = struck(FaultKind::Reset).await;
    let error = format!("{:?}", response.unwrap_err());
    assert!(error.contains("ConnectionReset"), "{error}");
    assert_eq!(client.running.emulator.requests().operations[NAME].by_status["reset"], 1);
    assert_eq!(client.get(PATH).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_hanging_call_keeps_its_place_until_the_client_gives_up() {
    let client = Client::start(Config { limits: vec![(NAME.to_owned(), 1)], ..Config::default() }).await;
    client.running.emulator.set_faults(vec![Fault { times: Some(1), ..Fault::new(NAME, FaultKind::Hang) }]);
    let hanging = client.get(PATH).timeout(Duration::from_millis(400)).send();
    let beside = async {
        while !client.running.emulator.requests().operations.contains_key(NAME) {
            tokio::task::yield_now().await;
        }
        client.get(PATH).send().await.unwrap().status().as_u16()
    };
    let (hung, refused) = futures::join!(hanging, beside);
    assert!(hung.unwrap_err().is_timeout());
    assert_eq!(refused, 429);
    // The server notices the closed connection in its own time.
    for _ in 0..200 {
        match client.get(PATH).send().await.unwrap().status().as_u16() {
            429 => tokio::task::yield_now().await,
            status => return assert_eq!(status, 200),
        }
    }
    panic!("the place was never given back");
}

#[tokio::test]
async fn slow_stalled_endless_huge_and_truncated_bodies_are_what_their_names_say() {
    let (_client, slow) = struck(FaultKind::Slow).await;
    assert!(slow.unwrap().text().await.unwrap_err().is_timeout());
    for kind in [FaultKind::Endless, FaultKind::Huge] {
        let (_client, response) = struck(kind).await;
        let mut body = response.unwrap().bytes_stream();
        let mut read = 0;
        while read < 4 << 20 {
            read += body.next().await.unwrap().unwrap().len();
        }
    }
    let (_client, stalled) = struck(FaultKind::Stall).await;
    assert!(stalled.unwrap().text().await.unwrap_err().is_timeout());
    let (_client, cut) = struck(FaultKind::Truncate).await;
    let cut = cut.unwrap();
    assert!(cut.content_length().unwrap() > 100);
    assert!(cut.text().await.is_err());
}

#[tokio::test]
async fn answers_that_lie_have_status_200() {
    for (kind, word) in
        [(FaultKind::Html, "<html>"), (FaultKind::ErrorIn200, "Error Message"), (FaultKind::WrongType, "[[")]
    {
        let (_client, response) = struck(kind).await;
        let response = response.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.text().await.unwrap().contains(word), "{kind:?}");
    }
    let (_client, redirect) = struck(FaultKind::Redirect).await;
    assert_eq!(redirect.unwrap().status(), 302);
}

#[tokio::test]
async fn the_effect_happens_before_a_fault_that_strikes_after_it() {
    let client = Client::start(Config::default()).await;
    let write = async |value: &str| {
        let body = format!("{{\"value\":\"{value}\"}}");
        client.put("/api/org-units/101/custom-properties/1448203921", body).send().await
    };
    for (when, changes) in [(When::Before, 0), (When::After, 1)] {
        for kind in [FaultKind::Reset, FaultKind::Status, FaultKind::Truncate, FaultKind::ErrorIn200] {
            let emulator = &client.running.emulator;
            emulator.clear_journal();
            emulator.set_faults(vec![Fault { when, ..Fault::new("setOrgCustomProperty", kind) }]);
            let _ = write("Nobody").await;
            assert_eq!(emulator.journal().len(), changes, "{when:?} {kind:?}");
        }
    }
}

#[tokio::test]
async fn a_path_and_a_rate_narrow_a_fault() {
    let client = Client::start(Config::default()).await;
    let rule = |path: &str, rate: Option<f64>| Fault {
        path: Some(path.to_owned()),
        rate,
        ..Fault::new("*", FaultKind::Status)
    };
    client
        .running
        .emulator
        .set_faults(vec![rule("/api/customers/102", None), rule("/api/sites/{siteId}", None)]);
    assert_eq!(client.get(PATH).send().await.unwrap().status(), 200);
    assert_eq!(client.get("/api/customers/102").send().await.unwrap().status(), 500);
    assert_eq!(client.get("/api/sites/1").send().await.unwrap().status(), 500);
    client.running.emulator.set_faults(vec![rule("/api/customers/*", Some(0.5))]);
    let mut failed = 0;
    for _ in 0..100 {
        let status = client.get(PATH).send().await.unwrap().status();
        failed += i32::from(status == 500);
    }
    assert!((30..70).contains(&failed), "{failed}");
}

#[tokio::test]
async fn faults_are_set_over_http_as_well() {
    let client = Client::start(Config::default()).await;
    let rules = r#"[{"operation":"getCustomer","fault":"error_in_200","times":1}]"#;
    assert_eq!(client.put("/_emulator/faults", rules.to_owned()).send().await.unwrap().status(), 200);
    let body: Value =
        serde_json::from_str(&client.get(PATH).send().await.unwrap().text().await.unwrap()).unwrap();
    assert!(body["Error Message"].is_string());
    let unknown = r#"[{"operation":"getCostumer","fault":"reset"}]"#;
    assert_eq!(client.put("/_emulator/faults", unknown.to_owned()).send().await.unwrap().status(), 400);
}

/// Ids and total of one page of customers, ten rows each.
async fn customers(client: &Client, page: usize) -> (Vec<String>, u64) {
    let path = format!("/api/customers?pageSize=10&pageNumber={page}");
    let page: Value =
        serde_json::from_str(&client.get(&path).send().await.unwrap().text().await.unwrap()).unwrap();
    let ids = page["data"].as_array().unwrap().iter().map(|row| row["customerId"].to_string());
    (ids.collect(), page["totalItems"].as_u64().unwrap())
}

#[tokio::test]
async fn a_list_shrinks_grows_or_holds_a_row_twice_while_it_is_read() {
    let client = Client::start(Config::default()).await;
    let (usual, total) = customers(&client, 1).await;
    let (then, _) = customers(&client, 2).await;
    let moves = |kind, rows, times| {
        let fault = Fault { rows: Some(rows), times, ..Fault::new("listCustomers", kind) };
        client.running.emulator.set_faults(vec![fault]);
    };
    moves(FaultKind::Shrinks, 2, Some(1));
    assert_eq!(customers(&client, 1).await, (usual.clone(), total));
    for _ in 0..2 {
        let (shrunk, now) = customers(&client, 2).await;
        assert_eq!((&shrunk[..8], now), (&then[2..], total - 2));
    }
    assert_eq!(customers(&client, 1).await.0[..8], usual[2..]);

    moves(FaultKind::Grows, 3, Some(1));
    let (before, fewer) = customers(&client, 1).await;
    assert_eq!((&before[..7], fewer), (&usual[3..], total - 3));
    assert_eq!(customers(&client, 2).await, (then.clone(), total));
    assert_eq!(customers(&client, 1).await, (usual.clone(), total));

    moves(FaultKind::Shrinks, 1, None);
    for gone in 1..4 {
        assert_eq!(customers(&client, 2).await.1, total - gone);
    }

    moves(FaultKind::Twice, 10, None);
    assert_eq!(customers(&client, 1).await, (usual.clone(), total + 1));
    assert_eq!(customers(&client, 2).await.0[..2], [usual[9].clone(), then[0].clone()]);
}
