//! A schema of its own on a PostgreSQL server for each measurement.

use postgres::{Client, NoTls};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// A new schema on a server; the address of a state in it.
pub(crate) fn new(server: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("bench_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    thread::scope(|scope| {
        let making = scope.spawn(|| {
            let mut client = Client::connect(server, NoTls).expect("a server");
            client.batch_execute(&format!("CREATE SCHEMA {name}")).expect("room for a schema");
        });
        making.join().expect("a schema");
    });
    let and = if server.contains('?') { '&' } else { '?' };
    format!("{server}{and}options=-c%20search_path%3D{name}")
}
