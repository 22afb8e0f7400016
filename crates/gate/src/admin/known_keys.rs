//! The keys that were used just now, so that a burst of calls does not read the store for each of them.
//!
//! What is remembered lasts a second, and nothing outlives a change made in this process: whoever reads the store
//! says under which generation it began, and a reading that a change has overtaken is not kept.

use model::{CallerId, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::keys::Key;
use tokio::time::Instant;

/// How long a reading is trusted.
const FRESH: Duration = Duration::from_secs(1);

/// How often the use of a key is noted.
const NOTED: Duration = Duration::from_secs(60);

/// A key, and whether the person who owns it still may use anything.
#[derive(Clone)]
pub(crate) struct KnownKey {
    pub(crate) key: Arc<Key>,
    pub(crate) owner_disabled: bool,
}

#[derive(Default)]
struct Memory {
    generation: u64,
    keys: HashMap<CallerId, Remembered>,
}

struct Remembered {
    known: KnownKey,
    until: Instant,
    noted_at: Option<Timestamp>,
}

/// The keys that this process remembers.
#[derive(Default)]
pub(crate) struct KnownKeys(Mutex<Memory>);

impl KnownKeys {
    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.0.lock().expect("no holder panics")
    }

    /// A key that was read within the last second, or the generation under which it may be read.
    pub(super) fn get(&self, id: &CallerId) -> Result<KnownKey, u64> {
        let memory = self.memory();
        let fresh = memory.keys.get(id).filter(|remembered| Instant::now() < remembered.until);
        fresh.map(|remembered| remembered.known.clone()).ok_or(memory.generation)
    }

    /// Remembers a reading, unless something changed since it began.
    pub(super) fn put(&self, generation: u64, known: &KnownKey) {
        let mut memory = self.memory();
        if memory.generation == generation {
            let before = memory.keys.get(&known.key.id).and_then(|remembered| remembered.noted_at);
            let noted_at = before.max(known.key.last_used_at);
            let remembered = Remembered { known: known.clone(), until: Instant::now() + FRESH, noted_at };
            memory.keys.insert(known.key.id.clone(), remembered);
        }
    }

    /// Whether the use of a key is to be noted now.
    pub(super) fn is_due(&self, id: &CallerId, now: Timestamp) -> bool {
        let mut memory = self.memory();
        let Some(remembered) = memory.keys.get_mut(id) else { return false };
        let due = remembered.noted_at.is_none_or(|at| now >= at + NOTED);
        if due {
            remembered.noted_at = Some(now);
        }
        due
    }

    /// Forgets everything: a key or a person has changed.
    pub(crate) fn forget(&self) {
        let mut memory = self.memory();
        memory.generation += 1;
        memory.keys.clear();
    }
}
