//! Whoever edits the database file behind the gateway's back is found out, and the place is named.

use crate::schema::Schema;
use crate::support::at;
use model::audit::{Break, Broken, SYSTEM_CHAIN};
use rusqlite::Connection;
use serde_json::json;
use std::path::PathBuf;
use store::audit::{Verdict, verify_database, verify_file};
use store::{Checkpoints, Error, Location, Options, Store, audit};
use tempfile::TempDir;

pub(crate) const KEY: [u8; 32] = [7; 32];

/// A state on disk with ten entries in the chain of a connection and three in that of the system.
pub(crate) struct State {
    folder: TempDir,
    /// Where the database is; a file where none is named.
    schema: Option<Schema>,
}

/// The databases there are: a file, and a schema where there is a server.
fn everywhere() -> Vec<Option<Schema>> {
    let schema = Schema::new().map(Some);
    [None].into_iter().chain(schema).collect()
}

impl State {
    pub(crate) async fn new() -> Self {
        Self::new_in(None).await
    }

    async fn new_in(schema: Option<Schema>) -> Self {
        let state = State { folder: tempfile::tempdir().unwrap(), schema };
        let store = state.open();
        let entries = std::iter::repeat_n("acme", 10).chain(std::iter::repeat_n(SYSTEM_CHAIN, 3));
        state.append(&store, entries.collect()).await;
        store.close().await;
        state
    }

    pub(crate) fn open(&self) -> Store {
        let checkpoints = Some(Checkpoints::file(self.checkpoints(), KEY));
        let location = match &self.schema {
            Some(schema) => schema.location(),
            None => Location::Sqlite(self.database()),
        };
        Store::open(location, Options { checkpoints }).unwrap()
    }

    /// Appends one entry to each of these chains, in one commit.
    pub(crate) async fn append(&self, store: &Store, chains: Vec<&'static str>) {
        crate::support::write(store, move |tx| {
            for chain in &chains {
                let body = json!({"caller": "triage", "tool": "list"});
                audit::append(tx, chain, at(0), "call", body)?;
            }
            Ok(())
        })
        .await;
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("state.db")
    }

    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.folder.path().join("checkpoints.json")
    }

    pub(crate) fn edit(&self, sql: &str) {
        match &self.schema {
            Some(schema) => schema.edit(sql),
            None => Connection::open(self.database()).unwrap().execute_batch(sql).unwrap(),
        }
    }

    pub(crate) fn verify(&self) -> Result<Verdict, Error> {
        match &self.schema {
            Some(schema) => verify_database(&schema.url(), &self.checkpoints(), KEY),
            None => verify_file(&self.database(), &self.checkpoints(), KEY),
        }
    }

    pub(crate) fn broken(&self) -> Option<Broken> {
        self.verify().unwrap().broken
    }
}

impl State {
    /// Whether the database lets an edit through: PostgreSQL keeps nothing of another type than the column's.
    fn takes(&self, edit: &str) -> bool {
        self.schema.is_none() || !["'four'", "x'ff00'", "'x' WHERE"].iter().any(|other| edit.contains(other))
    }

    /// Edits the record, looks at it, and puts it back.
    fn try_out(&self, edit: &str, look: impl FnOnce()) {
        self.edit(
            "CREATE TABLE entries_kept AS SELECT * FROM audit_entries; CREATE TABLE heads_kept AS SELECT * FROM audit_heads",
        );
        self.edit(edit);
        look();
        self.edit(
            "DELETE FROM audit_entries; INSERT INTO audit_entries SELECT * FROM entries_kept; DROP TABLE entries_kept;
             DELETE FROM audit_heads; INSERT INTO audit_heads SELECT * FROM heads_kept; DROP TABLE heads_kept",
        );
    }
}

pub(crate) fn broken(chain: &str, seq: u64, problem: Break) -> Option<Broken> {
    Some(Broken { chain: chain.into(), seq, problem })
}

#[tokio::test]
async fn a_record_that_nobody_touched_is_whole() {
    let state = State::new().await;
    let chains = vec![(SYSTEM_CHAIN.to_owned(), 3), ("acme".to_owned(), 10)];
    assert_eq!(state.verify().unwrap(), Verdict { chains, broken: None });
    let store = state.open();
    assert!(store.torn_chains().is_empty());
    state.append(&store, vec!["acme"]).await;
    assert_eq!(state.broken(), None, "a store that is open is no obstacle");
    store.close().await;
}

#[tokio::test]
async fn every_edit_of_the_table_is_named() {
    const SWAP: &str = "UPDATE audit_entries SET seq = 99 WHERE chain = 'acme' AND seq = 4;
        UPDATE audit_entries SET seq = 4 WHERE chain = 'acme' AND seq = 5;
        UPDATE audit_entries SET seq = 5 WHERE chain = 'acme' AND seq = 99;";
    let edits = [
        (
            "UPDATE audit_entries SET text = replace(text, 'list', 'run') WHERE chain = 'acme' AND seq = 4",
            4,
            Break::Changed,
        ),
        ("UPDATE audit_entries SET hash = '00' WHERE chain = 'acme' AND seq = 4", 4, Break::Changed),
        ("UPDATE audit_entries SET text = x'ff00' WHERE chain = 'acme' AND seq = 4", 4, Break::Changed),
        ("UPDATE audit_entries SET tool = 'run' WHERE chain = 'acme' AND seq = 4", 4, Break::Changed),
        ("UPDATE audit_entries SET caller = NULL WHERE chain = 'acme' AND seq = 4", 4, Break::Changed),
        ("UPDATE audit_entries SET time = time + 1 WHERE chain = 'acme' AND seq = 4", 4, Break::Changed),
        ("UPDATE audit_entries SET event = 'x' WHERE chain = 'acme' AND seq = 4", 4, Break::Changed),
        ("DELETE FROM audit_entries WHERE chain = 'acme' AND seq = 4", 4, Break::Missing),
        ("DELETE FROM audit_entries WHERE chain = 'acme' AND seq = 1", 1, Break::Missing),
        ("UPDATE audit_entries SET seq = 'four' WHERE chain = 'acme' AND seq = 4", 4, Break::Missing),
        ("UPDATE audit_entries SET seq = -4 WHERE chain = 'acme' AND seq = 4", 1, Break::Changed),
        (SWAP, 4, Break::Order),
        ("DELETE FROM audit_entries WHERE chain = 'acme' AND seq > 6", 7, Break::Tail),
        ("DELETE FROM audit_entries WHERE chain = 'acme'", 1, Break::Tail),
        (
            "DELETE FROM audit_entries WHERE chain = 'acme'; DELETE FROM audit_heads WHERE chain = 'acme'",
            1,
            Break::Tail,
        ),
    ];
    for schema in everywhere() {
        let state = State::new_in(schema).await;
        for (edit, seq, problem) in &edits {
            if state.takes(edit) {
                state.try_out(edit, || assert_eq!(state.broken(), broken("acme", *seq, *problem), "{edit}"));
            }
        }
    }
}

#[tokio::test]
async fn every_edit_of_the_heads_is_named() {
    let edits = [
        ("UPDATE audit_heads SET seq = 12 WHERE chain = 'acme'", 11, Break::Tail),
        ("UPDATE audit_heads SET seq = 8 WHERE chain = 'acme'", 9, Break::Changed),
        ("UPDATE audit_heads SET hash = '00' WHERE chain = 'acme'", 10, Break::Changed),
        ("UPDATE audit_heads SET seq = 'x' WHERE chain = 'acme'", 10, Break::Changed),
        ("DELETE FROM audit_heads WHERE chain = 'acme'", 10, Break::Changed),
        (
            "INSERT INTO audit_heads VALUES ('ghost', 2, '00'); DELETE FROM audit_heads WHERE chain = 'x'",
            1,
            Break::Tail,
        ),
    ];
    for schema in everywhere() {
        let state = State::new_in(schema).await;
        for (edit, seq, problem) in &edits {
            let chain = if edit.contains("ghost") { "ghost" } else { "acme" };
            if state.takes(edit) {
                state.try_out(edit, || assert_eq!(state.broken(), broken(chain, *seq, *problem), "{edit}"));
            }
        }
    }
}

#[tokio::test]
async fn the_first_break_is_the_systems() {
    let state = State::new().await;
    state.edit("DELETE FROM audit_entries WHERE seq = 2");
    let verdict = state.verify().unwrap();
    assert_eq!(verdict.broken, broken(SYSTEM_CHAIN, 2, Break::Missing));
    assert_eq!(verdict.chains, [(SYSTEM_CHAIN.to_owned(), 1)]);
}

/// Cuts the chain after its sixth entry, and its head with it.
pub(crate) const CUT: &str = "DELETE FROM audit_entries WHERE chain = 'acme' AND seq > 6;
    UPDATE audit_heads SET seq = 6, hash = (SELECT hash FROM audit_entries WHERE chain = 'acme' AND seq = 6)
    WHERE chain = 'acme'";

impl State {
    /// A state that was written on after somebody edited it.
    pub(crate) async fn gone_on(edit: &str) -> Self {
        Self::gone_on_in(None, edit).await
    }

    async fn gone_on_in(schema: Option<Schema>, edit: &str) -> Self {
        let state = Self::new_in(schema).await;
        state.edit(edit);
        state.go_on().await;
        state
    }

    /// Opens the state and writes five more entries, each in its own commit.
    async fn go_on(&self) {
        let store = self.open();
        assert_eq!(store.torn_chains(), ["acme"]);
        for _ in 0..5 {
            // Not the entry that stood there before.
            let body = json!({"caller": "triage", "tool": "another"});
            crate::support::write(&store, move |tx| audit::append(tx, "acme", at(1), "call", body.clone()))
                .await;
        }
        store.close().await;
    }
}

#[tokio::test]
async fn a_chain_cut_together_with_its_head_stays_broken_there() {
    for schema in everywhere() {
        let state = State::new_in(schema).await;
        state.edit(CUT);
        assert_eq!(state.broken(), broken("acme", 7, Break::Tail));
        for _ in 0..3 {
            state.go_on().await;
            let verdict = state.verify().unwrap();
            assert_eq!(verdict.broken, broken("acme", 7, Break::Tail), "going on does not cover it up");
            assert_eq!(verdict.chains, [(SYSTEM_CHAIN.to_owned(), 3), ("acme".to_owned(), 6)]);
        }
    }
}

#[tokio::test]
async fn a_chain_that_is_cut_under_a_running_gateway_stays_broken_there() {
    for schema in everywhere() {
        let state = State::new_in(schema).await;
        let store = state.open();
        state.append(&store, vec!["acme"]).await;
        state.edit(CUT);
        assert!(store.torn_chains().is_empty(), "nobody has looked yet");
        for _ in 0..8 {
            state.append(&store, vec!["acme", SYSTEM_CHAIN]).await;
            assert_eq!(state.broken(), broken("acme", 7, Break::Tail));
            assert_eq!(store.torn_chains(), ["acme"]);
        }
        store.close().await;
    }
}

#[tokio::test]
async fn what_is_changed_between_two_entries_of_a_node_is_named() {
    let Some(schema) = Schema::new() else { return };
    let state = State::new_in(Some(schema)).await;
    let here = state.open();
    let there = Store::open(state.schema.as_ref().unwrap().location(), Options::default()).unwrap();
    state.append(&there, vec!["acme", "acme", "globex", "acme"]).await;
    state.append(&here, vec!["acme", "globex"]).await;
    assert_eq!(state.broken(), None, "another node went on, and began a chain");

    state.append(&there, vec!["acme", "acme", "globex"]).await;
    state.edit("UPDATE audit_entries SET tool = 'run' WHERE chain = 'acme' AND seq = 15");
    state.append(&here, vec!["acme"]).await;
    assert_eq!(state.broken(), broken("acme", 15, Break::Changed));
    // Put right again by whoever did it: it was seen all the same.
    state.edit("UPDATE audit_entries SET tool = 'list' WHERE chain = 'acme' AND seq = 15");
    assert_eq!(state.broken(), broken("acme", 15, Break::Changed));

    let elsewhere = State { folder: tempfile::tempdir().unwrap(), schema: state.schema };
    elsewhere.edit("DELETE FROM audit_entries WHERE chain = 'globex' AND seq = 2");
    let newcomer = elsewhere.open();
    assert_eq!(newcomer.torn_chains(), ["globex"], "a node that was never here before walks every chain");
    elsewhere.append(&newcomer, vec!["globex"]).await;
    assert_eq!(elsewhere.broken(), broken("globex", 2, Break::Missing));
    newcomer.close().await;
    here.close().await;
    there.close().await;
}

#[tokio::test]
async fn a_chain_that_nobody_wrote_on_is_whole_when_its_entries_come_back() {
    let state = State::new().await;
    let copy = std::fs::read(state.database()).unwrap();
    state.edit(CUT);
    let store = state.open();
    assert_eq!(store.torn_chains(), ["acme"]);
    store.close().await;
    assert_eq!(state.broken(), broken("acme", 7, Break::Tail));
    std::fs::write(state.database(), &copy).unwrap();
    assert_eq!(state.broken(), None);
}

#[tokio::test]
async fn what_was_found_at_the_head_is_kept() {
    let edits = [
        ("DELETE FROM audit_entries WHERE chain = 'acme' AND seq > 6", 7, Break::Tail),
        ("UPDATE audit_heads SET seq = 12 WHERE chain = 'acme'", 11, Break::Tail),
        ("UPDATE audit_heads SET hash = '00' WHERE chain = 'acme'", 10, Break::Changed),
    ];
    for (edit, seq, problem) in edits {
        for schema in everywhere() {
            let state = State::gone_on_in(schema, edit).await;
            assert_eq!(state.broken(), broken("acme", seq, problem), "{edit}");
        }
    }
}

#[tokio::test]
async fn an_earlier_break_comes_before_the_one_that_is_kept() {
    let state = State::gone_on(CUT).await;
    state.edit("UPDATE audit_entries SET tool = 'run' WHERE chain = 'acme' AND seq = 9");
    assert_eq!(state.broken(), broken("acme", 7, Break::Tail));
    state.edit("UPDATE audit_entries SET tool = 'run' WHERE chain = 'acme' AND seq = 3");
    assert_eq!(state.broken(), broken("acme", 3, Break::Changed));

    let state = State::gone_on(CUT).await;
    state.edit(&CUT.replace('6', "4"));
    state.go_on().await;
    assert_eq!(state.broken(), broken("acme", 5, Break::Tail), "a second and deeper cut");
}
