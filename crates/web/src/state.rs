//! What every handler shares.

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
    /// Ends answers that would otherwise go on for ever.
    pub(crate) closing: CancellationToken,
}

impl FromRef<Web> for Gate {
    fn from_ref(web: &Web) -> Gate {
        web.gate.clone()
    }
}
