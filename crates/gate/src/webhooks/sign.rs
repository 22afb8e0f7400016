//! Signatures as Standard Webhooks says: an HMAC-SHA256 over id, time and body, so that a receiver knows that a message
//! is from this gateway, whole, and fresh.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// How a secret begins.
const PREFIX: &str = "whsec_";

/// A new secret: 32 random bytes.
pub(crate) fn new_secret() -> Zeroizing<String> {
    let bytes = Zeroizing::new(crate::seal::random::<32>());
    Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(bytes.as_ref())))
}

/// The value of `webhook-signature`: one signature for each secret, separated by blanks.
pub(super) fn signatures<'a>(
    id: &str,
    seconds: i64,
    body: &[u8],
    secrets: impl Iterator<Item = &'a str>,
) -> String {
    let signed: Vec<String> = secrets.filter_map(|secret| signature(secret, id, seconds, body)).collect();
    signed.join(" ")
}

fn signature(secret: &str, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let key = Zeroizing::new(STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?);
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_comes_out() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signatures(id, 1_614_265_330, body, [secret].into_iter()), expected);
        let twice = signatures(id, 1_614_265_330, body, [secret, secret].into_iter());
        assert_eq!(twice, format!("{expected} {expected}"));
    }

    #[test]
    fn a_new_secret_signs_as_the_reference_implementation_does() {
        let secret = new_secret();
        let reference = standardwebhooks::Webhook::new(&secret).unwrap();
        let ours = signatures("msg_1", 1_700_000_000, b"{}", [secret.as_str()].into_iter());
        assert_eq!(ours, reference.sign("msg_1", 1_700_000_000, b"{}").unwrap());
        assert_eq!(STANDARD.decode(&secret[PREFIX.len()..]).unwrap().len(), 32);
    }
}
