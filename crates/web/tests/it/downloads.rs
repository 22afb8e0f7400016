//! Lists as files over REST.

use crate::world::{LIST_DEVICES, World, json_body, post};
use http::{Response, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

async fn download(world: &World, path: &str, accept: &str, arguments: Value) -> Response<String> {
    let request = post(path, &world.approver).header(header::ACCEPT, accept).body(json_body(&arguments));
    let response = world.router.clone().oneshot(request.unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Response::from_parts(parts, text)
}

fn told<'a>(response: &'a Response<String>, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn a_list_is_a_file_where_the_caller_accepts_one() {
    let world = World::new().await;
    let arguments = json!({"page_size": 5, "fields": "device_id,long_name"});
    let list = world.post(LIST_DEVICES, &world.approver, arguments.clone()).await.expect(200);

    let csv = download(&world, LIST_DEVICES, "text/csv", arguments.clone()).await;
    assert_eq!(told(&csv, "content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(told(&csv, "content-disposition"), "attachment; filename=\"n_central-list-devices.csv\"");
    assert!(!told(&csv, "ncgate-call-id").is_empty());
    let mut reader = csv::Reader::from_reader(csv.body().as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["device_id", "long_name"]);
    let names: Vec<String> = reader.records().map(|row| row.unwrap()[1].to_owned()).collect();
    let expected: Vec<&str> =
        list["rows"].as_array().unwrap().iter().map(|row| row[1].as_str().unwrap()).collect();
    assert_eq!(names, expected);

    let lines = download(&world, LIST_DEVICES, "application/jsonl", arguments).await;
    assert_eq!(told(&lines, "content-type"), "application/jsonl");
    let read: Vec<Value> = lines.body().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read[0], json!({"device_id": list["rows"][0][0], "long_name": list["rows"][0][1]}));
    assert_eq!(read.len(), 5);

    // A page says that it is one, and how to go on.
    for file in [csv, lines] {
        assert_eq!((told(&file, "ncgate-total"), told(&file, "ncgate-next-page")), ("40", "2"));
        assert!(told(&file, "ncgate-note").contains("page%5Fnumber%202"), "{file:?}");
    }
    let last = download(&world, LIST_DEVICES, "text/csv", json!({"page_size": 1000})).await;
    assert_eq!(told(&last, "ncgate-next-page"), "");
}

#[tokio::test]
async fn what_is_no_list_stays_json() {
    let world = World::new().await;
    for (path, arguments, status) in [
        ("/api/v1/tools/get_customer", json!({"customer": "Acme"}), 200),
        ("/api/v1/tools/n_central-create-site", json!({"customer": "Acme", "site_name": "Attic"}), 202),
        ("/api/v1/tools/list_devices", json!({"page_size": 0}), 422),
    ] {
        let answer = download(&world, path, "text/csv", arguments).await;
        assert_eq!(answer.status(), status, "{answer:?}");
        assert!(told(&answer, "content-type").ends_with("json"), "{answer:?}");
        assert!(serde_json::from_str::<Value>(answer.body()).unwrap().is_object());
    }
}
