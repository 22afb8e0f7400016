//! The upgrade path: a state that the first version of the schema left behind, with a connection, a key, an administrator,
//! a call that was done and one that was held, is opened by this program and is all there.
//!
//! `schema-1` holds that state as it was, the database as the SQL that makes it. A schema that was released gets a
//! directory of its own here. On PostgreSQL only where `NCGATE_TEST_POSTGRES` names a server.

use crate::nodes::Schema;
use crate::support::{ADMIN_PASSWORD, Home};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const DATABASE: &str = include_str!("schema-1/ncgate.sql");
/// Of a key that was made then.
const KEY: &str = "ncg_mkwvvszg26_SBZ8k1aUA3D9FIkE2dgTdwaXgeT5rVjy2fDa6MIdayg";

/// The tables of that time, which both databases read.
const TABLES: &str = include_str!("../../../store/migrations/0001_spine.sql");

/// The state as it was left, with its database beside it.
fn left_behind() -> Home {
    let home = left_without_database();
    let file = home.state().join("ncgate.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch(DATABASE).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    home
}

/// The same rows in a schema of PostgreSQL, which has another way to write bytes, and minds the order of tables.
fn fill(schema: &Schema) {
    let rows: String = DATABASE
        .lines()
        .filter(|line| line.starts_with("INSERT INTO"))
        .map(|line| line.replace("X'", "'\\x") + "\n")
        .collect();
    schema.run(&format!(
        "SET search_path TO {}; SET session_replication_role = replica; {TABLES}
         CREATE TABLE schema_version (version bigint NOT NULL); {rows}",
        schema.name()
    ));
}

fn left_without_database() -> Home {
    let home = Home::new();
    let state = home.state();
    fs::create_dir(&state).unwrap();
    fs::write(state.join("master.key"), include_str!("schema-1/master.key")).unwrap();
    fs::write(state.join("checkpoints.json"), include_str!("schema-1/checkpoints.json")).unwrap();
    for file in fs::read_dir(&state).unwrap() {
        fs::set_permissions(file.unwrap().path(), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    home
}

#[test]
fn a_state_of_the_first_schema_is_brought_up_to_date_with_everything_in_it() {
    let home = left_behind();
    assert_eq!(home.run(&["audit", "verify"]).done()["ok"], true);
    is_all_there(&home, &[]);
    let database = rusqlite::Connection::open(home.state().join("ncgate.db")).unwrap();
    let one = |sql| database.query_row(sql, [], |row| row.get(0)).unwrap();
    is_the_newest(one("SELECT count(*) FROM schema_version"), one("SELECT max(version) FROM schema_version"));
}

#[test]
fn so_is_one_on_postgresql() {
    let Some(schema) = Schema::new() else { return };
    fill(&schema);
    is_all_there(&left_without_database(), &[("NCGATE_DATABASE", &schema.url())]);
    let mut database = postgres::Client::connect(&schema.url(), postgres::NoTls).unwrap();
    let mut one = |sql| database.query_one(sql, &[]).unwrap().get(0);
    is_the_newest(one("SELECT count(*) FROM schema_version"), one("SELECT max(version) FROM schema_version"));
}

/// Each step was taken, once.
fn is_the_newest(versions: i64, newest: i64) {
    assert!(newest > 1 && versions == newest, "{versions} of {newest}");
}

fn is_all_there(home: &Home, database: &[(&str, &str)]) {
    let administrator = [database, &[("NCGATE_ADMIN_PASSWORD", ADMIN_PASSWORD)]].concat();
    let serve = home.start(&["serve", "--listen", "127.0.0.1:0"], &administrator);

    // The key still opens the door, and what was done and held through it is still there.
    let (status, calls) = serve.http("GET", "/api/v1/calls", Some(KEY), None);
    assert_eq!(status, 200, "{calls}");
    let calls = calls["items"].as_array().unwrap();
    assert!(calls.iter().any(|call| call["tool"] == "n_central-run-direct-task"), "{calls:?}");
    let (_, tools) = serve.http("GET", "/api/v1/tools", Some(KEY), None);
    assert_eq!(tools["tools"].as_array().unwrap().len(), 40);

    // So do the administrator and his password.
    let proof = json!({ "name": "admin", "password": ADMIN_PASSWORD });
    let (status, session) = serve.http("POST", "/api/v1/sessions", None, Some(proof));
    assert_eq!(status, 201, "{session}");
    let token = session["token"].as_str();
    let (_, connections) = serve.http("GET", "/api/v1/connections", token, None);
    assert_eq!(connections["items"][0]["name"], "main", "{connections}");
    let (_, approvals) = serve.http("GET", "/api/v1/approvals", token, None);
    let held = &approvals["items"][0];
    assert_eq!(held["arguments"]["name"], "Before the upgrade", "{approvals}");
    // It waited an hour, which is over unless this runs in the very hour.
    assert!(held["state"] == "expired" || held["state"] == "pending", "{held}");

    assert_eq!(serve.end(), 0);
    // What was recorded since hangs on what was recorded then.
    let verified = home.run_with(&["audit", "verify"], database, "").done();
    assert_eq!(verified["ok"], true, "{verified}");
}

#[test]
fn a_state_of_a_later_program_is_left_alone() {
    let home = left_behind();
    let file = home.state().join("ncgate.db");
    let later = rusqlite::Connection::open(&file).unwrap();
    later.execute("INSERT INTO schema_version (version) VALUES (999)", []).unwrap();
    drop(later);
    let refused = home.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("999"), "{refused:?}");
    let later = rusqlite::Connection::open(&file).unwrap();
    let versions: i64 = later.query_row("SELECT count(*) FROM schema_version", [], |row| row.get(0)).unwrap();
    assert_eq!(versions, 2, "nothing was brought up, or down");
}
