//! A thousand MCP clients that do nothing and a hundred event streams: what each costs in memory, and whether anybody
//! else is slower for it.
//!
//! MCP is served without sessions, so all that an idle client keeps is its connection. Calls are measured in turns with
//! and without the crowd, so that what else the machine does falls on both.

use crate::clients::Mcp;
use crate::house::{House, key, memory, owner};
use crate::report::{Report, median, millis};
use crate::wire::Wire;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const CLIENTS: usize = 1000;
const STREAMS: usize = 100;
/// Keys that the clients and the streams share: one key may follow 128 streams.
const KEYS: usize = 10;
const TURNS: usize = 4;
const CALLS: usize = 100;
const HELD: usize = 15;

/// Whoever sits there.
struct Crowd {
    _clients: Vec<Wire>,
    _streams: JoinSet<()>,
    /// Resident megabytes before anybody came, with the clients, and with the streams too.
    resident: [f64; 3],
}

pub(crate) fn measure(runtime: &Runtime, report: &mut Report) {
    report.part("1,000 idle MCP clients and 100 event streams");
    let house = House::new(&[]);
    let (serve, admin) = house.serve();
    let keys: Vec<String> = (0..KEYS).map(|number| key(&serve, &admin, &format!("idle-{number}"))).collect();
    let askers: Vec<String> =
        (0..=2 * TURNS).map(|number| key(&serve, &admin, &format!("asker-{number}"))).collect();
    let process = owner(&house.home);
    let mcp = Mcp::new(serve.text("mcp_url"), &house.key);
    let device = runtime.block_on(async {
        let list = mcp.result("n_central-list-devices", json!({"page_size": 1})).await.unwrap();
        list["rows"][0][0].clone()
    });
    let mut times = [[vec![], vec![]], [vec![], vec![]]];
    let mut crowds = Vec::new();
    for (turn, asker) in askers.iter().enumerate().take(2 * TURNS + 1) {
        let crowded = turn % 2 == 1;
        let crowd = crowded.then(|| runtime.block_on(gather(serve.url(), process, &keys, &admin)));
        let (looks, holds) =
            runtime.block_on(work(&mcp, &Mcp::new(serve.text("mcp_url"), asker), &device, turn));
        // The first turn warms up.
        if turn > 0 {
            times[usize::from(crowded)][0].extend(looks);
            times[usize::from(crowded)][1].extend(holds);
        }
        crowds.extend(crowd.map(|crowd| crowd.resident));
    }
    // The memory that the first crowd took is used again by those that come after it.
    let [before, with_clients, with_all] = crowds[0];
    report.tell("resident before", before, "MB");
    let each = |more: f64, count: usize| more * 1024.0 / count as f64;
    report.at_most("resident for each idle MCP client", each(with_clients - before, CLIENTS), "KB", 64.0);
    report.at_most("resident for each event stream", each(with_all - with_clients, STREAMS), "KB", 64.0);
    report.tell("resident with all of them", with_all, "MB");
    let [[alone, alone_held], [crowded, crowded_held]] = times;
    report.tell("a get-device call without them (median)", median(&alone), "ms");
    report.at_most("with them, against without (median)", median(&crowded) / median(&alone), "×", 1.1);
    report.tell("a held call, of which every stream is told, without them", median(&alone_held), "ms");
    report.tell("with them, against without (median)", median(&crowded_held) / median(&alone_held), "×");
}

/// Calls one after the other: look-ups, and some that are held.
async fn work(mcp: &Mcp, asker: &Mcp, device: &Value, turn: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut looks, mut holds) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        let began = Instant::now();
        assert!(mcp.call("n_central-get-device", json!({"device_id": device})).await);
        looks.push(millis(began));
    }
    for number in 0..HELD {
        let arguments = json!({"customer": "Acme", "site_name": format!("Attic {turn} {number}")});
        let began = Instant::now();
        let held = asker.result("n_central-create-site", arguments).await.unwrap();
        holds.push(millis(began));
        assert_eq!(held["status"], "approval_required", "{held}");
    }
    (looks, holds)
}

/// Has everybody come, and measures what they take.
async fn gather(url: &str, process: u32, keys: &[String], admin: &str) -> Crowd {
    // What the system has noted a moment after the last request.
    let settled = async || {
        tokio::time::sleep(Duration::from_millis(700)).await;
        memory(process, "VmRSS").unwrap()
    };
    let before = settled().await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(client(url, &keys[number % keys.len()]).await);
    }
    let with_clients = settled().await;
    let mut streams = JoinSet::new();
    for number in 0..STREAMS {
        let mut wire = Wire::open(url).await;
        // One half are programs, the other half are windows of the dashboard.
        if number % 2 == 0 {
            let bearer = format!("Bearer {}", keys[number % keys.len()]);
            wire.follow("/api/v1/events", &[("authorization", &bearer)]).await;
        } else {
            wire.follow("/events/pages", &[("cookie", &format!("ncgate_session={admin}"))]).await;
        }
        streams.spawn(wire.read_on());
    }
    let with_all = settled().await;
    Crowd { _clients: clients, _streams: streams, resident: [before, with_clients, with_all] }
}

/// A client that has introduced itself, has asked for the tools, and stays.
async fn client(url: &str, key: &str) -> Wire {
    let mut wire = Wire::open(url).await;
    let bearer = format!("Bearer {key}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    let hello = json!({
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "idle", "version": "0"},
    });
    let messages = [
        (json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}), 200),
        (json!({"jsonrpc": "2.0", "method": "notifications/initialized"}), 202),
        (json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}), 200),
    ];
    for (message, wanted) in messages {
        let status = wire.ask("POST /mcp", &headers, &message.to_string()).await;
        assert_eq!(status, wanted, "{message}");
    }
    wire
}
