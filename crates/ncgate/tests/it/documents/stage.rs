//! Where the reader of a page sits: a machine with `ncgate` on its path, an N-central that is an emulator, and, in the
//! middle of the story, a gateway with people and a key. Names in the pages stand for what is really there.

use crate::support::{ADMIN_PASSWORD, Home, Service};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

/// Where a story begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// An N-central, and a machine on which ncgate was just installed.
    New,
    /// The same with a gateway that is connected, the people `admin` (administrator) and `kim` (approver), and the key
    /// `agent`.
    Served,
}

impl Setting {
    pub(super) fn named(name: &str) -> Option<Setting> {
        match name {
            "new" => Some(Setting::New),
            "served" => Some(Setting::Served),
            _ => None,
        }
    }
}

/// One reader's machine; it goes away with everything that was started on it.
pub(super) struct Stage {
    gateway: Option<Service>,
    emulator: Service,
    key: String,
    home: Home,
}

/// Directories that pages name, and what they are called on the stage.
const DIRECTORIES: [(&str, &str); 3] =
    [("/var/lib/ncgate", "state"), ("/var/backups", "backups"), ("/etc/ncgate", "etc")];
const NCENTRAL: &str = "https://your-server.example.com";
const GATEWAY: &str = "https://ncgate.example.com";

impl Stage {
    pub(super) fn new(setting: Setting) -> Stage {
        let home = Home::new();
        let emulator = home.emulator(&[]);
        let (mut gateway, mut key) = (None, String::new());
        if setting == Setting::Served {
            home.connect(&emulator);
            key = home.key(&[]);
            let serve = home.serve();
            let admin = serve.sign_in("admin", ADMIN_PASSWORD);
            let kim = json!({ "name": "kim", "role": "approver", "password": ADMIN_PASSWORD });
            let (status, answer) = serve.http("POST", "/api/v1/people", Some(&admin), Some(kim));
            assert_eq!(status, 201, "{answer}");
            gateway = Some(serve);
        }
        let stage = Stage { gateway, emulator, key, home };
        stage.furnish();
        stage
    }

    /// Programs that the pages call, and files that they name.
    fn furnish(&self) {
        for directory in ["bin", "backups", "etc", "reader"] {
            fs::create_dir(self.home.file(directory)).unwrap();
        }
        let passphrase = self.home.file("etc/passphrase");
        fs::write(&passphrase, ADMIN_PASSWORD).unwrap();
        fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();
        let binary = env!("CARGO_BIN_EXE_ncgate");
        let directory = self.home.file("");
        let directory = directory.display();
        // `serve` stays up, so it goes into the background, and ends with the stage.
        self.program(
            "ncgate",
            &format!(
                "\
if [ \"$1\" != serve ]; then exec '{binary}' \"$@\"; fi
setsid '{binary}' \"$@\" </dev/null >'{directory}/serve.json' 2>'{directory}/serve.err' &
echo $! >>'{directory}/started'
until [ -s '{directory}/serve.json' ]; do
    kill -0 $! || {{ cat '{directory}/serve.err' >&2; exit 1; }}
    sleep 0.05
done
cat '{directory}/serve.json'
"
            ),
        );
        self.program(
            "cargo",
            &format!(
                "\
if [ \"$1 $2 $3\" != 'run --release --' ]; then echo \"no test for cargo $*\" >&2; exit 97; fi
shift 3
exec '{binary}' \"$@\"
"
            ),
        );
    }

    fn program(&self, name: &str, text: &str) {
        let file = self.home.file("bin").join(name);
        fs::write(&file, format!("#!/bin/sh\n{text}")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// A file or directory of the stage.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.home.file(name)
    }

    /// `program` in the reader's directory, with the reader's environment.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut path = self.home.file("bin").into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.home.file("reader"))
            .env("LANG", "C.UTF-8")
            .env("NCGATE_STATE", self.home.state())
            .env("NCGATE_LISTEN", "127.0.0.1:0")
            .current_dir(self.home.file("reader"));
        command
    }

    /// What a page says, with the things of the stage in place of those that it names.
    pub(super) fn enact(&self, text: &str) -> String {
        let mut text = text.replace(NCENTRAL, self.emulator.url());
        // Any free port, so that pages can be tested side by side.
        for port in [":8080", ":9180"] {
            text = text.replace(&format!("127.0.0.1{port}"), "127.0.0.1:0");
        }
        if let Some(gateway) = &self.gateway {
            text = text.replace(GATEWAY, gateway.url()).replace("ncg_…", &self.key);
        }
        for (named, file) in DIRECTORIES {
            text = text.replace(named, &self.home.file(file).display().to_string());
        }
        text
    }

    /// The other way round: what the stage says, in the words of the pages.
    pub(super) fn retell(&self, text: &str) -> String {
        let mut text = text.replace(self.emulator.url(), NCENTRAL);
        if let Some(gateway) = &self.gateway {
            text = text.replace(gateway.url(), GATEWAY);
        }
        text.replace(env!("CARGO_BIN_EXE_ncgate"), "ncgate")
    }

    /// What a person types when a command asks.
    pub(super) fn reply(&self, question: &str, person: &str) -> Option<String> {
        let asks = |word: &str| question.contains(word);
        if asks("Name: ") {
            Some(person.to_owned())
        } else if asks("JWT") {
            Some(self.emulator.text("jwt").to_owned())
        } else if asks("URL") {
            Some("https://hooks.example.com/incoming".to_owned())
        } else if asks("assword") || asks("assphrase") || asks("Again") {
            Some(ADMIN_PASSWORD.to_owned())
        } else {
            None
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let started = fs::read_to_string(self.home.file("started")).unwrap_or_default();
        for pid in started.lines().filter_map(|line| rustix::process::Pid::from_raw(line.parse().ok()?)) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}
