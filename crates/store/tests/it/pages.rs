//! Lists read page by page give every row once, in order, whatever the times and the page size.

use crate::support::{at, call, on_every_backend, write};
use model::CallState;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use store::{Error, Location, Options, Page, Store, audit, calls};

/// Reads a list to its end.
fn walk<T>(mut page: impl FnMut(Option<&str>) -> Result<Page<T>, Error>) -> Result<Vec<T>, Error> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let Page { items, next } = page(cursor.as_deref())?;
        all.extend(items);
        match next {
            Some(next) => cursor = Some(next),
            None => return Ok(all),
        }
    }
}

#[test]
fn every_row_is_given_once_newest_first() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let stories = (proptest::collection::vec(0i64..6, 0..40), 1u32..12);
    TestRunner::new(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })
        .run(&stories, |(times, limit)| {
            let store = Store::open(Location::Memory, Options::default()).unwrap();
            let count = times.len();
            let (calls, entries) = runtime
                .block_on(store.write::<_, Error>(move |tx| {
                    for (n, time) in times.iter().enumerate() {
                        let mut row = call(&format!("c{n:02}"), CallState::Finished);
                        row.call.created_at = at(*time);
                        calls::insert(tx, &row)?;
                        let chain = ["system", "acme"][n % 2];
                        audit::append(tx, chain, at(*time), "call", serde_json::json!({ "n": n }))?;
                    }
                    let calls = walk(|cursor| calls::list(tx, &calls::Filter::default(), cursor, limit))?;
                    let entries = walk(|cursor| audit::list(tx, &audit::Filter::default(), cursor, limit))?;
                    Ok((calls, entries))
                }))
                .unwrap();
            let given: Vec<_> = calls.into_iter().map(|row| (row.call.created_at, row.call.id)).collect();
            prop_assert_eq!(given.len(), count);
            prop_assert!(given.is_sorted_by(|a, b| a > b), "{given:?}");
            let given: Vec<_> = entries
                .into_iter()
                .map(|entry| (audit::content(&entry).unwrap().time, entry.chain, entry.seq))
                .collect();
            prop_assert_eq!(given.len(), count);
            prop_assert!(given.is_sorted_by(|a, b| a > b), "{given:?}");
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn a_row_that_comes_meanwhile_shifts_nothing() {
    on_every_backend(async |store| {
        write(&store, |tx| {
            for (n, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
                let mut row = call(name, CallState::Finished);
                row.call.created_at = at(n as i64);
                calls::insert(tx, &row)?;
            }
            let everything = calls::Filter::default();
            let first = calls::list(tx, &everything, None, 2)?;
            let mut late = call("e", CallState::Finished);
            late.call.created_at = at(10);
            calls::insert(tx, &late)?;
            let second = calls::list(tx, &everything, first.next.as_deref(), 2)?;
            let ids = first.items.iter().chain(&second.items).map(|row| row.call.id.as_str());
            assert_eq!(ids.collect::<Vec<_>>(), ["d", "c", "b", "a"]);
            assert_eq!(second.next, None);

            let pending = calls::Filter { state: Some(CallState::Pending), ..everything.clone() };
            assert!(calls::list(tx, &pending, None, 2)?.items.is_empty());
            for forged in ["", "x", "12", "~", "x~y"] {
                assert!(
                    matches!(calls::list(tx, &everything, Some(forged), 2), Err(Error::Cursor)),
                    "{forged}"
                );
            }
            let entries = audit::list(tx, &audit::Filter::default(), Some("12~c1"), 2);
            assert!(matches!(entries, Err(Error::Cursor)), "a cursor of another list");
            Ok(())
        })
        .await;
    })
    .await;
}
