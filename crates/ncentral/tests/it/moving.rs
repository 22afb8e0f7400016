//! Lists that change while they are followed.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use futures::TryStreamExt;
use ncentral::{Error, Params, operations};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::double::{Double, ok};
use crate::paging::asked;

/// A row that comes or goes, somewhere in the list.
#[derive(Clone, Copy, Debug)]
enum Change {
    Comes(usize),
    Goes(usize),
    /// It stays in the list, but comes first from now on.
    Jumps(usize),
}

/// A list, and what happens to it after each request.
struct Moving {
    rows: Vec<u64>,
    ever: HashSet<u64>,
    throughout: HashSet<u64>,
    /// Each list of changes once, in turn.
    changes: std::vec::IntoIter<Vec<Change>>,
}

impl Moving {
    fn new(count: u64, changes: Vec<Vec<Change>>) -> Self {
        let rows: Vec<u64> = (0..count).collect();
        let all: HashSet<u64> = rows.iter().copied().collect();
        Self { rows, ever: all.clone(), throughout: all, changes: changes.into_iter() }
    }

    /// The page asked for; then the list changes.
    fn page(&mut self, number: usize, size: usize) -> Value {
        let rows = self.rows.iter().skip((number - 1) * size).take(size);
        let rows: Vec<Value> = rows.map(|id| json!({"deviceId": id})).collect();
        let total = self.rows.len();
        for change in self.changes.next().unwrap_or_default() {
            let last = self.rows.len().saturating_sub(1);
            match change {
                Change::Comes(at) => {
                    let id = self.ever.len() as u64;
                    self.rows.insert(at.min(self.rows.len()), id);
                    self.ever.insert(id);
                }
                _ if self.rows.is_empty() => {}
                Change::Goes(at) => {
                    let id = self.rows.remove(at.min(last));
                    self.throughout.remove(&id);
                }
                Change::Jumps(at) => {
                    let id = self.rows.remove(at.min(last));
                    self.rows.insert(0, id);
                }
            }
        }
        json!({"data": rows, "pageSize": size, "totalItems": total, "totalPages": total.div_ceil(size)})
    }
}

/// A server that has this list, and gives at most so many rows on a page.
fn served(list: Moving, most: usize) -> (Arc<Mutex<Moving>>, Double) {
    let list = Arc::new(Mutex::new(list));
    let shown = Arc::clone(&list);
    let double = Double::new(move |seen| {
        let size = asked(seen, "pageSize").min(most);
        ok(shown.lock().expect("the list").page(asked(seen, "pageNumber"), size))
    });
    (list, double)
}

async fn followed(double: &Double, size: usize) -> Result<Vec<u64>, Error> {
    let rows = double.client().rows(operations::LIST_DEVICES, Params::new().set("pageSize", size));
    rows.map_ok(|row: Value| row["deviceId"].as_u64().expect("an id")).try_collect().await
}

/// What must hold of the rows that were given, whatever happened: each once, none that never was, all of those that
/// were there throughout.
fn check(given: &[u64], list: &Moving) {
    let once: HashSet<u64> = given.iter().copied().collect();
    assert_eq!(once.len(), given.len(), "a row came twice: {given:?}");
    assert!(once.is_subset(&list.ever));
    let lost: Vec<&u64> = list.throughout.difference(&once).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}

/// That those that were there throughout came in the list's order.
fn check_order(given: &[u64], list: &Moving) {
    let in_order = |rows: &[u64]| -> Vec<u64> {
        rows.iter().copied().filter(|id| list.throughout.contains(id)).collect()
    };
    assert_eq!(in_order(given), in_order(&list.rows));
}

fn changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
    let at = || 0_usize..260;
    let change = prop_oneof![at().prop_map(Change::Comes), at().prop_map(Change::Goes)];
    let few = prop::collection::vec(change, 0..4);
    // Some are taken away so fast that the walk has to give up.
    let many = prop::collection::vec(at().prop_map(Change::Goes), 10..40);
    prop::collection::vec(prop_oneof![6 => few, 1 => many], 0..16)
}

proptest! {
    /// However a list changes between two requests, nobody gets a part of it for the whole.
    #[test]
    fn a_moving_list_comes_whole_or_not_at_all(
        count in 0_u64..260,
        size in 20_usize..60,
        changes in changes(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().start_paused(true).enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let (list, double) = served(Moving::new(count, changes), size);
            match followed(&double, size).await {
                Ok(given) => {
                    let list = list.lock().expect("the list");
                    check(&given, &list);
                    check_order(&given, &list);
                }
                Err(error) => assert_eq!(error.kind(), "list_moved"),
            }
        });
    }
}

/// What comes of a list of 100 rows that changes so after each request, and how many requests it took.
async fn after(changes: Vec<Vec<Change>>, size: usize, most: usize) -> (Result<Vec<u64>, Error>, usize) {
    let (list, double) = served(Moving::new(100, changes), most);
    let given = followed(&double, size).await;
    if let Ok(given) = &given {
        check(given, &list.lock().expect("the list"));
    }
    (given, double.count("/api/devices"))
}

#[tokio::test(start_paused = true)]
async fn a_list_that_stands_still_is_asked_for_once() {
    for (size, requests) in [(100, 1), (99, 2), (51, 2), (40, 3), (4, 25)] {
        assert_eq!(after(vec![], size, size).await.1, requests, "{size} rows a page");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_slips_between_two_pages_is_found() {
    let first_goes = vec![Change::Goes(0)];
    // One more comes, so that the total says nothing.
    let one_for_another = vec![Change::Goes(0), Change::Comes(usize::MAX)];
    for (size, most) in [(40, 40), (40, 30), (4, 4)] {
        let (given, _) = after(vec![first_goes.clone()], size, most).await;
        assert_eq!(given.expect("the list").len(), 100, "{size}, {most}");
    }
    for each_time in [first_goes, one_for_another] {
        let (given, _) = after(vec![each_time; 20], 40, 40).await;
        given.expect("the list");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_pushed_onto_the_next_page_comes_once() {
    for (size, most) in [(40, 40), (40, 30), (4, 4)] {
        let (given, _) = after(vec![vec![Change::Comes(0)]; 30], size, most).await;
        assert!(given.expect("the list").len() >= 100, "{size}, {most}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_jumps_to_the_front_is_looked_for_again() {
    for size in [40, 4] {
        let (given, _) = after(vec![vec![Change::Jumps(99)]], size, size).await;
        assert_eq!(given.expect("the list").last(), Some(&99), "{size}");
    }
    // As one that is sorted by what changes all the time.
    let (given, _) = after(vec![vec![Change::Jumps(99)]; 100], 40, 40).await;
    assert_eq!(given.expect("the list").len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_runs_away_is_given_up() {
    let (given, requests) = after(vec![vec![Change::Goes(0); 30]; 100], 20, 20).await;
    let error = given.expect_err("the rows between were never seen");
    assert!(error.retryable() && error.to_string().contains("after 20 rows"), "{error}");
    assert!(requests < 40, "{requests}");
}

#[tokio::test(start_paused = true)]
async fn a_row_that_the_server_lists_twice_comes_once() {
    for twin in [10, 39, 70] {
        let rows: Vec<u64> = (0..100).map(|at| if at > twin { at - 1 } else { at }).collect();
        let mut list = Moving::new(100, vec![]);
        list.throughout.remove(&99);
        list.rows = rows;
        let (list, double) = served(list, 40);
        let given = followed(&double, 40).await.expect("the list");
        check(&given, &list.lock().expect("the list"));
        // A second look proves that nothing is behind the missing one.
        assert_eq!(double.count("/api/devices"), 6);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_without_an_end_is_given_up() {
    // Whatever page is asked for, the same rows come in another order, and there is always a next page.
    let double = Double::new(|seen| {
        let ids = [seen.nth % 2, (seen.nth + 1) % 2].map(|id| json!({"deviceId": id}));
        ok(json!({"data": ids, "_links": {"firstPage": "/api/devices", "nextPage": "/api/devices"}}))
    });
    for size in [2, 1000] {
        let error = followed(&double, size).await.expect_err("it never ends");
        assert_eq!(error.kind(), "list_moved", "{size}");
    }
    assert!(double.count("/api/devices") < 40);
}
