//! Secrets, planted through real use, and then looked for in everything that ncgate says, logs and keeps. What prints
//! one on purpose (`key create`, `login`, a session's answer) is asked for aside and not looked through.

use crate::faces::{Face, Faces};
use crate::support::{ADMIN_PASSWORD, Home, Service};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

const JWT: &str = "planted-jwt-0c5f";
const APPROVER_PASSWORD: &str = "planted-person-password-93b1";
const PROPERTY: &str = "planted-property-value-77aa";
const RAW_PROPERTY: &str = "planted-raw-property-value-4d20";
const CREDENTIAL: &str = "planted-credential-e81c";
const RAW_CREDENTIAL: &str = "planted-raw-credential-5b66";
const PARAMETER: &str = "planted-parameter-21d9";
const LISTED_PARAMETER: &str = "planted-listed-parameter-f00a";
const REFUSED: &str = "planted-in-a-refused-call-8e3d";
/// What all tokens of an N-central begin with, and nothing else does.
const NCENTRAL_TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.";

/// The custom property of every device that has the type PASSWORD, and the item that sets a password.
const PASSWORD_PROPERTY: i64 = 1_448_204_610;
const RESET_ITEM: i64 = 2021;

/// Everything that was said, each with who said it.
#[derive(Default)]
struct Heard(Vec<(String, String)>);

impl Heard {
    fn note(&mut self, who: impl Into<String>, said: impl Into<String>) {
        self.0.push((who.into(), said.into()));
    }

    /// Every file below a folder, as it lies there.
    fn note_files(&mut self, when: &str, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.note_files(when, &path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                self.note(format!("{} {when}", path.display()), String::from_utf8_lossy(&bytes));
            }
        }
    }

    fn holds(&self, word: &str) -> Vec<String> {
        let told = self.0.iter().filter(|(_, said)| said.contains(word));
        told.map(|(who, said)| {
            let at = said.find(word).unwrap();
            let from = said[..at].char_indices().rev().nth(80).map_or(0, |(at, _)| at);
            format!("{who}: …{}", &said[from..at])
        })
        .collect()
    }
}

struct House {
    home: Home,
    emulator: Service,
    serve: Service,
    faces: Faces,
    admin: String,
    approver: String,
    key: String,
    heard: Heard,
}

impl House {
    fn new() -> House {
        let home = Home::new();
        let mut heard = Heard::default();
        let emulator = home.emulator(&["--devices", "60", "--jwt", JWT]);
        heard.note("connect", home.connect(&emulator).to_string());
        let script =
            ["script", "add", "--name", "Reset password", "--item-id", "2021", "--type", "AutomationPolicy"];
        let parameters =
            ["--param", "AccountName:string:required", "--param", "NewPassword:password:required"];
        home.run(&[&script[..], &parameters].concat()).done();
        let key = home.key(&[]);
        let log = File::create(home.file("serve.log")).unwrap();
        let serve = home.start_with(
            &["serve", "--listen", "127.0.0.1:0"],
            &[("NCGATE_ADMIN_PASSWORD", ADMIN_PASSWORD), ("NCGATE_LOG", "trace")],
            log,
        );
        heard.note("serve", serve.said().to_string());
        let admin = serve.sign_in("admin", ADMIN_PASSWORD);
        let added = home.run_with(
            &["user", "add", "kim", "--role", "approver"],
            &[("NCGATE_SESSION", &admin)],
            &format!("{APPROVER_PASSWORD}\n"),
        );
        heard.note("user add", format!("{added:?}"));
        let approver = serve.sign_in("kim", APPROVER_PASSWORD);
        let faces = Faces::new(&serve, &key);
        House { home, emulator, serve, faces, admin, approver, key, heard }
    }

    /// Asks through every face; the answers are heard.
    fn ask(&mut self, tool: &str, arguments: &Value) -> Value {
        let mut result = Value::Null;
        for face in Face::ALL {
            let told = self.faces.ask(&self.home, face, tool, arguments);
            self.heard.note(format!("{tool} through {face:?}"), told.text);
            result = told.result;
        }
        result
    }

    /// Asks for a change through every face, has it approved, and waits for what became of it.
    fn change(&mut self, tool: &str, arguments: &Value) {
        let held = self.ask(tool, arguments);
        assert_eq!(held["status"], "approval_required", "{tool}: {held}");
        let id = held["approval_id"].as_str().unwrap().to_owned();
        for arguments in [&["approvals", "show", &id][..], &["approvals", "approve", &id]] {
            self.person(arguments);
        }
        let over = self.ask("n_central-get-approval", &json!({ "approval_id": id, "wait_seconds": 30 }));
        assert_eq!(over["outcome"], "done", "{tool}: {over}");
        self.ask(tool, arguments);
    }

    /// What the approver does on the command line.
    fn person(&mut self, arguments: &[&str]) {
        let ended = self.home.run_with(arguments, &[("NCGATE_SESSION", &self.approver)], "");
        assert_eq!(ended.code, 0, "{ended:?}");
        self.heard.note(arguments.join(" "), format!("{}\n{}", ended.out, ended.err));
    }

    fn look(&mut self, path: &str) {
        let (status, body) = self.serve.http("GET", path, Some(&self.admin), None);
        assert_eq!(status, 200, "{path}: {body}");
        self.heard.note(path, body.to_string());
    }
}

/// What stands in N-central already: the password of that device.
fn password_of(emulator: &Service, device: &Value) -> String {
    let (_, signed_in) = emulator.http("POST", "/api/auth/authenticate", Some(JWT), None);
    let token = signed_in["tokens"]["access"]["token"].as_str().unwrap();
    assert!(token.starts_with(NCENTRAL_TOKEN));
    let path = format!("/api/devices/{device}/custom-properties/{PASSWORD_PROPERTY}");
    let (_, property) = emulator.http("GET", &path, Some(token), None);
    let property = if property["data"].is_object() { &property["data"] } else { &property };
    assert_eq!(property["propertyType"], "PASSWORD", "{property}");
    property["value"].as_str().unwrap().to_owned()
}

#[test]
fn no_secret_is_told_logged_or_kept_in_clear() {
    let mut house = House::new();
    let list = house.ask("list_devices", &json!({ "search": "GLOBEX-WS01", "fields": "device_id" }));
    let device = list["rows"][0][0].clone();
    let existing = password_of(&house.emulator, &device);
    let (path, all) = (
        format!("/api/devices/{device}/custom-properties/{PASSWORD_PROPERTY}"),
        format!("/api/devices/{device}/custom-properties"),
    );

    // Read what is there, by tools of their own and raw.
    let shown = house.ask("n_central-get-device-custom-properties", &json!({ "device_id": device }));
    assert!(shown.to_string().contains("secret, set"), "{shown}");
    house.ask(
        "n_central-get-device-custom-property",
        &json!({ "device_id": device, "property_id": PASSWORD_PROPERTY }),
    );
    house.ask("get_device", &json!({ "device_id": device, "detail": "full" }));
    for path in [&path, &all] {
        house.ask("n_central-api-get", &json!({ "path": path }));
    }

    // Write new ones, each of which has to arrive.
    let update =
        |value: &str| json!({ "device_id": device, "property_id": PASSWORD_PROPERTY, "value": value });
    house.change("n_central-update-device-custom-property", &update(PROPERTY));
    house.change("n_central-api-put", &json!({ "path": path, "body": { "value": RAW_PROPERTY } }));
    house.change(
        "n_central-run-direct-task",
        &json!({
            "device_id": device, "item_id": RESET_ITEM, "task_type": "AutomationPolicy",
            "credential": { "type": "CustomCredentials", "username": "ops", "password": CREDENTIAL },
            "parameters": [
                { "name": "AccountName", "value": "admin", "type": "string" },
                { "name": "NewPassword", "value": PARAMETER, "type": "password" },
            ],
        }),
    );
    house.change(
        "n_central-run-direct-task",
        &json!({
            "device_id": device, "script": "Reset password",
            "parameters": { "AccountName": "admin", "NewPassword": LISTED_PARAMETER },
        }),
    );
    // The same as a raw call: what was sent last, under another name and with another password.
    let mut body = house.emulator.journal().pop().unwrap()["body"].take();
    body["name"] = json!("Reset by hand");
    body["credential"] =
        json!({ "type": "CustomCredentials", "username": "ops", "password": RAW_CREDENTIAL });
    let raw = json!({ "path": "/api/scheduled-tasks/direct", "body": body });
    house.change("n_central-api-post", &raw);
    let sent = json!(house.emulator.journal()).to_string();
    for secret in [PROPERTY, RAW_PROPERTY, CREDENTIAL, RAW_CREDENTIAL, PARAMETER, LISTED_PARAMETER] {
        assert!(sent.contains(secret), "{secret} did not arrive: {sent}");
    }

    // What is refused is no reason to repeat it, and neither is a wrong proof.
    house.ask(
        "n_central-update-device-custom-property",
        &json!({ "device": "nobody", "property_id": 1, "value": REFUSED }),
    );
    house.ask("n_central-update-device-custom-property", &update(&REFUSED.repeat(4000)));
    house.ask("n_central-run-direct-task", &json!({ "device_id": device, "script": "Reset password", "parameters": { "NewPassword": { "is": REFUSED } } }));
    house.ask(
        "n_central-run-direct-task",
        &json!({ "device_id": device, "item_id": RESET_ITEM, "credential": REFUSED }),
    );
    house.ask("n_central-api-put", &json!({ "path": format!("{path}/"), "body": { "value": REFUSED } }));
    let wrong = json!({ "name": "kim", "password": REFUSED });
    let (_, problem) = house.serve.http("POST", "/api/v1/sessions", None, Some(wrong));
    house.heard.note("a wrong password", problem.to_string());
    let (_, problem) = house.serve.http("GET", "/api/v1/tools", Some(REFUSED), None);
    house.heard.note("a wrong bearer", problem.to_string());

    // A token that is the answer of a tool is in that answer alone.
    let token = house.faces.ask(
        &house.home,
        Face::Rest,
        "n_central-get-registration-token",
        &json!({ "customer": "Globex" }),
    );
    let token = token.result["registration_token"].as_str().unwrap().to_owned();

    for arguments in [
        &["approvals", "list"][..],
        &["audit", "list"],
        &["audit", "export"],
        &["audit", "export", "--format", "csv"],
        &["connections"],
        &["policy", "list"],
        &["script", "list"],
        &["doctor", "--json"],
        &["tools"],
    ] {
        house.person(arguments);
    }
    for path in ["calls", "approvals", "audit", "connections", "keys", "people", "tools"] {
        house.look(&format!("/api/v1/{path}"));
    }
    house.look("/readyz");

    let House { home, serve, mut heard, admin, approver, key, .. } = house;
    heard.note_files("while it runs", &home.state());
    assert_eq!(serve.end(), 0);
    heard.note_files("at the end", &home.state());
    let log = std::fs::read_to_string(home.file("serve.log")).unwrap();
    assert!(log.contains("createDirectScheduledTask"), "the log says what was sent: {log}");
    heard.note("the log", log);

    // Where secrets are looked for, the device that they belong to is found.
    let device = heard.holds("GLOBEX-WS01").join("\n");
    for place in
        ["Rest", "Mcp", "Cli", "audit export", "/api/v1/calls", "db-wal while it runs", "db at the end"]
    {
        assert!(device.contains(&format!("{place}: ")), "{place} says nothing: {device}");
    }
    let secrets = BTreeMap::from([
        ("the JWT", JWT),
        ("a token of N-central", NCENTRAL_TOKEN),
        ("the password in N-central", &existing),
        ("a property's new value", PROPERTY),
        ("a property's new value, raw", RAW_PROPERTY),
        ("a credential", CREDENTIAL),
        ("a credential, raw", RAW_CREDENTIAL),
        ("a parameter", PARAMETER),
        ("a listed script's parameter", LISTED_PARAMETER),
        ("a refused value", REFUSED),
        ("the registration token", &token),
        ("the key", &key),
        ("the administrator's session", &admin),
        ("the approver's session", &approver),
        ("the administrator's password", ADMIN_PASSWORD),
        ("the approver's password", APPROVER_PASSWORD),
    ]);
    for (what, secret) in secrets {
        assert!(secret.len() >= 8, "{what} is long enough to be told from chance");
        assert_eq!(heard.holds(secret), Vec::<String>::new(), "{what} is told");
    }
}
