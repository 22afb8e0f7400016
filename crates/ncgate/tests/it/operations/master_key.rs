//! Changing the master key: everything goes on working, and a crash in the middle is made up for.

use super::{Stage, approve, call};
use crate::support::{ADMIN_PASSWORD, Service};
use serde_json::json;
use std::time::{Duration, Instant};

fn key_file(stage: &Stage) -> String {
    std::fs::read_to_string(stage.home.state().join("master.key")).unwrap()
}

/// Versions of the key in the key file.
fn versions(stage: &Stage) -> Vec<String> {
    let text = key_file(stage);
    let names = text.lines().map(|line| line.split_once(' ').map_or("1", |(name, _)| name).to_owned());
    names.filter(|name| name != "marks").collect()
}

/// Asks for a run with a password in it, which is held.
fn hold_with_secret(stage: &Stage, serve: &Service) -> (u16, serde_json::Value) {
    let body = json!({
        "device": "GLOBEX-WS01", "item_id": 2014, "task_type": "Script",
        "credential": {"type": "CustomCredentials", "username": "svc", "password": "hunter2hunter2"},
    });
    serve.http("POST", "/api/v1/tools/n_central-run-direct-task", Some(&stage.key), Some(body))
}

#[test]
fn everything_goes_on_under_a_new_master_key() {
    let stage = Stage::new(&[]);
    let serve = stage.serve(&[], &[]);
    let session = serve.sign_in("admin", ADMIN_PASSWORD);
    let (_, held) = hold_with_secret(&stage, &serve);
    assert_eq!(held["status"], "approval_required", "{held}");
    let before = key_file(&stage);
    let change = stage.home.run_with(&["master-key", "rotate"], &[("NCGATE_SESSION", &session)], "").done();
    assert_eq!((&change["version"], &change["old_key_removed"]), (&json!(2), &json!(true)), "{change}");
    assert_eq!(change["unreadable"], 0, "{change}");
    assert_eq!(versions(&stage), ["2"]);
    assert!(!key_file(&stage).contains(before.trim()), "the old key is gone");
    // The plan with a secret keeps its digest and is still the same call when it is asked for again.
    let (_, same) = hold_with_secret(&stage, &serve);
    assert_eq!(same["approval_id"], held["approval_id"], "{same}");
    assert_eq!(same["plan_digest"], held["plan_digest"], "{same}");
    assert_eq!(serve.end(), 0);

    let serve = stage.serve(&[], &[]);
    let session = serve.sign_in("admin", ADMIN_PASSWORD);
    approve(&serve, &session, &held).unwrap();
    let wait = json!({"approval_id": held["approval_id"], "wait_seconds": 45});
    serve.http("POST", "/api/v1/tools/n_central-get-approval", Some(&stage.key), Some(wait));
    assert_eq!(call(&serve, &stage.key, &held)["outcome"], "done");
    let sent = stage.emulator.journal();
    assert!(sent[0].to_string().contains("hunter2hunter2"), "the secret came through: {sent:?}");
    // No plan with a secret is open any more: the next change makes new marks as well.
    let change = stage.home.run_with(&["master-key", "rotate"], &[("NCGATE_SESSION", &session)], "").done();
    assert_eq!(change["version"], 3, "{change}");
    assert!(!key_file(&stage).contains("marks"), "{}", key_file(&stage).lines().count());
    assert_eq!(serve.end(), 0);
    assert_eq!(stage.home.run(&["audit", "verify"]).done()["ok"], true);
}

#[test]
fn a_crash_while_the_master_key_is_changed_is_made_up_for() {
    std::thread::scope(|threads| {
        for place in ["key_kept", "batch_sealed:2", "sealed_again"] {
            threads.spawn(move || {
                let stage = Stage::new(&[]);
                let dying = stage.serve(&[], &[("NCGATE_CRASH_AT", place)]);
                let session = dying.sign_in("admin", ADMIN_PASSWORD);
                let held = stage.hold(&dying, "GLOBEX-WS01");
                dying.try_http("POST", "/api/v1/master-key/rotate", Some(&session), None);
                dying.wait_for_crash();
                assert_eq!(versions(&stage), ["1", "2"], "{place}");
                assert_eq!(stage.home.run(&["audit", "verify"]).done()["ok"], true, "{place}");

                let serve = stage.serve(&[], &[]);
                let begun = Instant::now();
                while versions(&stage) != ["2"] {
                    assert!(begun.elapsed() < Duration::from_secs(20), "{place}: {:?}", versions(&stage));
                    std::thread::sleep(Duration::from_millis(50));
                }
                assert_eq!(call(&serve, &stage.key, &held)["state"], "pending", "{place}");
                assert_eq!(serve.end(), 0);
                assert_eq!(stage.home.run(&["audit", "verify"]).done()["ok"], true, "{place}");
                let variables = [("NCGATE_KEY", stage.key.as_str())];
                stage.home.run_with(&["call", "list_devices"], &variables, "").done();
            });
        }
    });
}

#[test]
fn only_an_administrator_changes_the_master_key() {
    let stage = Stage::new(&[]);
    let serve = stage.serve(&[], &[]);
    let admin = serve.sign_in("admin", ADMIN_PASSWORD);
    let new = json!({"name": "kim", "role": "approver", "password": "a long enough password"});
    assert_eq!(serve.http("POST", "/api/v1/people", Some(&admin), Some(new)).0, 201);
    let kim = serve.sign_in("kim", "a long enough password");
    let rotate = |bearer: Option<&str>| serve.http("POST", "/api/v1/master-key/rotate", bearer, None).0;
    assert_eq!((rotate(None), rotate(Some(&stage.key)), rotate(Some(&kim))), (401, 403, 403));
    assert_eq!(versions(&stage), ["1"]);
}
