//! Following pages.

use futures::TryStreamExt;
use ncentral::{Device, Id, ListQuery, Page, Params, operations};
use serde_json::{Value, json};

use crate::double::{Act, Double, Seen, ok};

pub(crate) fn asked(seen: &Seen, name: &str) -> usize {
    let value = seen.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    value.map_or(1, |text| text.parse().expect("a number"))
}

/// `count` devices, on pages as large as asked.
fn fleet(count: usize, seen: &Seen, totals: bool) -> Act {
    let (number, size) = (asked(seen, "pageNumber"), asked(seen, "pageSize"));
    let rows: Vec<Value> = (0..count).map(|id| json!({"deviceId": id})).collect();
    let rows: Vec<&Value> = rows.iter().skip((number - 1) * size).take(size).collect();
    let mut body = json!({"data": rows});
    if totals {
        body["totalItems"] = json!(count);
        body["totalPages"] = json!(count.div_ceil(size));
    }
    ok(body)
}

#[tokio::test(start_paused = true)]
async fn every_row_comes_once_with_and_without_totals() {
    for totals in [true, false] {
        for count in [0, 1, 4, 5, 9] {
            let double = Double::new(move |seen| fleet(count, seen, totals));
            let params = Params::new().set("pageSize", 4);
            let rows: Vec<Device> =
                double.client().rows_as(operations::LIST_DEVICES, params).try_collect().await.expect("rows");
            let ids: Vec<_> = rows.into_iter().filter_map(|device| device.device_id?.as_i64()).collect();
            assert_eq!(ids, (0..count as i64).collect::<Vec<_>>(), "{count} rows, totals: {totals}");
            let most = count / 4 + 1;
            assert!(double.count("/api/devices") <= most, "{count} rows need at most {most} pages");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_repeats_a_page_does_not_trap_the_walk() {
    let double = Double::new(|_| ok(json!({"data": [{"deviceId": 1}, {"deviceId": 2}]})));
    let params = Params::new().set("pageSize", 2);
    let pages: Vec<Page> =
        double.client().pages(operations::LIST_DEVICES, params).try_collect().await.expect("pages");
    assert_eq!(pages.len(), 1);
    assert_eq!(double.count("/api/devices"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_part_does_not_pass_for_the_whole_where_the_server_says_that_there_is_more() {
    for (more, said) in
        [(json!({"totalItems": 5}), "2 of 5 rows"), (json!({"totalPages": 3}), "2 of more rows")]
    {
        let mut body = json!({"data": [{"deviceId": 1}, {"deviceId": 2}]});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let double = Double::new(move |_| ok(body.clone()));
        let params = Params::new().set("pageSize", 2);
        let pages: Result<Vec<Page>, _> =
            double.client().pages(operations::LIST_DEVICES, params).try_collect().await;
        let error = pages.expect_err("a part").to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_on_the_way_ends_the_walk_with_it() {
    let double = Double::new(|seen| match asked(seen, "pageNumber") {
        1 => fleet(9, seen, true),
        _ => Act::Answer(403, json!({"message": "no"})),
    });
    let params = Params::new().set("pageSize", 4);
    let rows: Result<Vec<Value>, _> =
        double.client().rows(operations::LIST_DEVICES, params).try_collect().await;
    assert_eq!(rows.expect_err("refused").kind(), "forbidden");
}

#[tokio::test(start_paused = true)]
async fn typed_pages_carry_rows_and_totals() {
    let double = Double::new(|seen| fleet(9, seen, true));
    let client = double.client();
    let page = client.org_unit_devices(&Id::from(389), &ListQuery::page(3, 4), None).await.expect("a page");
    assert_eq!((page.item_count, page.total_items, page.has_next), (1, Some(9), false));
    assert_eq!(page.rows[0].device_id, Some(Id::from(8)));
    let seen = double.seen();
    assert_eq!(seen[1].path, "/api/org-units/389/devices");
}
