//! A state as it is after a busy month: a million audit entries and ten thousand approvals, written through the store's
//! own functions. What is multiplied is real: entries and calls that the gateway itself wrote a moment before, with other
//! callers, other calls and other times in them.

use crate::house::House;
use crate::support::Service;
use model::audit::Content;
use model::{
    ApprovalId, ApprovalState, CallId, CallState, CallerId, Kind, Outcome, Problem, Timestamp, time,
};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use store::approvals::Filter;
use store::calls::CallRow;
use store::writes::{Settlement, WriteState};
use store::{Location, Options, Store, Tx, approvals, audit, calls, writes};
use tokio::runtime::Runtime;

pub(crate) const ENTRIES: u64 = 1_000_000;
pub(crate) const APPROVALS: u64 = 10_000;
/// Over what time they lie.
const MONTH: i64 = 30 * 24 * 3_600_000;
/// How many are written in one transaction.
const BATCH: u64 = 5_000;
/// Names of callers that take turns, beside the real one.
const CALLERS: [&str; 6] = ["triage", "patching", "onboarding", "reports", "night-watch", "helpdesk"];

/// What the state holds that pages are looked at with.
pub(crate) struct Seeded {
    pub(crate) connection: String,
    pub(crate) pending: String,
    pub(crate) approved: String,
    pub(crate) call: String,
}

/// Has the gateway do a little of everything; answers the ids of two of its approvals.
fn live(house: &House, serve: &Service, admin: &str) -> [String; 2] {
    let ask = |tool: &str, body: Value| {
        let (status, answer) =
            serve.http("POST", &format!("/api/v1/tools/n_central-{tool}"), Some(&house.key), Some(body));
        assert!(status < 300, "{tool}: {answer}");
        answer
    };
    let devices = ask("list-devices", json!({"device_class": "Workstations - Windows", "page_size": 30}));
    for row in devices["rows"].as_array().unwrap() {
        ask("get-device", json!({"device_id": row[0]}));
    }
    ask("list-active-issues", json!({"customer": "Acme"}));
    ask("get-registration-token", json!({"customer": "Acme"}));
    let person = json!({"name": "dana", "role": "approver", "password": "a horse of another colour"});
    assert_eq!(serve.http("POST", "/api/v1/people", Some(admin), Some(person)).0, 201);
    let session = serve.sign_in("dana", "a horse of another colour");
    let held: Vec<Value> = (0..3)
        .map(|number| {
            let devices: Vec<&Value> = (0..5).map(|at| &devices["rows"][number * 5 + at][0]).collect();
            let body = json!({"device_ids": devices, "item_id": 2014, "task_type": "Script", "reason": "disk nearly full"});
            ask("run-direct-task", body)
        })
        .collect();
    for (held, decision) in held.iter().zip(["approve", "deny"]) {
        let path = format!("/api/v1/approvals/{}/decision", held["approval_id"].as_str().unwrap());
        let body = json!({"decision": decision, "reason": "as agreed"});
        let (status, decided) = serve.http("POST", &path, Some(&session), Some(body));
        assert_eq!(status, 200, "{decided}");
    }
    let done = ask("get-approval", json!({"approval_id": held[0]["approval_id"], "wait_seconds": 30}));
    assert_eq!(done["outcome"], "done", "{done}");
    // Look-ups are written in batches.
    std::thread::sleep(Duration::from_secs(1));
    [&held[2], &held[0]].map(|held| held["approval_id"].as_str().unwrap().to_owned())
}

/// Fills the state of a house; nothing must be running on it.
pub(crate) fn seed(runtime: &Runtime, house: &House) -> Seeded {
    let (serve, admin) = house.serve();
    let [pending, approved] = live(house, &serve, &admin);
    assert_eq!(serve.end(), 0);
    runtime.block_on(multiply(&house.home.state(), pending, approved))
}

async fn multiply(state: &Path, pending: String, approved: String) -> Seeded {
    // Without checkpoints: those of the state lag behind, as after a power cut, and the next owner catches up.
    let store = Store::open(Location::Sqlite(state.join("ncgate.db")), Options::default()).unwrap();
    let (waiting, decided) = (ApprovalId::new(&pending), ApprovalId::new(&approved));
    let (row, call, entries) = store
        .read(move |tx| {
            let waiting = approvals::get(tx, &waiting)?.unwrap();
            let row = calls::get(tx, &waiting.call_id)?.unwrap();
            let entries = audit::scan(tx, row.call.connection_id.as_str(), 0, 1000)?;
            let call = approvals::get(tx, &decided)?.unwrap().call_id;
            Ok::<_, store::Error>((row, call, entries))
        })
        .await
        .unwrap();
    let entries: Vec<Content> =
        entries.iter().map(|entry| serde_json::from_str(&entry.text).unwrap()).collect();
    let now = entries.last().unwrap().time;
    let connection = row.call.connection_id.to_string();
    in_batches(ENTRIES, |numbers| {
        let (entries, connection) = (entries.clone(), connection.clone());
        store.write(move |tx| {
            numbers.clone().try_for_each(|number| entry(tx, &connection, &entries, now, number))
        })
    })
    .await;
    in_batches(APPROVALS, |numbers| {
        let row = row.clone();
        store.write(move |tx| numbers.clone().try_for_each(|number| approval(tx, &row, now, number)))
    })
    .await;
    let held = store.read(|tx| approvals::list(tx, &Filter::default(), None, 1)).await.unwrap();
    assert_eq!(held.items.len(), 1);
    store.close().await;
    Seeded { connection, pending, approved, call: call.to_string() }
}

async fn in_batches<F>(count: u64, mut write: impl FnMut(std::ops::Range<u64>) -> F)
where
    F: Future<Output = Result<(), store::Error>>,
{
    for from in (0..count).step_by(BATCH as usize) {
        write(from..(from + BATCH).min(count)).await.unwrap();
    }
}

/// When the thing with this number of so many happened.
fn moment(now: i64, number: u64, count: u64) -> i64 {
    now - MONTH + (i128::from(MONTH) * i128::from(number) / i128::from(count)) as i64
}

/// An id as the gateway makes them: by time, then by chance.
fn id(millis: i64, number: u64) -> String {
    let millis = u128::try_from(millis).unwrap();
    uuid::Uuid::from_u128(millis << 80 | 0x7 << 76 | 0x2 << 62 | u128::from(number)).to_string()
}

/// One more entry: of twenty calls nineteen are look-ups; every thousandth caller is one who hardly ever comes.
fn entry(
    tx: &mut Tx<'_>,
    connection: &str,
    entries: &[Content],
    now: i64,
    number: u64,
) -> Result<(), store::Error> {
    let (reads, others): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.event == "call.read");
    let of = if number.is_multiple_of(20) { &others } else { &reads };
    let model = of[(number / 20) as usize % of.len()];
    let at = moment(now, number, ENTRIES);
    let mut body = model.body.clone();
    let caller = match number % 1000 {
        0 => "seldom",
        _ => CALLERS[(number % CALLERS.len() as u64) as usize],
    };
    for (member, value) in [("caller", caller), ("caller_name", caller), ("call", &id(at, number))] {
        if body.get(member).is_some() {
            body[member] = json!(value);
        }
    }
    audit::append(tx, connection, time::from_millis(at), &model.event, body).map(|_| ())
}

/// One more call that was held, and what became of it: one in ten still waits.
fn approval(tx: &mut Tx<'_>, model: &CallRow, now: i64, number: u64) -> Result<(), store::Error> {
    let waits = number >= APPROVALS / 10 * 9;
    // Those that wait came within the last half hour.
    let millis =
        if waits { now - 1_800_000 + (APPROVALS - number) as i64 } else { moment(now, number, APPROVALS) };
    let (at, later) = (time::from_millis(millis), time::from_millis(now + 86_400_000));
    let name = id(millis, number);
    let (call, approval, person) = (CallId::new(&name), ApprovalId::new(&name), CallerId::new("dana"));
    let mut row = CallRow {
        fingerprint: name.clone(),
        caller_name: CALLERS[number as usize % 6].into(),
        ..model.clone()
    };
    row.call.id = call.clone();
    row.call.approval_id = Some(approval.clone());
    row.call.created_at = at;
    let held = approvals::by_call(tx, &model.call.id)?.unwrap();
    calls::insert(tx, &row)?;
    let targets: Vec<Option<i64>> = (0..5).map(Some).collect();
    writes::insert_all(tx, &call, &targets)?;
    let held = model::Approval {
        id: approval.clone(),
        call_id: call.clone(),
        created_at: at,
        expires_at: if waits { later } else { time::from_millis(millis + 3_600_000) },
        ..held
    };
    approvals::insert(tx, &held)?;
    if waits {
        return Ok(());
    }
    let decision = match number % 20 {
        0 | 1 => ApprovalState::Denied,
        2 => ApprovalState::Expired,
        3 => ApprovalState::Withdrawn,
        _ => ApprovalState::Approved,
    };
    assert!(approvals::decide(tx, &approval, decision, Some(&person), at, Some("as agreed"))?);
    if decision == ApprovalState::Approved { run(tx, &call, at) } else { refuse(tx, &call, at) }
}

fn refuse(tx: &mut Tx<'_>, call: &CallId, at: Timestamp) -> Result<(), store::Error> {
    let why = Problem::new(Kind::Denied, "a person denied it");
    assert!(calls::refuse(tx, call, &why, at)?);
    Ok(())
}

/// Everything that an approved call goes through.
fn run(tx: &mut Tx<'_>, call: &CallId, at: Timestamp) -> Result<(), store::Error> {
    assert!(calls::set_state(tx, call, &[CallState::Pending], CallState::Queued)?);
    let until = time::from_millis(time::to_millis(at) + 60_000);
    let fence = calls::claim(tx, call, at, until)?.expect("nobody else wants it").fence;
    assert!(calls::set_state(tx, call, &[CallState::Queued], CallState::Executing)?);
    for position in 0..5 {
        assert!(writes::commit_intent(tx, call, position, fence, call.as_str(), at)?);
        let task_id = Some(json!(9001 + position));
        let done = Settlement { state: WriteState::Done, receipt: None, task_id, error: None };
        assert!(writes::settle(tx, call, position, WriteState::Intent, &done, at)?);
    }
    assert!(calls::finish(tx, call, Some(fence), Outcome::Done, None, None, at)?);
    Ok(())
}
