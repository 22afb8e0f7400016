//! From nothing to an answer: connect, look around, ask, write lists to files.

use crate::support::Home;
use serde_json::{Value, json};

#[test]
fn connecting_tells_what_was_connected_and_never_the_jwt() {
    let home = Home::new();
    let emulator = home.emulator(&["--jwt", "a.very.secret-token"]);
    let connection = home.connect(&emulator);
    assert_eq!((&connection["name"], &connection["state"]), (&json!("main"), &json!("connected")));
    assert!(!connection.to_string().contains("secret-token"));
    let list = home.run(&["connections"]).done();
    assert_eq!(list["items"][0]["url"], emulator.url());
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[test]
fn the_same_name_reconnects_and_another_address_is_refused() {
    let home = Home::new();
    let (emulator, other) = (home.emulator(&[]), home.emulator(&[]));
    let first = home.connect(&emulator);
    assert_eq!(home.connect(&emulator)["id"], first["id"], "the same connection");
    let unnamed =
        home.run_with(&["connect", &format!("{}/", emulator.url())], &[], emulator.text("jwt")).done();
    assert_eq!(unnamed["id"], first["id"], "the same server");
    let ended = home.run_with(&["connect", other.url(), "--name", "main"], &[], other.text("jwt"));
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (1, Some("conflict")), "{ended:?}");
}

#[test]
fn a_wrong_jwt_and_a_wrong_address_say_what_is_wrong() {
    let home = Home::new();
    let emulator = home.emulator(&[]);
    let ended = home.run_with(&["connect", emulator.url()], &[("NCGATE_NCENTRAL_JWT", "wrong")], "");
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (1, Some("jwt-refused")), "{ended:?}");
    let ended =
        home.run_with(&["connect", "http://ncentral.example.com"], &[("NCGATE_NCENTRAL_JWT", "x")], "");
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (2, Some("invalid-url")), "{ended:?}");
}

#[test]
fn a_key_sees_its_tools_and_calls_them_by_either_name() {
    let home = Home::new();
    let emulator = home.emulator(&[]);
    home.connect(&emulator);
    let key = home.key(&["--tools", "list_devices,n_central-list-customers"]);
    let as_key = |arguments: &[&str]| home.run_with(arguments, &[("NCGATE_KEY", &key)], "");
    let tools = as_key(&["tools"]).done();
    let names: Vec<&str> =
        tools["tools"].as_array().unwrap().iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let devices =
        as_key(&["call", "list_devices", "--customer", "Acme", "--search", "fs", "--page-size=5"]).done();
    assert_eq!(devices["returned"], 1, "{devices}");
    let same =
        as_key(&["call", "n_central-list-devices", "--input", r#"{"customer": "Acme", "search": "fs"}"#])
            .done();
    assert_eq!(same["rows"], devices["rows"]);
    let hidden = as_key(&["call", "n_central-list-sites"]);
    assert_eq!((hidden.code, hidden.json()["kind"].as_str()), (4, Some("unknown-tool")), "{hidden:?}");
}

#[test]
fn an_unknown_argument_in_json_names_the_nearest() {
    let outside = Home::new();
    let emulator = outside.emulator(&[]);
    let home = Home::connected(&emulator);
    let ended = home.run(&["call", "list_devices", "--input", r#"{"custmer": "Acme"}"#]);
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (2, Some("invalid-arguments")), "{ended:?}");
    assert!(ended.out.contains("customer"), "{ended:?}");
}

#[test]
fn a_list_goes_to_a_file_whole() {
    let home = Home::new();
    let emulator = home.emulator(&["--devices", "450"]);
    home.connect(&emulator);
    let (lines, table) = (home.file("devices.jsonl"), home.file("devices.csv"));
    // By itself, and in pages so long that the gateway cuts them.
    for options in [&[][..], &["--page-size", "300"]] {
        let arguments = [&["call", "list_devices", "--output", lines.to_str().unwrap()], options].concat();
        let written = home.run(&arguments).done();
        let text = std::fs::read_to_string(&lines).unwrap();
        let devices: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut ids: Vec<i64> = devices.iter().map(|device| device["device_id"].as_i64().unwrap()).collect();
        assert_eq!((ids.len() as u64, written["rows"].as_u64()), (450, Some(450)), "{options:?}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 450, "every device once, {options:?}");
    }
    home.run(&["call", "list_devices", "--customer", "Acme", "--output", table.to_str().unwrap()]).done();
    let mut table = csv::Reader::from_path(&table).unwrap();
    let name = table.headers().unwrap().iter().position(|column| column == "long_name").unwrap();
    // A row that is longer or shorter than the heading would be an error here.
    let names: Vec<String> = table.records().map(|row| row.unwrap()[name].to_owned()).collect();
    let acme = home.run(&["call", "list_devices", "--customer", "Acme", "--fields", "long_name"]).done();
    let expected: Vec<&str> =
        acme["rows"].as_array().unwrap().iter().map(|row| row[0].as_str().unwrap()).collect();
    assert_eq!(acme["returned"], acme["total"], "one page");
    assert_eq!(names, expected);
}

#[test]
fn a_file_whose_list_changed_meanwhile_says_so() {
    let home = Home::new();
    let emulator = home.emulator(&["--devices", "150"]);
    home.connect(&emulator);
    let file = home.file("devices.csv");
    let write = || home.run(&["call", "list_devices", "--output", file.to_str().unwrap()]).done();
    assert_eq!(write(), json!({"file": file, "rows": 150}));
    let goes = json!([{"operation": "listDevices", "fault": "shrinks", "times": 1}]);
    assert_eq!(emulator.http("PUT", "/_emulator/faults", None, Some(goes)).0, 200);
    let told = write();
    let note = told["note"].as_str().unwrap();
    assert!(note.contains("between 149 and 150 rows") && note.contains("write it again"), "{told}");
}

#[test]
fn what_is_no_list_does_not_go_to_a_file() {
    let outside = Home::new();
    let emulator = outside.emulator(&[]);
    let home = Home::connected(&emulator);
    let file = home.file("device.csv");
    let ended =
        home.run(&["call", "get_device", "--device", "ACME-FS01", "--output", file.to_str().unwrap()]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(!file.exists());
}

#[test]
fn a_private_authority_is_trusted_only_where_it_is_given() {
    let home = Home::new();
    let certified =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let (cert, key) = (home.file("cert.pem"), home.file("key.pem"));
    std::fs::write(&cert, certified.cert.pem()).unwrap();
    std::fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
    let (cert, key) = (cert.to_str().unwrap(), key.to_str().unwrap());
    let emulator = home.emulator(&["--tls-cert", cert, "--tls-key", key]);
    assert!(emulator.url().starts_with("https://127.0.0.1:"));
    let connect = |options: &[&str]| {
        home.run_with(
            &[&["connect", emulator.url(), "--name", "tls"], options].concat(),
            &[],
            emulator.text("jwt"),
        )
    };
    let ended = connect(&[]);
    assert_eq!((ended.code, ended.json()["kind"].as_str()), (1, Some("tls-failed")), "{ended:?}");
    assert_eq!(connect(&["--ca", cert]).done()["state"], "connected");
}

#[test]
fn a_machine_that_trusts_nobody_says_so_where_https_is_asked_of_it() {
    let home = Home::new();
    let none = home.file("none.pem");
    std::fs::write(&none, "").unwrap();
    let trusts_nobody = [("SSL_CERT_FILE", none.to_str().unwrap())];
    // Nothing of that matters to plain HTTP on this machine, as the emulator speaks it.
    let emulator = home.emulator(&[]);
    let connected = home.run_with(&["connect", emulator.url()], &trusts_nobody, emulator.text("jwt"));
    assert_eq!(connected.done()["state"], "connected");

    let server = "https://ncentral.invalid";
    let gateway = "https://ncgate.invalid";
    for (arguments, input) in [
        (&["connect", server, "--name", "other"][..], "a-jwt"),
        (&["--url", gateway, "approvals", "list"], ""),
        (&["--url", gateway, "healthcheck"], ""),
    ] {
        let ended = home.run_with(arguments, &trusts_nobody, input);
        let problem = ended.json();
        assert_eq!((ended.code, problem["kind"].as_str()), (1, Some("tls-failed")), "{ended:?}");
        assert!(problem["hint"].as_str().unwrap().contains("`ca-certificates`"), "{problem}");
    }
}
