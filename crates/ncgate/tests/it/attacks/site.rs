//! A malicious web page in the browser of somebody who is signed in: it can send forms and requests with that person's
//! cookie, show our pages in a frame, and point a name of its own at the gateway's address.

use super::routes::{self, Route, address, cookie, form_token};
use crate::browser::House;
use crate::support::ADMIN_PASSWORD;
use crate::wire::{self, Answer};
use serde_json::{Value, json};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A house with something behind every page: a held call, a webhook, a script.
struct Stage {
    house: House,
    approval: String,
    call: String,
    key: String,
    hook: String,
}

impl Stage {
    fn new() -> Stage {
        let house = House::new();
        let held = house.hold("GLOBEX-WS01", "please");
        let text = |value: &Value, member: &str| value[member].as_str().unwrap().to_owned();
        let (approval, call) = (text(&held, "approval_id"), text(&held, "call_id"));
        let hook = json!({"name": "ops", "url": "https://hooks.example.com/x"});
        let hook = text(&house.post("/api/v1/webhooks", hook), "id");
        let (_, keys) = house.serve.http("GET", "/api/v1/keys", Some(&house.admin), None);
        let key = text(&keys["items"][0], "id");
        Stage { house, approval, call, key, hook }
    }

    fn path(&self, route: &Route) -> String {
        let id = match route.path.split('/').nth(1) {
            Some("approvals") => &self.approval,
            Some("calls") => &self.call,
            Some("callers") => &self.key,
            Some("webhooks") => &self.hook,
            _ => "none",
        };
        let tool = "n_central-run-direct-task";
        let chain = [("chain", "system"), ("seq", "1"), ("tool", tool), ("waiting", "0")];
        route.at(&[&[("id", id), ("connection", "main"), ("name", "dana")], &chain[..]].concat())
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        wire::ask(&address(&self.house), method, path, headers, body)
    }

    /// Whatever a successful attack would leave behind.
    fn standing(&self) -> Value {
        let look = |path: &str| {
            let (status, found) = self.house.serve.http("GET", path, Some(&self.house.admin), None);
            assert_eq!(status, 200, "{path}: {found}");
            found
        };
        let approval = look(&format!("/api/v1/approvals/{}", self.approval));
        let people: Vec<Value> = look("/api/v1/people")["items"].as_array().unwrap().clone();
        json!([
            approval["state"],
            people,
            look("/api/v1/connections"),
            look("/api/v1/connections/main/policies"),
            look("/api/v1/connections/main/scripts"),
            look(&format!("/api/v1/webhooks/{}", self.hook)),
            look("/api/v1/stop"),
            look("/api/v1/sessions")["items"].as_array().unwrap().len(),
        ])
    }
}

#[test]
fn a_form_from_elsewhere_is_refused_on_every_page() {
    let stage = Stage::new();
    let before = stage.standing();
    let (mine, dana) = (cookie(&stage.house.admin), stage.house.serve.sign_in("dana", ADMIN_PASSWORD));
    let (genuine, others) = (form_token(&stage.house, &stage.house.admin), form_token(&stage.house, &dana));
    stage.house.serve.http("DELETE", "/api/v1/sessions", Some(&dana), None);
    let fields =
        |token: &str| format!("csrf={token}&decision=approve&on=true&enabled=true&theme=dark&role=admin");
    let mut forms = 0;
    for form in routes::of_pages().into_iter().filter(|route| route.method == "POST") {
        forms += 1;
        let path = stage.path(&form);
        let refused = |what: &str, headers: &[(&str, &str)], body: &str| {
            let answer = stage.ask("POST", &path, &[headers, &[("cookie", &mine), FORM]].concat(), body);
            assert_eq!(answer.status, 403, "{path}, {what}: {answer:?}");
        };
        // By what the browser says of where it comes from, though the token is right.
        for headers in [
            ("origin", "https://evil.example.com"),
            ("origin", "null"),
            ("origin", "http://localhost:1"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            refused(headers.1, &[headers], &fields(&genuine));
        }
        if matches!(form.path.as_str(), "/login" | "/setup/{token}") {
            // Nobody is signed in there yet, so there is no session to have a token of.
            continue;
        }
        refused("without a token", &[], "decision=approve&on=true");
        refused("with an empty token", &[], &fields(""));
        refused("with the token of another session", &[], &fields(&others));
        refused("with a token that was cut", &[], &fields(&genuine[..genuine.len() - 2]));
        refused("with the token in the query alone", &[], "decision=approve");
        let plain = ("content-type", "text/plain");
        let answer = stage.ask("POST", &path, &[("cookie", &mine), plain], "x=csrf&decision=approve");
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
    }
    assert!(forms > 25, "{forms} forms");
    // The cookie alone is nobody on REST and on MCP.
    for path in ["/api/v1/stop", "/mcp"] {
        let headers = [("cookie", mine.as_str()), ("content-type", "application/json")];
        assert_eq!(stage.ask("POST", path, &headers, r#"{"on":true}"#).status, 401, "{path}");
    }
    let forged =
        [("cookie", mine.as_str()), ("ncgate-csrf", others.as_str()), ("content-type", "application/json")];
    assert_eq!(stage.ask("POST", "/api/v1/stop", &forged, r#"{"on":true}"#).status, 403);
    assert_eq!(stage.standing(), before, "nothing has changed");
}

#[test]
fn no_page_is_shown_in_a_frame_or_says_where_it_is_read() {
    let stage = Stage::new();
    let mine = cookie(&stage.house.admin);
    let protected = |path: &str, answer: &Answer| {
        let policy = answer.header("content-security-policy").unwrap_or_default();
        for part in [
            "frame-ancestors 'none'",
            "default-src 'none'",
            "script-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {answer:?}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control-")), "{path}");
    };
    let mut shown = 0;
    for page in routes::of_pages().into_iter().filter(|page| page.method == "GET" && !page.is_endless()) {
        let path = stage.path(&page);
        for headers in [&[("cookie", mine.as_str())][..], &[]] {
            let answer = stage.ask("GET", &path, headers, "");
            protected(&path, &answer);
            shown += usize::from(answer.status == 200);
        }
    }
    assert!(shown > 25, "{shown} pages were shown");
    protected("a refused form", &stage.ask("POST", "/stop", &[("cookie", &mine), FORM], "on=true"));
    protected("no page", &stage.ask("GET", "/nothing", &[], ""));
    let login = stage.ask(
        "POST",
        "/login",
        &[FORM],
        &format!("name=admin&password={}", ADMIN_PASSWORD.replace(' ', "+")),
    );
    let cookie = login.header("set-cookie").unwrap_or_else(|| panic!("{login:?}"));
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[test]
fn a_name_that_is_not_ours_is_not_answered() {
    let stage = Stage::new();
    let before = stage.standing();
    let (mine, bearer) = (cookie(&stage.house.admin), format!("Bearer {}", stage.house.admin));
    let genuine = form_token(&stage.house, &stage.house.admin);
    let here = address(&stage.house);
    let elsewhere = [
        ("host", "evil.example.com"),
        ("host", "127.0.0.1.evil.example.com"),
        ("host", "10.0.0.5:8080"),
        ("host", "x@localhost"),
        ("origin", "https://evil.example.com"),
        ("origin", "null"),
    ];
    let mcp = ["GET", "POST", "DELETE"].map(|method| (method.to_owned(), "/mcp".to_owned()));
    let described = [("GET".to_owned(), "/.well-known/oauth-protected-resource/mcp".to_owned())];
    let ours = routes::of_rest().into_iter().chain(routes::of_pages());
    let ours = ours.filter(|route| !matches!(route.path.as_str(), "/healthz" | "/readyz"));
    let ours = ours.map(|route| (route.method.clone(), stage.path(&route)));
    for (method, path) in ours.chain(mcp).chain(described) {
        for header in elsewhere {
            let headers = [header, ("cookie", &mine), ("authorization", &bearer), FORM];
            let body = if method == "GET" { String::new() } else { format!("csrf={genuine}&on=true") };
            let answer = stage.ask(&method, &path, &headers, &body);
            assert_eq!(answer.status, 403, "{method} {path} {header:?}: {answer:?}");
        }
    }
    // The name in the target counts as well, whatever the header says.
    let request = format!(
        "GET http://evil.example.com/api/v1/calls HTTP/1.1\r\nhost: {here}\r\nauthorization: {bearer}\r\nconnection: close\r\n\r\n"
    );
    let answer = Answer::parse(&wire::send(&here, request.as_bytes())).unwrap();
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(stage.standing(), before, "nothing has changed");
}
