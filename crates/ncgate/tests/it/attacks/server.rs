//! A malicious N-central: it has our credential already and wants more: to send it elsewhere, to fill memory, to hold
//! calls for ever, to have secrets repeated where others read them.

use super::hostile::{Harm, Hostile};
use crate::support::{ADMIN_PASSWORD, Ended, Home, Service};
use serde_json::{Value, json};
use std::fs::File;

/// A gateway that is connected to one.
struct Victim {
    home: Home,
    serve: Service,
    admin: String,
    key: String,
    hostile: Hostile,
    emulator: Service,
    _outside: Home,
}

impl Victim {
    fn new() -> Victim {
        let outside = Home::new();
        let emulator = outside.emulator(&["--devices", "60"]);
        let hostile = Hostile::before(&emulator);
        let home = Home::new();
        home.run_with(&["connect", hostile.url(), "--name", "main"], &[], emulator.text("jwt")).done();
        let key = home.key(&[]);
        let log = File::create(home.file("serve.log")).unwrap();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--upstream-deadline", "3s"];
        let variables = [("NCGATE_ADMIN_PASSWORD", ADMIN_PASSWORD), ("NCGATE_LOG", "trace")];
        let serve = home.start_with(&arguments, &variables, log);
        let admin = serve.sign_in("admin", ADMIN_PASSWORD);
        Victim { home, serve, admin, key, hostile, emulator, _outside: outside }
    }

    fn look(&self, tool: &str, arguments: Value) -> Value {
        self.serve.http("POST", &format!("/api/v1/tools/{tool}"), Some(&self.key), Some(arguments)).1
    }

    /// Asks for a change, approves it, and answers the call as it ended.
    fn change(&self, tool: &str, arguments: Value) -> Value {
        let held = self.look(tool, arguments);
        let id = held["approval_id"].as_str().unwrap_or_else(|| panic!("{held}"));
        let path = format!("/api/v1/approvals/{id}/decision");
        let yes = json!({"decision": "approve"});
        let (status, approved) = self.serve.http("POST", &path, Some(&self.admin), Some(yes));
        assert_eq!(status, 200, "{approved}");
        self.look("n_central-get-approval", json!({"approval_id": id, "wait_seconds": 45}));
        let path = format!("/api/v1/calls/{}", held["call_id"].as_str().unwrap());
        self.serve.http("GET", &path, Some(&self.admin), None).1
    }
}

fn page(status: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}\r\n").into_bytes()
}

#[test]
fn the_credential_goes_nowhere_else() {
    let victim = Victim::new();
    let elsewhere = Hostile::alone();
    let away = elsewhere.url();
    for status in [301, 302, 303, 307, 308] {
        let headers = format!("location: {away}/api/devices\r\ncontent-length: 0\r\nconnection: close\r\n");
        victim.hostile.does("/api/devices", Harm::Bytes(page(&format!("{status} Away"), &headers)));
        let problem = victim.look("list_devices", json!({}));
        assert_eq!(problem["kind"], "bad-answer", "{status}: {problem}");
        assert!(problem["hint"].as_str().unwrap().contains("redirects are not followed"), "{problem}");
    }
    // Nor a write, nor the sign-in itself.
    let headers = format!("location: {away}/\r\ncontent-length: 0\r\nconnection: close\r\n");
    let harm = Harm::Bytes(page("307 Away", &headers));
    victim.hostile.does("/api/org-units/50/user-roles", harm.clone());
    let role = json!({"path": "/api/org-units/50/user-roles", "body": {"roleName": "x"}});
    let call = victim.change("n_central-api-post", role);
    assert_eq!(call["outcome"], "unknown", "{call}");
    for path in ["/api/auth/authenticate", "/api/auth/refresh"] {
        victim.hostile.does(path, harm.clone());
    }
    let jwt = victim.emulator.text("jwt");
    let again = Home::new().run_with(&["connect", victim.hostile.url()], &[], jwt);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.out.contains("redirect"), "{again:?}");
    assert_eq!(elsewhere.seen(), [""; 0], "nobody came there");
}

#[test]
fn a_part_of_a_list_does_not_pass_for_the_whole() {
    let victim = Victim::new();
    let rows = json!([{"deviceId": 1, "longName": "ONE"}, {"deviceId": 2, "longName": "TWO"}]);
    // It ignores which page is asked for.
    let page = json!({"data": rows, "totalItems": 2500, "totalPages": 3});
    victim.hostile.answers("/api/devices", 200, page.to_string());
    let problem = victim.look("list_devices", json!({"search": "o"}));
    assert_eq!(problem["kind"], "bad-answer", "{problem}");
    let message = problem["message"].as_str().unwrap();
    assert!(message.contains("page 2 repeats the page before it, with 2 of 2500 rows given"), "{problem}");
}

#[test]
fn what_has_no_end_is_cut_off() {
    let victim = Victim::new();
    let chunked = page("200 OK", "transfer-encoding: chunked\r\n");
    let item = format!("ffff\r\n{}\r\n", " ".repeat(0xffff)).into_bytes();
    let harms = [
        ("a body that never ends", Harm::Endless([&chunked[..], b"9\r\n{\"data\":[\r\n"].concat(), item)),
        (
            "a body of a terabyte",
            Harm::Endless(page("200 OK", "content-length: 1099511627776\r\n"), vec![b' '; 65_536]),
        ),
        (
            "headers that never end",
            Harm::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x-more: aaaaaaaaaaaaaaaa\r\n".to_vec()),
        ),
        ("answers that are none yet", Harm::Endless(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())),
        (
            "a slow drip of a body",
            Harm::Drip([&page("200 OK", "content-length: 100000\r\n")[..], b"{"].concat()),
        ),
        ("a slow drip of headers", Harm::Drip(b"HTTP/1.1 200 OK\r\nx-slow: a".to_vec())),
        (
            "nesting",
            Harm::Bytes(
                [page("200 OK", "connection: close\r\n"), "{\"data\":[".repeat(60_000).into_bytes()].concat(),
            ),
        ),
        ("nesting within reach of a reader", {
            let body = format!("{{\"data\":[{}1{}]}}", "[".repeat(100), "]".repeat(100));
            Harm::Bytes([page("200 OK", "connection: close\r\n"), body.into_bytes()].concat())
        }),
        (
            "what is no text",
            Harm::Bytes(
                [&page("200 OK", "connection: close\r\n")[..], b"{\"data\":[{\"longName\":\"\xff\xfe\"}]}"]
                    .concat(),
            ),
        ),
        (
            "two answers",
            Harm::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 90\r\n\r\n{}".to_vec()),
        ),
        ("what is no HTTP", Harm::Bytes(vec![0; 4096])),
    ];
    for (what, harm) in harms {
        victim.hostile.does("/api/devices", harm);
        let problem = victim.look("list_devices", json!({}));
        let kind = problem["kind"].as_str().unwrap_or_else(|| panic!("{what}: {problem}"));
        let known = ["bad-answer", "upstream-timeout", "not-n-central", "unreachable", "upstream-failed"];
        assert!(known.contains(&kind), "{what}: {problem}");
        assert_eq!(problem["changed"], "no", "{what}: {problem}");
    }
    // A write under the same: once, and of unknown outcome; and people can still look at it.
    let path = "/api/org-units/50/user-roles";
    for harm in [
        Harm::Drip(page("200 OK", "content-length: 100000\r\n")),
        Harm::Bytes(
            [
                page("200 OK", "connection: close\r\n"),
                format!("{}1{}", "[".repeat(100), "]".repeat(100)).into_bytes(),
            ]
            .concat(),
        ),
    ] {
        victim.hostile.does(path, harm);
        let sent = || {
            victim
                .hostile
                .seen()
                .iter()
                .filter(|request| request.starts_with(&format!("POST {path} ")))
                .count()
        };
        let before = sent();
        let call = victim
            .change("n_central-api-post", json!({"path": path, "body": {"roleName": format!("r{before}")}}));
        assert_eq!((sent() - before, &call["outcome"]), (1, &json!("unknown")), "{call}");
    }
    for path in ["/api/v1/calls", "/api/v1/approvals", "/api/v1/audit"] {
        let (status, page) = victim.serve.http("GET", path, Some(&victim.admin), None);
        assert_eq!(status, 200, "{path}: {page}");
    }
}

const PASSWORD: &str = "planted \"echoed\" password 5c1e";
const VALUE: &str = "planted-echoed-value-90ab";

#[test]
fn what_it_repeats_is_taken_out_again() {
    let victim = Victim::new();
    let list = victim.look("list_devices", json!({"search": "GLOBEX-WS01", "fields": "device_id"}));
    let device = &list["rows"][0][0];
    let properties = victim.look("n_central-get-device-custom-properties", json!({"device_id": device}));
    let rows = properties["rows"].as_array().unwrap();
    let secret =
        rows.iter().find(|row| row[2] == "PASSWORD").unwrap_or_else(|| panic!("{properties}"))[0].clone();
    let property = format!("/api/devices/{device}/custom-properties/{secret}");

    let mut heard: Vec<(String, String)> = Vec::new();
    victim.hostile.does("/api/devices", Harm::Echo(400));
    let told = victim.look("list_devices", json!({}));
    assert!(told["message"].as_str().unwrap().contains("[removed]"), "{told}");
    heard.push(("a look-up".to_owned(), told.to_string()));
    // Reading it back works; writing it is answered with all that was sent.
    let run = |name: String| {
        json!({
            "device_id": device, "item_id": 2021, "task_type": "AutomationPolicy", "name": name,
            "credential": {"type": "CustomCredentials", "username": "ops", "password": PASSWORD},
        })
    };
    for status in [400, 500, 200] {
        victim.hostile.does("/api/scheduled-tasks/direct", Harm::Echo(status));
        let call = victim.change("n_central-run-direct-task", run(format!("r{status}")));
        // What is accepted is done, whatever is said with it; what is refused or unclear says why, without the secret.
        let told = call["outcome"] == "done" || call["error"].to_string().contains("secret, set");
        assert!((call["outcome"] == "done") == (status == 200) && told, "{status}: {call}");
        heard.push((format!("a run, {status}"), call.to_string()));
    }
    let body = json!({"data": {"roleName": "x", "password": PASSWORD, "note": format!("got {PASSWORD}")}})
        .to_string();
    victim.hostile.answers("/api/org-units/50/user-roles", 200, body);
    let role =
        json!({"path": "/api/org-units/50/user-roles", "body": {"roleName": "x", "password": PASSWORD}});
    let call = victim.change("n_central-api-post", role);
    heard.push(("a raw write".to_owned(), call.to_string()));
    victim.hostile.does(&property, Harm::Echo(409));
    let raw = json!({"path": property, "body": {"value": VALUE}});
    heard.push(("a property".to_owned(), victim.change("n_central-api-put", raw).to_string()));

    for path in ["/api/v1/calls", "/api/v1/approvals", "/api/v1/audit?limit=500", "/api/v1/connections"] {
        let (status, page) = victim.serve.http("GET", path, Some(&victim.admin), None);
        assert_eq!(status, 200, "{path}: {page}");
        heard.push((path.to_owned(), page.to_string()));
    }
    let verified = victim.home.run(&["audit", "verify"]);
    heard.push(("audit verify".to_owned(), format!("{verified:?}")));
    heard.push(("the log".to_owned(), std::fs::read_to_string(victim.home.file("serve.log")).unwrap()));
    assert_eq!(victim.serve.end(), 0);
    for entry in std::fs::read_dir(victim.home.state()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        heard.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    let sent = victim.hostile.seen().join("\n");
    let bearer = sent.lines().filter_map(|line| line.strip_prefix("authorization: Bearer "));
    let mut secrets: Vec<String> = bearer.map(|token| token.trim().to_owned()).collect();
    secrets.sort();
    secrets.dedup();
    assert!(secrets.len() >= 2, "the JWT and an access token were sent: {secrets:?}");
    let escaped = PASSWORD.replace('"', "\\\"");
    secrets.extend([PASSWORD.to_owned(), escaped.replace('\\', "\\\\"), escaped, VALUE.to_owned()]);
    for secret in &secrets {
        let holds: Vec<&String> =
            heard.iter().filter(|(_, text)| text.contains(secret.as_str())).map(|(who, _)| who).collect();
        assert!(holds.is_empty(), "{secret} is in {holds:?}");
    }
    assert!(sent.contains(VALUE), "it was sent");
}

#[test]
fn what_it_says_of_itself_is_shown_as_text() {
    let victim = Victim::new();
    let script = "<script>alert(1)</script>\u{202e}";
    victim.hostile.answers(
        "/api/server-info",
        200,
        json!({"data": {"ncentral": "2026.3.0.1", "version": script, "productVersion": script, "serverName": script}}).to_string(),
    );
    victim.hostile.answers(
        "/api/users/me",
        200,
        json!({"data": {"userName": script, "loginName": script, "emailAddress": script}}).to_string(),
    );
    let home = Home::new();
    let connected: Ended = home.run_with(
        &["connect", victim.hostile.url(), "--name", "other"],
        &[],
        victim.emulator.text("jwt"),
    );
    assert!(!connected.out.contains('\u{202e}') && !connected.out.contains("\\u202e"), "{connected:?}");
    let jwt = victim.emulator.text("jwt");
    let new =
        json!({"name": "other", "url": victim.hostile.url().replace("127.0.0.1", "localhost"), "jwt": jwt});
    victim.serve.http("POST", "/api/v1/connections", Some(&victim.admin), Some(new));
    let here = victim.serve.url().trim_start_matches("http://");
    let cookie = super::routes::cookie(&victim.admin);
    for path in ["/", "/integrations", "/integrations/main", "/integrations/other"] {
        let page = crate::wire::ask(here, "GET", path, &[("cookie", &cookie)], "");
        assert!(!page.body.contains("<script>alert") && !page.body.contains('\u{202e}'), "{path}: {page:?}");
    }
}
