//! Taking a backup: a copy of the database at one moment, with the key and the checkpoints that fit it, into one
//! encrypted file that appears under its name only when it is whole.

use super::cipher::Encrypting;
use super::manifest::{Content, FORM, Manifest, NAME};
use super::{FILES, Worked, at, check_passphrase, failed};
use crate::boundary::{self, private};
use model::audit::Checkpoint;
use model::{Kind, Problem, Timestamp};
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// How often the copy is made again because the key or the set of chains changed meanwhile.
const TRIES: u32 = 5;

/// A backup that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Where it is.
    pub file: PathBuf,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// The moment that it holds.
    pub taken_at: Timestamp,
}

/// Takes a backup of a state directory, whether or not a gateway has it open. The master key is the directory's own, or
/// in a file of its own. It blocks.
///
/// # Errors
/// A directory that holds no state or that others can reach; a file that is there already, unless `force`; a short
/// passphrase; the file system. Nothing is left behind by any of them.
pub fn take(
    dir: &Path,
    master_key: Option<&Path>,
    file: &Path,
    passphrase: &SecretString,
    force: bool,
    now: Timestamp,
    worked: Worked<'_>,
) -> Result<Taken, Problem> {
    check_passphrase(passphrase)?;
    if !boundary::database(dir).exists() {
        return Err(Problem::new(Kind::NotFound, format!("there is no state in {}", dir.display()))
            .hint("name the gateway's state directory with --state or NCGATE_STATE"));
    }
    boundary::check_closed(dir).map_err(|error| crate::state_error(&error))?;
    if !force && file.symlink_metadata().is_ok() {
        return Err(taken_name(file));
    }
    let copy = Copy::make(dir, master_key)?;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let unfinished = Unfinished(file.with_file_name(name));
    let new = &unfinished.0;
    match fs::remove_file(new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(new)(error)),
        _ => {}
    }
    let out = private().write(true).create_new(true).open(new).map_err(at(new))?;
    let written = copy.write(BufWriter::new(out), passphrase, now, worked).map_err(at(new))?;
    let written = written.into_inner().map_err(|error| at(new)(error.into_error()))?;
    written.sync_all().map_err(at(new))?;
    let bytes = written.metadata().map_err(at(new))?.len();
    match renameat_with(
        CWD,
        new,
        CWD,
        file,
        if force { RenameFlags::empty() } else { RenameFlags::NOREPLACE },
    ) {
        Err(rustix::io::Errno::EXIST) => return Err(taken_name(file)),
        renamed => renamed.map_err(|error| at(file)(error.into()))?,
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
    Ok(Taken { file: file.to_owned(), bytes, taken_at: now })
}

fn taken_name(file: &Path) -> Problem {
    Problem::new(Kind::Conflict, format!("{} is there already; nothing was written", file.display()))
        .hint("choose another name, or replace it with --force")
}

/// Goes away with its file, unless the file got its real name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The files of a state as they were at one moment.
struct Copy {
    database: Unfinished,
    /// Keeps other backups out while this one is being written.
    _lock: File,
    key: Zeroizing<Vec<u8>>,
    checkpoints: Vec<u8>,
}

impl Copy {
    fn make(dir: &Path, master_key: Option<&Path>) -> Result<Self, Problem> {
        let path = dir.join("snapshot.new");
        // One that a killed backup left is used again.
        let lock = private().write(true).create(true).truncate(false).open(&path).map_err(at(&path))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(Problem::new(Kind::Conflict, "another backup of this state is being taken")
                .hint("wait for it")
                .retryable(true));
        }
        let database = Unfinished(path);
        for _ in 0..TRIES {
            let before = Beside::read(dir, master_key)?;
            lock.set_len(0).map_err(at(&database.0))?;
            store::snapshot(&boundary::database(dir), &database.0)
                .map_err(|error| failed("the database can't be copied", error))?;
            let after = Beside::read(dir, master_key)?;
            // The checkpoints from before lag behind the copy at most. A chain that began meanwhile has none there,
            // and a key that was changed meanwhile may not open the copy.
            if before.key == after.key && before.chains() == after.chains() {
                return Ok(Self { database, _lock: lock, key: before.key, checkpoints: before.checkpoints });
            }
        }
        Err(Problem::new(
            Kind::Conflict,
            "the state changed in ways that no copy could be made of; nothing was written",
        )
        .hint("wait until the master key is changed and connections are made, then try again")
        .retryable(true))
    }

    fn write<W: Write>(
        &self,
        out: W,
        passphrase: &SecretString,
        now: Timestamp,
        worked: Worked<'_>,
    ) -> io::Result<W> {
        let mut files = BTreeMap::new();
        for name in FILES {
            files.insert(name.to_owned(), Content::of(&mut self.open(name)?, &mut io::sink(), worked)?);
        }
        let manifest =
            Manifest { form: FORM, ncgate: env!("CARGO_PKG_VERSION").to_owned(), taken_at: now, files };
        let text = serde_json::to_vec_pretty(&manifest)?;
        let mut archive = tar::Builder::new(Encrypting::begin(out, passphrase)?);
        append(&mut archive, NAME, text.len() as u64, now, text.as_slice())?;
        for (name, content) in &manifest.files {
            append(&mut archive, name, content.bytes, now, self.open(name)?.take(content.bytes))?;
            worked(content.bytes);
        }
        archive.into_inner()?.finish()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        Ok(match name {
            "master.key" => Box::new(self.key.as_slice()),
            "checkpoints.json" => Box::new(self.checkpoints.as_slice()),
            _ => Box::new(File::open(&self.database.0)?),
        })
    }
}

fn append(
    archive: &mut tar::Builder<impl Write>,
    name: &str,
    bytes: u64,
    now: Timestamp,
    from: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(now.as_second()).unwrap_or(0));
    archive.append_data(&mut header, name, from)
}

/// What lies beside the database.
struct Beside {
    key: Zeroizing<Vec<u8>>,
    checkpoints: Vec<u8>,
}

impl Beside {
    fn read(dir: &Path, master_key: Option<&Path>) -> Result<Self, Problem> {
        // As text that is a key: a backup without one would be worth nothing.
        let key = boundary::key_of(dir, master_key).map_err(|error| crate::state_error(&error))?;
        let path = boundary::checkpoints(dir);
        let checkpoints = fs::read(&path).map_err(at(&path))?;
        Ok(Self { key: Zeroizing::new(key.to_text().as_bytes().to_vec()), checkpoints })
    }

    fn chains(&self) -> BTreeSet<String> {
        let points = serde_json::from_slice::<Vec<Checkpoint>>(&self.checkpoints).unwrap_or_default();
        points.into_iter().map(|point| point.chain).collect()
    }
}
