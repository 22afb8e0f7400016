//! Every place on the way of a webhook's message: after the restart it is delivered, however often under one id.

use super::lane::{Lane, on_every_database, within};
use super::page;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How a gateway dies over a message, and how often the message arrives because of that; none where a thread that is
/// not to die yet may be faster.
const DEATHS: [(&str, &str, Option<usize>); 5] = [
    ("stored", "the call is held and the message is in the outbox", None),
    ("webhook-claimed", "the message is about to be sent", Some(1)),
    (KILLED, "the message is on its way", Some(2)),
    ("webhook-answered", "it was taken, which is not noted yet", Some(2)),
    ("webhook-settled", "that is noted", Some(1)),
];

/// From outside, while the receiver is silent; all others are places in the gateway.
const KILLED: &str = "kill -9";

/// Takes messages until it is dropped.
struct Receiver {
    address: SocketAddr,
    inner: Arc<Inner>,
    taking: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Inner {
    /// The id of each message as it arrived, and the call that it is about.
    taken: Mutex<Vec<(String, String)>>,
    /// Messages are taken and not answered.
    silent: AtomicBool,
    over: AtomicBool,
}

impl Receiver {
    fn new() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, inner) = (listener.local_addr().unwrap(), Arc::<Inner>::default());
        let to = Arc::clone(&inner);
        let taking = thread::spawn(move || {
            let mut unanswered = Vec::new();
            while let Ok((stream, _)) = listener.accept() {
                if to.over.load(Ordering::SeqCst) {
                    return;
                }
                // A connection without a message is a gateway that died over it.
                let mut reader = BufReader::new(stream);
                let Some(message) = read(&mut reader) else { continue };
                to.taken.lock().unwrap().push(message);
                if to.silent.load(Ordering::SeqCst) {
                    unanswered.push(reader);
                } else {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    // Whether it got there is for the gateway to know.
                    let _ = reader.get_mut().write_all(answer);
                }
            }
        });
        Receiver { address, inner, taking: Some(taking) }
    }

    /// The ids under which messages about a call arrived.
    fn arrived(&self, call: &str) -> Vec<String> {
        let taken = self.inner.taken.lock().unwrap();
        taken.iter().filter(|(_, about)| about == call).map(|(id, _)| id.clone()).collect()
    }

    fn fall_silent(&self, silent: bool) {
        self.inner.silent.store(silent, Ordering::SeqCst);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.inner.over.store(true, Ordering::SeqCst);
        if TcpStream::connect(self.address).is_ok()
            && let Some(taking) = self.taking.take()
        {
            let _ = taking.join();
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<(String, String)> {
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
    let body: Value = serde_json::from_slice(&body).ok()?;
    Some((id, body["data"]["call_id"].as_str()?.to_owned()))
}

#[test]
fn a_message_is_delivered_after_the_restart_under_its_own_id() {
    on_every_database(|lane| {
        let receiver = Receiver::new();
        let first = lane.serve(&[]);
        let url = format!("http://{}/", receiver.address);
        let hook =
            json!({"name": "jobs", "url": url, "events": ["approval.requested"], "allow_private": true});
        let (status, hook) = first.http("POST", "/api/v1/webhooks", Some(&lane.admin), Some(hook));
        assert_eq!(status, 201, "{hook}");
        first.end();
        let rows = DEATHS.map(|(place, words, times)| {
            let (arrived, noted) = die_over_a_message(&lane, &receiver, &hook, place);
            assert!(times.is_none_or(|times| times == arrived), "{place}: it arrived {arrived} times");
            let arrived = times.map_or("at least once".to_owned(), page::times);
            vec![words.to_owned(), arrived, noted]
        });
        page::check(&page::WEBHOOKS, &rows);
        lane.close();
    });
}

/// Dies over the message of a held call and starts again. Answers how often the message arrived, and what the gateway
/// says of its delivery.
fn die_over_a_message(lane: &Lane, receiver: &Receiver, hook: &Value, place: &str) -> (usize, String) {
    let devices = lane.devices(1);
    let before = receiver.inner.taken.lock().unwrap().len();
    receiver.fall_silent(place == KILLED);
    let asked = if place == KILLED {
        let doomed = lane.serve(&[]);
        let asked = lane.ask(&doomed, devices);
        within(Duration::from_secs(60), || {
            (receiver.inner.taken.lock().unwrap().len() > before).then_some(())
        });
        doomed.tell(rustix::process::Signal::KILL);
        doomed.wait_for_crash();
        receiver.fall_silent(false);
        asked
    } else {
        let doomed = lane.doomed(place);
        let asked = lane.ask(&doomed, devices);
        doomed.wait_for_crash();
        asked
    };
    lane.let_claims_run_out();

    let next = lane.serve(&[]);
    // Where it died before it could answer, asking again attaches to what was stored.
    let held = asked.unwrap_or_else(|| lane.ask(&next, devices).expect("it is held"));
    let path = format!("/api/v1/webhooks/{}/deliveries", hook["id"].as_str().unwrap());
    let delivery = within(Duration::from_secs(60), || {
        let (status, list) = next.http("GET", &path, Some(&lane.admin), None);
        assert_eq!(status, 200, "{list}");
        let newest = list["items"][0].clone();
        (newest["state"] == "delivered").then_some(newest)
    });
    let ids = receiver.arrived(held["call_id"].as_str().unwrap());
    assert!(!ids.is_empty(), "{place}: it says that it was delivered: {delivery}");
    assert!(ids.iter().all(|id| delivery["id"] == **id), "{place}: {ids:?} of {delivery}");
    next.end();
    (ids.len(), format!("delivered, after {}", page::attempts(&delivery["attempts"])))
}
