//! Webhooks through the real binary: made on the command line, and delivered though the gateway was killed.

use crate::support::{ADMIN_PASSWORD, Home};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// Takes one message, and answers that it was delivered.
fn take(stream: TcpStream) -> Value {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap() > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    reader.get_mut().write_all(answer).unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn a_webhook_is_kept_on_the_command_line() {
    let emulator = Home::new().emulator(&[]);
    let home = Home::connected(&emulator);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/s3cr3t", listener.local_addr().unwrap());
    let add = ["webhook", "add", "--name", "on-call", "--format", "slack", "--allow-private"];
    let made = home.run_with(&add, &[], &url).done();
    assert!(made["secret"].is_null() && !made.to_string().contains("s3cr3t"), "{made}");
    let receiver = std::thread::spawn(move || take(listener.accept().unwrap().0));
    assert_eq!(home.run(&["webhook", "test", "on-call"]).done()["delivered"], true);
    assert!(receiver.join().unwrap()["blocks"].is_array());
    let dead = home.run(&["webhook", "test", "on-call"]);
    assert_eq!((dead.code, &dead.json()["delivered"]), (1, &json!(false)));
    assert_eq!(home.run(&["webhook", "disable", "on-call"]).done()["state"], "disabled");
    assert_eq!(home.run(&["webhook", "enable", "on-call"]).done()["state"], "active");
    let change = ["webhook", "change", "on-call", "--events", "approval.requested", "--rename", "chat"];
    assert_eq!(home.run(&change).done()["events"], json!(["approval.requested"]));
    assert_eq!(home.run(&["webhook", "list"]).done()["items"][0]["name"], "chat");
    assert_eq!(home.run(&["webhook", "rotate", "chat"]).code, 1, "a chat has no secret");
    home.run(&["webhook", "remove", "chat"]).done();
    assert_eq!(home.run(&["webhook", "show", "chat"]).code, 1);
}

#[test]
fn a_held_call_is_told_of_though_the_gateway_was_killed_as_soon_as_it_was_stored() {
    let emulator = Home::new().emulator(&["--devices", "100"]);
    let home = Home::connected(&emulator);
    let key = home.key(&[]);
    // Nobody listens there until the gateway is dead.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let add = ["webhook", "add", "--name", "jobs", "--allow-private"];
    home.run_with(&add, &[], &format!("http://{address}/")).done();
    let admin = ("NCGATE_ADMIN_PASSWORD", ADMIN_PASSWORD);
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let doomed = home.start(&serve, &[admin, ("NCGATE_CRASH_AT", "stored")]);
    let body = json!({"site_name": "Crash Test Site", "customer": "Globex"});
    let answer = doomed.try_http("POST", "/api/v1/tools/n_central-create-site", Some(&key), Some(body));
    assert_eq!(answer, None, "it died before it could answer");
    drop(doomed);
    let listener = TcpListener::bind(address).unwrap();
    let _again = home.start(&serve, &[admin]);
    let message = take(listener.accept().unwrap().0);
    assert_eq!(message["type"], "approval.requested");
    assert_eq!(message["data"]["tool"], "n_central-create-site");
}
