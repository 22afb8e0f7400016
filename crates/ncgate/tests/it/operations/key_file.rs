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
