//! Putting a backup back: everything is decrypted, compared with its manifest and proved in a corner of the empty
//! state directory, what was on its way is halted, and only then do the files get their places.

use super::cipher::{Decrypting, Unreadable};
use super::manifest::{Content, FORM, Manifest, NAME};
use super::state_after::halt;
use super::vacant::Vacant;
use super::{FILES, Worked, at, failed};
use crate::admin::{Verification, verify_state};
use crate::boundary::{self, private};
use crate::seal::Sealer;
use model::{Kind, Problem, Timestamp};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use store::{Checkpoints, Location, Store};

/// The longest manifest that is read.
const MANIFEST: u64 = 64 * 1024;

/// A state that was put back.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The moment the backup held.
    pub taken_at: Timestamp,
    /// The version of ncgate that took it.
    pub version: String,
    /// Calls that may have run since the backup; their outcome is unknown.
    pub calls_unknown: u64,
    /// Approvals that were pending, and expired.
    pub approvals_expired: u64,
    /// Sessions that were ended.
    pub sessions_ended: u64,
    /// What proving the record found once everything was in its place.
    pub record: Verification,
}

/// Puts a backup into an empty state directory. `by` says who did it, for the record. It blocks while it reads.
///
/// # Errors
/// A file that is no backup, is damaged or cut off, or was made under another passphrase or by a newer version; a
/// directory that is not empty. Nothing is in place then.
pub async fn restore(
    dir: &Path,
    file: &Path,
    passphrase: &SecretString,
    by: &str,
    now: Timestamp,
    worked: Worked<'_>,
) -> Result<Restored, Problem> {
    let from = File::open(file).map_err(at(file))?;
    let mut clear = Decrypting::begin(BufReader::new(from), passphrase).map_err(unreadable(file))?;
    let vacant = Vacant::hold(dir)?;
    let workshop = vacant.workshop();
    let manifest = unpack(&mut clear, &workshop, worked).map_err(unreadable(file))?;
    let key = boundary::key_of(&workshop, None).map_err(|error| crate::state_error(&error))?;
    let database = boundary::database(&workshop);
    store::check_file(&database).map_err(|error| failed("the database in the backup is damaged", error))?;

    let sealer = Sealer::new(key);
    let checkpoints = Checkpoints::file(boundary::checkpoints(&workshop), sealer.checkpoint_keys());
    let options = store::Options { checkpoints: Some(checkpoints) };
    let store = Store::open(Location::Sqlite(database), options)
        .map_err(|error| failed("the state in the backup can't be opened", error))?;
    let (taken_at, by) = (manifest.taken_at, by.to_owned());
    let halted = store.write(move |tx| halt(tx, taken_at, &by, now)).await;
    store.close().await;
    let halted = halted.map_err(|error| failed("what was on its way can't be halted", error))?;

    vacant.fill(&FILES)?;
    drop(vacant);
    let record = verify_state(dir).map_err(|error| crate::state_error(&error))?;
    Ok(Restored {
        taken_at: manifest.taken_at,
        version: manifest.ncgate,
        calls_unknown: halted.unknown,
        approvals_expired: halted.expired,
        sessions_ended: halted.sessions,
        record,
    })
}

/// Unpacks the files of the manifest, and nothing else, and compares each with its digest.
fn unpack(clear: &mut impl Read, into: &Path, worked: Worked<'_>) -> io::Result<Manifest> {
    let mut archive = tar::Archive::new(&mut *clear);
    let mut manifest: Option<Manifest> = None;
    let mut found = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        match &manifest {
            None if name == NAME => {
                let mut text = Vec::new();
                (&mut entry).take(MANIFEST).read_to_end(&mut text)?;
                let read: Manifest = serde_json::from_slice(&text)?;
                if read.form != FORM {
                    return Err(Unreadable::Newer.into());
                }
                manifest = Some(read);
            }
            Some(_) if FILES.contains(&name.as_str()) && !found.contains_key(&name) => {
                let mut file = private().write(true).create_new(true).open(into.join(&name))?;
                found.insert(name, Content::of(&mut entry, &mut file, worked)?);
                file.sync_all()?;
            }
            _ => return Err(io::Error::other(format!("{name} has no place in a backup"))),
        }
    }
    // To the last chunk, which alone proves that nothing was cut off.
    io::copy(clear, &mut io::sink())?;
    match manifest {
        Some(manifest) if manifest.files == found && FILES.iter().all(|name| found.contains_key(*name)) => {
            Ok(manifest)
        }
        _ => Err(io::Error::other("what is in the backup is not what its manifest says")),
    }
}

fn unreadable(file: &Path) -> impl Fn(io::Error) -> Problem {
    let name = file.display().to_string();
    move |error| match Unreadable::behind(&error) {
        Some(why) => {
            let hint = match why {
                Unreadable::WrongPassphrase => "nothing was changed; try again with the right passphrase",
                Unreadable::Newer => "nothing was changed; restore it with that version",
                Unreadable::NotABackup => "nothing was changed; give a file that `ncgate backup` wrote",
                Unreadable::Changed(_) | Unreadable::CutOff(_) => {
                    "nothing was changed; take another copy of the backup, or an earlier backup"
                }
            };
            Problem::new(Kind::BadRequest, format!("{name}: {why}")).hint(hint)
        }
        None => failed(&name, error).hint("nothing was changed"),
    }
}
