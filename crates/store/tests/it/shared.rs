//! What only several processes on one PostgreSQL database can tell: who wins, who hears of it, and what becomes of
//! a transaction whose connection is lost.

use crate::proxy::Proxy;
use crate::schema::Schema;
use crate::support::{approval, at, call, write};
use model::{ApprovalId, ApprovalState, CallState, CallerId};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use store::{
    Change, Checkpoints, Error, Location, Options, Sql, Store, Topic, approvals, audit, calls, settings,
};
use tokio::sync::broadcast::Receiver;
use tokio::task::JoinSet;
use tokio::time::timeout;

const KEY: [u8; 32] = [7; 32];

fn open(schema: &Schema) -> Store {
    Store::open(schema.location(), Options::default()).unwrap()
}

/// The next change that says what changed.
async fn heard(changes: &mut Receiver<Change>) -> Change {
    loop {
        let change = changes.recv().await.unwrap();
        if change.topic != Topic::Anything {
            return change;
        }
    }
}

fn announce(store: &Store, id: &'static str) -> impl Future<Output = Result<(), Error>> {
    store.write(move |tx| {
        tx.announce(Topic::Call, id, None);
        Ok(())
    })
}

#[tokio::test]
async fn a_change_is_heard_by_every_node_and_once() {
    let Some(schema) = Schema::new() else { return };
    let (here, there) = (open(&schema), open(&schema));
    let (mut at_home, mut abroad) = (here.changes(), there.changes());
    // A node that does not listen yet is told that anything may have changed; from then on it hears everything.
    let listening = async {
        while timeout(Duration::from_millis(50), heard(&mut abroad)).await.is_err() {
            announce(&here, "begin").await.unwrap();
        }
    };
    timeout(Duration::from_secs(10), listening).await.expect("it listens at last");
    announce(&here, "c1").await.unwrap();
    for changes in [&mut at_home, &mut abroad] {
        let next = async {
            loop {
                let change = heard(changes).await;
                if change.id != "begin" {
                    return change;
                }
            }
        };
        let change = timeout(Duration::from_secs(1), next).await.expect("within a second");
        assert_eq!((change.topic, change.id.as_str()), (Topic::Call, "c1"));
    }
    announce(&there, "c2").await.unwrap();
    let change = timeout(Duration::from_secs(1), heard(&mut at_home)).await.expect("within a second");
    assert_eq!(change.id, "c2", "its own is not told twice");
    here.close().await;
    there.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_two_nodes_lose_no_update_and_break_no_chain() {
    const TASKS: usize = 16;
    const ROUNDS: usize = 6;
    let Some(schema) = Schema::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = |node: usize| folder.path().join(format!("checkpoints-{node}.json"));
    let nodes: Vec<Store> = (0..2)
        .map(|node| {
            let checkpoints = Some(Checkpoints::file(file(node), KEY));
            Store::open(schema.location(), Options { checkpoints }).unwrap()
        })
        .collect();
    write(&nodes[0], |tx| {
        for n in 0..ROUNDS {
            calls::insert(tx, &call(&format!("c{n}"), CallState::Pending))?;
            approvals::insert(tx, &approval(&format!("a{n}"), &format!("c{n}")))?;
        }
        Ok(())
    })
    .await;
    let won = Arc::new(AtomicU32::new(0));
    let mut tasks = JoinSet::new();
    for n in 0..2 * TASKS {
        let (store, won) = (nodes[n % 2].clone(), Arc::clone(&won));
        tasks.spawn(async move {
            for round in 0..ROUNDS {
                let first = write(&store, move |tx| {
                    let count = settings::get(tx, "count")?.and_then(|n| n.parse().ok()).unwrap_or(0);
                    settings::put(tx, "count", &format!("{}", count + 1))?;
                    let chain = ["acme", "globex", "system"][(n + round) % 3];
                    audit::append(tx, chain, at(1), "call", json!({ "caller": n }))?;
                    let (id, by) = (ApprovalId::new(format!("a{round}")), CallerId::new(format!("p{n}")));
                    approvals::decide(tx, &id, ApprovalState::Approved, Some(&by), at(2), None)
                })
                .await;
                won.fetch_add(first.into(), Ordering::Relaxed);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let count = nodes[1].read(|tx| settings::get(tx, "count")).await.unwrap();
    assert_eq!(count, Some(format!("{}", 2 * TASKS * ROUNDS)));
    assert_eq!(won.load(Ordering::Relaxed), ROUNDS as u32, "each was decided once");
    for (node, store) in nodes.into_iter().enumerate() {
        assert!(store.torn_chains().is_empty());
        store.close().await;
        let verdict = audit::verify_database(&schema.url(), &file(node), KEY).unwrap();
        assert_eq!(verdict.broken, None, "as node {node} knows it");
        assert_eq!(verdict.chains.iter().map(|(_, whole)| whole).sum::<u64>(), (2 * TASKS * ROUNDS) as u64);
        let again = Checkpoints::file(file(node), KEY);
        let store = Store::open(schema.location(), Options { checkpoints: Some(again) }).unwrap();
        assert!(store.torn_chains().is_empty(), "the other node went on, nobody cut anything");
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_make_the_tables_once() {
    let Some(schema) = Schema::new() else { return };
    let schema = Arc::new(schema);
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let schema = Arc::clone(&schema);
        tasks.spawn_blocking(move || open(&schema));
    }
    for store in tasks.join_all().await {
        let (count, newest) = store
            .read(|tx| {
                let rows = tx.query("SELECT count(*), max(version) FROM schema_version", &[])?;
                Ok::<(i64, i64), Error>((rows[0].get(0)?, rows[0].get(1)?))
            })
            .await
            .unwrap();
        assert_eq!(count, newest);
        store.close().await;
    }
    schema.edit("INSERT INTO schema_version (version) VALUES (99)");
    let opened = Store::open(schema.location(), Options::default());
    assert!(matches!(opened.err(), Some(Error::TooNew { found: 99, .. })));
}

#[tokio::test]
async fn every_text_is_compared_by_its_bytes() {
    let Some(schema) = Schema::new() else { return };
    let store = open(&schema);
    let others = write(&store, |tx| {
        let rows = tx.query(
            "SELECT table_name || '.' || column_name FROM information_schema.columns
             WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'",
            &[],
        )?;
        rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, _>>()
    })
    .await;
    assert!(others.is_empty(), "{others:?}");
    store.close().await;
}

#[tokio::test]
async fn a_transaction_whose_connection_dies_is_run_again() {
    let Some(schema) = Schema::new() else { return };
    let schema = Arc::new(schema);
    let store = open(&schema);
    for reads in [false, true] {
        let (runs, killer) = (Arc::new(AtomicU32::new(0)), Arc::clone(&schema));
        let counted = Arc::clone(&runs);
        let work = move |tx: &mut store::Tx<'_>| {
            let process: i64 = tx.query("SELECT pg_backend_pid()", &[])?[0].get(0)?;
            if counted.fetch_add(1, Ordering::Relaxed) == 0 {
                killer.edit(&format!("SELECT pg_terminate_backend({process}, 5000)"));
            }
            settings::get(tx, "colour")
        };
        let found = if reads { store.read(work).await } else { store.write(work).await };
        assert_eq!(found.unwrap(), None);
        assert_eq!(runs.load(Ordering::Relaxed), 2);
    }
    store.close().await;
}

#[tokio::test]
async fn a_connection_that_dies_during_the_commit_leaves_it_open_whether_it_happened() {
    let Some(schema) = Schema::new() else { return };
    let store = open(&schema);
    schema.edit(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER dying AFTER INSERT ON settings DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW WHEN (NEW.name = 'last words') EXECUTE FUNCTION die()",
    );
    let mut changes = store.changes();
    let lost = store
        .write::<_, Error>(|tx| {
            tx.announce(Topic::Call, "c1", None);
            settings::put(tx, "last words", "more light")
        })
        .await;
    assert!(matches!(lost, Err(Error::CommitUnknown)), "{lost:?}");
    assert_eq!(heard(&mut changes).await.id, "c1", "whoever watches had better look");
    write(&store, |tx| settings::put(tx, "colour", "green")).await;
    store.close().await;
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back_is_told_and_found_again() {
    let Some(schema) = Schema::new() else { return };
    let proxy = Proxy::to(schema.server());
    let location = Location::Postgres(schema.url_by(proxy.port));
    let store = Store::open(location.clone(), Options::default()).unwrap();
    let mut changes = store.changes();
    write(&store, |tx| settings::put(tx, "colour", "green")).await;

    proxy.cut();
    let down = |error: Option<Error>| match error {
        Some(Error::Unreachable { why }) => assert!(!why.contains(&schema.password()), "{why}"),
        other => panic!("{other:?}"),
    };
    down(store.write(|tx| settings::put(tx, "colour", "red")).await.err());
    down(store.read(|tx| settings::get(tx, "colour")).await.err());
    down(Store::open(location, Options::default()).err());
    let told = async { while changes.recv().await.unwrap().topic != Topic::Anything {} };
    timeout(Duration::from_secs(5), told).await.expect("what others change can't be heard any more");

    proxy.mend();
    let back = async {
        while store.write(|tx| settings::put(tx, "shape", "round")).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        while store.read(|tx| settings::get(tx, "shape")).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // Listening has begun again once another's change comes through.
        let other = open(&schema);
        while timeout(Duration::from_millis(50), heard(&mut changes)).await.is_err() {
            announce(&other, "c1").await.unwrap();
        }
        other.close().await;
    };
    timeout(Duration::from_secs(20), back).await.expect("it comes back by itself");
    let colour = store.read(|tx| settings::get(tx, "colour")).await.unwrap();
    assert_eq!(colour.as_deref(), Some("green"));
    store.close().await;
}
