//! One `Idempotency-Key` over two nodes: whichever is asked, it is the same call, also when the one that took it was
//! killed.

use super::{Cluster, within};
use crate::support::Reply;
use serde_json::{Value, json};
use std::time::Duration;

fn ask(cluster: &Cluster, node: usize, tool: &str, key: &str, body: &Value) -> Reply {
    let path = format!("/api/v1/tools/{tool}");
    let headers = [("idempotency-key", key)];
    cluster.node(node).send("POST", &path, Some(&cluster.key), &headers, Some(body.clone())).unwrap()
}

#[test]
fn a_key_is_the_same_call_on_both_nodes() {
    let Some(mut cluster) = Cluster::new(&[]) else { return };
    let (run, list) = ("n_central-run-direct-task", "n_central-list-customers");
    let wanted = json!({"device_ids": [cluster.devices[0]], "item_id": 2014, "task_type": "Script"});
    let other = json!({"device_ids": [cluster.devices[1]], "item_id": 2014, "task_type": "Script"});
    let held = ask(&cluster, 0, run, "ticket-7", &wanted);
    assert_eq!(held.status, 202, "{held:?}");
    let same = |reply: &Reply| reply.header("ncgate-call-id") == held.header("ncgate-call-id");
    let attached = ask(&cluster, 1, run, "ticket-7", &wanted);
    assert!(attached.status == 202 && same(&attached), "{attached:?}");
    for node in [0, 1] {
        let refused = ask(&cluster, node, run, "ticket-7", &other);
        assert_eq!(
            (refused.status, &refused.body["kind"]),
            (409, &json!("idempotency-conflict")),
            "{refused:?}"
        );
    }
    let looked = ask(&cluster, 0, list, "look-1", &json!({"page_size": 2}));
    let replayed = ask(&cluster, 1, list, "look-1", &json!({"page_size": 2}));
    assert_eq!((looked.status, &looked.body), (200, &replayed.body));
    assert_eq!(looked.header("ncgate-call-id"), replayed.header("ncgate-call-id"));

    // The node that took them is killed.
    drop(cluster.nodes[0].take());
    let attached = ask(&cluster, 1, run, "ticket-7", &wanted);
    assert!(attached.status == 202 && same(&attached), "{attached:?}");
    cluster.approve(1, &held.body);
    let done = within(Duration::from_secs(60), || {
        Some(ask(&cluster, 1, run, "ticket-7", &wanted)).filter(|reply| reply.status == 200)
    });
    assert!(done.body["status"] == "done" && same(&done), "{done:?}");

    // Over and told, it is still that call, on the node's next start as well.
    cluster.start(0);
    let again = ask(&cluster, 0, run, "ticket-7", &wanted);
    assert!(again.status == 200 && same(&again) && again.body == done.body, "{again:?}");
    assert_eq!(ask(&cluster, 0, list, "look-1", &json!({"page_size": 2})).body, looked.body);
    assert_eq!(cluster.tasks(), [(cluster.devices[0], 1)].into());
    cluster.verify();
}
