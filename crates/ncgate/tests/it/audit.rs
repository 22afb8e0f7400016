//! The record: read, proved, taken away, and tampered with.

use crate::support::Home;
use serde_json::{Value, json};

/// A state with a few entries on the record, and nobody who owns it.
fn recorded() -> Home {
    let outside = Home::new();
    let emulator = outside.emulator(&[]);
    let home = Home::connected(&emulator);
    let key = home.key(&[]);
    for search in ["FS", "DC", "WS"] {
        home.run_with(&["call", "list_devices", "--search", search], &[("NCGATE_KEY", &key)], "").done();
    }
    home
}

#[test]
fn a_whole_record_is_proved() {
    let home = recorded();
    let proved = home.run(&["audit", "verify"]).done();
    assert_eq!(proved["ok"], true);
    assert!(
        proved["chains"].as_array().unwrap().iter().any(|chain| chain["entries"].as_u64() >= Some(3)),
        "{proved}"
    );
}

#[test]
fn a_changed_entry_is_named() {
    let home = recorded();
    let (chain, seq) =
        tamper(&home, "UPDATE audit_entries SET text = replace(text, 'WS', 'XX') WHERE text LIKE '%\"WS\"%'");
    let ended = home.run(&["audit", "verify"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(ended.json(), json!({ "ok": false, "chain": chain, "seq": seq, "problem": "changed" }));
}

#[test]
fn a_missing_entry_is_named() {
    let home = recorded();
    let (chain, seq) = tamper(&home, "DELETE FROM audit_entries WHERE text LIKE '%\"DC\"%'");
    let ended = home.run(&["audit", "verify"]);
    assert_eq!(
        (ended.code, ended.json()),
        (1, json!({ "ok": false, "chain": chain, "seq": seq, "problem": "missing" }))
    );
}

#[test]
fn a_state_that_lost_its_key_is_left_alone() {
    let home = recorded();
    let key = home.state().join("master.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    for command in [["audit", "verify"], ["audit", "list"]] {
        let ended = home.run(&command);
        assert_ne!(ended.code, 0, "{ended:?}");
        assert!(ended.err.contains("restore master.key from your backup"), "{ended:?}");
        assert!(!key.exists(), "no other key takes its place");
    }
    std::fs::write(&key, kept).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(home.run(&["audit", "verify"]).done()["ok"], true);
}

/// Edits the record behind the gateway's back; answers chain and place of the first entry that it touched.
fn tamper(home: &Home, sql: &str) -> (String, i64) {
    let database = rusqlite::Connection::open(home.state().join("ncgate.db")).unwrap();
    let condition = sql.split_once("WHERE").unwrap().1;
    let touched = database
        .query_row(
            &format!("SELECT chain, seq FROM audit_entries WHERE {condition} ORDER BY seq"),
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert!(database.execute(sql, []).unwrap() > 0);
    touched
}

#[test]
fn the_record_is_listed_and_exported() {
    let home = recorded();
    let list = home.run(&["audit", "list", "--limit", "2"]).done();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let exported = home.run(&["audit", "export", "--tool", "list_devices"]);
    let entries: Vec<Value> = exported.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(entries.len() >= 3, "{exported:?}");
    let table = home.file("record.csv");
    let written = home.run(&["audit", "export", "--output", table.to_str().unwrap()]).done();
    let text = std::fs::read_to_string(&table).unwrap();
    assert!(text.starts_with("chain,seq,time,event,hash,body\n"), "{text}");
    assert!(written["entries"].as_u64() > Some(3), "{written}");
    assert!(!text.contains("ncg_"), "no secret is on the record");
}
