//! The token in every form: it shows that the form came from a page of this session, which no other site can read.
//! It is derived from the session's token and a fresh number, so nothing has to be kept, and no two pages carry the
//! same characters for a compressed answer to give away.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Bytes of the fresh number.
const NONCE: usize = 16;

fn mac(session: &SecretString, nonce: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(session.expose_secret().as_bytes())
        .expect("this MAC takes keys of any length");
    mac.update(b"ncgate form ");
    mac.update(nonce);
    mac
}

/// A token for a page of this session.
pub(crate) fn token(session: &SecretString) -> String {
    let mut bytes = vec![0; NONCE];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    let tag = mac(session, &bytes).finalize().into_bytes();
    bytes.extend_from_slice(&tag);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether a token is one of this session's.
pub(crate) fn is_genuine(session: &SecretString, token: &str) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return false };
    bytes.split_at_checked(NONCE).is_some_and(|(nonce, tag)| mac(session, nonce).verify_slice(tag).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_session_alone() {
        let (one, other) = (SecretString::from("ncs_one"), SecretString::from("ncs_other"));
        let (first, second) = (token(&one), token(&one));
        assert_ne!(first, second);
        assert!(is_genuine(&one, &first) && is_genuine(&one, &second));
        assert!(!is_genuine(&other, &first));
        for wrong in ["", "AAAA", "not base64!", &first[..20]] {
            assert!(!is_genuine(&one, wrong), "{wrong}");
        }
    }
}
