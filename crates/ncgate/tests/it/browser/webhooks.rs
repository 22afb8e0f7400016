//! Webhooks in the browser: a secret that is seen once, a receiver that fails and comes back, and a viewer who looks.

use super::house::TECHNICIAN;
use super::window::Screen;
use super::{House, Window, is_there};
use crate::support::ADMIN_PASSWORD;
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;

/// A receiver on loopback that answers what it is told to, until the story ends.
pub(super) struct Receiver {
    pub(super) url: String,
    status: Arc<AtomicU16>,
}

impl Receiver {
    pub(super) fn new() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/s3cr3t", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(204));
        let answer = Arc::clone(&status);
        thread::spawn(move || {
            for stream in listener.incoming() {
                take(stream.unwrap(), answer.load(Ordering::SeqCst));
            }
        });
        Receiver { url, status }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }
}

/// Reads one message and answers it.
fn take(stream: TcpStream, status: u16) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let said = "<script>document.title='taken'</script>";
    let body = if status == 204 { "" } else { said };
    let answer =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let _ = reader.get_mut().write_all(answer.as_bytes());
}

fn administrator(house: &House) -> Window {
    let window = Window::new(house.url());
    window.sign_in("admin", ADMIN_PASSWORD);
    window
}

#[test]
fn a_secret_is_seen_once_and_a_test_tells_what_the_receiver_said() {
    if !is_there() {
        return;
    }
    let (house, receiver) = (House::new(), Receiver::new());
    let window = administrator(&house);
    window.keys("g");
    window.keys("w");
    window.is_at("/webhooks");
    window.sees("No webhook yet");
    window.no_violations("no webhook");
    window.press("Add a webhook");
    window.sees("Allow private addresses");
    window.no_violations("a new webhook");
    window.picture("webhook-new");
    window.fill("Name", "jobs");
    window.fill("URL", &receiver.url);
    window.press("Add the webhook");
    window.sees("Messages are sent over https only.");
    assert_eq!(window.ask("return document.getElementById('url').value"), "", "it is not shown again");
    window.fill("URL", &receiver.url);
    window.press("Allow private addresses");
    window.press("Add the webhook");
    window.sees("It is shown this once.");
    window.no_violations("a signing secret");
    let secret = window.ask("return document.querySelector('.code code').textContent");
    let secret = secret.as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"));
    window.press("I have it");
    window.sees("How it fares");
    assert!(!window.path().contains("whsec") && !window.text().contains(&secret));
    // Back to the answer with the secret: the browser has not kept it.
    window.back();
    assert!(!window.text().contains(&secret), "going back does not bring it back");
    window.open("/webhooks");
    window.press("jobs");
    assert!(!window.text().contains(&secret));

    receiver.answers(500);
    window.press("Send a test message");
    window.sees("The test message did not arrive: The receiver answered 500");
    window.is_called("jobs · ncgate");
    receiver.answers(204);
    window.press("Send a test message");
    window.sees("The test message arrived: answered 204.");
    window.press("How a receiver checks a message");
    window.sees("Compare in constant time.");
    window.no_violations("a webhook");
    window.press("Make another secret");
    window.sees("The secret before it signs as well until");
    let other = window.ask("return document.querySelector('.code code').textContent");
    assert_ne!(other.as_str(), Some(secret.as_str()));
}

#[test]
fn a_webhook_that_begins_to_fail_says_so_by_itself_and_heals() {
    if !is_there() {
        return;
    }
    let (house, receiver) = (House::new(), Receiver::new());
    let new =
        json!({"name": "jobs", "url": receiver.url, "allow_private": true, "events": ["approval.requested"]});
    let id = house.post("/api/v1/webhooks", new)["id"].as_str().unwrap().to_owned();
    let (mut window, viewer) = (administrator(&house), Window::new(house.url()));
    viewer.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    viewer.open("/webhooks");
    viewer.sees("active");
    viewer.sees("Live");
    window.open(&format!("/webhooks/{id}"));
    window.sees("None here");
    window.sees("Live");
    receiver.answers(500);
    house.hold("GLOBEX-WS01", "ticket 4711");
    viewer.sees("failing");
    viewer.sees("The receiver answered 500");
    window.sees("approval.requested");
    window.sees("1, the oldest since");
    window.is_called("(1) jobs · ncgate");
    window.no_violations("a webhook that fails");
    window.picture("webhook-failing");
    window.screen(Screen::Phone);
    window.fits("a webhook on a phone");
    window.picture("webhook-phone");
    window.screen(Screen::Desktop);
    receiver.answers(204);
    let again = "document.querySelector('#deliveries form button').focus()";
    window.ask(again);
    window.keys(thirtyfour::Key::Enter + "");
    window.sees("sent again at once");
    window.sees("delivered");
    viewer.sees("active");
    viewer.sees_no("failing");
    viewer.no_violations("webhooks");
    viewer.sees_no("Add a webhook");
    viewer.press("jobs");
    viewer.sees("How it fares");
    viewer.sees_no("Send a test message");
    window.press("Disable");
    viewer.sees("admin disabled it");
    window.fill("Type jobs to remove it", "jobs");
    window.press("Remove");
    window.sees("No webhook yet");
}
