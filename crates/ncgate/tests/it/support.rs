//! What every test needs: a state of its own, the binary with a clean environment, and children that end with the
//! test that started them.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_ncgate");

/// What a command ended with.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// The one JSON value on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The same, of a command that must have gone well.
    #[track_caller]
    pub(crate) fn done(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        self.json()
    }
}

/// A state directory that goes away with the test.
pub(crate) struct Home {
    dir: TempDir,
}

impl Home {
    pub(crate) fn new() -> Home {
        Home { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The binary, with nothing of this machine's environment but the way to find programs.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("NCGATE_STATE", self.state())
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[], "")
    }

    /// Runs the binary to its end, with variables of the environment and something on standard input.
    #[track_caller]
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Ended {
        let mut command = assert_cmd::Command::from_std(self.command(arguments));
        let output = command
            .envs(variables.iter().copied())
            .write_stdin(input)
            .timeout(Duration::from_secs(120))
            .output()
            .unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts what stays up, and reads the one line that it prints.
    pub(crate) fn start(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Service {
        self.start_with(arguments, variables, Stdio::null())
    }

    /// The same, with a place for what it says on standard error.
    pub(crate) fn start_with(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
        errors: impl Into<Stdio>,
    ) -> Service {
        let mut child = self
            .command(arguments)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let said = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{error}: {arguments:?} said {line:?}"));
        Service { child, said, _out: out }
    }

    /// An emulated N-central in a process of its own.
    pub(crate) fn emulator(&self, options: &[&str]) -> Service {
        self.start(&[&["emulator", "--listen", "127.0.0.1:0"], options].concat(), &[])
    }

    /// A state that is connected to that N-central.
    #[track_caller]
    pub(crate) fn connected(emulator: &Service) -> Home {
        let home = Home::new();
        home.connect(emulator);
        home
    }

    #[track_caller]
    pub(crate) fn connect(&self, emulator: &Service) -> Value {
        self.run_with(&["connect", emulator.url(), "--name", "main"], &[], emulator.text("jwt")).done()
    }

    /// A gateway that stays up, with the user `admin`.
    pub(crate) fn serve(&self) -> Service {
        self.serve_with(&[])
    }

    /// The same with more options.
    pub(crate) fn serve_with(&self, options: &[&str]) -> Service {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], options].concat();
        self.start(&arguments, &[("NCGATE_ADMIN_PASSWORD", ADMIN_PASSWORD)])
    }

    /// A key, made while no administrator exists.
    #[track_caller]
    pub(crate) fn key(&self, options: &[&str]) -> String {
        let arguments = [&["key", "create", "--name", "agent", "--kind", "agent"], options].concat();
        self.run(&arguments).done()["secret"].as_str().unwrap().to_owned()
    }
}

pub(crate) const ADMIN_PASSWORD: &str = "correct horse battery staple";

/// A process that stays up until it is dropped.
pub(crate) struct Service {
    child: Child,
    said: Value,
    _out: BufReader<ChildStdout>,
}

impl Service {
    pub(crate) fn said(&self) -> &Value {
        &self.said
    }

    pub(crate) fn url(&self) -> &str {
        self.text("url")
    }

    pub(crate) fn text(&self, member: &str) -> &str {
        self.said[member].as_str().unwrap_or_else(|| panic!("no {member} in {}", self.said))
    }

    /// Asks it to end, as a supervisor would, and waits until it has.
    pub(crate) fn end(mut self) -> i32 {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// Sends it a signal, and goes on.
    pub(crate) fn tell(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until it has ended; answers its exit code.
    pub(crate) fn ended(mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// What an HTTP request to it answers: status and body.
    pub(crate) fn http(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: Option<Value>,
    ) -> (u16, Value) {
        http(method, &format!("{}{path}", self.url()), bearer, body)
    }

    /// The same, of a process that may die over it: none if it did.
    pub(crate) fn try_http(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: Option<Value>,
    ) -> Option<Value> {
        try_http(method, &format!("{}{path}", self.url()), bearer, body).map(|(_, body)| body)
    }

    /// A request with headers, and all of its answer. None if the process died over it.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Option<Reply> {
        send(method, &format!("{}{path}", self.url()), bearer, headers, body)
    }

    /// Waits until it has ended by a signal of its own.
    #[track_caller]
    pub(crate) fn wait_for_crash(mut self) {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return assert_eq!(status.code(), None, "it ended by itself: {status}");
            }
            assert!(Instant::now() < until, "it did not crash");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A session's token.
    pub(crate) fn sign_in(&self, name: &str, password: &str) -> String {
        let body = serde_json::json!({ "name": name, "password": password });
        let (status, session) = self.http("POST", "/api/v1/sessions", None, Some(body));
        assert_eq!(status, 201, "{session}");
        session["token"].as_str().unwrap().to_owned()
    }

    /// The changes that reached it, where it is an emulator.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let (status, entries) = self.http("GET", "/_emulator/journal", None, None);
        assert_eq!(status, 200);
        entries.as_array().unwrap().clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn http(method: &str, url: &str, bearer: Option<&str>, body: Option<Value>) -> (u16, Value) {
    try_http(method, url, bearer, body).unwrap_or_else(|| panic!("{url} does not answer"))
}

fn try_http(method: &str, url: &str, bearer: Option<&str>, body: Option<Value>) -> Option<(u16, Value)> {
    send(method, url, bearer, &[], body).map(|reply| (reply.status, reply.body))
}

/// The answer to an HTTP request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
    headers: reqwest::header::HeaderMap,
}

impl Reply {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}"));
        value.to_str().unwrap()
    }
}

fn send(
    method: &str,
    url: &str,
    bearer: Option<&str>,
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> Option<Reply> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
        let mut request = client.request(method.parse().unwrap(), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.ok()?;
        Some(Reply { status, body: serde_json::from_str(&text).unwrap_or(Value::Null), headers })
    })
}
