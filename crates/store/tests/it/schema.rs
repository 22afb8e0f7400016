//! An empty place of its own for each story on the PostgreSQL server in `NCGATE_TEST_POSTGRES`: a schema, dropped in
//! the end. Without a server the stories are told on SQLite alone, and it is said so.

use postgres::config::Host;
use postgres::{Client, NoTls};
use secrecy::{ExposeSecret as _, SecretString};
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use store::Location;

/// A schema.
pub(crate) struct Schema {
    server: String,
    name: String,
}

impl Schema {
    /// A new and empty one; none without a server.
    pub(crate) fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        static TOLD: Once = Once::new();
        let Some(server) = std::env::var("NCGATE_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
            TOLD.call_once(|| {
                // Past what the test runner keeps to itself while a test passes.
                let _ = writeln!(
                    std::io::stderr(),
                    "\n*** PostgreSQL is left out: NCGATE_TEST_POSTGRES names no server. \
                     `cargo xtask postgres -- cargo test -p store` runs one. ***\n"
                );
            });
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let schema = Self { server, name: format!("story_{}_{number}", std::process::id()) };
        schema.on_server(|client| client.batch_execute(&format!("CREATE SCHEMA {}", schema.name)).unwrap());
        Some(schema)
    }

    /// Where a store in it lives.
    pub(crate) fn location(&self) -> Location {
        Location::Postgres(self.url())
    }

    /// Its address.
    pub(crate) fn url(&self) -> SecretString {
        let and = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{and}options=-c%20search_path%3D{}", self.server, self.name).into()
    }

    /// Its address by another way to the server.
    pub(crate) fn url_by(&self, port: u16) -> SecretString {
        let server = format!("@{}", self.server());
        self.url().expose_secret().replace(&server, &format!("@127.0.0.1:{port}")).into()
    }

    /// Where the server listens.
    pub(crate) fn server(&self) -> SocketAddr {
        let config: postgres::Config = self.server.parse().unwrap();
        match (&config.get_hosts()[0], config.get_ports()) {
            (Host::Tcp(name), [port]) => format!("{name}:{port}").parse().unwrap(),
            other => panic!("the server for the tests listens on an address and a port, not {other:?}"),
        }
    }

    pub(crate) fn password(&self) -> String {
        let config: postgres::Config = self.server.parse().unwrap();
        String::from_utf8(config.get_password().unwrap().to_vec()).unwrap()
    }

    /// Does something behind the store's back, in this schema.
    pub(crate) fn edit(&self, sql: &str) {
        self.on_server(|client| {
            client.batch_execute(&format!("SET search_path TO {}; {sql}", self.name)).unwrap();
        });
    }

    /// Talks to the server, on a thread without a runtime, as the driver needs it.
    pub(crate) fn on_server<T: Send>(&self, talk: impl FnOnce(&mut Client) -> T + Send) -> T {
        thread::scope(|scope| {
            let talking = scope.spawn(|| talk(&mut Client::connect(&self.server, NoTls).unwrap()));
            talking.join().unwrap()
        })
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.on_server(|client| {
                client.batch_execute(&format!("DROP SCHEMA {} CASCADE", self.name)).unwrap();
            });
        }
    }
}
