//! The audit chain's arithmetic: how an entry is bound to the one before, and how the first break is found.
//!
//! An entry is kept as its exact canonical text together with the text's SHA-256. The text holds the hash of the
//! entry before, its own place in the chain and everything that is recorded, so changing, dropping, swapping or
//! inserting one breaks the chain at a place that can be named. A chain alone can't tell that its end was cut
//! off; the checkpoint, kept outside the database under a MAC, can.

use crate::canonical;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

/// What the first entry of a chain names as the hash before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The chain of what belongs to no connection.
pub const SYSTEM_CHAIN: &str = "system";

/// What is hashed: the whole content of an entry. `B` is what its body is read as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content<B = Value> {
    /// The chain: a connection's id or [`SYSTEM_CHAIN`].
    pub chain: String,
    /// Place in the chain, from 1 without gaps.
    pub seq: u64,
    /// Milliseconds since 1970.
    pub time: i64,
    /// The hash of the entry before, or [`GENESIS`].
    pub prev: String,
    /// What kind of event.
    pub event: String,
    /// Everything recorded about it, secrets removed.
    pub body: B,
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The chain it is filed under.
    pub chain: String,
    /// The place it is filed at.
    pub seq: u64,
    /// The canonical text of its [`Content`].
    pub text: String,
    /// Lower-case hex SHA-256 of the text.
    pub hash: String,
}

/// Where a chain ends: what the next entry is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The last entry's place; 0 for an empty chain.
    pub seq: u64,
    /// The last entry's hash, or [`GENESIS`].
    pub hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, hash: GENESIS.to_owned() }
    }
}

impl Head {
    /// Chains one more entry on, and returns it with the head that follows.
    pub fn append(&self, chain: &str, time: i64, event: &str, body: Value) -> (Entry, Head) {
        let content = Content {
            chain: chain.to_owned(),
            seq: self.seq + 1,
            time,
            prev: self.hash.clone(),
            event: event.to_owned(),
            body,
        };
        let text = canonical::to_text(&content);
        let hash = canonical::sha256_hex(text.as_bytes());
        let head = Head { seq: content.seq, hash: hash.clone() };
        (Entry { chain: content.chain, seq: content.seq, text, hash }, head)
    }
}

/// What a checkpoint outside the database says: the chain had at least this head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The chain.
    pub chain: String,
    /// The head it had.
    #[serde(flatten)]
    pub head: Head,
    /// The break that was found before the chain was written on, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
    /// HMAC-SHA-256 over chain, place, hash and what is kept.
    pub mac: String,
}

/// A break that new entries would hide, kept beside the checkpoint that showed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The place of the broken or missing entry.
    pub seq: u64,
    /// How it is broken.
    pub problem: Break,
    /// The hash of the whole entry before, or [`GENESIS`].
    pub prev: String,
}

impl Checkpoint {
    /// Signs a head.
    pub fn sign(key: &[u8; 32], chain: &str, head: &Head) -> Self {
        let point = Self { chain: chain.to_owned(), head: head.clone(), kept: None, mac: String::new() };
        point.signed(key)
    }

    /// The same checkpoint with a break kept beside it, under one MAC.
    #[must_use]
    pub fn keep(&self, key: &[u8; 32], kept: Kept) -> Self {
        Self { kept: Some(kept), ..self.clone() }.signed(key)
    }

    /// The same checkpoint under another key. The MAC that it has must have been checked.
    #[must_use]
    pub fn signed_anew(&self, key: &[u8; 32]) -> Self {
        self.clone().signed(key)
    }

    /// The farthest head that the chain must still have: the one before the break, where one is kept.
    pub fn vouched(&self) -> Head {
        match &self.kept {
            Some(kept) => Head { seq: kept.seq.saturating_sub(1), hash: kept.prev.clone() },
            None => self.head.clone(),
        }
    }

    /// The break that is kept.
    pub fn broken(&self) -> Option<Broken> {
        let broken = |kept: &Kept| Broken { chain: self.chain.clone(), seq: kept.seq, problem: kept.problem };
        self.kept.as_ref().map(broken)
    }

    /// Whether the MAC is right.
    pub fn is_genuine(&self, key: &[u8; 32]) -> bool {
        let Ok(mac) = hex::decode(&self.mac) else { return false };
        self.tag(key).verify_slice(&mac).is_ok()
    }

    fn signed(self, key: &[u8; 32]) -> Self {
        Self { mac: hex::encode(self.tag(key).finalize().into_bytes()), ..self }
    }

    fn tag(&self, key: &[u8; 32]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("any key length will do");
        mac.update(b"ncgate checkpoint\0");
        let Head { seq, hash } = &self.head;
        let text = match &self.kept {
            None => canonical::to_text(&(&self.chain, seq, hash)),
            Some(kept) => canonical::to_text(&(&self.chain, seq, hash, kept)),
        };
        mac.update(text.as_bytes());
        mac
    }
}

/// How a chain is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Break {
    /// The entry is not what was written.
    Changed,
    /// The entry is not there.
    Missing,
    /// The entry stands at another one's place.
    Order,
    /// The chain ends before the checkpoint does.
    Tail,
}

/// The first break of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// The chain.
    pub chain: String,
    /// The place of the broken or missing entry.
    pub seq: u64,
    /// How.
    pub problem: Break,
}

/// Walks a chain entry by entry, in the order of their places, in constant memory.
#[derive(Debug)]
pub struct Verifier {
    chain: String,
    head: Head,
    checkpoint: Option<Head>,
}

impl Verifier {
    /// Starts at the beginning of a chain; the checkpoint's MAC must have been checked.
    pub fn new(chain: &str, checkpoint: Option<Head>) -> Self {
        Self { chain: chain.to_owned(), head: Head::default(), checkpoint }
    }

    /// Starts behind an entry that was checked before.
    pub fn behind(chain: &str, head: Head) -> Self {
        Self { chain: chain.to_owned(), head, checkpoint: None }
    }

    fn broken(&self, seq: u64, problem: Break) -> Broken {
        Broken { chain: self.chain.clone(), seq, problem }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// The first break, by chain, place and kind.
    pub fn next(&mut self, entry: &Entry) -> Result<(), Broken> {
        self.read_next::<IgnoredAny>(entry).map(|_| ())
    }

    /// Takes the next entry, and answers what it says, so that nobody has to read its text once more.
    ///
    /// # Errors
    /// The first break, by chain, place and kind.
    pub fn read_next<'a, B: Deserialize<'a>>(&mut self, entry: &'a Entry) -> Result<Content<B>, Broken> {
        let place = self.head.seq + 1;
        if entry.seq > place {
            return Err(self.broken(place, Break::Missing));
        }
        let changed = self.broken(place, Break::Changed);
        if canonical::sha256_hex(entry.text.as_bytes()) != entry.hash {
            return Err(changed);
        }
        let Ok(content) = serde_json::from_str::<Content<B>>(&entry.text) else { return Err(changed) };
        if content.chain != self.chain || content.seq != place || entry.seq != place {
            return Err(self.broken(place, Break::Order));
        }
        if content.prev != self.head.hash {
            // This entry is whole and vouches for another predecessor: the one before was replaced.
            return Err(self.broken(self.head.seq.max(1), Break::Changed));
        }
        self.head = Head { seq: place, hash: entry.hash.clone() };
        match &self.checkpoint {
            Some(point) if point.seq == place && point.hash != entry.hash => Err(changed),
            _ => Ok(content),
        }
    }

    /// Ends the walk.
    ///
    /// # Errors
    /// [`Break::Tail`] where the checkpoint knows of entries that are not there.
    pub fn finish(self) -> Result<Head, Broken> {
        match &self.checkpoint {
            Some(point) if point.seq > self.head.seq => Err(self.broken(self.head.seq + 1, Break::Tail)),
            _ => Ok(self.head),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn chain(length: u64) -> (Vec<Entry>, Head) {
        let mut head = Head::default();
        let entries = (0..length)
            .map(|i| {
                let (entry, next) = head.append("c", i as i64, "call", json!({ "i": i }));
                head = next;
                entry
            })
            .collect();
        (entries, head)
    }

    fn verify(entries: &[Entry], checkpoint: &Head) -> Result<Head, Broken> {
        let mut verifier = Verifier::new("c", Some(checkpoint.clone()));
        for entry in entries {
            verifier.next(entry)?;
        }
        verifier.finish()
    }

    #[test]
    fn a_whole_chain_verifies() {
        let (entries, head) = chain(20);
        assert_eq!(verify(&entries, &head), Ok(head));
    }

    #[test]
    fn a_checkpoint_is_genuine_only_under_its_key() {
        let (_, head) = chain(3);
        let point = Checkpoint::sign(&[1; 32], "c", &head);
        assert!(point.is_genuine(&[1; 32]));
        assert!(!point.is_genuine(&[2; 32]));
        let moved = Checkpoint { head: Head { seq: 2, ..head }, ..point };
        assert!(!moved.is_genuine(&[1; 32]));
    }

    #[test]
    fn a_kept_break_is_under_the_checkpoints_mac() {
        let (entries, head) = chain(3);
        let kept = Kept { seq: 3, problem: Break::Tail, prev: entries[1].hash.clone() };
        let point = Checkpoint::sign(&[1; 32], "c", &head);
        assert_eq!(point.vouched(), head);
        let broken = point.keep(&[1; 32], kept.clone());
        assert!(broken.is_genuine(&[1; 32]));
        assert_eq!(broken.vouched(), Head { seq: 2, hash: entries[1].hash.clone() });
        let moved = Some(Kept { seq: 2, ..kept });
        for forged in [Checkpoint { kept: moved, ..broken.clone() }, Checkpoint { kept: None, ..broken }] {
            assert!(!forged.is_genuine(&[1; 32]), "{forged:?}");
        }
    }

    #[test]
    fn an_entry_of_another_chain_is_out_of_place() {
        // At the beginning nothing before it tells two chains apart.
        let (entries, _) = chain(1);
        let filed = Entry { chain: "other".to_owned(), ..entries[0].clone() };
        let broken = Verifier::new("other", None).next(&filed).unwrap_err();
        assert_eq!((broken.seq, broken.problem), (1, Break::Order));
    }

    proptest! {
        #[test]
        fn every_tampering_is_found_and_named(length in 2u64..30, at in 0usize..30, how in 0u8..5) {
            let (mut entries, head) = chain(length);
            let at = at % entries.len();
            let place = at as u64 + 1;
            let expected = match how {
                0 => { entries[at].text = entries[at].text.replace("\"i\":", "\"j\":"); (place, Break::Changed) }
                1 => {
                    // Edited by someone who also makes the hash right again.
                    entries[at].text = entries[at].text.replace("\"i\":", "\"j\":");
                    entries[at].hash = canonical::sha256_hex(entries[at].text.as_bytes());
                    (place, Break::Changed)
                }
                2 => {
                    entries.remove(at);
                    (place, if at as u64 + 1 == length { Break::Tail } else { Break::Missing })
                }
                3 => {
                    let other = if at == 0 { 1 } else { at - 1 };
                    let (a, b) = (entries[at].seq, entries[other].seq);
                    (entries[at].seq, entries[other].seq) = (b, a);
                    entries.swap(at, other);
                    (a.min(b), Break::Order)
                }
                _ => { entries.truncate(at); (place, Break::Tail) }
            };
            let broken = verify(&entries, &head).unwrap_err();
            prop_assert_eq!((broken.seq, broken.problem), expected);
        }
    }
}
