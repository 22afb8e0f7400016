//! Pages of others in the same browser: what they send on behalf of whoever is signed in is refused, and what they put
//! into a frame stays empty.

use super::house::TECHNICIAN;
use super::{House, Window, is_there};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// Another site on this machine. To a browser it is of the same site as the gateway, so the cookie goes along: what
/// refuses is the gateway.
struct Elsewhere {
    url: String,
}

impl Elsewhere {
    /// Answers every request with this page, until the story ends.
    fn with(page: String) -> Elsewhere {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            // A browser that goes away in the middle is none of this thread's business.
            listener.incoming().for_each(|stream| drop(stream.and_then(|stream| answer(stream, &page))));
        });
        Elsewhere { url }
    }
}

fn answer(stream: TcpStream, page: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    write!(
        reader.get_mut(),
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
        page.len()
    )
}

#[test]
fn a_form_on_another_page_decides_nothing() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let held = house.hold("GLOBEX-WS01", "ticket 4711");
    let approval = format!("/approvals/{}", held["approval_id"].as_str().unwrap());
    let window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    // Even with a token, should one have leaked: it is that of this very session.
    let csrf = window.ask("return document.querySelector('[name=csrf]').value");
    let elsewhere = Elsewhere::with(format!(
        "<title>Elsewhere</title><form method=post action='{url}{approval}/decision'>\
         <input name=csrf value='{csrf}'><input name=plan_digest value='{digest}'><input name=decision value=approve>\
         <button>Win a prize</button></form>",
        url = house.url(),
        csrf = csrf.as_str().unwrap(),
        digest = held["plan_digest"].as_str().unwrap(),
    ));
    window.visit(&elsewhere.url);
    window.press("Win a prize");
    window.sees("another origin");
    window.open(&approval);
    window.sees("Nothing has been sent.");
    window.sees("Approve and run");
    assert!(house.emulator.journal().is_empty());
    assert!(
        window.text().contains(TECHNICIAN.0),
        "still signed in: it was not the missing cookie that refused"
    );
}

#[test]
fn a_page_in_anothers_frame_stays_empty() {
    if !is_there() {
        return;
    }
    let house = House::new();
    let innocent = Elsewhere::with("<p>A page that may be framed</p>".to_owned());
    let loaded = "<iframe onload='document.title += \"+\"' width=600 height=400 src=";
    let elsewhere = Elsewhere::with(format!(
        "<title>Elsewhere</title>{loaded}'{}/approvals'></iframe>{loaded}'{}'></iframe>",
        house.url(),
        innocent.url
    ));
    let window = Window::new(house.url());
    window.sign_in(TECHNICIAN.0, TECHNICIAN.1);
    window.visit(&elsewhere.url);
    window.is_called("Elsewhere++");
    assert!(window.frame(1).contains("A page that may be framed"), "frames work here");
    let framed = window.frame(0);
    assert!(!framed.contains("Approvals") && !framed.contains(TECHNICIAN.0), "{framed}");
    window.open("/approvals");
    window.sees("Approvals");
}
