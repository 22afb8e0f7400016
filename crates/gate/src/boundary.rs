//! The state directory and its one owner.
//!
//! The boundary of the whole product is the operating-system user that owns this directory: whoever can read it can
//! do whatever ncgate can. So its permissions are checked before anything is opened. One process at a time owns it,
//! by a file lock; it writes its address and a token beside the lock, and whoever else comes talks to it.

use crate::keyring::MasterKey;
use crate::seal::random_token;
use rustix::fs::{FlockOperation, flock};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long to wait for an owner that holds the lock and has not yet written its address.
const STARTING: Duration = Duration::from_secs(5);

/// Why a state directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Others can read or write it.
    #[error(
        "{path} has mode {mode:04o}, so others can reach the credentials in it; run: chmod {wanted:o} {path}"
    )]
    Open {
        /// The directory or file.
        path: String,
        /// Its mode.
        mode: u32,
        /// The mode it must have.
        wanted: u32,
    },
    /// It belongs to another user.
    #[error(
        "{path} belongs to another user; run ncgate as its owner, or choose another directory with --state"
    )]
    Foreign {
        /// The directory or file.
        path: String,
    },
    /// Another process holds the lock and does not say where it listens.
    #[error("another ncgate owns {path} and does not answer; wait for it, or end that process")]
    Silent {
        /// The directory.
        path: String,
    },
    /// The key file is damaged.
    #[error(
        "{path} is not a key of 32 bytes in hex; restore it from your backup, because without it nothing sealed opens"
    )]
    Key {
        /// The file.
        path: String,
    },
    /// There is a state and no key that opens it.
    #[error(
        "{path}: the key file is missing: restore master.key from your backup; without it nothing sealed opens"
    )]
    KeyMissing {
        /// The directory.
        path: String,
    },
    /// The store can't be read.
    #[error("the state in {path} can't be read: {source}")]
    Store {
        /// The directory.
        path: String,
        /// What the store said.
        source: store::Error,
    },
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The path.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.display().to_string();
    move |source| StateError::Io { path, source }
}

/// The problem that a command reports for it.
pub fn state_error(error: &StateError) -> model::Problem {
    let hint = match error {
        StateError::Key { .. } | StateError::KeyMissing { .. } => {
            "without a backup of the key, begin anew in another directory with --state"
        }
        _ => "the state directory must belong to the user that runs ncgate, with mode 0700",
    };
    model::Problem::new(model::Kind::Internal, error.to_string()).hint(hint)
}

/// What a state directory turned out to be.
#[derive(Debug)]
pub enum Found {
    /// Nobody owns it; now this process does.
    Free(Owner),
    /// Another process owns it and listens there.
    Running(Address),
}

/// Where the owner listens.
#[derive(Debug)]
pub struct Address {
    /// Its base address.
    pub url: String,
    /// What identifies a command of the same user.
    pub token: SecretString,
    /// Its process id.
    pub pid: u32,
}

#[derive(Serialize, Deserialize)]
struct OwnerFile {
    url: String,
    token: String,
    pid: u32,
}

/// The state directory, and the way to it.
#[derive(Debug)]
pub struct Boundary;

impl Boundary {
    /// Makes the directory if it is not there, checks its permissions, and becomes its owner or finds the one it has.
    ///
    /// # Errors
    /// A directory or file that others can reach, a silent owner, a damaged or missing key file, the file system.
    pub fn find(dir: &Path) -> Result<Found, StateError> {
        Boundary::find_with(dir, None)
    }

    /// The same, with the master key in a file of its own, which has to be there: the nodes on one database share it.
    ///
    /// # Errors
    /// As [`Boundary::find`]; a key file that others can reach.
    pub fn find_with(dir: &Path, master_key: Option<&Path>) -> Result<Found, StateError> {
        if !dir.exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(at(dir))?;
        }
        check_closed(dir)?;
        let lock_path = dir.join("owner.lock");
        // Without a lock file nobody runs, and a state that can't be opened is left as it was found.
        if master_key.is_none() && !exists(&lock_path)? {
            refuse_lost_key(dir)?;
        }
        let lock = private()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(at(&lock_path))?;
        let mut waited = Duration::ZERO;
        loop {
            match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Owner::new(dir, lock, master_key).map(Found::Free),
                Err(rustix::io::Errno::WOULDBLOCK) => {}
                Err(errno) => return Err(at(&lock_path)(errno.into())),
            }
            if let Some(address) = read_address(dir)? {
                return Ok(Found::Running(address));
            }
            if waited >= STARTING {
                return Err(StateError::Silent { path: dir.display().to_string() });
            }
            let step = Duration::from_millis(20);
            std::thread::sleep(step);
            waited += step;
        }
    }
}

/// Ownership of a state directory, for as long as the value lives.
#[derive(Debug)]
pub struct Owner {
    dir: PathBuf,
    token: SecretString,
    key: MasterKey,
    key_file: PathBuf,
    _lock: File,
}

impl Owner {
    fn new(dir: &Path, lock: File, master_key: Option<&Path>) -> Result<Self, StateError> {
        let key = match master_key {
            None => load_key(dir, true)?,
            Some(path) => given_key(path)?,
        };
        // An owner that was killed leaves its address behind.
        let _ = std::fs::remove_file(dir.join("owner.json"));
        Ok(Self {
            dir: dir.to_owned(),
            token: format!("nco_{}", random_token()).into(),
            key,
            key_file: master_key.map_or_else(|| key_file(dir), Path::to_owned),
            _lock: lock,
        })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What identifies a command of the same user to this owner.
    pub fn token(&self) -> &SecretString {
        &self.token
    }

    /// The id of the node that lives in this directory: made once, kept over restarts.
    pub(crate) fn node_id(&self) -> Result<String, StateError> {
        let path = self.dir.join("node.id");
        match std::fs::read_to_string(&path) {
            Ok(id) if !id.trim().is_empty() => Ok(id.trim().to_owned()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&path)(error)),
            _ => {
                let id = crate::gate::new_id();
                write_private(&path, id.as_bytes()).map_err(at(&path))?;
                Ok(id)
            }
        }
    }

    pub(crate) fn master_key(&self) -> MasterKey {
        self.key.clone()
    }

    /// Writes another state of the master key into the key file; durable when it returns.
    pub(crate) fn keep_master_key(&self, key: &MasterKey) -> Result<(), StateError> {
        write_private(&self.key_file, key.to_text().as_bytes()).map_err(at(&self.key_file))
    }

    /// Writes where this owner listens, for the commands that come later.
    ///
    /// # Errors
    /// The file system.
    pub fn publish(&self, url: &str) -> io::Result<()> {
        let content = OwnerFile {
            url: url.to_owned(),
            token: self.token.expose_secret().to_owned(),
            pid: std::process::id(),
        };
        write_private(&self.dir.join("owner.json"), serde_json::to_string(&content)?.as_bytes())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.dir.join("owner.json"));
    }
}

/// The database in a state directory.
pub(crate) fn database(dir: &Path) -> PathBuf {
    dir.join("ncgate.db")
}

/// The audit's checkpoints in a state directory: outside the database, because they vouch for it.
pub(crate) fn checkpoints(dir: &Path) -> PathBuf {
    dir.join("checkpoints.json")
}

fn key_file(dir: &Path) -> PathBuf {
    dir.join("master.key")
}

/// Refuses a directory without a key that holds something made under one.
fn refuse_lost_key(dir: &Path) -> Result<(), StateError> {
    // The key last: whoever makes a state makes its key first.
    if (exists(&database(dir))? || exists(&checkpoints(dir))?) && !exists(&key_file(dir))? {
        return Err(StateError::KeyMissing { path: dir.display().to_string() });
    }
    Ok(())
}

/// Reads the master key of a state that is there: the directory's own, or the one in a file of its own.
pub(crate) fn key_of(dir: &Path, master_key: Option<&Path>) -> Result<MasterKey, StateError> {
    master_key.map_or_else(|| load_key(dir, false), given_key)
}

/// Reads a master key that lies in a file of its own.
pub(crate) fn given_key(path: &Path) -> Result<MasterKey, StateError> {
    check(path, 0o600)?;
    read_key(path, &mut File::open(path).map_err(at(path))?)
}

fn read_key(path: &Path, file: &mut File) -> Result<MasterKey, StateError> {
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(at(path))?;
    MasterKey::parse(&text).ok_or_else(|| StateError::Key { path: path.display().to_string() })
}

/// Reads the master key, or makes it at the first start: never for a state that had another one.
pub(crate) fn load_key(dir: &Path, create: bool) -> Result<MasterKey, StateError> {
    let path = key_file(dir);
    match File::open(&path) {
        Ok(mut file) => read_key(&path, &mut file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            refuse_lost_key(dir)?;
            if !create {
                return Err(at(&path)(error));
            }
            let key = MasterKey::generate();
            write_key(dir, &key)?;
            Ok(key)
        }
        Err(error) => Err(at(&path)(error)),
    }
}

/// Writes the key file.
pub(crate) fn write_key(dir: &Path, key: &MasterKey) -> Result<(), StateError> {
    let path = key_file(dir);
    write_private(&path, key.to_text().as_bytes()).map_err(at(&path))
}

fn read_address(dir: &Path) -> Result<Option<Address>, StateError> {
    let path = dir.join("owner.json");
    match std::fs::read(&path) {
        Ok(bytes) => Ok(serde_json::from_slice::<OwnerFile>(&bytes).ok().map(|file| Address {
            url: file.url,
            token: file.token.into(),
            pid: file.pid,
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(&path)(error)),
    }
}

/// Whether something has that name, if only a link that leads nowhere.
fn exists(path: &Path) -> Result<bool, StateError> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(at(path)(error)),
    }
}

/// Refuses a directory that others can reach, or in which they can reach a file.
pub(crate) fn check_closed(dir: &Path) -> Result<(), StateError> {
    check(dir, 0o700)?;
    for entry in dir.read_dir().map_err(at(dir))? {
        let path = entry.map_err(at(dir))?.path();
        if path.is_file() {
            check(&path, 0o600)?;
        }
    }
    Ok(())
}

fn check(path: &Path, wanted: u32) -> Result<(), StateError> {
    let meta = match path.metadata() {
        Ok(meta) => meta,
        // A file that another process has just replaced or removed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(path)(error)),
    };
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(StateError::Foreign { path: path.display().to_string() });
    }
    let mode = meta.mode() & 0o777;
    if mode & !wanted != 0 {
        return Err(StateError::Open { path: path.display().to_string(), mode, wanted });
    }
    Ok(())
}

/// For files that their owner alone can read.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Writes a file that only its owner can read, whole or not at all, and durable before it returns.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = private().write(true).create(true).truncate(true).open(&temporary)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(found: Found) -> Owner {
        match found {
            Found::Free(owner) => owner,
            Found::Running(address) => panic!("owned by {}", address.pid),
        }
    }

    #[test]
    fn one_owner_at_a_time_and_the_next_finds_it() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("state");
        let owner = free(Boundary::find(&dir).unwrap());
        owner.publish("http://127.0.0.1:1").unwrap();
        match Boundary::find(&dir).unwrap() {
            Found::Running(address) => {
                assert_eq!(address.url, "http://127.0.0.1:1");
                assert_eq!(address.token.expose_secret(), owner.token().expose_secret());
            }
            Found::Free(_) => panic!("two owners"),
        }
        let key = owner.key.to_text();
        drop(owner);
        assert_eq!(free(Boundary::find(&dir).unwrap()).key.to_text(), key, "the key stays");
    }

    #[test]
    fn a_directory_or_file_that_others_can_read_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("state");
        drop(free(Boundary::find(&dir).unwrap()));
        std::fs::set_permissions(dir.join("master.key"), Permissions::from_mode(0o640)).unwrap();
        assert!(Boundary::find(&dir).unwrap_err().to_string().contains("chmod 600"));
        std::fs::set_permissions(dir.join("master.key"), Permissions::from_mode(0o600)).unwrap();
        std::fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        assert!(Boundary::find(&dir).unwrap_err().to_string().contains("chmod 700"));
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("state");
        drop(free(Boundary::find(&dir).unwrap()));
        std::fs::write(dir.join("master.key"), "short").unwrap();
        assert!(matches!(Boundary::find(&dir), Err(StateError::Key { .. })));
    }

    #[test]
    fn a_lost_key_is_not_replaced() {
        for left in ["ncgate.db", "checkpoints.json"] {
            for started in [true, false] {
                let parent = tempfile::tempdir().unwrap();
                let dir = parent.path().join("state");
                drop(free(Boundary::find(&dir).unwrap()));
                std::fs::remove_file(key_file(&dir)).unwrap();
                private().write(true).create(true).truncate(true).open(dir.join(left)).unwrap();
                if !started {
                    std::fs::remove_file(dir.join("owner.lock")).unwrap();
                }
                let names = || {
                    let entries = dir.read_dir().unwrap().map(|entry| entry.unwrap().file_name());
                    entries.collect::<std::collections::BTreeSet<_>>()
                };
                let before = names();
                let refused = Boundary::find(&dir).unwrap_err();
                assert!(matches!(refused, StateError::KeyMissing { .. }), "{refused}");
                let proved = crate::verify_state(&dir).unwrap_err();
                assert_eq!(proved.to_string(), refused.to_string());
                assert_eq!(names(), before, "nothing is made and nothing is taken away");
            }
        }
    }
}
