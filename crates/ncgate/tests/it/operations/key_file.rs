//! A master key that does not lie in the state directory: whatever works on the state takes it from the same place as
//! `serve`.

use super::Stage;
use crate::support::{ADMIN_PASSWORD, Home};
use serde_json::json;

#[test]
fn the_record_is_proved_and_a_backup_taken_with_a_key_from_elsewhere() {
    let stage = Stage::new(&[]);
    let home = &stage.home;
    let key = home.file("key");
    std::fs::rename(home.state().join("master.key"), &key).unwrap();
    let key = key.to_str().unwrap();
    let serve = stage.serve(&["--master-key", key], &[]);
    let session = serve.sign_in("admin", ADMIN_PASSWORD);
    assert_eq!(serve.http("GET", "/api/v1/people", Some(&session), None).0, 200);
    assert_eq!(serve.end(), 0);

    // Without it there is no proof, and nothing that a backup could be opened with.
    assert_eq!(home.run(&["audit", "verify"]).code, 1);
    assert_eq!(home.run(&["audit", "verify", "--master-key", key]).done()["ok"], true);
    let named = [("NCGATE_MASTER_KEY_FILE", key)];
    assert_eq!(home.run_with(&["audit", "verify"], &named, "").done()["ok"], true);

    let passphrase = home.file("passphrase");
    std::fs::write(&passphrase, "a passphrase that is long enough").unwrap();
    let passphrase = ("NCGATE_BACKUP_PASSPHRASE_FILE", passphrase.to_str().unwrap());
    let (first, second) = (home.file("first"), home.file("second"));
    let (first, second) = (first.to_str().unwrap(), second.to_str().unwrap());
    assert_eq!(home.run_with(&["backup", first], &[passphrase], "").code, 1);
    home.run_with(&["backup", "--master-key", key, first], &[passphrase], "").done();
    home.run_with(&["backup", second], &[passphrase, named[0]], "").done();
    for backup in [first, second] {
        let elsewhere = Home::new();
        let restored = elsewhere.run_with(&["restore", backup], &[passphrase], "").done();
        assert_eq!(restored["record"], json!({"ok": true}));
        // The key came with it.
        assert_eq!(elsewhere.run(&["audit", "verify"]).done()["ok"], true);
    }
}

#[test]
fn a_jwt_that_does_not_open_is_told_with_its_cause_and_its_remedy() {
    let stage = Stage::new(&[]);
    let home = &stage.home;
    let told_on_every_way = || {
        let doctor = home.run(&["doctor"]);
        assert_eq!(doctor.code, 1, "{doctor:?}");
        let found = doctor.json();
        let found = |check: &str| {
            let finding = found["items"].as_array().unwrap().iter().find(|finding| finding["check"] == check);
            finding.unwrap_or_else(|| panic!("{check}: {found}")).clone()
        };
        for (check, cause) in
            [("connection main", "the stored JWT does not open"), ("secrets", "JWT of main")]
        {
            let finding = found(check);
            assert_eq!(finding["status"], "failed", "{finding}");
            assert!(finding["message"].as_str().unwrap().contains(cause), "{finding}");
            assert!(finding["hint"].as_str().unwrap().contains("reconnect"), "{finding}");
        }
        let refused = home.run_with(&["call", "list_devices"], &[("NCGATE_KEY", &stage.key)], "");
        let problem = refused.json();
        assert_eq!((refused.code, &problem["kind"]), (1, &json!("reconnect-needed")), "{refused:?}");
        assert!(problem["message"].as_str().unwrap().contains("master key is not the one"), "{problem}");
        assert!(problem["hint"].as_str().unwrap().contains("put the right master key in place"), "{problem}");
        let connections = home.run(&["connections"]).done();
        assert_eq!(connections["items"][0]["state"], "reconnect", "{connections}");
        assert_eq!(connections["items"][0]["reason"]["message"], problem["message"]);
    };
    let works = || home.run_with(&["call", "list_devices"], &[("NCGATE_KEY", &stage.key)], "").done();

    // Another state's key lies where this one's should.
    let other = Home::new();
    other.run(&["connections"]).done();
    let (key, right) = (home.state().join("master.key"), home.file("right"));
    std::fs::copy(&key, &right).unwrap();
    std::fs::copy(other.state().join("master.key"), &key).unwrap();
    for told in
        [home.run(&["doctor"]), home.run_with(&["call", "list_devices"], &[("NCGATE_KEY", &stage.key)], "")]
    {
        assert_eq!(told.code, 1, "{told:?}");
        assert!(told.out.contains("master key"), "{told:?}");
        assert!(told.out.contains("put the right master"), "{told:?}");
    }
    // Nothing was lost by it.
    std::fs::copy(&right, &key).unwrap();
    works();

    // The row was changed: what is there is not what was sealed for it.
    let changed = || {
        let database = rusqlite::Connection::open(home.state().join("ncgate.db")).unwrap();
        assert_eq!(database.execute("UPDATE connections SET jwt = randomblob(length(jwt))", []).unwrap(), 1);
    };
    changed();
    told_on_every_way();
    assert_eq!(home.connect(&stage.emulator)["state"], "connected");
    works();
}
