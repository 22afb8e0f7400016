//! The whole way: a key, MCP over HTTP, the gate, an emulated N-central.

use crate::wire::{Reply, STATELESS, send, stateless};
use axum::Router;
use emulator::{Config, Emulator, Running};
use gate::{
    Decision, Gate, Home, KeyKind, NewConnection, NewKey, NewPerson, NewScript, PolicyChange, Requester,
    Verdict,
};
use http::{StatusCode, header};
use mcp::{LocalEntrance, Options, routes};
use model::script::TaskType;
use model::{Mode, Role, Source};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const SCRIPT: &str = "Cleanup temporary files";

struct House {
    gate: Gate,
    router: Router,
    connection: String,
    admin: Requester,
    technician: Requester,
    key: String,
    emulated: Running,
}

fn source() -> Source {
    Source { face: "cli".into(), ..Source::default() }
}

async fn signed_in(gate: &Gate, name: &str) -> Requester {
    let session = gate.sign_in(name, PASSWORD.into(), source()).await.unwrap();
    gate.identify(&session.token, source()).await.unwrap()
}

impl House {
    async fn new() -> Self {
        let emulated = Emulator::start_local(Config { devices: 60, ..Config::default() }).await.unwrap();
        let gate = Gate::open(Home::Memory, gate::Options::default()).await.unwrap();
        let person = |name: &str, role| NewPerson { name: name.into(), role, password: PASSWORD.into() };
        gate.first_administrator(person("ada", Role::Admin), source()).await.unwrap();
        let admin = signed_in(&gate, "ada").await;
        gate.add_person(&admin, person("dana", Role::Approver)).await.unwrap();
        let new = NewConnection {
            name: Some("Main".into()),
            url: emulated.url.clone(),
            jwt: emulated.jwt.clone().into(),
            ca: None,
            preset: None,
        };
        let connection = gate.connect(&admin, new).await.unwrap().connection.id.to_string();
        let script = NewScript {
            name: SCRIPT.into(),
            item_id: 2014,
            task_type: TaskType::Script,
            parameters: vec![],
            description: "Deletes temporary files older than a week".into(),
        };
        gate.add_script(&admin, &connection, script).await.unwrap();
        let new = NewKey::new("triage", KeyKind::Agent);
        let key = gate.create_key(&admin, new).await.unwrap().secret;
        let technician = signed_in(&gate, "dana").await;
        let router = routes(LocalEntrance::new(gate.clone()), Options::default());
        Self { gate, router, connection, admin, technician, key, emulated }
    }

    async fn ask(&self, method: &str, params: Value) -> Reply {
        let mut request = stateless(STATELESS, method, params);
        let bearer = format!("Bearer {}", self.key);
        request.headers_mut().insert(header::AUTHORIZATION, bearer.parse().unwrap());
        send(&self.router, request).await
    }

    async fn tool_names(&self) -> Vec<String> {
        let reply = self.ask("tools/list", json!({})).await;
        let tools = reply.result()["tools"].as_array().unwrap().iter();
        tools.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    async fn set_policy(&self, tool: &str, mode: Mode) {
        let policies = [(tool.to_owned(), mode)].into();
        let change = PolicyChange { policies, ..PolicyChange::default() };
        self.gate.set_policies(&self.admin, &self.connection, change).await.unwrap();
    }

    async fn shut(self) {
        self.gate.shutdown().await;
        self.emulated.stop().await;
    }
}

#[tokio::test]
async fn a_key_lists_and_calls_its_tools() {
    let house = House::new().await;
    let names = house.tool_names().await;
    assert!(names.iter().any(|name| name == "n_central-list-devices"), "{names:?}");

    let arguments = json!({"page_size": 3, "fields": ["device_id", "long_name"]});
    let params = json!({"name": "n_central-list-devices", "arguments": arguments});
    let reply = house.ask("tools/call", params).await;
    let result = reply.result();
    assert_eq!(result["structuredContent"]["columns"], json!(["device_id", "long_name"]));
    assert_eq!(result["structuredContent"]["returned"], 3);
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, result["structuredContent"]);

    // The alias is the same tool, shown or not.
    let by_alias = house.ask("tools/call", json!({"name": "list_devices", "arguments": arguments})).await;
    assert_eq!(by_alias.result(), result);

    let wrong = json!({"name": "n_central-list-devices", "arguments": {"page_sise": 3}});
    let refused = house.ask("tools/call", wrong).await;
    assert_eq!(refused.result()["isError"], true);
    assert!(refused.result()["content"][0]["text"].as_str().unwrap().contains("page_size"));
    house.shut().await;
}

#[tokio::test]
async fn a_disabled_tool_and_one_that_never_was_look_the_same() {
    let house = House::new().await;
    let tool = "n_central-list-devices";
    house.set_policy(tool, Mode::Disabled).await;
    assert!(!house.tool_names().await.iter().any(|name| name == tool));
    let mut disabled = house.ask("tools/call", json!({"name": tool})).await.answer()["error"].to_string();
    let never = house.ask("tools/call", json!({"name": "n_central-no-such-tool"})).await;
    assert_eq!(never.error_code(), -32602);
    disabled = disabled.replace(tool, "n_central-no-such-tool");
    assert_eq!(disabled, never.answer()["error"].to_string());
    house.shut().await;
}

#[tokio::test]
async fn a_change_waits_for_a_person_and_its_outcome_is_fetched() {
    let house = House::new().await;
    let look = json!({"device_class": "workstation", "page_size": 1, "fields": ["device_id"]});
    let device = house.ask("tools/call", json!({"name": "n_central-list-devices", "arguments": look})).await;
    let device = device.result()["structuredContent"]["rows"][0][0].clone();
    let arguments = json!({"device_id": device, "script": SCRIPT, "reason": "the disk is full"});
    let reply =
        house.ask("tools/call", json!({"name": "n_central-run-direct-task", "arguments": arguments})).await;
    let held = &reply.result()["structuredContent"];
    assert_eq!(held["status"], "approval_required", "{held}");
    assert_eq!(reply.result()["isError"], false);
    let approval = held["approval_id"].as_str().unwrap();

    let seen = house.gate.approval(&house.technician, approval).await.unwrap();
    assert_eq!(seen.client.as_deref(), Some("probe 3"));
    let decision = Decision {
        decision: Verdict::Approve,
        reason: None,
        confirm: None,
        password: None,
        plan_digest: None,
    };
    house.gate.decide(&house.technician, approval, decision).await.unwrap();

    let wait = json!({"approval_id": approval, "wait_seconds": 30});
    let outcome = house.ask("tools/call", json!({"name": "n_central-get-approval", "arguments": wait})).await;
    let outcome = &outcome.result()["structuredContent"];
    assert_eq!((&outcome["state"], &outcome["outcome"]), (&json!("approved"), &json!("done")), "{outcome}");
    house.shut().await;
}

#[tokio::test]
async fn a_revoked_key_is_told_so() {
    let house = House::new().await;
    let key = &house.gate.keys(&house.admin).await.unwrap()[0];
    house.gate.revoke_key(&house.admin, key.id.as_str()).await.unwrap();
    let reply = house.ask("tools/list", json!({})).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_eq!(reply.answer()["kind"], "unauthenticated");
    house.shut().await;
}

#[tokio::test]
async fn the_list_is_fit_for_every_client_and_costs_little() {
    let house = House::new().await;
    let reply = house.ask("tools/list", json!({})).await;
    let tools = reply.result()["tools"].as_array().unwrap();
    for tool in tools {
        let name = tool["name"].as_str().unwrap();
        // Some clients drop a tool whose server and tool name together exceed 60 characters.
        assert!("ncgate".len() + name.len() <= 60, "{name}");
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)), "{name}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{name}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{name}");
        assert_eq!(tool.get("outputSchema"), None, "{name}");
        assert!(!tool.to_string().chars().any(model::text::is_invisible), "{name}");
    }
    // What a model reads of it. About 4.3 bytes of such JSON are a token; 120 tokens a tool are the budget.
    let read = |tool: &Value| {
        ["name", "description", "inputSchema"]
            .iter()
            .map(|member| tool[*member].to_string().len())
            .sum::<usize>()
    };
    let bytes: usize = tools.iter().map(read).sum();
    assert!(bytes / tools.len() <= 516, "{} bytes a tool", bytes / tools.len());
    house.shut().await;
}
