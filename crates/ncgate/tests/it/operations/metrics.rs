//! `/metrics`: read by a scraper's parser, named as Prometheus wants it, moved by calls, and not for everybody.

use super::Stage;
use crate::support::{ADMIN_PASSWORD, Service};
use prometheus_parse::{Sample, Scrape, Value};
use serde_json::json;

fn get(url: &str, headers: &[(&str, &str)]) -> (u16, String, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
        let request =
            headers.iter().fold(client.get(url), |request, (name, value)| request.header(*name, *value));
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let kind =
            response.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
        (status, kind, response.text().await.unwrap())
    })
}

fn scrape(url: &str) -> (Vec<Sample>, String) {
    let (status, kind, text) = get(url, &[]);
    assert_eq!(status, 200, "{text}");
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    assert!(text.ends_with("# EOF\n"));
    let lines = text.lines().map(|line| Ok(line.to_owned()));
    (Scrape::parse(lines).unwrap().samples, text)
}

fn value(samples: &[Sample], name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let fits = |sample: &&Sample| {
        sample.metric == name && labels.iter().all(|(label, value)| sample.labels.get(label) == Some(*value))
    };
    samples.iter().find(fits).map(|sample| match &sample.value {
        Value::Counter(n) | Value::Gauge(n) | Value::Untyped(n) => *n,
        other => panic!("{name} is {other:?}"),
    })
}

fn of(serve: &Service) -> String {
    format!("{}/metrics", serve.url())
}

#[test]
fn the_numbers_move_with_what_happens() {
    let stage = Stage::new(&[]);
    let serve = stage.serve(&[], &[]);
    let (before, _) = scrape(&of(&serve));
    let read = [("tool", "n_central-list-devices"), ("outcome", "done")];
    assert_eq!(value(&before, "ncgate_calls_total", &read), None);
    assert_eq!(value(&before, "ncgate_approvals", &[("state", "pending")]), Some(0.0));
    for _ in 0..2 {
        let (status, _) = serve.http("POST", "/api/v1/tools/list_devices", Some(&stage.key), Some(json!({})));
        assert_eq!(status, 200);
    }
    stage.hold(&serve, "GLOBEX-WS01");
    serve.http("POST", "/api/v1/tools/evil%22tool", Some(&stage.key), Some(json!({})));
    let (after, text) = scrape(&of(&serve));
    assert_eq!(value(&after, "ncgate_calls_total", &read), Some(2.0), "{text}");
    let held = [("tool", "n_central-run-direct-task"), ("outcome", "held")];
    assert_eq!(value(&after, "ncgate_calls_total", &held), Some(1.0));
    let unheard = [("tool", "unknown"), ("outcome", "refused")];
    assert_eq!(value(&after, "ncgate_calls_total", &unheard), Some(1.0));
    assert!(!text.contains("evil"), "what callers send is no label");
    assert_eq!(value(&after, "ncgate_approvals", &[("state", "pending")]), Some(1.0));
    assert_eq!(value(&after, "ncgate_connection_up", &[("connection", "main")]), Some(1.0));
    let listed = [("operation", "listDevices"), ("answer", "2xx")];
    assert!(value(&after, "ncgate_upstream_requests_total", &listed).is_some_and(|n| n >= 2.0), "{text}");
    assert!(value(&after, "ncgate_audit_head", &[("chain", "system")]).is_some_and(|head| head > 0.0));
    assert!(value(&after, "ncgate_process_resident_memory_bytes", &[]).is_some_and(|bytes| bytes > 1e6));
    assert_eq!(value(&after, "ncgate_calls_in_flight", &[]), Some(0.0));
    assert!(
        text.contains("ncgate_permit_wait_seconds_count")
            && text.contains("ncgate_webhook_deliveries_waiting")
    );
}

#[test]
fn names_are_those_that_prometheus_wants() {
    let stage = Stage::new(&[]);
    let serve = stage.serve(&[], &[]);
    let (_, text) = scrape(&of(&serve));
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        assert!(name.starts_with("ncgate_"), "{name}");
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        for (word, unit) in
            [("duration", "_seconds"), ("wait", "_seconds"), ("age", "_seconds"), ("memory", "_bytes")]
        {
            let about = name.split('_').any(|part| part == word);
            assert!(!about || name.ends_with(unit), "{name} has no unit");
        }
        assert!(text.contains(&format!("# HELP {name} ")), "{name} has no help");
        let total = text.lines().any(|line| line.starts_with(&format!("{name}_total")));
        let samples = text.lines().any(|line| line.starts_with(name));
        assert!(kind != "counter" || total || !samples, "{name} counts and does not say _total");
        assert!(kind == "counter" || !name.ends_with("_total"), "{name}");
    }
}

#[test]
fn not_everybody_reads_them() {
    let stage = Stage::new(&["--latency-ms", "0"]);
    let serve = stage.serve(&["--metrics-listen", "127.0.0.1:0"], &[]);
    let session = serve.sign_in("admin", ADMIN_PASSWORD);
    let (person, key) = (format!("Bearer {session}"), format!("Bearer {}", stage.key));
    let forwarded = ("x-forwarded-for", "203.0.113.9");
    assert_eq!(get(&of(&serve), &[]).0, 200);
    assert_eq!(get(&of(&serve), &[forwarded]).0, 401);
    assert_eq!(get(&of(&serve), &[forwarded, ("authorization", &key)]).0, 403);
    assert_eq!(get(&of(&serve), &[forwarded, ("authorization", &person)]).0, 200);
    assert_eq!(get(&of(&serve), &[("host", "evil.example.com")]).0, 403);
    let own = serve.text("metrics_url").to_owned();
    assert_eq!(get(&own, &[forwarded]).0, 200);
    assert_eq!(get(&own.replace("/metrics", "/readyz"), &[]).0, 200);
    assert_eq!(get(&own.replace("/metrics", "/api/v1/tools"), &[]).0, 404);
    assert_eq!(serve.end(), 0);
    // Behind a proxy every peer is local.
    let proxied = stage.serve(&["--public-url", "https://gate.example.com"], &[]);
    assert_eq!(get(&of(&proxied), &[]).0, 401);
}
