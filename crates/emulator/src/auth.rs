//! Tokens, as NOTES §2 tells of them: a permanent JWT is traded for an access and a refresh token that live in memory
//! only. What an expired password, a regenerated JWT or a restart does to them is here too.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::hash::Dice;

/// What `POST /_emulator/expire` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expire {
    /// Every access token.
    Access,
    /// Every refresh token.
    Refresh,
    /// The JWT is generated again: the old one and all tokens it was traded for are refused.
    Jwt,
    /// The account's password expires: the old JWT can still be traded, and every other call gives 500.
    Password,
}

const ACCESS_SECONDS: u64 = 3600;
const REFRESH_SECONDS: u64 = 90_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Access,
    Refresh,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Good,
    Revoked,
    PasswordExpired,
}

struct Issued {
    kind: Kind,
    /// Place of the JWT it was traded for; none for a single sign-on.
    jwt: Option<usize>,
    until_ms: i64,
    /// Both tokens of a pair carry the same number.
    pair: u64,
}

pub(crate) struct Access {
    dice: Dice,
    nonce: i64,
    jwts: Vec<(String, Standing)>,
    issued: HashMap<String, Issued>,
    pairs: u64,
}

/// A token in three parts, as the server's are. Nobody checks the signature.
fn jwt_text(dice: Dice, payload: &Value, index: u64) -> String {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let payload = payload.to_string();
    let salt = payload.bytes().fold(index, |h, b| h.rotate_left(7) ^ u64::from(b));
    let signature: Vec<u8> =
        (0..4).flat_map(|i| dice.roll("signature", salt.wrapping_add(i)).to_be_bytes()).collect();
    format!("{}.{}.{}", part(br#"{"alg":"HS256"}"#), part(payload.as_bytes()), part(&signature))
}

impl Access {
    pub(crate) fn new(dice: Dice, jwt: Option<String>, started_ms: i64) -> Self {
        let jwt = jwt.unwrap_or_else(|| user_token(dice, 0));
        Self { dice, nonce: started_ms, jwts: vec![(jwt, Standing::Good)], issued: HashMap::new(), pairs: 0 }
    }

    /// The JWT that works now.
    pub(crate) fn jwt(&self) -> &str {
        self.jwts.last().map_or("", |(text, _)| text)
    }

    /// Trades the JWT in the Authorization header. An expired password does not show yet.
    pub(crate) fn authenticate(&mut self, headers: &HeaderMap, now_ms: i64) -> Result<Value, Failure> {
        let token = bearer(headers)?;
        let known =
            self.jwts.iter().position(|(text, standing)| text == token && *standing != Standing::Revoked);
        let jwt = known.ok_or_else(refused)?;
        self.issue(headers, Some(jwt), now_ms)
    }

    /// Trades an identity provider's token: anything in the shape of a JWT that is not one of our own.
    pub(crate) fn single_sign_on(&mut self, headers: &HeaderMap, now_ms: i64) -> Result<Value, Failure> {
        let token = bearer(headers)?;
        let own = self.issued.contains_key(token) || self.jwts.iter().any(|(text, _)| text == token);
        if own || token.split('.').filter(|part| !part.is_empty()).count() != 3 {
            return Err(refused());
        }
        self.issue(headers, None, now_ms)
    }

    pub(crate) fn refresh(
        &mut self,
        headers: &HeaderMap,
        token: &str,
        now_ms: i64,
    ) -> Result<Value, Failure> {
        let jwt = self.living(token, Kind::Refresh, now_ms)?.jwt;
        self.issue(headers, jwt, now_ms)
    }

    /// Whether the request carries a good access token.
    pub(crate) fn check(&self, headers: &HeaderMap, now_ms: i64) -> Result<(), Failure> {
        self.living(bearer(headers)?, Kind::Access, now_ms).map(|_| ())
    }

    pub(crate) fn logout(&mut self, headers: &HeaderMap, now_ms: i64) -> Result<(), Failure> {
        let pair = self.living(bearer(headers)?, Kind::Access, now_ms)?.pair;
        self.issued.retain(|_, issued| issued.pair != pair);
        Ok(())
    }

    /// Tokens are held in memory, so a restart voids them all.
    pub(crate) fn restart(&mut self) {
        self.issued.clear();
    }

    /// Ends tokens; answers the new JWT where one had to be generated.
    pub(crate) fn expire(&mut self, what: Expire) -> Option<String> {
        match what {
            Expire::Access => self.issued.retain(|_, issued| issued.kind != Kind::Access),
            Expire::Refresh => self.issued.retain(|_, issued| issued.kind != Kind::Refresh),
            Expire::Jwt => {
                self.issued.clear();
                return Some(self.regenerate(Standing::Revoked));
            }
            Expire::Password => return Some(self.regenerate(Standing::PasswordExpired)),
        }
        None
    }

    fn regenerate(&mut self, standing: Standing) -> String {
        for (_, old) in &mut self.jwts {
            if *old == Standing::Good || standing == Standing::Revoked {
                *old = standing;
            }
        }
        let jwt = user_token(self.dice, self.jwts.len() as u64);
        self.jwts.push((jwt.clone(), Standing::Good));
        jwt
    }

    fn living(&self, token: &str, kind: Kind, now_ms: i64) -> Result<&Issued, Failure> {
        let issued =
            self.issued.get(token).filter(|t| t.kind == kind && now_ms < t.until_ms).ok_or_else(refused)?;
        match issued.jwt.map_or(Standing::Good, |jwt| self.jwts[jwt].1) {
            Standing::Good => Ok(issued),
            Standing::Revoked => Err(refused()),
            Standing::PasswordExpired => {
                Err(Failure::server("UnexpectedDmsResponseException", "unexpected response from DMS."))
            }
        }
    }

    fn issue(&mut self, headers: &HeaderMap, jwt: Option<usize>, now_ms: i64) -> Result<Value, Failure> {
        let access_seconds = lifetime(headers, "X-ACCESS-EXPIRY-OVERRIDE", ACCESS_SECONDS)?;
        let refresh_seconds = lifetime(headers, "X-REFRESH-EXPIRY-OVERRIDE", REFRESH_SECONDS)?;
        self.issued.retain(|_, issued| now_ms < issued.until_ms);
        self.pairs += 1;
        let pair = self.pairs;
        let mut token = |kind: Kind, name: &str, seconds: u64| {
            let until_ms = now_ms.saturating_add((seconds * 1000).cast_signed());
            let payload = json!({"type": name, "iss": "N-central", "jti": format!("{}-{pair}", self.nonce), "exp": until_ms / 1000});
            let text = jwt_text(self.dice, &payload, pair);
            self.issued.insert(text.clone(), Issued { kind, jwt, until_ms, pair });
            text
        };
        let access = token(Kind::Access, "access", access_seconds);
        let refresh = token(Kind::Refresh, "refresh", refresh_seconds);
        Ok(json!({
            "tokens": {
                "access": {"token": access, "type": "Bearer", "expirySeconds": access_seconds},
                "refresh": {"token": refresh, "type": "Body", "expirySeconds": refresh_seconds},
            },
            "refresh": "/api/auth/refresh",
            "validate": "/api/auth/validate",
        }))
    }
}

fn user_token(dice: Dice, generation: u64) -> String {
    let payload = json!({"sub": "ncgate-api@northwind-it.example", "iss": "N-central", "generation": generation, "uid": dice.uuid("jwt", generation)});
    jwt_text(dice, &payload, generation)
}

fn refused() -> Failure {
    Failure::unauthorized("DmsLoginException", "The session was not found, has expired or was revoked.")
}

fn bearer(headers: &HeaderMap) -> Result<&str, Failure> {
    let value = headers.get(http::header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Ok(token.trim())
        }
        _ => Err(Failure::unauthorized("UnauthorizedException", "Missing authorization header bearer.")),
    }
}

/// An expiry override only shortens: a large one is clamped, a malformed one refused.
fn lifetime(headers: &HeaderMap, name: &str, most: u64) -> Result<u64, Failure> {
    let Some(value) = headers.get(name) else { return Ok(most) };
    let malformed =
        || Failure::bad_request(&format!("Invalid {name}: expected digits followed by s, m or h"));
    let text = value.to_str().map_err(|_| malformed())?;
    let digits = text.trim_end_matches(['s', 'm', 'h']);
    let unit = match text.strip_prefix(digits) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        _ => return Err(malformed()),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(malformed());
    }
    Ok(digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(unit).min(most))
}
