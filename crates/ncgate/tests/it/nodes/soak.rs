//! Load on two nodes while one of them is killed (-9) every few seconds: no approval is lost, nothing is sent twice,
//! N-central refuses nothing, and the record is whole. `NCGATE_SOAK_SECONDS` says for how long; 10 by default.

use super::{Cluster, within};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a node lives before it is killed.
const LIFE: Duration = Duration::from_secs(3);

/// What became of a request.
enum Sent {
    Answered(u16, Value),
    /// Nothing listens there.
    Refused,
    /// The node died over it.
    BrokenOff,
}

fn client() -> (tokio::runtime::Runtime, reqwest::Client) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().pool_max_idle_per_host(0).build();
    (runtime, client.unwrap())
}

fn send(
    (runtime, client): &(tokio::runtime::Runtime, reqwest::Client),
    url: &str,
    bearer: &str,
    body: &Value,
) -> Sent {
    runtime.block_on(async {
        match client.post(url).bearer_auth(bearer).json(body).send().await {
            Err(error) if error.is_connect() => Sent::Refused,
            Err(_) => Sent::BrokenOff,
            Ok(response) => {
                let status = response.status().as_u16();
                match response.json().await {
                    Ok(body) => Sent::Answered(status, body),
                    Err(_) => Sent::BrokenOff,
                }
            }
        }
    })
}

/// The status that a GET is answered with, if it is.
pub(super) fn status(url: &str) -> Option<u16> {
    let (runtime, client) = client();
    runtime.block_on(async { Some(client.get(url).send().await.ok()?.status().as_u16()) })
}

/// Looks something up again and again, on the other node where one refuses the connection. Answers how often; any
/// other failure fails the test.
pub(super) fn look_up_until(stop: &AtomicBool, urls: &Mutex<[String; 2]>, key: &str, first: usize) -> usize {
    let client = client();
    let (mut made, mut node) = (0, first % 2);
    while !stop.load(Ordering::Relaxed) {
        let url = urls.lock().unwrap()[node].clone();
        let body = json!({"page_size": 3});
        match send(&client, &format!("{url}/api/v1/tools/n_central-list-customers"), key, &body) {
            Sent::Answered(200, _) => {
                made += 1;
                node = (node + 1) % 2;
            }
            Sent::Refused => node = (node + 1) % 2,
            Sent::Answered(status, body) => panic!("call {made} on node {node}: {status} {body}"),
            Sent::BrokenOff => panic!("call {made} on node {node} was broken off"),
        }
    }
    made
}

/// One technician's work until the time is up: asks for a run on one device of its own after the other, and approves it,
/// wherever somebody answers. Answers the approvals that it got to approve, with their devices.
fn work(cluster: &Load<'_>, devices: &[i64], until: Instant) -> Vec<(String, i64)> {
    let client = client();
    let mut approved = Vec::new();
    for device in devices {
        if Instant::now() >= until {
            break;
        }
        cluster.insist(
            &client,
            "/api/v1/tools/n_central-list-devices",
            cluster.key,
            &json!({"page_size": 2}),
            &[200],
        );
        let body = json!({"device_ids": [device], "item_id": 2014, "task_type": "Script"});
        // Asked again on the other node, it attaches to what was stored.
        let held =
            cluster.insist(&client, "/api/v1/tools/n_central-run-direct-task", cluster.key, &body, &[202]);
        let approval = held["approval_id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/approvals/{approval}/decision");
        // A conflict says that the decision was stored before the node died.
        cluster.insist(&client, &path, cluster.session, &json!({"decision": "approve"}), &[200, 409]);
        approved.push((approval, *device));
    }
    approved
}

struct Load<'a> {
    urls: &'a Mutex<[String; 2]>,
    turn: AtomicUsize,
    key: &'a str,
    session: &'a str,
}

impl Load<'_> {
    /// Sends a request, to the other node when one dies over it, until it is answered as expected.
    fn insist(
        &self,
        client: &(tokio::runtime::Runtime, reqwest::Client),
        path: &str,
        bearer: &str,
        body: &Value,
        wanted: &[u16],
    ) -> Value {
        within(Duration::from_secs(30), || {
            let node = self.turn.fetch_add(1, Ordering::Relaxed) % 2;
            let url = self.urls.lock().unwrap()[node].clone();
            match send(client, &format!("{url}{path}"), bearer, body) {
                Sent::Answered(status, answer) if wanted.contains(&status) => Some(answer),
                Sent::Answered(503 | 500, _) | Sent::Refused | Sent::BrokenOff => None,
                Sent::Answered(status, answer) => panic!("{path}: {status} {answer}"),
            }
        })
    }
}

#[test]
fn nodes_that_are_killed_lose_nothing_and_repeat_nothing() {
    // N-central would take more than the contract says: what is in flight is then the nodes' own doing.
    let Some(mut cluster) = Cluster::new(&["--latency-ms", "30", "--limit", "*=50"]) else { return };
    let seconds =
        std::env::var("NCGATE_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_u64);
    // No device is asked for twice, so a longer soak needs more of them.
    for page in 2..=u32::try_from(seconds / 8 + 1).unwrap() {
        let more = cluster.workstations(page).expect("the list has that page");
        cluster.devices.extend(more);
    }
    let until = Instant::now() + Duration::from_secs(seconds);
    let urls = Mutex::new([cluster.node(0).url().to_owned(), cluster.node(1).url().to_owned()]);
    let (key, session, devices) = (cluster.key.clone(), cluster.technician.clone(), cluster.devices.clone());
    let load = Load { urls: &urls, turn: AtomicUsize::new(0), key: &key, session: &session };
    let workers = 4;
    let mut killed = 0;
    let approved: Vec<(String, i64)> = thread::scope(|scope| {
        let working: Vec<_> = devices
            .chunks(devices.len().div_ceil(workers))
            .map(|own| scope.spawn(|| work(&load, own, until)))
            .collect();
        while Instant::now() + LIFE < until {
            thread::sleep(LIFE);
            let node = killed % 2;
            // Dropping it kills it, as `kill -9` does.
            drop(cluster.nodes[node].take());
            cluster.start(node);
            urls.lock().unwrap()[node] = cluster.node(node).url().to_owned();
            killed += 1;
        }
        working.into_iter().flat_map(|work| work.join().unwrap()).collect()
    });
    assert!(killed >= 2 && approved.len() >= 10, "{killed} killed, {} approved", approved.len());

    // Nothing that was approved is forgotten: it ends, and says how.
    let client = client();
    let mut outcomes = std::collections::BTreeMap::<String, usize>::new();
    for (approval, _) in &approved {
        let wait = json!({"approval_id": approval, "wait_seconds": 45});
        let told = load.insist(&client, "/api/v1/tools/n_central-get-approval", &key, &wait, &[200]);
        assert_eq!(told["state"], "approved", "{told}");
        let outcome = told["outcome"].as_str().unwrap_or_else(|| panic!("it never ended: {told}"));
        *outcomes.entry(outcome.to_owned()).or_default() += 1;
    }
    eprintln!("{killed} nodes killed, {} calls: {outcomes:?}", approved.len());
    assert!(!outcomes.contains_key("failed"), "{outcomes:?}");
    let tasks = cluster.tasks();
    assert!(tasks.values().all(|made| *made == 1), "sent twice: {tasks:?}");
    assert!(
        cluster.posts() <= approved.len() as u64,
        "{} requests for {} calls",
        cluster.posts(),
        approved.len()
    );
    let (_, requests) = cluster.emulator.http("GET", "/_emulator/requests", None, None);
    for (operation, counts) in requests["operations"].as_object().unwrap() {
        assert!(counts["by_status"].get("429").is_none(), "{operation} was refused: {counts}");
    }
    let most = requests["operations"]["listDevices"]["peak_in_flight"].as_u64().unwrap_or(0);
    assert!((1..=5).contains(&most), "{most} lists of devices at once");
    cluster.verify();
}
