//! The manifest: what a backup holds, of which time and which version, and the digest of each file.

use model::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};

/// The name of the manifest, the first file of a backup.
pub(super) const NAME: &str = "manifest.json";

/// The form of the inside that this version writes and reads.
pub(super) const FORM: u32 = 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The form of the inside.
    pub(super) form: u32,
    /// The version of ncgate that took the backup.
    pub(super) ncgate: String,
    /// When the copy was made.
    pub(super) taken_at: Timestamp,
    /// The files, by name.
    pub(super) files: BTreeMap<String, Content>,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Content {
    /// What comes out of a reader, copied to a writer on its way.
    pub(super) fn of(
        from: &mut impl Read,
        to: &mut impl Write,
        worked: &mut dyn FnMut(u64),
    ) -> io::Result<Self> {
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 64 * 1024]);
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => return Ok(Self { bytes, sha256: hex::encode(hash.finalize()) }),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hash.update(&buffer[..read]);
            to.write_all(&buffer[..read])?;
            bytes += read as u64;
            worked(read as u64);
        }
    }
}
