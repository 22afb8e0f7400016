//! The program that drives Chromium, one for each window: it listens on a port of its own choice, and whatever it
//! started ends with it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// Whether stories can run here. Says so where they can't, and fails where they have to.
pub(crate) fn is_there() -> bool {
    let found = |program: &str| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
    let missing: Vec<&str> =
        ["chromium", "chromedriver"].into_iter().filter(|program| !found(program)).collect();
    if missing.is_empty() {
        return true;
    }
    let what = format!("this needs a browser, and there is no {}", missing.join(" and no "));
    assert!(!is_required(), "{what}");
    eprintln!("LEFT OUT: {what}; `cargo xtask browser` brings what is missing");
    false
}

/// Whether a run without a browser, or without the judge of accessibility, is a failure.
pub(super) fn is_required() -> bool {
    std::env::var("NCGATE_TEST_BROWSER").is_ok_and(|value| value == "required")
}

pub(super) struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    pub(super) fn start() -> Driver {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A group of its own, so that the browser ends with it whatever happens.
            .process_group(0)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| {
                Some(line.split_once("started successfully on port ")?.1.trim_end_matches('.').to_owned())
            })
            .expect("chromedriver says on which port it listens");
        Driver { child, url: format!("http://127.0.0.1:{port}") }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.child);
        // It may have ended already.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.wait();
    }
}
