//! The record: entries are chained, searched and scanned.

use crate::support::{at, on_every_backend, write};
use model::audit::{GENESIS, SYSTEM_CHAIN};
use serde_json::json;
use store::audit::{self, Filter, Index};
use store::{Error, Tx};

fn append(tx: &mut Tx<'_>, chain: &str, time: i64, tool: &str) -> Result<(), Error> {
    let body =
        json!({"connection": chain, "caller": "triage", "tool": tool, "call": format!("c{time}"), "ms": 12});
    audit::append(tx, chain, at(time), "call", body).map(|_| ())
}

#[tokio::test]
async fn each_entry_names_the_one_before() {
    on_every_backend(async |store| {
        let entries = write(&store, |tx| {
            append(tx, "acme", 1, "list")?;
            append(tx, SYSTEM_CHAIN, 2, "key")?;
            append(tx, "acme", 3, "run")?;
            assert_eq!(audit::chains(tx)?, [SYSTEM_CHAIN, "acme"]);
            assert_eq!(audit::scan(tx, "acme", 1, 10)?.len(), 1);
            assert_eq!(audit::scan(tx, "acme", 0, 1)?.len(), 1);
            audit::scan(tx, "acme", 0, 10)
        })
        .await;
        let contents: Vec<_> = entries.iter().map(|entry| audit::content(entry).unwrap()).collect();
        assert_eq!(contents[0].prev, GENESIS);
        assert_eq!(contents[1].prev, entries[0].hash);
        assert_eq!((contents[1].seq, contents[1].time), (2, model::time::to_millis(at(3))));
        assert_eq!(contents[1].body["ms"], 12);
    })
    .await;
}

#[tokio::test]
async fn what_is_rolled_back_leaves_no_gap() {
    on_every_backend(async |store| {
        write(&store, |tx| append(tx, "acme", 1, "list")).await;
        let undone = store
            .write::<(), Error>(|tx| {
                append(tx, "acme", 2, "list")?;
                Err(Error::Cursor)
            })
            .await;
        assert!(undone.is_err());
        write(&store, |tx| append(tx, "acme", 3, "list")).await;
        let entries = store.read(|tx| audit::scan(tx, "acme", 0, 10)).await.unwrap();
        assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn the_record_is_searched_by_what_its_entries_say() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            append(tx, "acme", 1, "list")?;
            append(tx, "globex", 2, "run")?;
            append(tx, "acme", 3, "run")?;
            let mut times = |filter: Filter| -> Result<Vec<i64>, Error> {
                let page = audit::list(tx, &filter, None, 10)?;
                let start = model::time::to_millis(at(0));
                page.items.iter().map(|entry| Ok(audit::content(entry)?.time - start)).collect()
            };
            let any = Filter::default;
            assert_eq!(times(any())?, [3, 2, 1]);
            assert_eq!(times(Filter { connection: Some("acme".into()), ..any() })?, [3, 1]);
            assert_eq!(times(Filter { tool: Some("run".into()), ..any() })?, [3, 2]);
            assert_eq!(times(Filter { call: Some("c2".into()), ..any() })?, [2]);
            assert!(times(Filter { caller: Some("nobody".into()), ..any() })?.is_empty());
            assert_eq!(times(Filter { event: Some("call".into()), ..any() })?, [3, 2, 1]);
            assert_eq!(times(Filter { from: Some(at(2)), to: Some(at(3)), ..any() })?, [2]);
            Ok(())
        })
        .await;
    })
    .await;
}

#[test]
fn only_text_members_are_searched_by() {
    let index = Index::from_body(&json!({"caller": "k1", "tool": 7, "outcome": null, "other": "x"}));
    assert_eq!(index, Index { caller: Some("k1".into()), ..Index::default() });
}

#[tokio::test]
async fn the_last_use_of_each_tool_is_noted_as_its_entry_is_appended() {
    on_every_backend(async |store| {
        let uses = write(&store, |tx| {
            for (event, connection, tool, time) in [
                ("call.read", "acme", "list", 5),
                ("call.finished", "acme", "run", 6),
                ("call.read", "acme", "list", 9),
                // Told late: the newest use stays.
                ("call.read", "acme", "list", 7),
                ("call.refused", "acme", "run", 11),
                ("call.read", "globex", "list", 12),
            ] {
                audit::append(
                    tx,
                    connection,
                    at(time),
                    event,
                    json!({"connection": connection, "tool": tool}),
                )?;
            }
            store::tool_uses::of_connection(tx, &model::ConnectionId::new("acme"))
        })
        .await;
        assert_eq!(uses, [("list".to_owned(), at(9)), ("run".to_owned(), at(6))].into());
    })
    .await;
}
