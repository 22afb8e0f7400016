//! The pair of tokens that stands between the JWT and the calls.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

/// Renewal starts this long before the access token expires, so that no request carries one that dies on the way.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// Is called with each new pair of tokens, so that they can be sealed and kept.
pub type OnTokens = Arc<dyn Fn(&Tokens) + Send + Sync>;

/// An access and a refresh token with their expiries. `Debug` shows the expiries only.
#[derive(Clone)]
pub struct Tokens {
    access: SecretString,
    access_expires: Timestamp,
    /// When the access token should be renewed.
    renew_at: Timestamp,
    refresh: SecretString,
    refresh_expires: Timestamp,
}

/// The stored form. It holds the tokens in clear, so it exists only on the way into and out of a sealed store.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    access: &'a str,
    access_expires: Timestamp,
    renew_at: Timestamp,
    refresh: &'a str,
    refresh_expires: Timestamp,
}

impl Tokens {
    /// When the access token expires (1 h after it was issued, unless the server is set otherwise).
    pub fn access_expires(&self) -> Timestamp {
        self.access_expires
    }

    /// When the refresh token expires (25 h after it was issued, unless the server is set otherwise).
    pub fn refresh_expires(&self) -> Timestamp {
        self.refresh_expires
    }

    /// The tokens as JSON, in clear: for sealing, nothing else. The text is wiped when dropped.
    pub fn expose_json(&self) -> Zeroizing<String> {
        let stored = Stored {
            access: self.access.expose_secret(),
            access_expires: self.access_expires,
            renew_at: self.renew_at,
            refresh: self.refresh.expose_secret(),
            refresh_expires: self.refresh_expires,
        };
        Zeroizing::new(serde_json::to_string(&stored).expect("strings and timestamps always serialise"))
    }

    /// Reads what [`Tokens::expose_json`] wrote; `None` if it is something else.
    pub fn from_json(text: &str) -> Option<Self> {
        let stored: Stored<'_> = serde_json::from_str(text).ok()?;
        Some(Self {
            access: stored.access.into(),
            access_expires: stored.access_expires,
            renew_at: stored.renew_at,
            refresh: stored.refresh.into(),
            refresh_expires: stored.refresh_expires,
        })
    }

    /// Reads the answer of authenticate and refresh: `tokens.access` and `tokens.refresh`, each with `token` and
    /// `expirySeconds` (NOTES, section 2).
    pub(crate) fn from_answer(answer: &Value, now: Timestamp) -> Option<Self> {
        let tokens = answer.get("tokens").or_else(|| answer.pointer("/data/tokens"))?;
        let (access, access_life) = read_token(tokens.get("access")?, Duration::from_secs(3_600))?;
        let (refresh, refresh_life) =
            match tokens.get("refresh").and_then(|t| read_token(t, Duration::from_secs(90_000))) {
                Some(found) => found,
                None => (String::new().into(), SignedDuration::ZERO),
            };
        // A token that lives only for seconds is used for nine tenths of them.
        let margin = MARGIN.min(access_life / 10);
        Some(Self {
            access,
            access_expires: after(now, access_life),
            renew_at: after(now, access_life - margin),
            refresh,
            refresh_expires: after(now, refresh_life),
        })
    }

    pub(crate) fn access(&self) -> &SecretString {
        &self.access
    }

    pub(crate) fn refresh(&self) -> &SecretString {
        &self.refresh
    }

    pub(crate) fn wants_renewal(&self, now: Timestamp) -> bool {
        now >= self.renew_at
    }

    pub(crate) fn can_refresh(&self, now: Timestamp) -> bool {
        !self.refresh.expose_secret().is_empty() && now < self.refresh_expires
    }
}

fn after(now: Timestamp, life: SignedDuration) -> Timestamp {
    now.checked_add(life).unwrap_or(Timestamp::MAX)
}

fn read_token(token: &Value, usual: Duration) -> Option<(SecretString, SignedDuration)> {
    let text = token.get("token")?.as_str().filter(|text| !text.is_empty())?;
    let seconds = match token.get("expirySeconds") {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let life = match seconds {
        Some(seconds) if seconds >= 0 => SignedDuration::from_secs(seconds),
        _ => SignedDuration::try_from(usual).ok()?,
    };
    Some((text.into(), life))
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("access_expires", &self.access_expires)
            .field("refresh_expires", &self.refresh_expires)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-04T14:00:00Z".parse().expect("a timestamp")
    }

    #[test]
    fn reads_lifetimes_as_number_or_text() {
        let answer = json!({"tokens": {
            "access": {"token": "AAAA", "type": "Bearer", "expirySeconds": "120"},
            "refresh": {"token": "RRRR", "type": "Body", "expirySeconds": 600},
        }});
        let tokens = Tokens::from_answer(&answer, now()).expect("tokens");
        assert_eq!(tokens.access_expires().to_string(), "2026-03-04T14:02:00Z");
        assert_eq!(tokens.refresh_expires().to_string(), "2026-03-04T14:10:00Z");
        assert!(!tokens.wants_renewal(now() + SignedDuration::from_secs(107)));
        assert!(tokens.wants_renewal(now() + SignedDuration::from_secs(108)));
        assert!(tokens.can_refresh(now()) && !tokens.can_refresh(now() + SignedDuration::from_secs(600)));
    }

    #[test]
    fn survives_storing_and_hides_itself() {
        let answer = json!({"tokens": {"access": {"token": "AAAA"}, "refresh": {"token": "RRRR"}}});
        let tokens = Tokens::from_answer(&answer, now()).expect("tokens");
        let again = Tokens::from_json(&tokens.expose_json()).expect("reads its own form");
        assert_eq!(again.access().expose_secret(), "AAAA");
        assert_eq!(again.access_expires(), tokens.access_expires());
        let debug = format!("{tokens:?}");
        assert!(!debug.contains("AAAA") && !debug.contains("RRRR"), "{debug}");
        assert!(Tokens::from_json("{}").is_none());
    }
}
