//! A malicious agent: it has a key, knows its owner's password even, and wants its own call to run.

use super::routes::{self, Route, address, cookie, send_form};
use crate::browser::House;
use crate::support::ADMIN_PASSWORD;
use crate::wire;
use serde_json::{Value, json};

const RUN: &str = "/api/v1/tools/n_central-run-direct-task";

/// An approver who owns a key, because she was an administrator once.
struct Owner {
    session: String,
    key: String,
    /// The key's id, which ids of approvals and calls could be mistaken for.
    id: String,
}

const OWNER_PASSWORD: &str = "a long password of olga";

impl Owner {
    fn of(house: &House) -> Owner {
        let olga = json!({"name": "olga", "role": "admin", "password": OWNER_PASSWORD});
        house.post("/api/v1/people", olga);
        let session = house.serve.sign_in("olga", OWNER_PASSWORD);
        let new = json!({"name": "hers", "kind": "agent"});
        let (status, key) = house.serve.http("POST", "/api/v1/keys", Some(&session), Some(new));
        assert_eq!(status, 201, "{key}");
        let role = json!({"role": "approver"});
        let (status, person) = house.serve.http("PUT", "/api/v1/people/olga", Some(&house.admin), Some(role));
        assert_eq!((status, &person["role"]), (200, &json!("approver")), "{person}");
        let text = |member: &str| key[member].as_str().unwrap().to_owned();
        Owner { session, key: text("secret"), id: text("id") }
    }
}

/// Asks for a run on a workstation.
#[track_caller]
fn ask(house: &House, key: &str, device: &str) -> Value {
    let body = json!({"device": device, "item_id": 2014, "task_type": "Script"});
    let (status, held) = house.serve.http("POST", RUN, Some(key), Some(body));
    assert_eq!(status, 202, "{held}");
    held
}

fn state(house: &House, id: &str) -> Value {
    let path = format!("/api/v1/approvals/{id}");
    let (status, approval) = house.serve.http("GET", &path, Some(&house.admin), None);
    assert_eq!(status, 200, "{approval}");
    approval["state"].clone()
}

/// What may be done without approving anything, and would end the attack: taking the call back, signing out.
fn ends_it(route: &Route) -> bool {
    route.path.ends_with("/withdraw")
        || route.path.ends_with("/sessions")
        || route.path.contains("/sessions/")
        || matches!(route.path.as_str(), "/logout" | "/theme")
}

#[test]
fn no_route_lets_an_agent_or_the_owner_of_its_key_approve() {
    let house = House::new();
    let owner = Owner::of(&house);
    let held = ask(&house, &owner.key, "GLOBEX-WS01");
    let text = |member: &str| held[member].as_str().unwrap().to_owned();
    let (approval, call, digest) = (text("approval_id"), text("call_id"), text("plan_digest"));
    let here = address(&house);
    let decision = json!({
        "decision": "approve", "plan_digest": digest, "reason": "fine", "confirm": "GLOBEX-WS01", "password": OWNER_PASSWORD,
    });
    let bodies = [decision.to_string(), json!({"decision": "approve"}).to_string()];
    let none = [String::new()];
    let query = format!("?decision=approve&plan_digest={digest}&password=x");

    for route in routes::of_rest().into_iter().filter(|route| !ends_it(route) && !route.is_endless()) {
        for id in [&approval, &call, &owner.id] {
            let path = route.at(&[("id", id), ("name", "n_central-get-approval"), ("connection", "main")]);
            let path = if route.method == "GET" { format!("{path}{query}") } else { path };
            for token in [&owner.key, &owner.session] {
                let bearer = format!("Bearer {token}");
                let bearer = ("authorization", bearer.as_str());
                let json = ("content-type", "application/json");
                let over = ("x-http-method-override", "POST");
                for body in if route.method == "GET" { &none[..] } else { &bodies } {
                    let answer = wire::ask(&here, &route.method, &path, &[bearer, json, over], body);
                    assert!(answer.status < 500, "{} {path}: {answer:?}", route.method);
                    if route.path.ends_with("/decision") {
                        let kinds = ["not-a-person", "self-approval", "not-found"];
                        assert!(kinds.iter().any(|kind| answer.body.contains(kind)), "{answer:?}");
                    }
                }
            }
        }
    }

    let fields = [("decision", "approve"), ("plan_digest", digest.as_str()), ("password", OWNER_PASSWORD)];
    let forms = || routes::of_pages().into_iter().filter(|route| route.method == "POST" && !ends_it(route));
    for form in forms() {
        let path = form.at(&[("id", &approval), ("connection", "main"), ("name", "olga")]);
        let answer = send_form(&house, &owner.session, &path, &fields);
        assert!(answer.status < 500, "{path}: {answer:?}");
        // A key is no session, wherever it is put.
        let (as_cookie, bearer) = (cookie(&owner.key), format!("Bearer {}", owner.key));
        let headers = [
            ("cookie", as_cookie.as_str()),
            ("authorization", bearer.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let body = format!("decision=approve&plan_digest={digest}&csrf=AAAA");
        let answer = wire::ask(&here, "POST", &path, &headers, &body);
        let is_sign_in = matches!(path.as_str(), "/login" | "/setup/none");
        assert!(is_sign_in || answer.header("location") == Some("/login"), "{path}: {answer:?}");
    }

    assert_eq!(state(&house, &approval), "pending");
    assert!(house.emulator.journal().is_empty());
    let said = json!({"decision": "approve", "plan_digest": digest});
    let dana = house.serve.sign_in("dana", crate::support::ADMIN_PASSWORD);
    let path = format!("/api/v1/approvals/{approval}/decision");
    let (status, approved) = house.serve.http("POST", &path, Some(&dana), Some(said));
    assert_eq!(status, 200, "somebody else may: {approved}");
}

#[test]
fn no_tool_decides_and_what_mcp_does_not_list_is_not_there() {
    let house = House::new();
    let held = house.hold("GLOBEX-WS01", "please");
    let id = held["approval_id"].as_str().unwrap();
    let send = |method: &str, params: Value| {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let bearer = format!("Bearer {}", house.key);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2025-06-18"),
        ];
        let answer = wire::ask(&address(&house), "POST", "/mcp", &headers, &message);
        serde_json::from_str::<Value>(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    };
    let listed = send("tools/list", json!({}));
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 40);
    let about: Vec<&&str> = names.iter().filter(|name| name.contains("approv")).collect();
    assert_eq!(about, [&"n_central-get-approval"], "which only looks");
    for name in ["approve", "decide", "n_central-approve", "n_central-get-approval/decision", "../approvals"]
    {
        let arguments = json!({"approval_id": id, "decision": "approve"});
        let answer = send("tools/call", json!({"name": name, "arguments": arguments}));
        assert_eq!(answer["error"]["code"], -32602, "{name}: {answer}");
    }
    let arguments = json!({"approval_id": id, "decision": "approve"});
    let looked = send("tools/call", json!({"name": "n_central-get-approval", "arguments": arguments}));
    assert!(looked.to_string().contains("unknown argument `decision`"), "{looked}");
    for method in ["approvals/decide", "sampling/createMessage", "elicitation/create", "logging/setLevel"] {
        let answer = send(method, json!({"approval_id": id, "decision": "approve", "level": "debug"}));
        assert_eq!(answer["error"]["code"], -32601, "{method}: {answer}");
    }
    assert_eq!(state(&house, id), "pending");
    assert!(house.emulator.journal().is_empty());
}

#[test]
fn what_runs_is_what_was_approved_and_it_runs_once() {
    let house = House::new();
    let dana = house.serve.sign_in("dana", ADMIN_PASSWORD);
    let approved = house.hold("GLOBEX-WS01", "one");
    let swapped = house.hold("GLOBEX-WS02", "one");
    assert_ne!(approved["approval_id"], swapped["approval_id"]);
    assert_ne!(approved["plan_digest"], swapped["plan_digest"]);
    let path = |held: &Value| format!("/api/v1/approvals/{}/decision", held["approval_id"].as_str().unwrap());
    // A page of the one, sent for the other.
    let other = json!({"decision": "approve", "plan_digest": swapped["plan_digest"]});
    let (status, problem) = house.serve.http("POST", &path(&approved), Some(&dana), Some(other));
    assert_eq!((status, &problem["kind"]), (409, &json!("digest-mismatch")), "{problem}");

    // The same decision, many times at once.
    let decision = json!({"decision": "approve", "plan_digest": approved["plan_digest"]});
    let statuses: Vec<u16> = std::thread::scope(|threads| {
        let send = || house.serve.http("POST", &path(&approved), Some(&dana), Some(decision.clone())).0;
        let sent: Vec<_> = (0..8).map(|_| threads.spawn(send)).collect();
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");

    // Its caller follows it to its end, and asks for it again and again under one name.
    let wait = json!({"approval_id": approved["approval_id"], "wait_seconds": 45});
    let tool = "/api/v1/tools/n_central-get-approval";
    let (_, over) = house.serve.http("POST", tool, Some(&house.key), Some(wait));
    assert_eq!(over["outcome"], "done", "{over}");
    for verdict in ["approve", "deny"] {
        let again = json!({"decision": verdict});
        let (status, problem) = house.serve.http("POST", &path(&approved), Some(&dana), Some(again));
        assert_eq!((status, &problem["kind"]), (409, &json!("already-decided")), "{problem}");
    }
    let journal = house.emulator.journal();
    let [sent] = journal.as_slice() else { panic!("{journal:?}") };
    assert_eq!(sent["body"]["deviceId"], approved["targets"][0]["id"], "{sent}");
}

#[test]
fn a_call_belongs_to_its_key_and_a_name_to_one_request() {
    let house = House::new();
    let made = house.post("/api/v1/keys", json!({"name": "other", "kind": "agent"}));
    let other = made["secret"].as_str().unwrap();
    let here = address(&house);
    let ask = |key: &str, device: &str| {
        let bearer = format!("Bearer {key}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "tonight"),
        ];
        let body = json!({"device": device, "item_id": 2014, "task_type": "Script"}).to_string();
        let answer = wire::ask(&here, "POST", RUN, &headers, &body);
        (answer.status, serde_json::from_str::<Value>(&answer.body).unwrap())
    };
    let (status, held) = ask(&house.key, "GLOBEX-WS01");
    assert_eq!(status, 202, "{held}");
    assert_eq!(
        ask(&house.key, "GLOBEX-WS01").1["call_id"],
        held["call_id"],
        "the same request is the same call"
    );
    let (status, problem) = ask(&house.key, "GLOBEX-WS02");
    assert_eq!((status, &problem["kind"]), (409, &json!("idempotency-conflict")), "{problem}");
    // The same name of another key is another name.
    let (status, others) = ask(other, "GLOBEX-WS01");
    assert_eq!(status, 202, "{others}");
    assert_ne!(others["call_id"], held["call_id"]);

    let id = |held: &Value, member: &str| held[member].as_str().unwrap().to_owned();
    let (approval, call) = (id(&held, "approval_id"), id(&held, "call_id"));
    for (method, path, body) in [
        ("GET", format!("/api/v1/approvals/{approval}"), None),
        ("GET", format!("/api/v1/calls/{call}"), None),
        ("POST", format!("/api/v1/approvals/{approval}/withdraw"), None),
        ("POST", "/api/v1/tools/n_central-get-approval".to_owned(), Some(json!({"approval_id": approval}))),
    ] {
        let (status, problem) = house.serve.http(method, &path, Some(other), body);
        assert_eq!((status, &problem["kind"]), (404, &json!("not-found")), "{method} {path}: {problem}");
    }
    for list in ["/api/v1/approvals", "/api/v1/calls"] {
        let (_, page) = house.serve.http("GET", list, Some(other), None);
        assert!(!page.to_string().contains(&call), "{list}: {page}");
    }
    assert_eq!(state(&house, &approval), "pending");
}
