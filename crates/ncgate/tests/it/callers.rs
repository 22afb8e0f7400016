//! Keys, people and sessions on the command line, over the real binary.

use crate::support::{ADMIN_PASSWORD, Ended, Home, Service};
use serde_json::{Value, json};

/// A gateway that stays up, with a key that was made before, and the administrator's session.
struct House {
    home: Home,
    serve: Service,
    session: String,
    secret: String,
    _outside: Home,
    _emulator: Service,
}

impl House {
    fn new() -> House {
        let outside = Home::new();
        let emulator = outside.emulator(&[]);
        let home = Home::connected(&emulator);
        let secret = home.key(&[]);
        let serve = home.serve();
        let session = serve.sign_in("admin", ADMIN_PASSWORD);
        House { home, serve, session, secret, _outside: outside, _emulator: emulator }
    }

    /// Runs a command as the administrator.
    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "")
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        self.home.run_with(arguments, &[("NCGATE_SESSION", &self.session)], input)
    }

    fn key(&self) -> Value {
        self.run(&["key", "list"]).done()["items"][0].clone()
    }
}

#[test]
fn a_key_is_shown_and_edited() {
    let house = House::new();
    let key = house.key();
    let id = key["id"].as_str().unwrap();
    let shown = house.run(&["key", "show", id]).done();
    assert_eq!((&shown["name"], &shown["tools"]), (&json!("agent"), &Value::Null));
    assert!(!shown.to_string().contains(&house.secret));

    let narrow = [
        "key",
        "edit",
        id,
        "--tools",
        "list_devices,list_customers",
        "--customers",
        "globex",
        "--rate",
        "120",
        "--notes",
        "on trial",
    ];
    let after = house.run(&narrow).done();
    assert_eq!(after["tools"], json!(["n_central-list-customers", "n_central-list-devices"]));
    assert_eq!(after["customers"].as_array().unwrap().len(), 1, "a name became an id: {after}");
    assert_eq!((&after["requests_per_minute"], &after["notes"]), (&json!(120), &json!("on trial")));
    let (status, tools) = house.serve.http("GET", "/api/v1/tools", Some(&house.secret), None);
    assert_eq!((status, tools["tools"].as_array().unwrap().len()), (200, 2));

    let wide = house
        .run(&[
            "key",
            "edit",
            id,
            "--tools",
            "none",
            "--customers",
            "none",
            "--rate",
            "none",
            "--plan-only",
            "true",
        ])
        .done();
    assert_eq!(
        (&wide["tools"], &wide["customers"], &wide["plan_only"]),
        (&Value::Null, &Value::Null, &json!(true))
    );
    assert_eq!(wide["notes"], "on trial", "what is not named stays");

    assert_eq!(house.run(&["key", "edit", id]).code, 2, "nothing was named");
    assert_eq!(house.run(&["key", "edit", id, "--customers", "Nobody Ltd"]).code, 1);
    let unknown = house.run(&["key", "show", "nobody"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("no such key"), "{unknown:?}");
    house.run(&["key", "revoke", id]).done();
    let late = house.run(&["key", "edit", id, "--notes", "x"]);
    assert!(late.code == 1 && late.err.contains("revoked"), "{late:?}");
}

#[test]
fn a_person_is_disabled_enabled_and_given_another_role_and_password() {
    let house = House::new();
    house.run_with(&["user", "add", "kim", "--role", "viewer"], "a first password\n").done();
    let kim = house.run(&["user", "role", "kim", "approver"]).done();
    assert_eq!((&kim["role"], &kim["created_by"]), (&json!("approver"), &json!("admin")));
    let session = house.serve.sign_in("kim", "a first password");
    house.run(&["user", "disable", "kim"]).done();
    assert_eq!(house.serve.http("GET", "/api/v1/calls", Some(&session), None).0, 401);
    let enabled = house.run(&["user", "enable", "kim"]).done();
    assert!(enabled["disabled_at"].is_null());
    let session = house.serve.sign_in("kim", "a first password");
    house.run_with(&["user", "password", "kim"], "a second password\n").done();
    assert_eq!(house.serve.http("GET", "/api/v1/calls", Some(&session), None).0, 401);
    let session = house.serve.sign_in("kim", "a second password");

    // With a session of hers, kim administers nobody.
    let as_kim = |arguments: &[&str], input: &str| {
        house.home.run_with(arguments, &[("NCGATE_SESSION", &session)], input)
    };
    for arguments in
        [&["user", "role", "kim", "admin"][..], &["user", "enable", "kim"], &["user", "password", "admin"]]
    {
        let refused = as_kim(arguments, "another password\n");
        assert_ne!(refused.code, 0, "{arguments:?}: {refused:?}");
    }
    let last = house.run(&["user", "role", "admin", "viewer"]);
    assert!(last.code == 1 && last.err.contains("last administrator"), "{last:?}");
    assert_eq!(house.run(&["user", "enable", "nobody"]).code, 1);
}

#[test]
fn sessions_are_listed_and_ended() {
    let house = House::new();
    house.run_with(&["user", "add", "kim", "--role", "viewer"], "a first password\n").done();
    let kims = house.serve.sign_in("kim", "a first password");
    let list = house.run(&["sessions", "list"]).done();
    let sessions = list["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{list}");
    let kim = sessions.iter().find(|session| session["person"] == "kim").unwrap();
    assert_eq!(kim["current"], false);
    let own = house.home.run_with(&["sessions", "list"], &[("NCGATE_SESSION", &kims)], "").done();
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "{own}");
    house.run(&["sessions", "revoke", kim["id"].as_str().unwrap()]).done();
    assert_eq!(house.serve.http("GET", "/api/v1/calls", Some(&kims), None).0, 401);
    assert_eq!(house.run(&["sessions", "list"]).done()["items"].as_array().unwrap().len(), 1);
    assert_eq!(house.run(&["sessions", "revoke", "0000000000000000"]).code, 1);
}
