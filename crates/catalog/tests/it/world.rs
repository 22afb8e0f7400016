//! A fleet, a client on it, and a caller: what every test starts from.

use catalog::entry::Action;
use catalog::{Context, Draft, Local, ReadBack, Receipt, Silent};
use emulator::{Config, Emulator};
use futures::future::{BoxFuture, FutureExt};
use model::id::{CallerId, ConnectionId};
use model::script::{Script, ScriptParameter, TaskType};
use model::secret::Vault;
use model::{CallId, Clock, Kind, Plan, Problem, Timestamp};
use ncentral::{Client, LocalPermits, Params, ServerUrl};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// When the emulator's clock starts and where the caller's stands still.
pub(crate) const START: &str = "2026-03-04T12:00:00Z";

pub(crate) struct World {
    pub(crate) emulator: Emulator,
    client: Client,
    /// The customers that the caller is narrowed to.
    pub(crate) customers: Option<Vec<i64>>,
    pub(crate) max_targets: u32,
    pub(crate) scripts: Vec<Script>,
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        START.parse().unwrap()
    }
}

struct Lists(Vec<Script>);

impl Local for Lists {
    fn scripts(&self) -> BoxFuture<'_, Result<Vec<Script>, Problem>> {
        let scripts = self.0.clone();
        async move { Ok(scripts) }.boxed()
    }

    fn approval<'a>(&'a self, id: &'a str, wait: Duration) -> BoxFuture<'a, Result<Value, Problem>> {
        async move { Ok(json!({"approval_id": id, "waited": wait.as_secs()})) }.boxed()
    }
}

impl World {
    /// 600 devices of 44 customers.
    pub(crate) fn new() -> Self {
        Self::of(600)
    }

    pub(crate) fn of(devices: u32) -> Self {
        Self::with(Config { devices, ..Config::default() })
    }

    /// A server that takes its time over every answer.
    pub(crate) fn slow(devices: u32, latency: Duration) -> Self {
        Self::with(Config { devices, latency, ..Config::default() })
    }

    /// The same where no list tells how long it is (contract/NOTES.md, section 5).
    pub(crate) fn slow_without_totals(devices: u32, latency: Duration) -> Self {
        let config = Config { devices, latency, ..Config::default() };
        Self::behind(config, |router| router.layer(axum::middleware::map_response(without_totals)))
    }

    fn with(config: Config) -> Self {
        Self::behind(config, |router| router)
    }

    fn behind(config: Config, wrap: impl FnOnce(axum::Router) -> axum::Router) -> Self {
        let start: Timestamp = START.parse().unwrap();
        let config = Config { strict: true, start: Some(start.as_millisecond()), ..config };
        let emulator = Emulator::new(config);
        let (server, _) = ServerUrl::parse("http://127.0.0.1:1").unwrap();
        let client = Client::builder(server, emulator.jwt())
            .service(wrap(emulator.router()))
            .permits(Arc::new(LocalPermits::new()))
            .deadline(Duration::from_secs(5))
            .build()
            .unwrap();
        Self { emulator, client, customers: None, max_targets: 50, scripts: vec![cleanup()] }
    }

    pub(crate) fn narrowed(mut self, customers: &[i64]) -> Self {
        self.customers = Some(customers.to_vec());
        self
    }

    pub(crate) fn context(&self) -> Context {
        Context {
            client: self.client.clone(),
            clock: Arc::new(Stopped),
            call_id: CallId::new("0192f3c4-7b1a-7c3e-9d52-5f0c7a1e8b44"),
            customers: self.customers.clone(),
            max_targets: self.max_targets,
            local: Arc::new(Lists(self.scripts.clone())),
            progress: Arc::new(Silent),
            vault: Mutex::new(Vault::new([7; 32])),
        }
    }

    /// Calls a look-up as the gate does.
    pub(crate) async fn read(&self, tool: &str, arguments: Value) -> Result<Value, Problem> {
        let entry = catalog::find(tool).unwrap();
        let Action::Read(reader) = &entry.action else { panic!("{tool} is no look-up") };
        entry.check_arguments(&arguments)?;
        let cx = self.context();
        let prepared = (reader.prepare)(&cx, arguments, true).await?;
        assert!(prepared.arguments.as_object().unwrap().values().all(|value| !value.is_null()));
        (reader.read)(&cx, prepared.arguments).await
    }

    pub(crate) async fn plan(
        &self,
        tool: &str,
        arguments: Value,
    ) -> Result<(Draft, BTreeMap<String, String>), Problem> {
        let entry = catalog::find(tool).unwrap();
        let Action::Write(writer) = &entry.action else { panic!("{tool} is no change") };
        entry.check_arguments(&arguments)?;
        let cx = self.context();
        let draft = (writer.plan)(&cx, arguments).await?;
        Ok((draft, cx.vault.into_inner().unwrap().into_values()))
    }

    /// Sends a plan's write, as the gate does.
    pub(crate) async fn send(&self, plan: &Plan, position: usize) -> Value {
        let write = &plan.writes[position];
        let operation = ncentral::operations::find(&write.operation).unwrap();
        let segments = operation.path.split('/').zip(write.path.split('/'));
        let filled =
            segments.filter_map(|(part, value)| Some((part.strip_prefix('{')?.strip_suffix('}')?, value)));
        let params = filled.fold(Params::new(), |params, (name, value)| params.set(name, value));
        self.client.call(operation, params, write.body.clone()).await.unwrap().body
    }

    pub(crate) async fn receive(&self, plan: &Plan, position: usize, answer: Value) -> Receipt {
        let Action::Write(writer) = &catalog::find(&plan.tool).unwrap().action else { panic!("no change") };
        (writer.receive)(&self.context(), plan, position, answer).await
    }

    pub(crate) async fn read_back(&self, plan: &Plan, position: usize) -> ReadBack {
        let Action::Write(writer) = &catalog::find(&plan.tool).unwrap().action else { panic!("no change") };
        (writer.read_back)(&self.context(), plan, position).await
    }

    pub(crate) async fn recheck(&self, plan: &Plan) -> Result<Vec<model::Target>, Problem> {
        let Action::Write(writer) = &catalog::find(&plan.tool).unwrap().action else { panic!("no change") };
        (writer.recheck)(&self.context(), plan).await
    }

    /// The id of a customer, asked of the emulator through the tool itself.
    pub(crate) async fn customer(&self, name: &str) -> i64 {
        let all = self.read("list_customers", json!({"page_size": 1000})).await.unwrap();
        let row = rows(&all).into_iter().find(|row| row["customer_name"] == name).unwrap();
        row["customer_id"].as_str().unwrap().parse().unwrap()
    }

    /// The ids of a customer's devices whose class holds a word.
    pub(crate) async fn devices(&self, customer: &str, class: &str) -> Vec<i64> {
        let arguments = json!({"customer": customer, "device_class": class, "page_size": 1000});
        let all = self.read("list_devices", arguments).await.unwrap();
        rows(&all).iter().map(|row| row["device_id"].as_i64().unwrap()).collect()
    }
}

async fn without_totals(response: axum::response::Response) -> axum::response::Response {
    let (mut head, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let Ok(Value::Object(mut page)) = serde_json::from_slice(&whole) else {
        return axum::response::Response::from_parts(head, whole.into());
    };
    page.retain(|member, _| !matches!(member.as_str(), "totalItems" | "totalPages" | "_links"));
    head.headers.remove("content-length");
    axum::response::Response::from_parts(head, Value::Object(page).to_string().into())
}

/// An answer's rows as objects.
pub(crate) fn rows(answer: &Value) -> Vec<Value> {
    let columns = answer["columns"].as_array().unwrap();
    let rows = answer["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            let cells = row.as_array().unwrap();
            assert_eq!(cells.len(), columns.len(), "a row is as long as the columns");
            columns
                .iter()
                .zip(cells)
                .map(|(name, cell)| (name.as_str().unwrap().to_owned(), cell.clone()))
                .collect()
        })
        .collect()
}

pub(crate) fn refused(result: Result<Value, Problem>, kind: Kind) -> Problem {
    let problem = result.unwrap_err();
    assert_eq!(problem.kind, kind, "{problem}");
    assert!(!problem.hint.is_empty(), "{problem}");
    problem
}

/// The plan that the gate makes of a draft.
pub(crate) fn freeze(tool: &str, draft: &Draft) -> Plan {
    Plan {
        v: model::plan::VERSION,
        connection_id: ConnectionId::new("c"),
        server_url: "http://127.0.0.1:1".into(),
        caller_id: CallerId::new("k"),
        tool: tool.into(),
        effect: catalog::find(tool).unwrap().record.effect,
        arguments: draft.arguments.clone(),
        targets: draft.targets.clone(),
        writes: draft.writes.iter().map(|(write, _)| write.clone()).collect(),
        run_at: draft.run_at,
        policy_version: 1,
    }
}

fn cleanup() -> Script {
    let parameter = |name: &str, kind: &str, required, secret| ScriptParameter {
        name: name.into(),
        kind: kind.into(),
        required,
        secret,
    };
    Script {
        id: "s1".into(),
        name: "Cleanup temporary files".into(),
        item_id: 2014,
        task_type: TaskType::Script,
        parameters: vec![
            parameter("CommandLine", "string", false, false),
            parameter("Days", "integer", false, false),
            parameter("Token", "string", false, true),
        ],
        description: "Empties the temporary folders.".into(),
    }
}
