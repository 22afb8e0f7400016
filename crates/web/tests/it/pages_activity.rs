//! The record in the dashboard: sentences that can be narrowed, one entry, files, and the proof.

use crate::browserless::{Answer, ask, get, post};
use crate::world::{LIST_DEVICES, World};
use axum::body::Body;
use http::{Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

const RUN: &str = "/api/v1/tools/n_central-create-customer?connection=main";

/// A world in which an agent has looked something up and asked for a change with a hostile reason.
async fn busy() -> (World, String) {
    let world = World::new().await;
    let key = world.key("triage").await;
    world.post(LIST_DEVICES, &key, json!({"page_size": 1})).await.expect(200);
    let customer = json!({"customer_name": "Initech", "service_org_id": service_org(&world).await, "reason": "<script>x</script>"});
    let held = world.post(RUN, &key, customer).await.expect(202);
    (world, held["call_id"].as_str().unwrap().to_owned())
}

async fn service_org(world: &World) -> i64 {
    let path = "/api/v1/tools/n_central-list-service-orgs?connection=main";
    let list = world.post(path, &world.admin, json!({})).await.expect(200);
    match &list["rows"][0][0] {
        Value::String(id) => id.parse().unwrap(),
        id => id.as_i64().unwrap(),
    }
}

/// The part of the page with the entries.
fn entries(page: &Answer) -> &str {
    let (_, rest) = page.text.split_once("id=\"list\"").expect("the page has the list");
    rest.split_once("</section>").unwrap().0
}

#[tokio::test]
async fn the_record_reads_as_sentences_and_hostile_text_stays_text() {
    let (world, call) = busy().await;
    let page = get(&world, "/activity", &world.approver).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let list = entries(&page);
    assert!(list.contains("<strong>triage</strong> asks for"), "{list}");
    assert!(list.contains("&#60;script&#62;x") && !page.text.contains("<script>x"), "{list}");
    assert!(list.contains("<strong>triage</strong> called"), "{list}");
    assert!(list.contains("<strong>ada</strong> made the key"), "{list}");
    assert!(page.text.len() < 150_000, "{}", page.text.len());
    let of_call = get(&world, &format!("/activity?call={call}"), &world.admin).await;
    assert_eq!(entries(&of_call).matches("<tr data-row>").count(), 1);
}

#[tokio::test]
async fn the_list_is_narrowed_by_everything() {
    let (world, _) = busy().await;
    let count = async |query: &str| {
        let page = get(&world, &format!("/activity?{query}"), &world.admin).await;
        assert_eq!(page.status, 200, "{query}: {}", page.text);
        entries(&page).matches("<tr data-row>").count()
    };
    assert_eq!(count("caller=triage").await, 2);
    assert_eq!(count("caller=triage&tool=list_devices").await, 1);
    assert_eq!(count("tool=list_devices&outcome=done&connection=main&event=call.read").await, 1);
    assert_eq!(count("outcome=failed").await, 0);
    assert_eq!(count("event=key.created").await, 1);
    assert_eq!(count("caller=triage&from=2026-11-22T07:59&to=2026-11-22T08:01").await, 2);
    assert_eq!(count("caller=triage&from=2026-11-22T08:01").await, 0);
    assert_eq!(count("caller=triage&to=2026-11-22T07:59").await, 0);
    assert_eq!(count("caller=nobody").await, 0);
    assert_eq!(count("customer=1&caller=triage").await, 0);
}

#[tokio::test]
async fn a_filter_that_can_not_be_understood_is_told_beside_its_field() {
    let (world, _) = busy().await;
    let page = get(&world, "/activity?from=yesterday&customer=Nobody&caller=triage", &world.admin).await;
    assert_eq!(page.status, 422);
    assert!(
        page.text.contains("id=\"from-error\"") && page.text.contains("id=\"customer-error\""),
        "{}",
        page.text
    );
    assert!(page.text.contains("value=\"yesterday\"") && page.text.contains("value=\"triage\""));
    let page = get(&world, "/activity?cursor=nonsense", &world.admin).await;
    assert!(page.status.is_client_error() && page.text.contains("class=\"alert bad\""), "{}", page.text);
    let export = get(&world, "/activity/export.csv?from=yesterday", &world.admin).await;
    assert_eq!(export.status, 422);
}

/// The first customer that the emulated N-central has: its name and its id.
async fn customer(world: &World) -> (String, String) {
    let path = "/api/v1/tools/n_central-list-customers?connection=main";
    let fields = json!({"fields": ["customer_name", "customer_id"], "page_size": 1});
    let list = world.post(path, &world.admin, fields).await.expect(200);
    let id = &list["rows"][0][1];
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    (list["rows"][0][0].as_str().unwrap().to_owned(), id)
}

#[tokio::test]
async fn a_customer_is_found_by_name_once_and_kept_by_id() {
    let (world, _) = busy().await;
    let (name, id) = customer(&world).await;
    let key = world.key("watcher").await;
    world.post(LIST_DEVICES, &key, json!({"customer_id": id, "page_size": 1})).await.expect(200);
    let encoded: String = url::form_urlencoded::byte_serialize(name.to_lowercase().as_bytes()).collect();
    let found = get(&world, &format!("/activity?caller=watcher&customer={encoded}"), &world.approver).await;
    assert_eq!(found.status, 303, "{}", found.text);
    assert!(found.location().ends_with(&format!("%28{id}%29")), "{}", found.location());
    let list = get(&world, found.location(), &world.approver).await;
    assert_eq!(entries(&list).matches("<tr data-row>").count(), 1, "{}", list.text);
    assert!(list.text.contains(&format!("({id})\"")), "the name stays with its id: {}", list.text);
    assert!(list.text.contains("name=\"caller\" type=\"search\" value=\"watcher\""));
    let export = found.location().replacen("/activity", "/activity/export.jsonl", 1);
    assert_eq!(get(&world, &export, &world.approver).await.text.lines().count(), 1);

    let unknown = get(&world, "/activity?customer=Nobody+%3Cb%3E", &world.approver).await;
    assert_eq!(unknown.status, 422);
    assert!(
        unknown.text.contains("No customer is called “Nobody &#60;b&#62;”")
            && unknown.text.contains("value=\"Nobody &#60;b&#62;\""),
        "{}",
        unknown.text
    );
}

#[tokio::test]
async fn whoever_was_acted_on_lately_is_offered() {
    let (world, _) = busy().await;
    let offered = async || get(&world, "/activity/customers", &world.approver).await;
    let none = offered().await;
    assert!(none.status == 200 && !none.text.contains("<option"), "{}", none.text);
    let (name, id) = customer(&world).await;
    let key = world.key("opener").await;
    let site = "/api/v1/tools/n_central-create-site?connection=main";
    world.post(site, &key, json!({"customer_id": id, "site_name": "Annexe"})).await.expect(202);
    let one = offered().await;
    assert_eq!(one.text.matches("<option").count(), 1, "{}", one.text);
    assert!(one.text.contains(&format!("<option value=\"{name} ({id})\">")), "{}", one.text);
}

#[tokio::test]
async fn a_name_that_several_customers_could_mean_leads_to_each() {
    let world = World::new().await;
    let second = json!({"name": "Second", "url": world.emulator.url, "jwt": world.emulator.jwt});
    world.admin_post("/api/v1/connections", second).await.expect(201);
    let unclear = get(&world, "/activity?customer=Acme", &world.admin).await;
    assert_eq!(unclear.status, 422);
    assert!(unclear.text.contains("Choose the connection as well."), "{}", unclear.text);
    let near = get(&world, "/activity?connection=main&customer=Acm", &world.admin).await;
    assert_eq!(near.status, 422, "a part of a name is no name");
    assert!(near.text.contains("customer=Acme%20%28"), "{}", near.text);
}

#[tokio::test]
async fn fifty_entries_a_page_and_a_way_to_the_older_ones() {
    let world = World::new().await;
    let key = world.key("triage").await;
    for page in 1..=60 {
        world.post(LIST_DEVICES, &key, json!({"page_size": 1, "page_number": page})).await;
    }
    let first = get(&world, "/activity?caller=triage", &world.admin).await;
    assert_eq!(entries(&first).matches("<tr data-row>").count(), 50);
    let next = first
        .text
        .split("rel=\"next\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    let second = get(&world, &next, &world.admin).await;
    assert_eq!(entries(&second).matches("<tr data-row>").count(), 10, "{}", entries(&second));
    assert!(!second.text.contains("id=\"news\""), "what is new is announced above the newest");
    let news = first.text.split("hx-get=\"/activity/news").nth(1).unwrap().split('"').next().unwrap();
    let news = format!("/activity/news{}", news.replace("&#38;", "&").replace("&amp;", "&"));
    assert!(!get(&world, &news, &world.admin).await.text.contains("show</a>"));
    world.pass(Duration::from_secs(1));
    world.post(LIST_DEVICES, &key, json!({"page_size": 1})).await.expect(200);
    let said = get(&world, &news, &world.admin).await;
    assert!(said.text.contains("1 new entry, show</a>"), "{}", said.text);
}

#[tokio::test]
async fn an_entry_shows_all_of_it_and_its_place() {
    let (world, call) = busy().await;
    let list = get(&world, &format!("/activity?call={call}"), &world.admin).await;
    let place = entries(&list).split("<a href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = get(&world, &place, &world.approver).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        "Hash of the one before",
        "Entry before",
        "plan_digest",
        "Initech",
        &format!("href=\"/calls/{call}\""),
        "Sent to N-central",
        "&#60;script&#62;",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("<script>x"));
    let before = page.text.split("rel=\"prev\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(get(&world, before, &world.approver).await.status, 200);
    for missing in ["/activity/system/100000", "/activity/nowhere/1", "/activity/system/0"] {
        assert_eq!(get(&world, missing, &world.approver).await.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn the_record_is_taken_away_as_it_is_narrowed() {
    let world = World::new().await;
    let key = world.key("triage").await;
    // More than are read at once.
    let who = world.gate.identify(&key, model::Source::default()).await.unwrap();
    for page in 1..=520 {
        let ask = gate::Ask {
            requester: who.clone(),
            connection: None,
            tool: "n_central-get-device".into(),
            arguments: json!({"device_ids": page}),
            hold: Duration::ZERO,
            idempotency_key: None,
            progress: std::sync::Arc::new(gate::Silent),
        };
        world.gate.ask(ask).await.unwrap_err();
    }
    let lines = get(&world, "/activity/export.jsonl?caller=triage", &world.approver).await;
    assert_eq!(lines.headers[header::CONTENT_TYPE], "application/jsonl");
    assert!(lines.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("ncgate-activity.jsonl"));
    let entries: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.len(), 520);
    assert!(
        entries
            .iter()
            .all(|entry| entry["event"] == "call.refused" && entry["body"]["caller_name"] == "triage")
    );
    let table = get(&world, "/activity/export.csv?caller=triage", &world.approver).await;
    assert_eq!(table.text.matches("chain,seq,time,event,hash,body\n").count(), 1, "one heading");
    assert_eq!(table.text.lines().count(), 521);
    let all = get(&world, "/activity/export.jsonl", &world.approver).await;
    assert!(all.text.lines().count() > 520);
    let stranger = ask(&world, Request::get("/activity/export.csv"), "").await;
    assert_eq!(stranger.status, 303);
    assert_eq!(get(&world, "/activity", &key).await.status, 303, "a key is nobody here");
}

#[tokio::test]
async fn the_file_reaches_a_browser_which_takes_it_compressed() {
    let (world, _) = busy().await;
    for path in ["/activity/export.jsonl", "/activity/export.csv"] {
        let request = Request::get(path)
            .header(header::COOKIE, format!("ncgate_session={}", world.admin))
            .header(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")
            .header(header::HOST, "localhost:8080");
        let answer = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip", "{path}");
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(bytes.starts_with(&[0x1f, 0x8b]) && bytes.len() > 200, "{path}: {} bytes", bytes.len());
    }
}

#[tokio::test]
async fn the_record_is_verified_in_the_background() {
    let (world, _) = busy().await;
    let page = get(&world, "/activity", &world.approver).await;
    let begun = post(&world, "/activity/verify", &world.approver, &format!("csrf={}", page.csrf())).await;
    assert_eq!((begun.status.as_u16(), begun.location()), (303, "/activity#record"), "{}", begun.text);
    let forged = post(&world, "/activity/verify", &world.approver, "csrf=AAAA").await;
    assert_eq!(forged.status, 403);
    for _ in 0..200 {
        let part = get(&world, "/activity/proof", &world.admin).await;
        if part.text.contains("The record is whole") {
            assert!(part.text.contains("verified for ben"), "{}", part.text);
            assert!(!part.text.contains("every 1s"), "it is not looked at any more");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never ends");
}
