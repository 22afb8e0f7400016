//! Where a webhook leads: its URL judged before it is kept and again before each use, and what of it may be shown.

use super::address::Reach;
use model::{Kind, Problem};
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use url::{Host, Url};

/// Longest URL, in characters.
const LONGEST: usize = 2000;

/// A URL that a message may be sent to, as far as it tells; where a name leads is checked on the way.
#[derive(Clone)]
pub(crate) struct Target {
    pub(super) url: Url,
    pub(super) reach: Reach,
}

impl Target {
    /// Judges a URL.
    ///
    /// # Errors
    /// One that is none, is not encrypted, carries a password, or names an address that it may not lead to. The
    /// message does not repeat the URL.
    pub(crate) fn parse(given: &SecretString, allow_private: bool) -> Result<Self, Problem> {
        let text = given.expose_secret().trim();
        if text.chars().count() > LONGEST {
            return Err(invalid(format!("the URL is longer than {LONGEST} characters")));
        }
        let url = Url::parse(text).map_err(|error| {
            invalid(format!("this is no URL: {error}")).hint("it looks like https://hooks.example.com/ncgate")
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("the URL carries a user name or a password")
                .hint("leave it out; the receiver knows the gateway by the signature of its messages"));
        }
        let host = url.host().ok_or_else(|| invalid("the URL names no host"))?;
        let reach = match url.scheme() {
            "https" if allow_private => Reach::Private,
            "https" => Reach::Public,
            "http" if allow_private && is_this_machine(&host) => Reach::Loopback,
            "http" => {
                return Err(invalid("messages are sent over https only").hint(
                    "http is for a receiver on this machine (127.0.0.1), where private addresses are allowed",
                ));
            }
            _ => return Err(invalid("the URL has to begin with https://")),
        };
        let target = Self { url, reach };
        match target.literal() {
            Some(address) if !reach.permits(address) => Err(invalid(refusal(reach))
                .hint("an administrator can allow private addresses for this webhook; metadata and link-local ones never")),
            _ => Ok(target),
        }
    }

    /// The address, where the URL names one in place of a name.
    pub(super) fn literal(&self) -> Option<IpAddr> {
        match self.url.host()? {
            Host::Domain(_) => None,
            Host::Ipv4(v4) => Some(v4.into()),
            Host::Ipv6(v6) => Some(v6.into()),
        }
    }

    /// What may be shown: the host alone. With a chat and with many a workflow engine the rest is all that keeps
    /// others out, and nothing tells which receivers are of that kind.
    pub(crate) fn shown(&self) -> String {
        let origin = self.url.origin().ascii_serialization();
        match (self.url.path(), self.url.query()) {
            ("/", None) => format!("{origin}/"),
            _ => format!("{origin}/…"),
        }
    }
}

/// Why an address is not connected to.
pub(super) fn refusal(reach: Reach) -> &'static str {
    match reach {
        Reach::Public => {
            "the URL leads to a private or reserved address, which is not allowed for this webhook"
        }
        Reach::Private => {
            "the URL leads to a reserved address (link-local, metadata, multicast), which is never allowed"
        }
        Reach::Loopback => "the URL leads away from this machine without encryption, which is never allowed",
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(v4) => v4.is_loopback(),
        Host::Ipv6(v6) => v6.is_loopback(),
    }
}

fn invalid(message: impl Into<String>) -> Problem {
    Problem::new(Kind::InvalidArguments, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str, allow_private: bool) -> Result<Target, Problem> {
        Target::parse(&url.into(), allow_private)
    }

    #[test]
    fn what_may_never_be_is_refused_without_repeating_it() {
        for url in [
            "hooks.example.com/x",
            "ftp://hooks.example.com/secret",
            "http://hooks.example.com/secret",
            "https://me:secret@hooks.example.com/",
            "https://127.0.0.1/secret",
            "https://[::1]/secret",
            "https://0x7f.1/secret",
            "https://2130706433/secret",
            "https://[::ffff:10.0.0.1]/secret",
            "https://169.254.169.254/secret",
            "http://127.0.0.1/secret",
        ] {
            let problem = parse(url, false).err().unwrap_or_else(|| panic!("{url} was taken"));
            assert!(!problem.to_string().contains("secret"), "{problem}");
        }
        for url in
            ["http://10.0.0.1/", "http://hooks.example.com/", "https://169.254.169.254/", "https://0.0.0.0/"]
        {
            assert!(parse(url, true).is_err(), "{url}");
        }
    }

    #[test]
    fn private_places_are_a_choice() {
        for url in ["https://10.0.0.1/", "http://127.0.0.1:8000/", "http://localhost/", "https://intranet/"] {
            assert!(parse(url, true).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_keeps_others_out_is_not_shown() {
        for (url, shown) in [
            ("https://hooks.example.com:8443/services/T0/B0/xyz?token=1", "https://hooks.example.com:8443/…"),
            ("https://flows.example.com/webhook/8e0b5c52", "https://flows.example.com/…"),
            ("https://hooks.example.com?token=1", "https://hooks.example.com/…"),
            ("https://hooks.example.com#token", "https://hooks.example.com/"),
            ("https://hooks.example.com", "https://hooks.example.com/"),
        ] {
            assert_eq!(parse(url, false).unwrap().shown(), shown);
        }
    }
}
