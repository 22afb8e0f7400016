//! What changes something leaves an entry: every route of the table that is not a GET is asked so that it succeeds, and
//! the record is looked at before and after. A route that is added needs a deed below, or it fails here.

use crate::world::{LIST_DEVICES, PASSWORD, Reply, World, json_body, post};
use emulator::{Fault, FaultKind};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use web::Route;

const CREATE_SITE: &str = "/api/v1/tools/n_central-create-site";

/// What the route is asked for, so that it succeeds, and the event that it leaves.
async fn deed(world: &World, route: &Route) -> (&'static str, Reply) {
    let admin = world.admin.as_str();
    let made = async |path: &str, body: Value| {
        let made = world.admin_post(path, body).await.expect(201);
        made["id"].as_str().unwrap_or_default().to_owned()
    };
    let posted = async |path: String, body: Value| world.admin_post(&path, body).await;
    match (route.method.as_str(), route.path) {
        ("POST", "/api/v1/sessions") => {
            let proof = json!({"name": "ada", "password": PASSWORD});
            ("session.created", world.post("/api/v1/sessions", "", proof).await)
        }
        ("DELETE", "/api/v1/sessions") => {
            let token = world.sign_in("ada").await;
            ("session.ended", world.delete("/api/v1/sessions", &token).await)
        }
        ("DELETE", "/api/v1/sessions/{id}") => {
            world.person("ivy", "viewer").await;
            world.sign_in("ivy").await;
            let sessions = world.get("/api/v1/sessions", admin).await.expect(200);
            let sessions = sessions["items"].as_array().unwrap().clone();
            let id = sessions.iter().find(|session| session["person"] == "ivy").unwrap()["id"].clone();
            let path = format!("/api/v1/sessions/{}", id.as_str().unwrap());
            ("session.ended", world.delete(&path, admin).await)
        }
        ("POST", "/api/v1/tools/{name}") => ("call.read", posted(LIST_DEVICES.into(), json!({})).await),
        ("POST", "/api/v1/calls/{id}/settle") => {
            let path = format!("/api/v1/calls/{}/settle", of_unknown_outcome(world).await);
            let looked = json!({"outcome": "failed", "reason": "there is no such site"});
            ("write.settled_by_person", posted(path, looked).await)
        }
        ("POST", "/api/v1/master-key/rotate") => {
            ("master_key.changed", posted(route.path.into(), Value::Null).await)
        }
        ("POST", "/api/v1/approvals/{id}/decision") => {
            let path = format!("/api/v1/approvals/{}/decision", held(world, "Attic").await);
            let no = json!({"decision": "deny", "reason": "not today"});
            ("approval.denied", world.post(&path, &world.approver, no).await)
        }
        ("POST", "/api/v1/approvals/{id}/withdraw") => {
            let path = format!("/api/v1/approvals/{}/withdraw", held(world, "Cellar").await);
            ("approval.withdrawn", posted(path, Value::Null).await)
        }
        ("POST", "/api/v1/connections") => {
            let made = posted(route.path.into(), connection(world, "second")).await;
            // The others find their connection without its name.
            world.delete("/api/v1/connections/second", admin).await.expect(204);
            ("connection.created", made)
        }
        ("PUT", "/api/v1/connections/{id}") => {
            let change = json!({"self_approval": true});
            ("connection.changed", world.put("/api/v1/connections/main", admin, change).await)
        }
        ("DELETE", "/api/v1/connections/{id}") => {
            made("/api/v1/connections", connection(world, "third")).await;
            ("connection.removed", world.delete("/api/v1/connections/third", admin).await)
        }
        ("POST", "/api/v1/connections/{id}/disconnect") => {
            made("/api/v1/connections", connection(world, "fourth")).await;
            let off = posted("/api/v1/connections/fourth/disconnect".into(), Value::Null).await;
            world.delete("/api/v1/connections/fourth", admin).await.expect(204);
            ("connection.disconnected", off)
        }
        ("PUT", "/api/v1/connections/{id}/policies") => {
            let change = json!({"policies": {"n_central-list-users": "disabled"}});
            ("policy.changed", world.put("/api/v1/connections/main/policies", admin, change).await)
        }
        ("POST", "/api/v1/connections/{id}/scripts") => {
            let script = json!({"name": "clean-up", "item_id": 2001, "task_type": "Script"});
            ("script.added", posted("/api/v1/connections/main/scripts".into(), script).await)
        }
        ("PUT", "/api/v1/connections/{id}/scripts/{script}") => {
            let script = json!({"name": "sweep", "item_id": 2003, "task_type": "Script"});
            made("/api/v1/connections/main/scripts", script).await;
            let change = json!({"item_id": 2004});
            ("script.changed", world.put("/api/v1/connections/main/scripts/sweep", admin, change).await)
        }
        ("DELETE", "/api/v1/connections/{id}/scripts/{script}") => {
            let script = json!({"name": "old", "item_id": 2002, "task_type": "Script"});
            made("/api/v1/connections/main/scripts", script).await;
            ("script.removed", world.delete("/api/v1/connections/main/scripts/old", admin).await)
        }
        ("POST", "/api/v1/keys") => {
            ("key.created", posted(route.path.into(), json!({"name": "triage", "kind": "agent"})).await)
        }
        ("PUT", "/api/v1/keys/{id}") => {
            let id = made("/api/v1/keys", json!({"name": "narrow", "kind": "agent"})).await;
            let change = json!({"plan_only": true});
            ("key.changed", world.put(&format!("/api/v1/keys/{id}"), admin, change).await)
        }
        ("DELETE", "/api/v1/keys/{id}") => {
            let id = made("/api/v1/keys", json!({"name": "lost", "kind": "agent"})).await;
            ("key.revoked", world.delete(&format!("/api/v1/keys/{id}"), admin).await)
        }
        ("POST", "/api/v1/people") => {
            let person = json!({"name": "eve", "role": "viewer", "password": PASSWORD});
            ("person.added", posted(route.path.into(), person).await)
        }
        ("PUT", "/api/v1/people/{id}") => {
            world.person("fay", "viewer").await;
            let change = json!({"role": "approver"});
            ("person.role_changed", world.put("/api/v1/people/fay", admin, change).await)
        }
        ("PUT", "/api/v1/people/{id}/password") => {
            world.person("gus", "viewer").await;
            let change = json!({"password": "another horse battery"});
            ("person.password_changed", world.put("/api/v1/people/gus/password", admin, change).await)
        }
        ("DELETE", "/api/v1/people/{id}") => {
            world.person("hal", "viewer").await;
            ("person.disabled", world.delete("/api/v1/people/hal", admin).await)
        }
        ("POST", "/api/v1/stop") => {
            let pressed = posted(route.path.into(), json!({"on": true, "reason": "a drill"})).await;
            posted(route.path.into(), json!({"on": false})).await.expect(200);
            ("stop.pressed", pressed)
        }
        ("POST", "/api/v1/webhooks") => ("webhook.created", posted(route.path.into(), hook("first")).await),
        ("PUT", "/api/v1/webhooks/{id}") => {
            made("/api/v1/webhooks", hook("second")).await;
            let change = json!({"name": "renamed"});
            ("webhook.changed", world.put("/api/v1/webhooks/second", admin, change).await)
        }
        ("DELETE", "/api/v1/webhooks/{id}") => {
            made("/api/v1/webhooks", hook("third")).await;
            ("webhook.removed", world.delete("/api/v1/webhooks/third", admin).await)
        }
        ("POST", "/api/v1/webhooks/{id}/test") => {
            made("/api/v1/webhooks", hook("fourth")).await;
            ("webhook.tested", posted("/api/v1/webhooks/fourth/test".into(), Value::Null).await)
        }
        ("POST", "/api/v1/webhooks/{id}/rotate") => {
            made("/api/v1/webhooks", hook("fifth")).await;
            ("webhook.secret_rotated", posted("/api/v1/webhooks/fifth/rotate".into(), Value::Null).await)
        }
        ("POST", "/api/v1/webhooks/{id}/deliveries/{delivery}/redeliver") => {
            ("webhook.redelivered", posted(undelivered(world).await, Value::Null).await)
        }
        (method, path) => panic!("{method} {path} is not asked here; say with what, and what it leaves"),
    }
}

fn connection(world: &World, name: &str) -> Value {
    json!({"name": name, "url": world.emulator.url, "jwt": world.emulator.jwt})
}

/// A webhook whose receiver is not there.
fn hook(name: &str) -> Value {
    json!({"name": name, "url": "http://127.0.0.1:9/", "allow_private": true})
}

/// The approval of a key's call that waits.
async fn held(world: &World, site: &str) -> String {
    let key = world.key(&format!("asks for {site}")).await;
    let held =
        world.post(CREATE_SITE, &key, json!({"customer": "Acme", "site_name": site})).await.expect(202);
    held["approval_id"].as_str().unwrap().to_owned()
}

/// A call whose answer from N-central was lost.
async fn of_unknown_outcome(world: &World) -> String {
    world.policy("n_central-create-site", "auto").await;
    world.emulator.emulator.set_faults(vec![Fault::new("createSite", FaultKind::Status)]);
    let body = json_body(&json!({"customer": "Acme", "site_name": "Lost"}));
    let ran =
        world.ask(post(CREATE_SITE, &world.admin).header("prefer", "wait=45").body(body).unwrap()).await;
    world.emulator.emulator.set_faults(Vec::new());
    world.policy("n_central-create-site", "approval_needed").await;
    let call = ran.header("ncgate-call-id").to_owned();
    let call = world.get(&format!("/api/v1/calls/{call}"), &world.admin).await.expect(200);
    assert_eq!(call["outcome"], "unknown", "{call}");
    call["id"].as_str().unwrap().to_owned()
}

/// Where a message is asked for again whose receiver was not there.
async fn undelivered(world: &World) -> String {
    world.admin_post("/api/v1/webhooks", hook("gone")).await.expect(201);
    held(world, "Barn").await;
    let path = "/api/v1/webhooks/gone/deliveries";
    loop {
        let list = world.get(path, &world.admin).await.expect(200);
        if let Some(tried) =
            list["items"].as_array().unwrap().iter().find(|one| one["last_attempt_at"].is_string())
        {
            return format!("{path}/{}/redeliver", tried["id"].as_str().unwrap());
        }
        tokio::task::yield_now().await;
    }
}

/// The newest entries of all chains, each with its place in its chain.
async fn record(world: &World) -> Vec<(String, String)> {
    let page = world.get("/api/v1/audit?limit=200", &world.admin).await.expect(200);
    let text = |value: &Value| value.to_string();
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|e| {
            (format!("{} {}", text(&e["chain"]), text(&e["seq"])), e["event"].as_str().unwrap().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn whatever_changes_something_is_on_the_record() {
    let world = World::new().await;
    for route in web::every_route().into_iter().filter(|route| route.method != Method::GET) {
        let what = format!("{} {}", route.method, route.path);
        let before: BTreeSet<String> = record(&world).await.into_iter().map(|(place, _)| place).collect();
        let (event, reply) = deed(&world, &route).await;
        assert!(reply.status.is_success(), "{what}: {} {}", reply.status, reply.body);
        let after = record(&world).await;
        let new: Vec<_> = after.iter().filter(|(place, _)| !before.contains(place)).map(|(_, e)| e).collect();
        assert!(new.iter().any(|new| *new == event), "{what} left {new:?}, and no {event}");
    }
}
