//! The address of a PostgreSQL database: what it may say, and how a connection is made from it. Nothing here shows
//! it, because the password is in it.

use super::describe;
use crate::{Error, Result};
use postgres::config::{Host, SslMode, TargetSessionAttrs};
use postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long making a connection may take, and how long a server that says nothing more is believed to be there.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the database is, and how it is spoken to.
#[derive(Clone)]
pub(crate) struct Address {
    config: Config,
    /// None where nothing is encrypted.
    tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// Reads `postgres://user:password@host:port/database?sslmode=…&sslrootcert=FILE`, several hosts with commas
    /// between them, and the other options the driver knows (`options`, `connect_timeout`, `keepalives_idle` …).
    ///
    /// Where anything is encrypted the server's certificate is checked, against the CA in `sslrootcert` or those
    /// the system trusts; so `require` and `verify-ca` mean what `verify-full` does. `prefer`, which is the default,
    /// encrypts where the server offers it. Neither it nor nothing at all encrypts on the machine itself.
    pub(crate) fn parse(url: &SecretString) -> Result<Self> {
        let text = url.expose_secret();
        let refused = |why: &str| Error::Address { why: why.to_owned() };
        if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(refused("it must begin with postgres://"));
        }
        let (place, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut root, mut rest) = ("prefer", None, Vec::new());
        for option in query.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sslmode", value)) => mode = value,
                Some(("sslrootcert", value)) => {
                    root = Some(
                        percent_encoding::percent_decode_str(value)
                            .decode_utf8()
                            .map_err(|_| refused("the name in sslrootcert is not UTF-8"))?,
                    );
                }
                _ => rest.push(option),
            }
        }
        // What the driver says of a text that it does not understand may quote from it.
        let mut config: Config = format!("{place}?{}", rest.join("&")).parse().map_err(|_| {
            refused(
                "it is not of the form postgres://user:password@host:port/database?option=value; write the special \
                 characters of a password as %XX",
            )
        })?;
        let mode = match mode {
            "disable" => SslMode::Disable,
            "allow" | "prefer" if is_local(&config) => SslMode::Disable,
            "allow" | "prefer" => SslMode::Prefer,
            "require" | "verify-ca" | "verify-full" => SslMode::Require,
            _ => return Err(refused("sslmode is one of disable, prefer, require and verify-full")),
        };
        config.ssl_mode(mode);
        let tls = (mode != SslMode::Disable).then(|| trust(root.as_deref().map(Path::new))).transpose()?;

        if config.get_application_name().is_none() {
            config.application_name("ncgate");
        }
        // A server that only looks can't take what is written, and what is read must not lag behind that.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(PATIENCE * 2);
        }
        if config.get_keepalives_interval().is_none() {
            config.keepalives_idle(PATIENCE).keepalives_interval(PATIENCE / 2).keepalives_retries(2);
        }
        Ok(Self { config, tls })
    }

    /// Makes a connection. Not on a thread of an asynchronous runtime: the driver has a runtime of its own.
    pub(crate) fn connect(&self) -> Result<Client> {
        let connected = match &self.tls {
            None => self.config.connect(NoTls),
            Some(tls) => self.config.connect(tls.clone()),
        };
        connected.map_err(|error| Error::Unreachable { why: describe(&error) })
    }
}

/// Whether what is sent there never leaves the machine.
fn is_local(config: &Config) -> bool {
    let loopback = |host: &str| host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || loopback(name),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// What a server's certificate is checked against: a CA of one's own, or those the system trusts.
fn trust(root: Option<&Path>) -> Result<MakeRustlsConnect> {
    let unusable = |why: String| Error::Address { why };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?;
    let builder = match root {
        None => builder.with_platform_verifier().map_err(|error| unusable(error.to_string()))?,
        Some(path) => {
            let mut roots = RootCertStore::empty();
            let unreadable = |error: String| unusable(format!("sslrootcert {}: {error}", path.display()));
            for certificate in
                CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?
            {
                let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(unreadable("there is no certificate in it".into()));
            }
            builder.with_root_certificates(roots)
        }
    };
    Ok(MakeRustlsConnect::new(builder.with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address> {
        Address::parse(&SecretString::from(url))
    }

    #[test]
    fn nothing_is_encrypted_on_the_machine_itself_unless_it_must_be() {
        for (url, mode) in [
            ("postgres://a:b@127.0.0.1:5433/x", SslMode::Disable),
            ("postgresql://a@localhost/x?sslmode=prefer", SslMode::Disable),
            ("postgres://a@localhost/x?sslmode=require", SslMode::Require),
            ("postgres:///x?host=/run/postgresql", SslMode::Disable),
            ("postgres://a@db.example.com/x", SslMode::Prefer),
            ("postgres://a@localhost,db.example.com/x", SslMode::Prefer),
            ("postgres://a@db.example.com/x?sslmode=disable&connect_timeout=3", SslMode::Disable),
            ("postgres://a@db.example.com/x?sslmode=verify-full", SslMode::Require),
        ] {
            let address = parse(url).unwrap();
            assert_eq!(address.config.get_ssl_mode(), mode, "{url}");
            assert_eq!(address.tls.is_some(), mode != SslMode::Disable, "{url}");
        }
    }

    #[test]
    fn an_address_that_is_refused_is_not_repeated() {
        for url in [
            "mysql://ana:hunter2@db/x",
            "postgres://ana:hunter2@db:port/x",
            "postgres://ana:hunter2@db/x?sslmode=hunter2",
            "postgres://ana:x@db/x?hunter2=1",
            "postgres://ana:hunter2@db/x?sslmode=require&sslrootcert=/nowhere/ca.pem",
        ] {
            let error = parse(url).err().expect("it is refused").to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let url = format!("postgres://a@db/x?sslmode=require&sslrootcert={}", file.path().display());
        let error = parse(&url).err().expect("it trusts nobody").to_string();
        assert!(error.contains("there is no certificate in it"), "{error}");
    }
}
