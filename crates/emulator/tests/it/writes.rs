//! Changes: what they leave behind, what is refused and in which words, and what the journal takes down.

use serde_json::{Value, json};

use crate::support::{Server, config};

#[tokio::test]
async fn the_journal_holds_every_change_and_nothing_else() {
    let server = Server::start().await;
    let fs = server.device("ACME-FS01").await;
    let path = format!("/api/devices/{}", fs["deviceId"]);
    let property = format!("{path}/custom-properties/1448204551");
    server.call("PUT", &property, json!({"value": "R1-U1"})).await;
    server.call("DELETE", &format!("{path}/notes/1"), Value::Null).await;
    server
        .call("POST", "/api/server-info/extra/authenticated", json!({"username": "a", "password": "b"}))
        .await;
    let journal = server.emulator.journal();
    assert_eq!(journal.len(), 1, "{journal:?}");
    let entry = &journal[0];
    assert_eq!(
        (entry.seq, entry.operation.as_str(), entry.method.as_str()),
        (1, "setDeviceCustomProperty", "PUT")
    );
    assert_eq!((&entry.path, &entry.body), (&property, &json!({"value": "R1-U1"})));
    assert!(entry.time.starts_with("2026-03-04T"));
    server.emulator.clear_journal();
    server.call("DELETE", &path, Value::Null).await;
    assert_eq!(server.emulator.journal()[0].seq, 2);
    assert_eq!(server.call("GET", &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn only_the_value_of_a_property_counts_and_an_enumeration_is_closed() {
    let server = Server::start().await;
    let fs = server.device("ACME-FS01").await;
    let properties = server.get(&format!("/api/devices/{}/custom-properties", fs["deviceId"])).await;
    let of = |kind: &str| {
        properties["data"].as_array().unwrap().iter().find(|p| p["propertyType"] == kind).unwrap().clone()
    };
    for kind in ["TEXT", "DATE", "HTML_LINK", "ENUMERATED", "PASSWORD"] {
        assert!(of(kind)["value"].is_string(), "{kind}");
    }
    let path =
        format!("/api/devices/{}/custom-properties/{}", fs["deviceId"], of("ENUMERATED")["propertyId"]);
    let (_, warned) = server.call("PUT", &path, json!({"value": "High", "propertyName": "Renamed"})).await;
    assert_eq!(warned["_warnings"].as_array().unwrap().len(), 1);
    let row = server.get(&path).await;
    assert_eq!((&row["value"], &row["propertyName"]), (&json!("High"), &json!("Criticality")));
    assert_eq!(server.call("PUT", &path, json!({"value": "Sky-high"})).await.0, 400);
}

#[tokio::test]
async fn refusals_use_the_words_of_the_server() {
    let server = Server::with(emulator::Config { strict: false, ..config() }).await;
    for (method, path, body, status, words) in [
        ("GET", "/api/devices/abc", Value::Null, 400, "InvalidInputFormatException"),
        ("GET", "/api/devices/5", Value::Null, 404, "ResourceNotFoundException"),
        ("GET", "/api/org-units/555", Value::Null, 404, "Org Unit not found: '555'"),
        ("GET", "/api/org-units/50/active-issues", Value::Null, 400, "customers and sites"),
        ("GET", "/api/org-units/50/registration-token", Value::Null, 403, "AccessDeniedException"),
        ("GET", "/api/org-units/0/limits", Value::Null, 400, "Multiple Validations Failed."),
        ("GET", "/api/access-groups/9", Value::Null, 404, "Access group was not found"),
        ("GET", "/api/custom-psa/tickets/1", Value::Null, 500, "UnexpectedDmsResponseException"),
        ("GET", "/api/custom-psa/tickets/0", Value::Null, 400, "InvalidInputFormatException"),
        ("POST", "/api/service-orgs", json!({"soName": " "}), 400, "SO Create --"),
        ("POST", "/api/service-orgs/50/customers", json!({}), 400, "Customer Create --"),
        ("POST", "/api/standard-psa/4/credential", json!({}), 404, "Psa with type 4 was not found!"),
        (
            "POST",
            "/api/org-units/x/access-groups",
            json!({}),
            400,
            "InvalidAccessGroupCreateRequestException",
        ),
        ("POST", "/api/device", json!([]), 400, "BadRequestException"),
        ("GET", "/api/nothing", Value::Null, 404, "ResourceNotFoundException"),
        ("PUT", "/api/devices", Value::Null, 405, "not supported"),
    ] {
        let (got, answer) = server.call(method, path, body).await;
        assert_eq!(
            (got, answer["status"].as_u64()),
            (status, Some(status.into())),
            "{method} {path}: {answer}"
        );
        assert!(answer["message"].as_str().unwrap().contains(words), "{method} {path}: {answer}");
    }
}

#[tokio::test]
async fn every_offending_member_is_named() {
    let server = Server::with(emulator::Config { strict: false, ..config() }).await;
    let (status, answer) =
        server.call("POST", "/api/report/patch-comparison", json!({"installStatuses": ["Lost"]})).await;
    assert_eq!(status, 400);
    let fields: Vec<&str> =
        answer["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["startDate", "installStatuses"]);
}

#[tokio::test]
async fn strict_mode_refuses_what_a_lenient_server_lets_pass() {
    let fs = "/api/devices?colour=red";
    let lenient = Server::with(emulator::Config { strict: false, ..config() }).await;
    assert_eq!(lenient.call("GET", fs, Value::Null).await.0, 200);
    let strict = Server::start().await;
    let (status, answer) = strict.call("GET", fs, Value::Null).await;
    assert_eq!((status, &answer["errors"][0]["field"]), (400, &json!("colour")));
    let body = json!({"customerId": 101, "networkAddress": "a", "longName": "b", "supportedOs": "c", "deviceClass": "d"});
    assert_eq!(strict.call("POST", "/api/device", body.clone()).await.0, 400, "customerId has to be text");
    assert_eq!(lenient.call("POST", "/api/device", body).await.0, 200);
}

#[tokio::test]
async fn what_was_written_is_read_back() {
    let server = Server::start().await;
    let fs = server.device("ACME-FS01").await;
    let path = format!("/api/devices/{}/assets/lifecycle-info", fs["deviceId"]);
    server.call("PATCH", &path, json!({"warrantyExpiryDate": "2030-01-31", "purchaseDate": ""})).await;
    let info = server.get(&path).await;
    assert_eq!((&info["warrantyExpiryDate"], &info["purchaseDate"]), (&json!("2030-01-31"), &Value::Null));
    assert_eq!(server.call("PATCH", &path, json!({})).await.0, 400);

    let (_, made) = server
        .call("POST", "/api/service-orgs/50/customers", json!({"customerName": "Initech", "city": "Austin"}))
        .await;
    let unit = server.get(&format!("/api/customers/{}", made["customerId"])).await;
    assert_eq!(
        (&unit["customerName"], &unit["city"], &unit["contactTitle"]),
        (&json!("Initech"), &json!("Austin"), &Value::Null)
    );

    let group = json!({"groupName": "Night shift", "groupDescription": "", "deviceIds": [fs["deviceId"].to_string()]});
    assert_eq!(
        server.call("POST", "/api/org-units/50/device-access-groups", group).await,
        (204, Value::Null)
    );
    let found = server.get("/api/org-units/50/access-groups?select=groupName=='Night%20shift'").await;
    let group = server.get(&format!("/api/access-groups/{}", found["data"][0]["groupId"])).await;
    assert_eq!(group["data"]["deviceIds"], json!([fs["deviceId"]]));
}
