//! Connections, policies, scripts, keys, people, stop switches, the record.

use crate::world::World;
use serde_json::json;

#[tokio::test]
async fn a_connection_never_gives_its_jwt_back() {
    let world = World::new().await;
    let list = world.get("/api/v1/connections", &world.approver).await.expect(200);
    let main = &list["items"][0];
    assert_eq!((&main["name"], &main["state"]), (&json!("main"), &json!("connected")));
    assert_eq!(world.get("/api/v1/connections/main", &world.approver).await.expect(200), *main);
    assert!(!list.to_string().contains(&world.emulator.jwt));
    let place = format!("/api/v1/connections/{}", main["id"].as_str().unwrap());
    let reconnect = json!({"jwt": world.emulator.jwt});
    assert_eq!(world.put(&place, &world.admin, reconnect).await.expect(200)["state"], "connected");
}

#[tokio::test]
async fn disconnecting_keeps_what_removing_takes_away() {
    let world = World::new().await;
    world.policy("n_central-list-customers", "approval_needed").await;
    let place = "/api/v1/connections/main";
    let off = world.admin_post(&format!("{place}/disconnect"), json!(null)).await.expect(200);
    assert_eq!((&off["state"], &off["reason"]["kind"]), (&json!("reconnect"), &json!("not-connected")));
    assert_eq!(world.get(place, &world.admin).await.expect(200), off);
    world.admin_post("/api/v1/tools/n_central-list-sites", json!({})).await.refused(409, "not-connected");
    let back = world.put(place, &world.admin, json!({"jwt": world.emulator.jwt})).await.expect(200);
    assert_eq!((&back["state"], &back["id"]), (&json!("connected"), &off["id"]));
    let policies = world.get(&format!("{place}/policies"), &world.admin).await.expect(200);
    assert_eq!(policies["policies"]["n_central-list-customers"], "approval_needed");

    world.delete(place, &world.admin).await.expect(204);
    world.get(place, &world.admin).await.refused(404, "not-found");
    world.admin_post(&format!("{place}/disconnect"), json!(null)).await.refused(404, "not-found");
    let again = json!({"name": "main", "url": world.emulator.url, "jwt": world.emulator.jwt});
    assert_ne!(world.admin_post("/api/v1/connections", again).await.expect(201)["id"], off["id"]);
    let policies = world.get(&format!("{place}/policies"), &world.admin).await.expect(200);
    assert_eq!(policies["policies"]["n_central-list-customers"], "auto");
}

#[tokio::test]
async fn a_connection_that_can_not_be_made_says_why() {
    let world = World::new().await;
    let connect = async |url: &str, jwt: &str| {
        let connection = json!({"name": "other", "url": url, "jwt": jwt});
        world.admin_post("/api/v1/connections", connection).await
    };
    let (url, jwt) = (world.emulator.url.clone(), world.emulator.jwt.clone());
    connect("ftp://n-central.example.com", &jwt).await.refused(422, "invalid-url");
    let wrong = connect(&url, "not-this-one").await;
    wrong.refused(422, "jwt-refused");
    assert!(!wrong.body.to_string().contains("not-this-one"));
    let made = connect(&format!("{url}/"), &jwt).await;
    assert!(made.header("location").starts_with("/api/v1/connections/"));
    assert_eq!(made.expect(201)["notices"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_change_of_policies_names_the_version_it_is_based_on() {
    let world = World::new().await;
    let path = "/api/v1/connections/main/policies";
    let before = world.get(path, &world.approver).await.expect(200);
    assert_eq!(before["policies"]["n_central-list-devices"], "auto");
    let change = json!({"version": before["version"], "policies": {"list_devices": "disabled"}});
    let after = world.put(path, &world.admin, change.clone()).await.expect(200);
    assert_eq!(after["policies"]["n_central-list-devices"], "disabled");
    world.put(path, &world.admin, change).await.refused(409, "stale-version");
    let odd = json!({"policies": {"list_devices": "perhaps"}});
    world.put(path, &world.admin, odd).await.refused(422, "invalid-arguments");
}

#[tokio::test]
async fn a_keys_secret_is_shown_once_and_ends_with_it() {
    let world = World::new().await;
    let made = world.admin_post("/api/v1/keys", json!({"name": "triage", "kind": "agent"})).await.expect(201);
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let keys = world.get("/api/v1/keys", &world.approver).await.expect(200);
    assert!(keys["items"].as_array().unwrap().iter().any(|key| key["id"] == id));
    assert!(!keys.to_string().contains(secret));
    world.get("/api/v1/tools", secret).await.expect(200);
    world.delete(&format!("/api/v1/keys/{id}"), &world.admin).await.expect(204);
    world.get("/api/v1/tools", secret).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn lists_go_on_where_they_stopped() {
    let world = World::new().await;
    let first = world.get("/api/v1/people?limit=1", &world.admin).await.expect(200);
    let next = first["next"].as_str().unwrap();
    let second = world.get(&format!("/api/v1/people?limit=1&cursor={next}"), &world.admin).await.expect(200);
    assert_ne!(first["items"][0]["name"], second["items"][0]["name"]);
    assert!(second["next"].is_null());
}

#[tokio::test]
async fn scripts_come_onto_the_list_change_and_go_off_it() {
    let world = World::new().await;
    let path = "/api/v1/connections/main/scripts";
    let script = json!({"name": "clean-up", "item_id": 2001, "task_type": "Script"});
    let made = world.admin_post(path, script).await.expect(201);
    assert_eq!(world.get(path, &world.approver).await.expect(200)["items"], json!([made]));
    let days = json!([{"name": "days", "type": "integer", "required": true}]);
    let one = format!("{path}/clean-up");
    let change = json!({"item_id": 2002, "parameters": days, "description": "empties the temporary folders"});
    let changed = world.put(&one, &world.admin, change).await.expect(200);
    assert_eq!((&changed["id"], &changed["name"]), (&made["id"], &made["name"]), "what is missing stays");
    assert_eq!((&changed["item_id"], &changed["parameters"][0]["name"]), (&json!(2002), &json!("days")));
    assert_eq!(world.get(path, &world.approver).await.expect(200)["items"], json!([changed]));

    let other = json!({"name": "other", "item_id": 2003, "task_type": "Script"});
    world.admin_post(path, other).await.expect(201);
    world.put(&one, &world.admin, json!({"name": "other"})).await.refused(409, "conflict");
    world.put(&one, &world.admin, json!({"item_id": 7})).await.refused(422, "invalid-arguments");
    world.put(&one, &world.admin, json!({"title": "x"})).await.refused(422, "invalid-arguments");
    world.put(&format!("{path}/none"), &world.admin, json!({})).await.refused(404, "not-found");
    world.delete(&format!("{path}/other"), &world.admin).await.expect(204);
    world.delete(&format!("{path}/clean-up"), &world.admin).await.expect(204);
    assert_eq!(world.get(path, &world.approver).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn an_approver_stops_and_only_an_administrator_resumes() {
    let world = World::new().await;
    let stop = json!({"on": true, "reason": "looking into it"});
    let stops = world.post("/api/v1/stop", &world.approver, stop).await.expect(200);
    assert_eq!((&stops["items"][0]["on"], &stops["items"][0]["by"]), (&json!(true), &json!("ben")));
    world.post("/api/v1/stop", &world.approver, json!({"on": false})).await.refused(403, "forbidden");
    world.post("/api/v1/stop", &world.admin, json!({"on": false})).await.expect(200);
}

#[tokio::test]
async fn the_record_is_filtered_by_what_is_asked_for() {
    let world = World::new().await;
    let key = world.key("triage").await;
    world
        .post("/api/v1/approvals/none/decision", &key, json!({"decision": "approve"}))
        .await
        .refused(403, "not-a-person");
    let entries = world.get("/api/v1/audit?caller=triage&limit=5", &world.approver).await.expect(200);
    let entries = entries["items"].as_array().unwrap();
    assert!(entries.iter().any(|entry| entry["event"] == "approval.decision_refused"), "{entries:?}");
    assert!(entries.iter().all(|entry| entry["body"].to_string().contains("triage")));
}
