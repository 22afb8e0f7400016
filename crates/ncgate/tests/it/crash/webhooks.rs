//! Every place on the way of a webhook's message: it is delivered after the restart, under the id that it had.

use super::lane::{Database, Lane, within};
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A message as it arrived: its id, and the call that it is about.
type Message = (String, String);

/// Takes every message, until the test ends.
fn receiver() -> (String, Arc<Mutex<Vec<Message>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let taken = Arc::new(Mutex::new(Vec::new()));
    let to = Arc::clone(&taken);
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            // A connection without a message is a gateway that died over it.
            to.lock().unwrap().extend(take(stream));
        }
    });
    (url, taken)
}

fn take(stream: TcpStream) -> Option<Message> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length, mut id) = (String::new(), 0, String::new());
    while reader.read_line(&mut line).ok()? > 2 {
        if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "webhook-id" => id = value.trim().to_owned(),
                _ => {}
            }
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: serde_json::Value = serde_json::from_slice(&body).ok()?;
    reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok()?;
    Some((id, body["data"]["call_id"].as_str()?.to_owned()))
}

#[test]
fn a_message_is_delivered_after_the_restart_under_its_own_id() {
    // A process alone on its state knows that nobody else is delivering.
    deliver(Lane::new(Database::Sqlite), Duration::from_secs(10));
}

#[test]
fn a_message_is_delivered_after_the_restart_under_its_own_id_on_postgresql() {
    // Another node might be: the claim has to run out.
    if let Some(database) = Database::postgres() {
        deliver(Lane::new(database), Duration::from_secs(75));
    }
}

fn deliver(lane: Lane, patience: Duration) {
    let (url, taken) = receiver();
    let first = lane.serve(&[]);
    let hook = json!({"name": "jobs", "url": url, "events": ["approval.requested"], "allow_private": true});
    let (status, told) = first.http("POST", "/api/v1/webhooks", Some(&lane.admin), Some(hook));
    assert_eq!(status, 201, "{told}");
    first.end();
    let mut held = Vec::new();
    for place in ["stored", "webhook-claimed", "webhook-answered", "webhook-settled"] {
        let devices = lane.devices(1);
        let doomed = lane.doomed(place);
        let asked = lane.ask(&doomed, devices);
        doomed.wait_for_crash();
        held.push((place, devices, asked));
    }
    let next = lane.serve(&[]);
    for (place, devices, asked) in held {
        // Where it died before it could answer, asking again attaches to what was stored.
        let asked = asked.unwrap_or_else(|| lane.ask(&next, devices).expect("it is held"));
        let call = asked["call_id"].as_str().unwrap();
        let ids = within(patience, || {
            let taken = taken.lock().unwrap();
            let ids: Vec<String> =
                taken.iter().filter(|(_, about)| about == call).map(|(id, _)| id.clone()).collect();
            (!ids.is_empty()).then_some(ids)
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{place}: {ids:?}");
    }
    // Whoever dies with the answer in its hand cannot know that the message was delivered.
    let (messages, arrived) = (4, taken.lock().unwrap().len());
    assert!(arrived > messages, "{arrived} arrivals of {messages} messages");
    next.end();
    lane.close();
}
