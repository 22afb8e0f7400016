//! Backups: taken while the gateway runs, put back elsewhere, and refused when anything about them is wrong.

use super::{Stage, approve, call, serve};
use crate::support::{ADMIN_PASSWORD, Ended, Home};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const PASSPHRASE: &str = "a passphrase that is long enough";

/// A home with the passphrase in a file.
struct Vault {
    passphrase: PathBuf,
}

impl Vault {
    fn new(home: &Home, passphrase: &str) -> Vault {
        let file = home.file("passphrase");
        std::fs::write(&file, format!("{passphrase}\n")).unwrap();
        Vault { passphrase: file }
    }

    fn run(&self, home: &Home, arguments: &[&str]) -> Ended {
        let variables = [("NCGATE_BACKUP_PASSPHRASE_FILE", self.passphrase.to_str().unwrap())];
        home.run_with(arguments, &variables, "")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn nothing_that_was_on_its_way_runs_after_a_restore() {
    let stage = Stage::new(&[]);
    // The gateway dies with an approved call that it has not begun, and another that waits for a decision.
    let dying = stage.serve(&[], &[("NCGATE_CRASH_AT", "claimed")]);
    let session = dying.sign_in("admin", ADMIN_PASSWORD);
    let waiting = stage.hold(&dying, "GLOBEX-WS02");
    let approved = stage.hold(&dying, "GLOBEX-WS01");
    approve(&dying, &session, &approved);
    dying.wait_for_crash();
    let vault = Vault::new(&stage.home, PASSPHRASE);
    let file = stage.home.file("backup");
    let taken = vault.run(&stage.home, &["backup", text(&file)]).done();
    assert_eq!(taken["bytes"], file.metadata().unwrap().len());
    // After the backup the call runs where it was.
    let living = stage.serve(&[], &[]);
    let wait = json!({"approval_id": approved["approval_id"], "wait_seconds": 45});
    let ran = living.http("POST", "/api/v1/tools/n_central-get-approval", Some(&stage.key), Some(wait)).1;
    assert_eq!(ran["outcome"], "done", "{ran}");
    assert_eq!(stage.emulator.journal().len(), 1);
    drop(living);

    let elsewhere = Home::new();
    let restored = vault.run(&elsewhere, &["restore", text(&file)]).done();
    assert_eq!(restored["calls_unknown"], 1, "{restored}");
    assert_eq!(restored["approvals_expired"], 1, "{restored}");
    assert_eq!((&restored["record"]["ok"], &restored["stopped"]), (&json!(true), &json!(true)));
    let again = serve(&elsewhere, &[], &[]);
    // A person looks, because its caller would be told of it with that. A look at N-central may have shown by now that
    // it ran.
    let admin = again.sign_in("admin", ADMIN_PASSWORD);
    let unknown = call(&again, &admin, &approved);
    assert_eq!(unknown["state"], "finished", "{unknown}");
    assert!([json!("unknown"), json!("done")].contains(&unknown["outcome"]), "{unknown}");
    let refused = call(&again, &stage.key, &waiting);
    assert_eq!((&refused["state"], &refused["error"]["kind"]), (&json!("refused"), &json!("expired")));
    assert_eq!(refused["error"]["changed"], "unknown", "nobody knows here whether it ran since: {refused}");
    // Asked again, it is the same call, and not a second run.
    let body = json!({"device": "GLOBEX-WS01", "item_id": 2014, "task_type": "Script"});
    let path = "/api/v1/tools/n_central-run-direct-task";
    let asked = again.http("POST", path, Some(&stage.key), Some(body.clone()));
    assert_eq!(asked.1["kind"], "stopped", "{asked:?}");
    assert_eq!(again.http("GET", "/api/v1/sessions", Some(&session), None).0, 401, "everybody is signed out");
    let resumed = again.http("POST", "/api/v1/stop", Some(&admin), Some(json!({"on": false})));
    assert_eq!(resumed.0, 200, "{resumed:?}");
    let (_, same) = again.http("POST", path, Some(&stage.key), Some(body));
    assert_eq!(same["call_id"], approved["call_id"], "{same}");
    let record = again.http("GET", "/api/v1/audit?limit=50", Some(&admin), None).1;
    let events: Vec<&str> =
        record["items"].as_array().unwrap().iter().filter_map(|entry| entry["event"].as_str()).collect();
    assert!(events.contains(&"state.restored"), "{events:?}");
    assert_eq!(again.end(), 0);
    assert_eq!(elsewhere.run(&["audit", "verify"]).done()["ok"], true);
    assert_eq!(stage.emulator.journal().len(), 1, "nothing ran a second time");
}

#[test]
fn a_backup_is_taken_while_the_gateway_works_and_holds_what_it_needs() {
    let stage = Stage::new(&[]);
    let running = stage.serve(&[], &[]);
    let vault = Vault::new(&stage.home, PASSPHRASE);
    let file = stage.home.file("backup");
    std::thread::scope(|threads| {
        let asking = threads.spawn(|| {
            for _ in 0..10 {
                let (status, _) = running.http("GET", "/api/v1/tools", Some(&stage.key), None);
                assert_eq!(status, 200);
                stage.home.run_with(&["call", "list_devices"], &[("NCGATE_KEY", &stage.key)], "").done();
            }
        });
        vault.run(&stage.home, &["backup", text(&file)]).done();
        asking.join().unwrap();
    });
    let bytes = std::fs::read(&file).unwrap();
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(bytes.starts_with(b"ncgate backup 1\n") && !holds(b"SQLite format") && !holds(b"master.key"));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let taken = vault.run(&stage.home, &["backup", text(&file)]);
    assert_eq!((taken.code, taken.json()["kind"].as_str()), (1, Some("conflict")), "{taken:?}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "the one that is there stays");
    vault.run(&stage.home, &["backup", "--force", text(&file)]).done();
    assert_ne!(std::fs::read(&file).unwrap(), bytes);
    let left: Vec<_> =
        stage.home.state().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".new")), "{left:?}");

    let elsewhere = Home::new();
    vault.run(&elsewhere, &["restore", text(&file)]).done();
    // The credentials open: the connection answers.
    let devices = elsewhere.run_with(&["call", "list_devices"], &[("NCGATE_KEY", &stage.key)], "").done();
    assert!(devices["returned"].as_u64().unwrap() > 0, "{devices}");
    assert_eq!(elsewhere.state().metadata().unwrap().permissions().mode() & 0o777, 0o700);

    let full = vault.run(&elsewhere, &["restore", text(&file)]);
    assert_eq!((full.code, full.json()["kind"].as_str()), (1, Some("conflict")), "{full:?}");
    assert!(full.err.contains("is not empty"), "{full:?}");
}

#[test]
fn what_is_no_whole_backup_of_this_passphrase_is_refused_and_leaves_nothing() {
    let home = Home::new();
    home.run(&["connections"]).done();
    let vault = Vault::new(&home, PASSPHRASE);
    let file = home.file("backup");
    vault.run(&home, &["backup", text(&file)]).done();
    let whole = std::fs::read(&file).unwrap();
    let middle = whole.len() / 2;
    let mut changed = whole.clone();
    changed[middle] ^= 1;
    let spoiled = [
        ("changed", changed, "is damaged, or somebody changed it"),
        ("cut", whole[..middle].to_vec(), "ends too early"),
        ("other", b"PK\x03\x04 something else".to_vec(), "not a backup"),
        ("newer", b"ncgate backup 2\n and the rest".to_vec(), "newer version"),
    ];
    let elsewhere = Home::new();
    let refused = |ended: Ended, why: &str| {
        assert_eq!((ended.code, ended.json()["kind"].as_str()), (2, Some("bad-request")), "{why}: {ended:?}");
        assert!(ended.err.contains(why), "{why}: {ended:?}");
        let left = elsewhere.state().read_dir().map_or(0, |entries| {
            entries.filter(|entry| entry.as_ref().unwrap().file_name() != "owner.lock").count()
        });
        assert_eq!(left, 0, "nothing was put in place");
    };
    for (name, bytes, why) in spoiled {
        let path = home.file(name);
        std::fs::write(&path, bytes).unwrap();
        refused(vault.run(&elsewhere, &["restore", text(&path)]), why);
    }
    let wrong = Vault::new(&elsewhere, "another passphrase, as long");
    refused(wrong.run(&elsewhere, &["restore", text(&file)]), "the passphrase is not");
    vault.run(&elsewhere, &["restore", text(&file)]).done();
}

#[test]
fn a_backup_that_can_not_be_taken_says_why() {
    let home = Home::new();
    let file = home.file("backup");
    let vault = Vault::new(&home, PASSPHRASE);
    let nothing = vault.run(&home, &["backup", text(&file)]);
    assert_eq!((nothing.code, nothing.json()["kind"].as_str()), (1, Some("not-found")), "{nothing:?}");
    home.run(&["connections"]).done();
    let short = Vault::new(&home, "short").run(&home, &["backup", text(&file)]);
    assert_eq!(short.code, 2, "{short:?}");
    assert!(short.err.contains("12 characters"), "{short:?}");
    let passphrase = home.file("passphrase");
    let variables = |name, value| [("NCGATE_BACKUP_PASSPHRASE_FILE", text(&passphrase)), (name, value)];
    let remote = home.run_with(&["backup", "x"], &variables("NCGATE_URL", "http://127.0.0.1:1"), "");
    assert_eq!(remote.code, 2, "{remote:?}");
    let address = "postgres://gate@db.example.com/ncgate";
    let shared = home.run_with(&["backup", "x"], &variables("NCGATE_DATABASE", address), "");
    assert_eq!(shared.code, 2, "{shared:?}");
    assert!(shared.err.contains("pg_dump"), "{shared:?}");
    assert!(!file.exists());
}
