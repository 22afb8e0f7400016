//! A database goes with one master key, whether one process works on it or several nodes that each have a copy. The
//! key's fingerprint is kept in the database, so that another key is refused at the start, and not when it first meets a
//! value that it can't open.

use crate::gate::{Gate, Refused};
use crate::keyring::MasterKey;
use model::canonical::sha256_hex;
use model::{Kind, Problem};
use store::{Store, Tx};

/// The setting that holds version and fingerprint of the key that sealed last.
const SETTING: &str = "master_key";

/// What can be told of each version of the key without telling the key.
fn fingerprints(key: &MasterKey) -> Vec<String> {
    key.sealing_keys()
        .map(|(version, key)| {
            let hash = sha256_hex(&[b"ncgate master key".as_slice(), key.as_slice()].concat());
            format!("{version} {}", &hash[..32])
        })
        .collect()
}

/// Refuses a key that is not the one of this database; the first one becomes it.
pub(crate) async fn check(store: &Store, key: &MasterKey) -> Result<(), Problem> {
    let ours = fingerprints(key);
    let checked = store
        .write(move |tx| -> Result<(), Refused> {
            match store::settings::get(tx, SETTING)? {
                Some(known) if !ours.contains(&known) => Err(another_key().into()),
                Some(_) => Ok(()),
                None => Ok(note(tx, &ours)?),
            }
        })
        .await;
    checked.map_err(Problem::from)
}

fn note(tx: &mut Tx<'_>, fingerprints: &[String]) -> Result<(), store::Error> {
    match fingerprints.last() {
        Some(newest) => store::settings::put(tx, SETTING, newest),
        None => Ok(()),
    }
}

fn another_key() -> Problem {
    Problem::new(
        Kind::Internal,
        "this is another master key than the one that sealed what is in the database; nothing was changed",
    )
    .hint(
        "put the right master.key in its place, from your backup; where several nodes share the database, copy that of the \
         first one to each and name the copy with --master-key",
    )
}

impl Gate {
    /// Notes that the newest version of the key seals from now on.
    pub(crate) async fn note_master_key(&self) -> Result<(), Problem> {
        let ours = fingerprints(&self.inner.sealer.key());
        self.inner.store.write(move |tx| note(tx, &ours)).await.map_err(crate::gate::store_problem)
    }
}
