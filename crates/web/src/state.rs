//! What every handler shares.

use crate::Options;
use crate::pages::integrations::Attempts;
use crate::pages::issues::Issues;
use axum::extract::FromRef;
use gate::Gate;
use tokio_util::sync::CancellationToken;

/// The gate, and the sign that the server is going down.
#[derive(Clone)]
pub(crate) struct Web {
    /// The one doorway.
    pub(crate) gate: Gate,
    /// Whether people reach it over TLS, so that no cookie has to travel without.
    pub(crate) is_https: bool,
    /// Whether a proxy stands in front, so that everybody comes from its address.
    pub(crate) is_proxied: bool,
    /// The address under which people and programs reach it, where that is known; without a slash at its end.
    pub(crate) public_url: Option<String>,
    /// What was read of the fleets for the front page.
    pub(crate) issues: Issues,
    /// How far connecting has come, for whoever waits for it.
    pub(crate) attempts: Attempts,
    /// Ends answers that would otherwise go on for ever.
    pub(crate) closing: CancellationToken,
}

impl Web {
    pub(crate) fn new(gate: Gate, options: &Options) -> Self {
        let public_url = options.public_url.as_deref();
        Self {
            gate,
            is_https: public_url.is_some_and(|url| url.starts_with("https:")),
            is_proxied: public_url.is_some(),
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            issues: Issues::default(),
            attempts: Attempts::default(),
            closing: options.closing.clone(),
        }
    }
}

impl FromRef<Web> for Gate {
    fn from_ref(web: &Web) -> Gate {
        web.gate.clone()
    }
}
