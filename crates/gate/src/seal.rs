//! Secrets at rest. One master key per state, from which separate keys are derived for sealing, for the marks of
//! secrets in plans, and for the checkpoints' MAC. What is sealed is bound to the row it belongs to, so a sealed
//! value that is moved to another row does not open.

use base64::Engine as _;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use store::Sealed;
use zeroize::Zeroizing;

/// Bytes of the nonce in front of every sealed value.
const NONCE: usize = 24;

/// The version of the master key that seals today.
const KEY_VERSION: i64 = 1;

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}

/// Random text of 256 bits, safe in URLs and headers.
pub(crate) fn random_token() -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::<32>())
}

/// The state's master key.
#[derive(Clone)]
pub(crate) struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    pub(crate) fn generate() -> Self {
        Self(Zeroizing::new(random()))
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(Some(b"ncgate"), self.0.as_ref())
            .expand(purpose.as_bytes(), &mut key)
            .expect("32 bytes is a length that HKDF gives");
        key
    }

    /// The key of the marks that stand for secrets in plans.
    pub(crate) fn vault_key(&self) -> [u8; 32] {
        self.derive("plan secrets v1")
    }

    /// The key of the checkpoints' MAC.
    pub(crate) fn checkpoint_key(&self) -> [u8; 32] {
        self.derive("audit checkpoints v1")
    }

    pub(crate) fn sealer(&self) -> Sealer {
        Sealer { cipher: XChaCha20Poly1305::new(&self.derive("sealed rows v1").into()) }
    }
}

/// Seals and opens values that lie in the store.
#[derive(Clone)]
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
}

/// A sealed value that does not open: damaged, moved, or sealed under another key.
#[derive(Debug, thiserror::Error)]
#[error(
    "a sealed value does not open; the state's key file is not the one it was sealed under, or the row was changed"
)]
pub(crate) struct DoesNotOpen;

impl Sealer {
    /// Seals bytes for one row; `place` names table, row and column.
    pub(crate) fn seal(&self, place: &str, clear: &[u8]) -> Sealed {
        let nonce = random::<NONCE>();
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: clear, aad: place.as_bytes() })
            .expect("what is sealed fits in memory");
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Sealed { key_version: KEY_VERSION, bytes }
    }

    /// Opens what was sealed for this row.
    pub(crate) fn open(&self, place: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let (nonce, body) = sealed.bytes.split_at_checked(NONCE).ok_or(DoesNotOpen)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| DoesNotOpen)?;
        self.cipher
            .decrypt(&XNonce::from(nonce), Payload { msg: body, aad: place.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| DoesNotOpen)
    }

    /// Seals a JSON value.
    pub(crate) fn seal_json<T: serde::Serialize>(&self, place: &str, value: &T) -> Sealed {
        let clear = Zeroizing::new(serde_json::to_vec(value).expect("what is sealed is JSON"));
        self.seal(place, &clear)
    }

    /// Opens a JSON value.
    pub(crate) fn open_json<T: serde::de::DeserializeOwned>(
        &self,
        place: &str,
        sealed: &Sealed,
    ) -> Result<T, DoesNotOpen> {
        serde_json::from_slice(&self.open(place, sealed)?).map_err(|_| DoesNotOpen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_under_its_key() {
        let key = MasterKey::from_bytes([3; 32]);
        let sealed = key.sealer().seal("connections/1/jwt", b"a token");
        assert!(!sealed.bytes.windows(7).any(|w| w == b"a token"));
        assert_eq!(key.sealer().open("connections/1/jwt", &sealed).unwrap().as_slice(), b"a token");
        assert!(key.sealer().open("connections/2/jwt", &sealed).is_err());
        assert!(MasterKey::from_bytes([4; 32]).sealer().open("connections/1/jwt", &sealed).is_err());
        let mut damaged = sealed.clone();
        damaged.bytes[30] ^= 1;
        assert!(key.sealer().open("connections/1/jwt", &damaged).is_err());
    }

    #[test]
    fn derived_keys_differ_by_purpose() {
        let key = MasterKey::from_bytes([3; 32]);
        assert_ne!(key.vault_key(), key.checkpoint_key());
    }
}
