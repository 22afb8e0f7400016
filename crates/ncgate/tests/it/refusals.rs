//! Refusals, byte by byte over a socket: whatever is sent to the port, the answer is a problem or a clean end, and the
//! gateway goes on answering others.

use crate::support::{ADMIN_PASSWORD, Home, Service};
use crate::wire::{self, Answer};
use serde_json::{Value, json};

/// A gateway with an administrator, and what is said to it.
struct Port {
    _home: Home,
    serve: Service,
    address: String,
    admin: String,
}

impl Port {
    fn open() -> Port {
        let home = Home::new();
        let serve = home.serve();
        let admin = serve.sign_in("admin", ADMIN_PASSWORD);
        let address = serve.url().trim_start_matches("http://").to_owned();
        Port { _home: home, serve, address, admin }
    }

    /// Sends bytes and reads to the end.
    fn send(&self, bytes: &[u8]) -> String {
        wire::send(&self.address, bytes)
    }

    /// Sends bytes, says that no more come, and reads to the end.
    fn break_off(&self, bytes: &[u8]) -> String {
        wire::break_off(&self.address, bytes)
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        wire::ask(&self.address, method, path, headers, body)
    }

    /// The same as somebody, with a body of JSON where there is one.
    fn ask_as(&self, token: &str, method: &str, path: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.ask(method, path, &headers, body)
    }

    fn as_admin(&self, method: &str, path: &str, body: &str) -> Answer {
        self.ask_as(&self.admin, method, path, body)
    }

    /// Makes a key and answers its secret.
    fn key(&self, new: Value) -> String {
        let made = self.as_admin("POST", "/api/v1/keys", &new.to_string());
        assert_eq!(made.status, 201, "{made:?}");
        serde_json::from_str::<Value>(&made.body).unwrap()["secret"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn goes_on(&self) {
        assert_eq!(self.serve.http("GET", "/healthz", None, None).0, 200);
    }
}

#[test]
fn each_refusal_is_a_problem_with_its_status() {
    let outside = Home::new();
    let emulator = outside.emulator(&[]);
    let port = Port::open();
    let main = json!({"name": "main", "url": emulator.url(), "jwt": emulator.text("jwt")}).to_string();
    assert_eq!(port.as_admin("POST", "/api/v1/connections", &main).status, 201);
    let key = port.key(json!({"name": "agent", "kind": "agent"}));

    let nobody = port.ask("GET", "/api/v1/calls", &[], "");
    nobody.problem(401, "unauthenticated");
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
    port.ask_as(&key, "GET", "/api/v1/people", "").problem(403, "forbidden");
    port.as_admin("GET", "/api/v1/calls/none", "").problem(404, "not-found");
    port.as_admin("GET", "/api/v1/nothing", "").problem(404, "not-found");
    let method = port.as_admin("PATCH", "/api/v1/calls", "");
    method.problem(405, "bad-request");
    assert!(method.header("allow").is_some_and(|allow| allow.contains("GET")), "{method:?}");
    let ben = json!({"name": "ben", "role": "viewer", "password": ADMIN_PASSWORD}).to_string();
    assert_eq!(port.as_admin("POST", "/api/v1/people", &ben).status, 201);
    port.as_admin("POST", "/api/v1/people", &ben).problem(409, "conflict");
    port.as_admin("POST", "/api/v1/people", &" ".repeat((1 << 20) + 1)).problem(413, "too-large");
    let bearer = format!("Bearer {}", port.admin);
    let plain = [("authorization", bearer.as_str()), ("content-type", "text/plain")];
    port.ask("POST", "/api/v1/people", &plain, &ben).problem(415, "bad-request");
    let odd = port.as_admin("POST", "/api/v1/tools/list_devices", r#"{"page_sise":3}"#);
    assert!(odd.problem(422, "invalid-arguments").to_string().contains("page_size"), "{odd:?}");
    port.as_admin("POST", "/api/v1/people", r#"{"name":"#).problem(400, "bad-request");
    port.goes_on();
}

#[test]
fn a_key_that_asks_too_often_is_told_when_to_come_back() {
    let outside = Home::new();
    let emulator = outside.emulator(&[]);
    let port = Port::open();
    let main = json!({"name": "main", "url": emulator.url(), "jwt": emulator.text("jwt")}).to_string();
    assert_eq!(port.as_admin("POST", "/api/v1/connections", &main).status, 201);
    let slow = port.key(json!({"name": "slow", "kind": "workflow", "requests_per_minute": 2}));
    for left in ["1", "0"] {
        let answer = port.ask_as(&slow, "GET", "/api/v1/calls", "");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("ratelimit-policy"), Some("\"key\";q=2;w=60"));
        assert!(
            answer.header("ratelimit").unwrap().starts_with(&format!("\"key\";r={left};t=")),
            "{answer:?}"
        );
    }
    let refused = port.ask_as(&slow, "GET", "/api/v1/calls", "");
    let problem = refused.problem(429, "too-many-requests");
    assert_eq!(problem["retryable"], true);
    assert!(problem["hint"].as_str().unwrap().starts_with("wait "), "{problem}");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit-policy"), Some("\"key\";q=2;w=60"));
    assert!(refused.header("ratelimit").unwrap().starts_with("\"key\";r=0;t="), "{refused:?}");
    // Nobody else has to wait for it.
    assert_eq!(port.as_admin("GET", "/api/v1/calls", "").status, 200);
}

#[test]
fn what_is_too_deep_or_too_long_is_turned_away() {
    let port = Port::open();
    let deep = format!("{{\"url\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    port.as_admin("POST", "/api/v1/connections", &deep).problem(422, "invalid-arguments");
    port.as_admin("POST", "/api/v1/tools/list_devices", &deep).problem(400, "bad-request");
    // HTTP itself refuses these, before there is a request that could be answered with a problem.
    let path = port.ask("GET", &format!("/{}", "a".repeat(70_000)), &[], "");
    assert_eq!(path.status, 414, "{path:?}");
    let header = port.ask("GET", "/healthz", &[("x-long", &"a".repeat(1 << 20))], "");
    assert_eq!(header.status, 431, "{header:?}");
    let headers = vec![("x-many", "a"); 200];
    assert_eq!(port.ask("GET", "/healthz", &headers, "").status, 431);
    port.goes_on();
}

#[test]
fn head_and_options_tell_no_more_than_they_should() {
    let port = Port::open();
    let head = port.ask("HEAD", "/healthz", &[], "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let head = port.ask("HEAD", "/api/v1/calls", &[], "");
    assert_eq!((head.status, head.body.as_str()), (401, ""));
    let asked = [("origin", "https://evil.example.com"), ("access-control-request-method", "POST")];
    for answer in [
        port.ask("OPTIONS", "/api/v1/calls", &asked, ""),
        port.ask("OPTIONS", "/api/v1/calls", &[], ""),
        port.ask("OPTIONS", "*", &[], ""),
        port.ask("GET", "/healthz", &asked, ""),
    ] {
        let cors = answer.headers.iter().find(|(name, _)| name.starts_with("access-control-"));
        assert_eq!(cors, None, "no page of another origin is let in: {answer:?}");
        assert!(answer.status == 200 || (400..500).contains(&answer.status), "{answer:?}");
    }
    port.ask("OPTIONS", "/api/v1/calls", &asked, "").problem(403, "forbidden");
    port.ask("OPTIONS", "/api/v1/calls", &[], "").problem(405, "bad-request");
}

#[test]
fn what_is_not_http_ends_there() {
    let port = Port::open();
    let post = format!("POST /api/v1/sessions HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", port.address);
    let json = "content-type: application/json\r\n";
    let tls_hello =
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x00\x00\x02\x13\x01";
    let random: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let nonsense: Vec<(&str, Vec<u8>)> = vec![
        ("a TLS hello", tls_hello.to_vec()),
        ("random bytes", random),
        ("HTTP/2 with prior knowledge", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("a request line alone", b"GET /healthz\r\n\r\n".to_vec()),
        ("no host", b"GET /api/v1/calls HTTP/1.1\r\nconnection: close\r\n\r\n".to_vec()),
        (
            "two lengths",
            format!("{post}{json}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}").into_bytes(),
        ),
        ("a length that is none", format!("{post}{json}content-length: -2\r\n\r\n{{}}").into_bytes()),
        (
            "a length and chunks",
            format!(
                "{post}{json}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
            )
            .into_bytes(),
        ),
        (
            "garbage for a chunk's size",
            format!("{post}{json}transfer-encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n").into_bytes(),
        ),
    ];
    let broken_off: Vec<(&str, Vec<u8>)> = vec![
        (
            "a chunk that breaks off",
            format!("{post}{json}transfer-encoding: chunked\r\n\r\nff\r\n{{").into_bytes(),
        ),
        ("a body that breaks off", format!("{post}{json}content-length: 90\r\n\r\n{{").into_bytes()),
        ("a head that breaks off", post.into_bytes()),
        ("nothing", Vec::new()),
    ];
    let complete = nonsense.iter().map(|(what, bytes)| (what, port.send(bytes)));
    let broken_off = broken_off.iter().map(|(what, bytes)| (what, port.break_off(bytes)));
    for (what, answer) in complete.chain(broken_off) {
        match Answer::parse(&answer) {
            Some(answer) => {
                assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
                if !answer.body.is_empty() {
                    let kind = if answer.status == 422 { "invalid-arguments" } else { "bad-request" };
                    answer.problem(answer.status, kind);
                }
            }
            None => assert_eq!(answer, "", "{what}"),
        }
        port.goes_on();
    }
}

#[test]
fn an_older_protocol_is_spoken_too() {
    let port = Port::open();
    let host = &port.address;
    let healthy = port.send(format!("GET /healthz HTTP/1.0\r\nhost: {host}\r\n\r\n").as_bytes());
    let healthy = Answer::parse(&healthy).unwrap();
    assert_eq!((healthy.status, healthy.body.as_str()), (200, r#"{"status":"ok"}"#));
    let refused = port.send(format!("GET /api/v1/calls HTTP/1.0\r\nhost: {host}\r\n\r\n").as_bytes());
    Answer::parse(&refused).unwrap().problem(401, "unauthenticated");
}
