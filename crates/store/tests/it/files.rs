//! What only a file can tell: what survives a crash, which versions are opened, and how fast.

use crate::support::{at, call, write};
use crate::tampering::State;
use futures::future::join_all;
use model::{CallId, CallState};
use std::fs;
use store::{Error, Location, Options, Sql, Store, audit, calls, settings, writes};

/// The files as a crash at this moment would leave them: nothing is flushed or closed first.
fn crash(state: &State) -> tempfile::TempDir {
    let image = tempfile::tempdir().unwrap();
    for file in ["state.db", "state.db-wal", "checkpoints.json"] {
        let from = state.database().with_file_name(file);
        if from.exists() {
            fs::copy(from, image.path().join(file)).unwrap();
        }
    }
    image
}

fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(Location::Sqlite(folder.path().join("state.db")), Options::default()).unwrap()
}

#[tokio::test]
async fn what_was_answered_survives_a_crash_and_what_was_not_is_gone_whole() {
    let state = State::new().await;
    let store = state.open();
    write(&store, |tx| {
        calls::insert(tx, &call("c1", CallState::Queued))?;
        writes::insert_all(tx, &CallId::new("c1"), &[Some(0)])
    })
    .await;
    let (state, image) = {
        let (shared, copied) = (std::sync::Arc::new(state), std::sync::Arc::new(std::sync::Mutex::new(None)));
        let (inner, slot) = (shared.clone(), copied.clone());
        write(&store, move |tx| {
            let claimed = calls::claim(tx, &CallId::new("c1"), at(0), at(9))?.expect("it is free");
            calls::set_state(tx, &CallId::new("c1"), &[CallState::Queued], CallState::Executing)?;
            assert!(writes::commit_intent(tx, &CallId::new("c1"), 0, claimed.fence, "a", at(1))?);
            audit::append(tx, "acme", at(1), "intent", serde_json::json!({}))?;
            *slot.lock().unwrap() = Some(crash(&inner));
            Ok(())
        })
        .await;
        let image = copied.lock().unwrap().take().unwrap();
        (shared, image)
    };
    let after = crash(&state);
    store.close().await;

    let stood = async |folder: &tempfile::TempDir| {
        let store = open(folder);
        let found = store
            .read(|tx| {
                let row = calls::get(tx, &CallId::new("c1"))?.expect("it was answered");
                let attempt = writes::list(tx, &CallId::new("c1"))?.remove(0).attempt_id;
                Ok::<_, Error>((row.call.state, row.fence, attempt, audit::scan(tx, "acme", 0, 99)?.len()))
            })
            .await
            .unwrap();
        store.close().await;
        found
    };
    assert_eq!(stood(&image).await, (CallState::Queued, 0, None, 10), "in the middle of the transaction");
    assert_eq!(stood(&after).await, (CallState::Executing, 1, Some("a".into()), 11), "after its answer");
    let verdict =
        audit::verify_file(&after.path().join("state.db"), &after.path().join("checkpoints.json"), [7; 32]);
    assert_eq!(verdict.unwrap().broken, None);
}

#[tokio::test]
async fn a_store_that_was_dropped_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    for round in ["one", "two", "three"] {
        let store = open(&folder);
        write(&store, move |tx| settings::put(tx, round, "kept")).await;
        drop(store);
    }
    let store = open(&folder);
    for round in ["one", "two", "three"] {
        let kept = store.read(move |tx| settings::get(tx, round)).await.unwrap();
        assert_eq!(kept.as_deref(), Some("kept"));
    }
    store.close().await;
}

#[tokio::test]
async fn readers_do_not_wait_for_a_writer_and_see_the_last_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    write(&store, |tx| settings::put(tx, "colour", "green")).await;
    let (entered, inside) = tokio::sync::oneshot::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let mut entered = Some(entered);
    let slow = store.write::<_, Error>(move |tx| {
        settings::put(tx, "colour", "red")?;
        entered.take().expect("it runs once").send(()).expect("the test waits for it");
        released.recv().expect("the test lets it go on");
        Ok(())
    });
    let meanwhile = async {
        inside.await.unwrap();
        let colour = store.read(|tx| settings::get(tx, "colour")).await.unwrap();
        release.send(()).unwrap();
        colour
    };
    let (slow, colour) = tokio::join!(slow, meanwhile);
    slow.unwrap();
    assert_eq!(colour.as_deref(), Some("green"));
    store.close().await;
}

#[tokio::test]
async fn those_who_wait_together_share_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let (entered, inside) = tokio::sync::oneshot::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let mut entered = Some(entered);
    let busy = store.write::<_, Error>(move |_| {
        entered.take().expect("it runs once").send(()).expect("the test waits for it");
        released.recv().expect("the test lets it go on");
        Ok(())
    });
    let waiting = async {
        inside.await.unwrap();
        let group = (0..8).map(|n| {
            let path = folder.path().join("state.db");
            store.write::<_, Error>(move |tx| {
                settings::put(tx, &format!("{n}"), "here")?;
                let count = "SELECT count(*) FROM settings";
                let inside = tx.query(count, &[])?[0].get::<i64>(0)?;
                let committed = rusqlite::Connection::open(&path)?.query_one(count, [], |row| row.get(0))?;
                Ok::<(i64, i64), Error>((inside, committed))
            })
        });
        // All of them are in the queue before the writer is free again.
        let (group, ()) = tokio::join!(biased; join_all(group), async { release.send(()).unwrap() });
        group
    };
    let (busy, group) = tokio::join!(busy, waiting);
    busy.unwrap();
    let seen: Vec<(i64, i64)> = group.into_iter().map(Result::unwrap).collect();
    assert_eq!(seen, (1..=8).map(|n| (n, 0)).collect::<Vec<_>>(), "what each saw inside, and from outside");
    store.close().await;
}

#[tokio::test]
async fn a_word_that_nobody_knows_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    write(&store, |tx| calls::insert(tx, &call("c1", CallState::Queued))).await;
    rusqlite::Connection::open(folder.path().join("state.db"))
        .unwrap()
        .execute("UPDATE calls SET state = 'paused'", [])
        .unwrap();
    let read = store.read(|tx| calls::get(tx, &CallId::new("c1"))).await;
    assert!(matches!(&read, Err(Error::Corrupt { what }) if what.contains("`state`")), "{read:?}");
    store.close().await;
}

#[tokio::test]
async fn a_newer_state_is_refused_and_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    open(&folder).close().await;
    let path = folder.path().join("state.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute("INSERT INTO schema_version (version) VALUES (99)", [])
        .unwrap();
    let opened = Store::open(Location::Sqlite(path.clone()), Options::default());
    assert!(matches!(opened.err(), Some(Error::TooNew { found: 99, .. })));

    fs::write(&path, vec![b'x'; 4096]).unwrap();
    let opened = Store::open(Location::Sqlite(path), Options::default());
    assert!(matches!(opened.err(), Some(Error::Corrupt { .. })));
    let nowhere = Location::Sqlite(folder.path().join("missing").join("state.db"));
    assert!(matches!(Store::open(nowhere, Options::default()).err(), Some(Error::File { .. })));
}
