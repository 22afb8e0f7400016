//! What PostgreSQL and a second node cost: a look-up's added latency, and throughput when the nodes share N-central's
//! permits. Beside it the same on one node with SQLite.

use crate::calls::{alternately, throughput};
use crate::clients::{Direct, Mcp};
use crate::house::{House, forget_counts, key, throttled};
use crate::report::{Report, median};
use crate::support::{ADMIN_PASSWORD, Home, Service};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const LIMIT: usize = 5;
const LATENCY_MS: u64 = 50;

/// A schema of its own on the server.
fn schema(server: &str) -> String {
    let name = format!("bench_nodes_{}", std::process::id());
    let mut client = postgres::Client::connect(server, postgres::NoTls).unwrap();
    client.batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
    let and = if server.contains('?') { '&' } else { '?' };
    format!("{server}{and}options=-c%20search_path%3D{name}")
}

pub(crate) fn measure(runtime: &Runtime, report: &mut Report) {
    report.part("Two nodes on PostgreSQL");
    let Ok(server) = std::env::var("NCGATE_TEST_POSTGRES") else {
        return report.leave_out("two nodes", "NCGATE_TEST_POSTGRES names no server");
    };
    let (latency, limit) = (LATENCY_MS.to_string(), format!("*={LIMIT}"));
    let house = House::new(&["--devices", "3200", "--latency-ms", &latency, "--limit", &limit]);
    let direct = runtime.block_on(Direct::sign_in(&house.emulator));
    let device = runtime.block_on(direct.some_device());
    let added = |mcp: &Mcp| {
        let (without, with) = runtime.block_on(alternately(&direct, mcp, &device, 100));
        median(&with) - median(&without)
    };
    let sqlite = {
        let (serve, admin) = house.serve();
        let mcp = Mcp::new(serve.text("mcp_url"), &key(&serve, &admin, "reader"));
        added(&mcp)
    };
    report.at_most("added to a get-device call: one node, SQLite (median)", sqlite, "ms", 2.0);

    let homes = [Home::new(), Home::new()];
    let database = schema(&server);
    let shared = homes[0].state().join("master.key").display().to_string();
    let start = |node: usize| -> Service {
        let mut variables =
            vec![("NCGATE_DATABASE", database.as_str()), ("NCGATE_ADMIN_PASSWORD", ADMIN_PASSWORD)];
        if node > 0 {
            variables.push(("NCGATE_MASTER_KEY_FILE", &shared));
        }
        homes[node].start(&["serve", "--listen", "127.0.0.1:0"], &variables)
    };
    let first = start(0);
    let admin = first.sign_in("admin", ADMIN_PASSWORD);
    let server = json!({"name": "main", "url": house.emulator.url(), "jwt": house.emulator.text("jwt")});
    assert_eq!(first.http("POST", "/api/v1/connections", Some(&admin), Some(server)).0, 201);
    let key = key(&first, &admin, "reader");
    let one = added(&Mcp::new(first.text("mcp_url"), &key));
    report.tell("the same: one node, PostgreSQL", one, "ms");
    let second = start(1);
    let mcp = Mcp::new(second.text("mcp_url"), &key);
    let two = added(&mcp);
    report.tell("the same: one of two nodes, PostgreSQL", two, "ms");
    report.tell("of which leased permits and the shared database are", two - sqlite, "ms");

    let direct = Arc::new(direct);
    let (without, _, _) = runtime.block_on(throughput(LIMIT, |page| {
        let direct = Arc::clone(&direct);
        async move { direct.devices(page).await }
    }));
    forget_counts(&house.emulator);
    let nodes = [&first, &second].map(|node| Arc::new(Mcp::new(node.text("mcp_url"), &key)));
    let (with, _, failed) = runtime.block_on(throughput(64, |page| {
        let mcp = Arc::clone(&nodes[page % 2]);
        async move { mcp.call("n_central-list-devices", json!({"page_size": 50, "page_number": page})).await }
    }));
    report.at_least("64 clients on two nodes, against 5 without the gateway", with / without, "×", 0.7);
    report.at_most("their failed calls", failed as f64, "", 0.0);
    report.at_most(
        "429 answers that N-central gave meanwhile",
        throttled(&house.emulator, "listDevices"),
        "",
        0.0,
    );
    let slowest = |name: &str, values: Vec<f64>| (name.to_owned(), values.into_iter().fold(0.0, f64::max));
    let stops = (0..10).map(|_| {
        let press = |on: bool| first.http("POST", "/api/v1/stop", Some(&admin), Some(json!({"on": on}))).0;
        assert_eq!(press(true), 200);
        let followed = until(|| {
            let customer = json!({"service_org_id": 50, "customer_name": "Initech"});
            let path = "/api/v1/tools/n_central-create-customer";
            second.http("POST", path, Some(&admin), Some(customer)).1["kind"] == "stopped"
        });
        assert_eq!(press(false), 200);
        followed
    });
    let policies = (0..10).map(|round| {
        let (mode, status) = if round % 2 == 0 { ("disabled", 403) } else { ("auto", 200) };
        let body = json!({"policies": {"n_central-list-customers": mode}});
        assert_eq!(first.http("PUT", "/api/v1/connections/main/policies", Some(&admin), Some(body)).0, 200);
        let path = "/api/v1/tools/n_central-list-customers";
        until(|| second.http("POST", path, Some(&admin), Some(json!({}))).0 == status)
    });
    for (name, value) in [
        slowest("a stop pressed on one node refuses on the other after (slowest of 10)", stops.collect()),
        slowest("a policy set on one node holds on the other after (slowest of 10)", policies.collect()),
    ] {
        report.at_most(&name, value, "ms", 1000.0);
    }
}

/// How long it takes until something is true, in milliseconds; given up after a minute.
fn until(mut look: impl FnMut() -> bool) -> f64 {
    let began = Instant::now();
    while !look() && began.elapsed() < Duration::from_secs(60) {}
    began.elapsed().as_secs_f64() * 1000.0
}
