//! A malicious agent that spells: one call in many spellings, many calls in one spelling, shapes that are read once and
//! never again, paths that are not what they look like.

use super::routes::address;
use crate::browser::House;
use crate::wire;
use serde_json::{Value, json};

const RUN: &str = "n_central-run-direct-task";

/// Sends arguments exactly as they are spelt.
fn ask(house: &House, tool: &str, spelt: &str) -> (u16, Value) {
    let bearer = format!("Bearer {}", house.key);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = wire::ask(&address(house), "POST", &format!("/api/v1/tools/{tool}"), &headers, spelt);
    (answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null))
}

#[track_caller]
fn held(house: &House, tool: &str, spelt: &str) -> String {
    let (status, held) = ask(house, tool, spelt);
    assert_eq!(status, 202, "{spelt}: {held}");
    held["approval_id"].as_str().unwrap().to_owned()
}

/// What the approver sees.
fn shown(house: &House, approval: &str) -> Value {
    let (status, shown) =
        house.serve.http("GET", &format!("/api/v1/approvals/{approval}"), Some(&house.admin), None);
    assert_eq!(status, 200, "{shown}");
    shown
}

/// Has it approved, and waits for its end.
fn run(house: &House, approval: &str) {
    house.post(&format!("/api/v1/approvals/{approval}/decision"), json!({"decision": "approve"}));
    let wait = json!({"approval_id": approval, "wait_seconds": 45}).to_string();
    let (_, over) = ask(house, "n_central-get-approval", &wait);
    assert_eq!(over["state"], "approved", "{over}");
}

/// The ids of these workstations.
fn devices(house: &House) -> [i64; 2] {
    ["GLOBEX-WS01", "GLOBEX-WS02"].map(|name| {
        let (_, list) =
            ask(house, "list_devices", &json!({"search": name, "fields": "device_id"}).to_string());
        list["rows"][0][0].as_i64().unwrap_or_else(|| panic!("{list}"))
    })
}

#[test]
fn however_a_call_is_spelt_it_is_one_call() {
    let house = House::new();
    let [one, two] = devices(&house);
    let first =
        held(&house, RUN, &format!(r#"{{"device_ids":[{one},{two}],"item_id":2014,"task_type":"Script"}}"#));
    for same in [
        format!(r#"{{"task_type":"Script","item_id":2014,"device_ids":[{one},{two}]}}"#),
        format!(r#"{{"device_ids":[{one},{one},{two}],"item_id":2014,"task_type":"Script"}}"#),
        format!(r#"{{"device_ids":["{one}"," {two} "],"item_id":"2014","task_type":"Script"}}"#),
        format!(r#"{{"device_ids":[{one}.0,{two}e0],"item_id":2.014e3,"task_type":"Script"}}"#),
        format!(r#"{{"device_ids":[{one},{two}],"item_id":2014,"task_type":"Script","reason":"another"}}"#),
        r#"{"devices":["globex-ws01","GLOBEX-WS02"],"item_id":2014,"task_type":"Script"}"#.to_owned(),
        format!(
            r#"{{"device_ids":[1],"item_id":9,"device_ids":[{one},{two}],"item_id":2014,"task_type":"\u0053cript"}}"#
        ),
        format!(
            "{{ \"device_ids\" :\n[{one},\t{two}], \"item_id\": 2014, \"task_type\": \"Script\", \"name\": null }}"
        ),
    ] {
        assert_eq!(held(&house, RUN, &same), first, "{same}");
    }
    // Where a member comes twice the last one counts, for the approver and on the wire alike.
    let twice = format!(r#"{{"device_id":{one},"item_id":2014,"task_type":"Script","device_id":{two}}}"#);
    let twice = held(&house, RUN, &twice);
    assert_ne!(twice, first);
    assert_eq!(shown(&house, &twice)["targets"][0]["name"], "GLOBEX-WS02");
    run(&house, &twice);
    let journal = house.emulator.journal();
    assert_eq!(journal.len(), 1, "{journal:?}");
    assert_eq!(journal[0]["body"]["deviceId"], two);
}

#[test]
fn what_looks_alike_is_not_taken_for_the_same() {
    let house = House::new();
    let create = |name: &str| json!({"service_org_id": 50, "customer_name": name}).to_string();
    let composed = held(&house, "n_central-create-customer", &create("Caf\u{e9}"));
    let decomposed = held(&house, "n_central-create-customer", &create("Cafe\u{301}"));
    assert_ne!(composed, decomposed, "two names that are other bytes are two calls");
    run(&house, &decomposed);
    assert_eq!(house.emulator.journal()[0]["body"]["customerName"], "Cafe\u{301}", "sent as it was asked");
    // The order of devices is the order in which they are run on.
    let [one, two] = devices(&house);
    let both = |ids: [i64; 2]| json!({"device_ids": ids, "item_id": 2014, "task_type": "Script"}).to_string();
    let (forth, back) = (held(&house, RUN, &both([one, two])), held(&house, RUN, &both([two, one])));
    assert_ne!(forth, back);
    assert_eq!(shown(&house, &back)["targets"][0]["id"], two);
    // A number that would lose digits on its way could stand for its neighbour.
    let raw = |number: &str| format!(r#"{{"path":"/api/org-units/50/user-roles","body":{{"x":{number}}}}}"#);
    for number in ["9007199254740993", "18446744073709551615", "123456789012345678901234567890", "-1e99"] {
        let (status, problem) = ask(&house, "n_central-api-post", &raw(number));
        assert_eq!((status, &problem["kind"]), (422, &json!("invalid-arguments")), "{number}: {problem}");
    }
    assert_eq!(ask(&house, "n_central-api-post", &raw("1e999")).0, 400);
    let exact = held(&house, "n_central-api-post", &raw("9007199254740991"));
    assert_eq!(shown(&house, &exact)["arguments"]["body"]["x"], json!(9_007_199_254_740_991_i64));
    let (status, problem) = ask(&house, "get_device", r#"{"device_id":"9007199254740993"}"#);
    assert_eq!((status, &problem["kind"]), (422, &json!("invalid-arguments")), "{problem}");
}

#[test]
fn no_shape_of_arguments_keeps_people_from_their_inbox() {
    let house = House::new();
    let nested = |open: &str, close: &str, levels: usize| {
        let body = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        format!(r#"{{"path":"/api/org-units/50/user-roles","body":{body}}}"#)
    };
    let mut taken = 0;
    for levels in (50..=130).step_by(4).chain([61, 62, 63, 64, 121, 125, 127, 5_000]) {
        for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
            let (status, answer) = ask(&house, "n_central-api-post", &nested(open, close, levels));
            match status {
                202 => taken += 1,
                400 | 422 => assert_eq!(answer["changed"], "no", "{answer}"),
                _ => panic!("{levels}: {status} {answer}"),
            }
        }
    }
    assert!(taken > 0, "nesting within reason is taken");
    let wide = format!("[{}1]", "1,".repeat(200_000));
    let (status, _) = ask(
        &house,
        "n_central-api-post",
        &format!(r#"{{"path":"/api/org-units/50/user-roles","body":{wide}}}"#),
    );
    assert!(matches!(status, 202 | 422), "{status}");
    assert_eq!(ask(&house, RUN, &" ".repeat((1 << 20) + 1)).0, 413);
    for path in ["/api/v1/approvals", "/api/v1/calls", "/api/v1/audit"] {
        let (status, page) = house.serve.http("GET", path, Some(&house.admin), None);
        assert_eq!(status, 200, "{path}: {page}");
    }
    let cookie = super::routes::cookie(&house.admin);
    for path in ["/", "/approvals", "/activity"] {
        let page = wire::ask(&address(&house), "GET", path, &[("cookie", &cookie)], "");
        assert_eq!(page.status, 200, "{path}: {page:?}");
    }
}

#[test]
fn ids_and_paths_with_tricks_reach_nothing() {
    let house = House::new();
    let bytes = [
        "../devices",
        "1/../2",
        "1%2f2",
        "1?x=1",
        "1#x",
        "1;x",
        "1\\2",
        "\0",
        "1\n2",
        "\u{202e}1",
        "1 OR 1=1",
        "..",
        "",
    ];
    let before = house.emulator.http("GET", "/_emulator/requests", None, None).1;
    for trick in bytes {
        for (tool, member) in [
            ("get_device", "device_id"),
            ("get_customer", "customer_id"),
            ("n_central-get-task", "task_id"),
            ("n_central-get-report", "report_id"),
            ("n_central-get-approval", "approval_id"),
        ] {
            let (status, problem) = ask(&house, tool, &json!({ member: trick }).to_string());
            assert!(matches!(status, 404 | 422), "{tool} {trick:?}: {status} {problem}");
        }
        for tool in ["n_central-api-get", "n_central-api-delete"] {
            let within = [format!("/api/devices/{trick}"), trick.to_owned()];
            let before = Some(format!("{trick}/api/devices")).filter(|_| !trick.is_empty());
            for path in within.into_iter().chain(before) {
                let (status, problem) = ask(&house, tool, &json!({ "path": path }).to_string());
                assert_eq!(
                    (status, &problem["kind"]),
                    (422, &json!("invalid-arguments")),
                    "{path:?}: {problem}"
                );
            }
        }
        // The same in the paths of REST and of the pages.
        let encoded: String = trick.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let (bearer, cookie) = (format!("Bearer {}", house.admin), super::routes::cookie(&house.admin));
        let headers = [("authorization", bearer.as_str()), ("cookie", cookie.as_str())];
        let rest = ["/api/v1/calls/", "/api/v1/tools/", "/api/v1/connections/", "/api/v1/people/"];
        for place in rest.into_iter().chain(["/calls/", "/approvals/", "/try/", "/people/", "/integrations/"])
        {
            if trick.is_empty() {
                continue;
            }
            let answer = wire::ask(&address(&house), "GET", &format!("{place}{encoded}"), &headers, "");
            assert!((400..500).contains(&answer.status), "{place}{encoded}: {answer:?}");
            let split = answer.headers.iter().any(|(_, value)| value.contains(['\r', '\n']));
            assert!(!split, "{answer:?}");
        }
    }
    let after = house.emulator.http("GET", "/_emulator/requests", None, None).1;
    let devices = |requests: &Value| requests["operations"]["getDevice"]["count"].clone();
    assert_eq!(devices(&before), devices(&after), "no trick became a request for a device: {after}");
    assert!(house.emulator.journal().is_empty());
}
