//! A gateway to look at: the real binary over a state that is connected to the emulator, with an administrator, a
//! technician, and a key whose calls wait for a person.

use crate::support::{ADMIN_PASSWORD, Home, Service};
use serde_json::{Value, json};

/// The technician, and that person's password.
pub(crate) const TECHNICIAN: (&str, &str) = ("dana", "correct horse battery staple");

/// A gateway to look at.
pub(crate) struct House {
    pub(crate) serve: Service,
    pub(crate) emulator: Service,
    /// A session of the administrator, for what a story is not about.
    pub(crate) admin: String,
    /// An agent's key.
    pub(crate) key: String,
    pub(crate) home: Home,
    _outside: Home,
}

impl House {
    pub(crate) fn new() -> House {
        House::with(&[])
    }

    /// The same, served with these options.
    pub(crate) fn with(options: &[&str]) -> House {
        let outside = Home::new();
        let emulator = outside.emulator(&[]);
        let home = Home::connected(&emulator);
        let key = home.key(&[]);
        let serve = home.serve_with(options);
        let admin = serve.sign_in("admin", ADMIN_PASSWORD);
        let house = House { serve, emulator, admin, key, home, _outside: outside };
        let (name, password) = TECHNICIAN;
        house.post("/api/v1/people", json!({"name": name, "role": "approver", "password": password}));
        house
    }

    pub(crate) fn url(&self) -> &str {
        self.serve.url()
    }

    /// Has the administrator do something over REST.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.serve.http("POST", path, Some(&self.admin), Some(body));
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Has the agent ask for something that waits for a person; the held answer.
    #[track_caller]
    pub(crate) fn hold(&self, device: &str, reason: &str) -> Value {
        let body = json!({"device": device, "item_id": 2014, "task_type": "Script", "reason": reason});
        let path = "/api/v1/tools/n_central-run-direct-task";
        let (status, held) = self.serve.http("POST", path, Some(&self.key), Some(body));
        assert_eq!(status, 202, "{held}");
        held
    }
}
