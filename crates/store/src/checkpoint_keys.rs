//! The keys under which checkpoints are signed. While the master key is being changed there are two: the new one
//! signs, the old one is still believed, and every file that is written carries signatures of the new one alone.

use model::audit::Checkpoint;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// Keys that sign checkpoints, newest first. Clones are the same keys: exchanging them reaches an open store.
#[derive(Clone)]
pub struct CheckpointKeys(Arc<RwLock<Vec<[u8; 32]>>>);

impl CheckpointKeys {
    /// The first signs; all of them are believed.
    pub fn new(newest_first: Vec<[u8; 32]>) -> Self {
        Self(Arc::new(RwLock::new(newest_first)))
    }

    /// Takes other keys from now on.
    pub fn replace(&self, newest_first: Vec<[u8; 32]>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = newest_first;
    }

    fn all(&self) -> Vec<[u8; 32]> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key that signs.
    pub(crate) fn signing(&self) -> [u8; 32] {
        self.all()[0]
    }

    /// Whether one of the keys signed it.
    pub(crate) fn believe(&self, point: &Checkpoint) -> bool {
        self.all().iter().any(|key| point.is_genuine(key))
    }

    /// The checkpoint under the newest key, where an older one signed it. What nobody signed stays as it is.
    pub(crate) fn renew(&self, point: &Checkpoint) -> Checkpoint {
        let keys = self.all();
        match keys.iter().position(|key| point.is_genuine(key)) {
            Some(older) if older > 0 => point.signed_anew(&keys[0]),
            _ => point.clone(),
        }
    }

    /// Whether an older key is still believed.
    pub(crate) fn changing(&self) -> bool {
        self.all().len() > 1
    }
}

impl From<[u8; 32]> for CheckpointKeys {
    fn from(key: [u8; 32]) -> Self {
        Self::new(vec![key])
    }
}

impl From<&[u8; 32]> for CheckpointKeys {
    fn from(key: &[u8; 32]) -> Self {
        Self::from(*key)
    }
}

impl fmt::Debug for CheckpointKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckpointKeys({})", self.all().len())
    }
}
