//! Secrets at rest. Separate keys are derived from the master key for sealing, for the marks of secrets in plans, and
//! for the checkpoints' MAC. What is sealed is bound to the row it belongs to, so a sealed value that is moved to
//! another row does not open; and it names the version of the key, so that values under two of them lie side by side
//! while the key is changed.

use crate::keyring::MasterKey;
use base64::Engine as _;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use model::{Kind, Problem};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use store::{CheckpointKeys, Sealed};
use zeroize::Zeroizing;

/// Bytes of the nonce in front of every sealed value.
const NONCE: usize = 24;

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

/// Seals and opens values that lie in the store. Clones are the same sealer: a change of key reaches all of them.
#[derive(Clone)]
pub(crate) struct Sealer {
    ciphers: Arc<RwLock<Ciphers>>,
    checkpoints: CheckpointKeys,
}

struct Ciphers {
    key: MasterKey,
    by_version: BTreeMap<i64, XChaCha20Poly1305>,
}

/// A sealed value that does not open: damaged, moved, or sealed under another key.
#[derive(Debug, thiserror::Error)]
#[error(
    "a sealed value does not open; the state's key file is not the one it was sealed under, or the row was changed"
)]
pub(crate) struct DoesNotOpen;

impl From<DoesNotOpen> for Problem {
    fn from(closed: DoesNotOpen) -> Self {
        Problem::new(Kind::Internal, closed.to_string()).hint(
            "put the right master key in place and start again, or restore the state and its key from the same backup",
        )
    }
}

impl Sealer {
    pub(crate) fn new(key: MasterKey) -> Self {
        let checkpoints = CheckpointKeys::new(key.checkpoint_keys());
        let by_version = ciphers(&key);
        Self { ciphers: Arc::new(RwLock::new(Ciphers { key, by_version })), checkpoints }
    }

    /// Takes other versions of the master key from now on. What this process could open it still can.
    pub(crate) fn take(&self, key: MasterKey) {
        self.checkpoints.replace(key.checkpoint_keys());
        let mut held = self.ciphers.write().unwrap_or_else(PoisonError::into_inner);
        held.by_version.extend(ciphers(&key));
        held.key = key;
    }

    /// The versions it works with.
    pub(crate) fn key(&self) -> MasterKey {
        self.read(|held| held.key.clone())
    }

    /// The key of the marks that stand for secrets in plans.
    pub(crate) fn marks_key(&self) -> [u8; 32] {
        self.read(|held| held.key.marks_key())
    }

    /// The keys of the checkpoints, which follow every change.
    pub(crate) fn checkpoint_keys(&self) -> CheckpointKeys {
        self.checkpoints.clone()
    }

    fn read<T>(&self, look: impl FnOnce(&Ciphers) -> T) -> T {
        look(&self.ciphers.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Seals bytes for one row under the newest key; `place` names table, row and column.
    pub(crate) fn seal(&self, place: &str, clear: &[u8]) -> Sealed {
        let nonce = random::<NONCE>();
        let (key_version, sealed) = self.read(|held| {
            let version = held.key.version();
            let cipher = &held.by_version[&version];
            let payload = Payload { msg: clear, aad: place.as_bytes() };
            (version, cipher.encrypt(&XNonce::from(nonce), payload).expect("what is sealed fits in memory"))
        });
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Sealed { key_version, bytes }
    }

    /// Opens what was sealed for this row.
    pub(crate) fn open(&self, place: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let (nonce, body) = sealed.bytes.split_at_checked(NONCE).ok_or(DoesNotOpen)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| DoesNotOpen)?;
        self.read(|held| {
            let cipher = held.by_version.get(&sealed.key_version).ok_or(DoesNotOpen)?;
            cipher
                .decrypt(&XNonce::from(nonce), Payload { msg: body, aad: place.as_bytes() })
                .map(Zeroizing::new)
                .map_err(|_| DoesNotOpen)
        })
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

fn ciphers(key: &MasterKey) -> BTreeMap<i64, XChaCha20Poly1305> {
    key.sealing_keys().map(|(version, key)| (version, XChaCha20Poly1305::new(&key.into()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_under_its_key() {
        let sealer = Sealer::new(MasterKey::generate());
        let sealed = sealer.seal("connections/1/jwt", b"a token");
        assert!(!sealed.bytes.windows(7).any(|w| w == b"a token"));
        assert_eq!(sealer.open("connections/1/jwt", &sealed).unwrap().as_slice(), b"a token");
        assert!(sealer.open("connections/2/jwt", &sealed).is_err());
        assert!(Sealer::new(MasterKey::generate()).open("connections/1/jwt", &sealed).is_err());
        let mut damaged = sealed.clone();
        damaged.bytes[30] ^= 1;
        assert!(sealer.open("connections/1/jwt", &damaged).is_err());
    }

    #[test]
    fn a_changed_key_seals_and_the_one_before_still_opens() {
        let sealer = Sealer::new(MasterKey::generate());
        let before = sealer.seal("a", b"old");
        sealer.take(sealer.key().with_new_version());
        let after = sealer.seal("a", b"new");
        assert_eq!((before.key_version, after.key_version), (1, 2));
        assert_eq!(sealer.open("a", &before).unwrap().as_slice(), b"old");
        let alone = Sealer::new(sealer.key().newest_alone());
        assert!(alone.open("a", &before).is_err());
        assert_eq!(alone.open("a", &after).unwrap().as_slice(), b"new");
    }
}
