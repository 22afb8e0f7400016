//! Certificates: checked always, against the system's roots and a private CA.

use emulator::{Config, Emulator};
use ncentral::{Certainty, Client, ServerUrl};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// An emulator behind TLS, with the PEM of its certificate, which is its own authority.
async fn secured(host: &str) -> (ServerUrl, String, String, JoinSet<std::io::Result<()>>) {
    let made = rcgen::generate_simple_self_signed([host.to_owned()]).expect("a certificate");
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let emulator = Emulator::new(Config::default());
    let jwt = emulator.jwt();
    let pem = certificate.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        emulator.serve_tls(listener, pem.as_bytes(), key.as_bytes(), std::future::pending::<()>()).await
    });
    let (server, _) = ServerUrl::parse(&format!("https://{address}")).expect("an address");
    (server, jwt, certificate, tasks)
}

#[tokio::test]
async fn a_private_ca_is_trusted_where_it_is_given() {
    let (server, jwt, certificate, _tasks) = secured("127.0.0.1").await;
    let client = Client::builder(server, jwt).ca_pem(certificate).build().expect("a client");
    assert!(client.server_info().await.expect("an answer").version.is_some());
}

#[tokio::test]
async fn an_unknown_authority_is_refused_before_anything_is_sent() {
    let (server, jwt, _, _tasks) = secured("127.0.0.1").await;
    let error =
        Client::builder(server, jwt).build().expect("a client").authenticate().await.expect_err("refused");
    assert_eq!((error.kind(), error.certainty()), ("tls", Certainty::NotSent), "{error:?}");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let (server, jwt, certificate, _tasks) = secured("elsewhere.example").await;
    let client = Client::builder(server, jwt).ca_pem(certificate).build().expect("a client");
    assert_eq!(client.authenticate().await.expect_err("refused").kind(), "tls");
}
