//! The master key of a state, in its versions. There is one, but for the time in which it is changed: then the newest
//! seals and the ones before still open. Its text is the state's key file.

use crate::seal::random;
use hkdf::Hkdf;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// What begins the line of the marks' key in the key file.
const MARKS: &str = "marks";

type Bytes = Zeroizing<[u8; 32]>;

/// The state's master key.
#[derive(Clone)]
pub(crate) struct MasterKey {
    versions: BTreeMap<i64, Bytes>,
    /// The key of the marks in plans, where it is an earlier one than the newest version's: open calls of which
    /// the plan holds a secret are recognised by it.
    marks: Option<Bytes>,
}

impl MasterKey {
    pub(crate) fn generate() -> Self {
        Self { versions: BTreeMap::from([(1, Zeroizing::new(random()))]), marks: None }
    }

    /// Reads a key file: one line a version, `VERSION HEX`, and perhaps `marks HEX`. A line of hex alone is
    /// version 1, as the first start writes it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut key = Self { versions: BTreeMap::new(), marks: None };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (name, hex) = line.split_once(' ').unwrap_or(("1", line));
            let bytes = Zeroizing::new(<[u8; 32]>::try_from(hex::decode(hex.trim()).ok()?).ok()?);
            let known = match name {
                MARKS => key.marks.replace(bytes),
                version => key.versions.insert(version.parse().ok().filter(|number| *number > 0)?, bytes),
            };
            if known.is_some() {
                return None;
            }
        }
        (!key.versions.is_empty()).then_some(key)
    }

    /// The text of its key file.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        if let (Some(only), 1, None) = (self.versions.get(&1), self.versions.len(), &self.marks) {
            return Zeroizing::new(hex::encode(only.as_ref()));
        }
        let versions = self.versions.iter().map(|(version, key)| (version.to_string(), key));
        let marks = self.marks.iter().map(|key| (MARKS.to_owned(), key));
        let lines =
            versions.chain(marks).map(|(name, key)| format!("{name} {}\n", hex::encode(key.as_ref())));
        Zeroizing::new(lines.collect())
    }

    /// The version that seals.
    pub(crate) fn version(&self) -> i64 {
        *self.versions.last_key_value().expect("a master key has a version").0
    }

    /// Whether a version before the newest is still there.
    pub(crate) fn is_changing(&self) -> bool {
        self.versions.len() > 1
    }

    /// With one more version, which seals from now on. Marks stay what they are.
    pub(crate) fn with_new_version(&self) -> Self {
        let mut key = self.clone();
        key.marks = Some(Zeroizing::new(self.marks_key()));
        key.versions.insert(self.version() + 1, Zeroizing::new(random()));
        key
    }

    /// The newest version alone, with the marks' key as it is.
    pub(crate) fn newest_alone(&self) -> Self {
        let newest = self.version();
        let mut key = self.clone();
        key.versions.retain(|version, _| *version == newest);
        key
    }

    /// With marks of the newest version: no plan that is still open holds others.
    pub(crate) fn with_own_marks(&self) -> Self {
        Self { marks: None, ..self.clone() }
    }

    /// The key of the marks that stand for secrets in plans.
    pub(crate) fn marks_key(&self) -> [u8; 32] {
        match &self.marks {
            Some(kept) => **kept,
            None => derive(&self.versions[&self.version()], "plan secrets v1"),
        }
    }

    /// The keys of the checkpoints' MAC, newest first.
    pub(crate) fn checkpoint_keys(&self) -> Vec<[u8; 32]> {
        self.versions.values().rev().map(|key| derive(key, "audit checkpoints v1")).collect()
    }

    /// The keys that seal and open, by version.
    pub(crate) fn sealing_keys(&self) -> impl Iterator<Item = (i64, [u8; 32])> {
        self.versions.iter().map(|(version, key)| (*version, derive(key, "sealed rows v1")))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey(version {})", self.version())
    }
}

fn derive(key: &[u8; 32], purpose: &str) -> [u8; 32] {
    let mut derived = [0; 32];
    Hkdf::<Sha256>::new(Some(b"ncgate"), key)
        .expand(purpose.as_bytes(), &mut derived)
        .expect("32 bytes is a length that HKDF gives");
    derived
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_read_as_it_was_written() {
        let first = MasterKey::generate();
        assert_eq!(first.to_text().len(), 64, "a line of hex alone");
        let changing = first.with_new_version();
        let changed = changing.newest_alone();
        let settled = changed.with_own_marks();
        for key in [&first, &changing, &changed, &settled] {
            let read = MasterKey::parse(&key.to_text()).unwrap();
            assert_eq!(read.to_text(), key.to_text());
            assert_eq!(read.version(), key.version());
        }
        assert_eq!(changed.marks_key(), first.marks_key(), "an open plan keeps its digest");
        assert_ne!(settled.marks_key(), first.marks_key());
        assert_eq!(changing.checkpoint_keys(), [changed.checkpoint_keys(), first.checkpoint_keys()].concat());
    }

    #[test]
    fn what_is_no_key_file_is_refused() {
        let hex = "ab".repeat(32);
        let two = format!("1 {hex}\n1 {hex}");
        let marks = format!("marks {hex}");
        let zero = format!("0 {hex}");
        for wrong in ["", "ab", "x", &hex[1..], &two, &marks, &zero, &format!("{hex}\n{hex}")] {
            assert!(MasterKey::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn derived_keys_differ_by_purpose() {
        let key = MasterKey::generate();
        let sealing = key.sealing_keys().next().unwrap().1;
        assert!(key.marks_key() != key.checkpoint_keys()[0] && key.marks_key() != sealing);
    }
}
