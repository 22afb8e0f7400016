//! The checkpoint file: written before it is needed, never ahead of the database, and missed when it is gone.

use crate::tampering::{CUT, KEY, State, broken};
use model::audit::{Break, Checkpoint, Head, Kept, SYSTEM_CHAIN};
use std::fs;
use std::path::Path;

fn read(path: &Path) -> Vec<Checkpoint> {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn put(path: &Path, points: &[Checkpoint]) {
    fs::write(path, serde_json::to_vec(points).unwrap()).unwrap();
}

#[tokio::test]
async fn it_follows_every_commit_and_only_its_owner_reads_it() {
    let state = State::new().await;
    let ends: Vec<_> =
        read(&state.checkpoints()).into_iter().map(|point| (point.chain, point.head.seq)).collect();
    assert_eq!(ends, [("acme".to_owned(), 10), (SYSTEM_CHAIN.to_owned(), 3)]);
    #[cfg(unix)]
    for file in [state.checkpoints(), state.database()] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_file_that_is_gone_is_missed_and_not_made_up() {
    let state = State::new().await;
    fs::remove_file(state.checkpoints()).unwrap();
    assert_eq!(state.broken(), broken(SYSTEM_CHAIN, 4, Break::Tail));
    let store = state.open();
    assert_eq!(store.torn_chains(), ["acme", SYSTEM_CHAIN]);
    state.append(&store, vec![SYSTEM_CHAIN]).await;
    store.close().await;
    assert_eq!(state.broken(), broken(SYSTEM_CHAIN, 5, Break::Tail));
}

#[tokio::test]
async fn a_file_that_says_less_or_something_else_is_no_excuse() {
    let state = State::new().await;
    let points = read(&state.checkpoints());
    let check = |points: &[Checkpoint], chain: &str, seq: u64, problem: Break| {
        put(&state.checkpoints(), points);
        assert_eq!(state.broken(), broken(chain, seq, problem), "{points:?}");
    };

    check(&points[..1], SYSTEM_CHAIN, 4, Break::Tail);
    let forged = Checkpoint::sign(&[8; 32], "acme", &points[0].head);
    check(&[forged, points[1].clone()], "acme", 11, Break::Tail);
    let elsewhere = Checkpoint { head: Head { seq: 5, ..points[0].head.clone() }, ..points[0].clone() };
    check(&[elsewhere, points[1].clone()], "acme", 11, Break::Tail);
    fs::write(state.checkpoints(), "[{").unwrap();
    assert_eq!(state.broken(), broken(SYSTEM_CHAIN, 4, Break::Tail));

    put(&state.checkpoints(), &points);
    assert_eq!(state.broken(), None);
}

#[tokio::test]
async fn a_kept_break_can_be_neither_forged_nor_removed() {
    let state = State::gone_on(CUT).await;
    let points = read(&state.checkpoints());
    let kept = points[0].kept.clone().expect("the break was kept");
    assert_eq!((kept.seq, kept.problem, points[0].head.seq), (7, Break::Tail, 10));
    let with = |kept| Checkpoint { kept, ..points[0].clone() };
    let moved = with(Some(Kept { seq: 9, ..kept.clone() }));
    let renamed = with(Some(Kept { problem: Break::Changed, ..kept.clone() }));
    let advanced = Checkpoint::sign(&[8; 32], "acme", &points[0].head);
    for forged in [Some(moved), Some(renamed), Some(with(None)), Some(advanced), None] {
        let file: Vec<_> = forged.into_iter().chain([points[1].clone()]).collect();
        put(&state.checkpoints(), &file);
        assert_eq!(state.broken(), broken("acme", 12, Break::Tail), "{file:?}");
    }
    fs::remove_file(state.checkpoints()).unwrap();
    assert_eq!(state.broken(), broken(SYSTEM_CHAIN, 4, Break::Tail));
    // The checkpoint from before the break, put back beside the one that tells of it.
    let before = Checkpoint::sign(&KEY, "acme", &points[0].head);
    put(&state.checkpoints(), &[before.clone(), points[0].clone(), points[1].clone()]);
    assert_eq!(state.broken(), broken("acme", 7, Break::Tail));
    put(&state.checkpoints(), &[before, points[1].clone()]);
    assert_eq!(state.broken(), broken("acme", 10, Break::Changed));
}

#[tokio::test]
async fn nothing_is_written_on_a_torn_chain_before_its_break_is_kept() {
    let state = State::new().await;
    state.edit(CUT);
    let store = state.open();
    let in_the_way = state.checkpoints().with_extension("new");
    fs::create_dir(&in_the_way).unwrap();
    let append = |tx: &mut store::Tx<'_>| {
        store::audit::append(tx, "acme", crate::support::at(0), "call", serde_json::json!({}))
    };
    let failed = store.write(append).await;
    assert!(matches!(failed, Err(store::Error::File { .. })), "{failed:?}");
    fs::remove_dir(&in_the_way).unwrap();
    assert_eq!(store.write(append).await.unwrap().seq, 7);
    store.close().await;
    assert_eq!(state.broken(), broken("acme", 7, Break::Tail));
}

#[tokio::test]
async fn a_new_chain_is_in_the_file_before_its_first_entry_is_committed() {
    let state = State::new().await;
    let store = state.open();
    let before = state.checkpoints();
    let failed = store
        .write::<(), store::Error>(move |tx| {
            store::audit::append(tx, "globex", crate::support::at(0), "call", serde_json::json!({}))?;
            // The commit fails after the closure: the file can't be replaced by a folder of that name.
            fs::create_dir(before.with_extension("new")).expect("nothing is there between two commits");
            Ok(())
        })
        .await;
    assert!(matches!(failed, Err(store::Error::File { .. })), "{failed:?}");
    assert_eq!(state.broken(), None, "neither of the two is there");
    fs::remove_dir(state.checkpoints().with_extension("new")).unwrap();
    state.append(&store, vec!["globex"]).await;
    store.close().await;
    assert_eq!(state.broken(), None);
    assert_eq!(read(&state.checkpoints())[1].chain, "globex");
}
