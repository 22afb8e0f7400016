//! PostgreSQL over TLS: encrypted where it must be, and only with a server whose certificate is right.

use crate::schema::Schema;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::path::Path;
use std::thread;
use std::time::Duration;
use store::{Error, Location, Options, Sql, Store};

/// Gives the server a certificate for its address.
fn encrypt(schema: &Schema, certificate: &str, key: &str) {
    schema.on_server(|client| {
        for (name, pem) in [("ncgate-test.crt", certificate), ("ncgate-test.key", key)] {
            let pem = BASE64_STANDARD.encode(pem);
            let put = format!("COPY (SELECT '{pem}') TO PROGRAM 'umask 077 && base64 -d > {name}'");
            client.batch_execute(&put).unwrap();
        }
        for setting in ["ssl_cert_file = 'ncgate-test.crt'", "ssl_key_file = 'ncgate-test.key'", "ssl = on"] {
            client.batch_execute(&format!("ALTER SYSTEM SET {setting}")).unwrap();
        }
        client.batch_execute("SELECT pg_reload_conf()").unwrap();
    });
    // Whoever connects before the server has read it is answered in the old way.
    while schema.on_server(|client| client.query_one("SHOW ssl", &[]).unwrap().get::<_, String>(0)) != "on" {
        thread::sleep(Duration::from_millis(20));
    }
}

fn location(schema: &Schema, options: &str, root: &Path) -> Location {
    let url = secrecy::ExposeSecret::expose_secret(&schema.url()).to_owned();
    Location::Postgres(format!("{url}&{options}&sslrootcert={}", root.display()).into())
}

#[tokio::test]
async fn a_connection_is_encrypted_where_it_must_be_and_only_to_the_right_server() {
    let Some(schema) = Schema::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed([schema.server().ip().to_string()]).unwrap();
    let other = rcgen::generate_simple_self_signed([schema.server().ip().to_string()]).unwrap();
    let (right, wrong) = (folder.path().join("ca.pem"), folder.path().join("other.pem"));
    std::fs::write(&right, own.cert.pem()).unwrap();
    std::fs::write(&wrong, other.cert.pem()).unwrap();
    encrypt(&schema, &own.cert.pem(), &own.signing_key.serialize_pem());

    for (mode, encrypted) in [("require", 1), ("verify-full", 1), ("disable", 0), ("prefer", 0)] {
        let place = location(&schema, &format!("sslmode={mode}"), &right);
        let store = Store::open(place, Options::default()).unwrap();
        let look = |tx: &mut store::Tx<'_>| {
            let rows = tx.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[])?;
            rows[0].get::<i64>(0)
        };
        assert_eq!(store.write::<_, Error>(look).await.unwrap(), encrypted, "{mode}");
        assert_eq!(store.read::<_, Error>(look).await.unwrap(), encrypted, "{mode}");
        store.close().await;
    }
    let refused = |location| match Store::open(location, Options::default()).err() {
        Some(Error::Unreachable { why }) => assert!(why.contains("certificate"), "{why}"),
        other => panic!("{other:?}"),
    };
    refused(location(&schema, "sslmode=require", &wrong));
    // The right key under another name.
    let url = secrecy::ExposeSecret::expose_secret(&schema.url()).replace("@127.0.0.1:", "@localhost:");
    refused(Location::Postgres(format!("{url}&sslmode=require&sslrootcert={}", right.display()).into()));
}
