//! A thief of the database: everything in the state directory but the master key, which lies elsewhere in a careful
//! house. Nothing in it opens anything, and a gateway started over it says why it does not.

use crate::browser::House;
use crate::support::{ADMIN_PASSWORD, Ended, Home};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const VALUE: &str = "planted-stolen-value-31d7";
/// Nobody listens there, so nothing leaves this machine.
const HOOK: &str = "http://127.0.0.1:9/services/planted-stolen-hook-7781";

/// Copies the files of a state without its key; answers their names.
fn steal(from: &Path, to: &Path) -> Vec<String> {
    std::fs::create_dir(to).unwrap();
    std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name != "master.key" {
            std::fs::copy(entry.path(), to.join(&name)).unwrap();
            names.push(name);
        }
    }
    names
}

#[track_caller]
fn refused(what: &str, ended: &Ended, words: &str) {
    assert_eq!(ended.code, 1, "{what}: {ended:?}");
    assert!(format!("{}{}", ended.out, ended.err).contains(words), "{what}: {ended:?}");
}

#[test]
fn without_the_master_key_nothing_is_readable_and_nothing_starts() {
    let house = House::new();
    let jwt = house.emulator.text("jwt").to_owned();
    let hook = json!({"name": "chat", "url": HOOK, "format": "slack", "allow_private": true});
    house.post("/api/v1/webhooks", hook);
    let list = json!({"search": "GLOBEX-WS01", "fields": "device_id"});
    let ask = |tool: &str, body| {
        house.serve.http("POST", &format!("/api/v1/tools/{tool}"), Some(&house.key), Some(body)).1
    };
    let device = ask("list_devices", list)["rows"][0][0].clone();
    let update = json!({"device_id": device, "property_id": 1_448_204_610_i64, "value": VALUE});
    let held = ask("n_central-update-device-custom-property", update);
    assert_eq!(held["status"], "approval_required", "{held}");
    let token = ask("n_central-get-registration-token", json!({"customer": "Globex"}));
    let House { serve, emulator: _emulator, home, admin, key, .. } = house;
    assert_eq!(serve.end(), 0);

    let thief = Home::new();
    let stolen = steal(&home.state(), &thief.state());
    assert!(stolen.iter().any(|name| name == "ncgate.db"), "{stolen:?}");
    let secrets = [jwt.as_str(), VALUE, "planted-stolen-hook-7781", ADMIN_PASSWORD, &admin, &key];
    for name in &stolen {
        let bytes = std::fs::read(thief.state().join(name)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} is in {name}");
        }
        let answered = token["registration_token"].as_str().or(token["token"].as_str());
        assert!(answered.is_none_or(|token| !text.contains(token)), "a token is in {name}");
        assert!(!text.contains("eyJhbGciOi"), "a token of N-central is in {name}");
    }

    let missing = "the key file is missing: restore master.key from your backup";
    for arguments in
        [&["serve", "--listen", "127.0.0.1:0"][..], &["mcp"], &["tools"], &["connections"], &["doctor"]]
    {
        refused(&arguments.join(" "), &thief.run(arguments), missing);
    }
    assert!(!thief.state().join("master.key").exists(), "no other key was made in its place");
    // A key of the thief's own opens nothing either.
    let own = Home::new();
    own.run_with(&["user", "add", "thief", "--role", "admin"], &[], "a password of the thief\n").done();
    std::fs::copy(own.state().join("master.key"), thief.state().join("master.key")).unwrap();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["tools"]] {
        let ended = thief.run(arguments);
        assert_ne!(ended.code, 0, "{ended:?}");
        let said = format!("{}{}", ended.out, ended.err);
        assert!(said.contains("key"), "{ended:?}");
        assert!(secrets.iter().all(|secret| !said.contains(secret)), "{ended:?}");
    }
}
