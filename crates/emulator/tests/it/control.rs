//! The control routes: never below `/api`, without a token, and in the shapes that outside programs rely on.

use serde_json::{Value, json};

use crate::support::Server;

async fn control(server: &Server, method: &str, route: &str, body: Value) -> (u16, Value) {
    let body = (!body.is_null()).then(|| ("application/json", body.to_string()));
    server.send(method, &format!("/_emulator/{route}"), None, body).await
}

#[tokio::test]
async fn journal_and_requests_can_be_read_and_cleared() {
    let server = Server::start().await;
    server.call("POST", "/api/service-orgs", json!({"soName": "Third"})).await;
    let (_, journal) = control(&server, "GET", "journal", Value::Null).await;
    assert_eq!(journal[0]["operation"], "createServiceOrg");
    assert_eq!((&journal[0]["seq"], &journal[0]["body"]), (&json!(1), &json!({"soName": "Third"})));
    let (_, requests) = control(&server, "GET", "requests", Value::Null).await;
    let counted = &requests["operations"]["createServiceOrg"];
    assert_eq!(*counted, json!({"count": 1, "by_status": {"201": 1}, "peak_in_flight": 1}));
    for route in ["journal", "requests"] {
        control(&server, "DELETE", route, Value::Null).await;
    }
    assert_eq!(control(&server, "GET", "journal", Value::Null).await.1, json!([]));
    assert_eq!(control(&server, "GET", "requests", Value::Null).await.1, json!({"operations": {}}));
}

#[tokio::test]
async fn the_repository_tells_what_n_central_does_not_list() {
    let server = Server::start().await;
    let (_, items) = control(&server, "GET", "repository", Value::Null).await;
    let item = |id: i64| items.as_array().unwrap().iter().find(|i| i["itemId"] == id).unwrap().clone();
    assert_eq!((&item(2014)["apiEnabled"], &item(2014)["taskType"]), (&json!(true), &json!("Script")));
    assert_eq!(item(1012)["apiEnabled"], false);
    assert_eq!(item(2017)["parameters"][0]["name"], "ServiceName");
}

#[tokio::test]
async fn tokens_clock_and_devices_can_be_moved() {
    let server = Server::start().await;
    let (_, expired) = control(&server, "POST", "expire", json!({"what": "jwt"})).await;
    assert_eq!(expired["jwt"], server.emulator.jwt());
    let mut server = server;
    server.sign_in().await;
    assert_eq!(control(&server, "POST", "restart", Value::Null).await.0, 200);
    assert_eq!(server.call("GET", "/api/server-info", Value::Null).await.0, 401);
    server.sign_in().await;
    let (_, clock) = control(&server, "POST", "clock", json!({"advance_s": 86_400})).await;
    assert!(clock["now"].as_str().unwrap().starts_with("2026-03-05"));
    server.sign_in().await;
    let id = &server.device("ACME-WS01").await["deviceId"];
    let path = format!("devices/{id}");
    assert_eq!(
        control(&server, "PATCH", &path, json!({"customerId": 103, "longName": "GLOBEX-NEW"})).await.0,
        200
    );
    assert_eq!(server.device("GLOBEX-NEW").await["customerId"], 103);
}

#[tokio::test]
async fn a_malformed_control_request_is_refused() {
    let server = Server::start().await;
    for (method, route, body) in [
        ("POST", "expire", json!({"what": "everything"})),
        ("POST", "clock", json!({"advance_s": -1})),
        ("PUT", "limits", json!({"listDevice": 3})),
        ("PUT", "faults", json!([{"operation": "*", "fault": "gremlins"}])),
    ] {
        assert_eq!(control(&server, method, route, body).await.0, 400, "{route}");
    }
    assert_eq!(control(&server, "GET", "nothing", Value::Null).await.0, 404);
}
