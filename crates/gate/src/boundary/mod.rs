//! The state directory and its one owner.
//!
//! The boundary of the whole product is the operating-system user that owns this directory: whoever can read it can
//! do whatever ncgate can. So its permissions are checked before anything is opened. One process at a time owns it,
//! by a file lock; it writes its address and a token beside the lock, and whoever else comes talks to it.

mod address;
mod error;
mod files;
mod key_file;
mod owner;

pub use address::Address;
pub use error::{StateError, state_error};
pub use owner::Owner;

pub(crate) use files::{check_closed, checkpoints, database, private};
pub(crate) use key_file::key_of;

use error::at;
use rustix::fs::{FlockOperation, flock};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

/// How long to wait for an owner that holds the lock and has not yet written its address.
const STARTING: Duration = Duration::from_secs(5);

/// What a state directory turned out to be.
#[derive(Debug)]
pub enum Found {
    /// Nobody owns it; now this process does.
    Free(Owner),
    /// Another process owns it and listens there.
    Running(Address),
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
        if master_key.is_none() && !files::exists(&lock_path)? {
            key_file::refuse_lost_key(dir)?;
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
            if let Some(address) = address::read(dir)? {
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

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

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
        let key = owner.master_key().to_text();
        drop(owner);
        let published = dir.join("owner.json");
        assert!(!published.exists(), "who goes takes the address away");
        files::write_private(&published, b"left by one that was killed").unwrap();
        let next = free(Boundary::find(&dir).unwrap());
        assert_eq!(next.master_key().to_text(), key, "the key stays");
        assert!(!published.exists(), "what was left misleads nobody");
    }

    #[test]
    fn a_secret_is_not_written_where_others_can_read() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("shared.key");
        // What a process that was killed in the middle left, or somebody put there.
        let left = path.with_extension("new");
        std::fs::write(&left, "left").unwrap();
        std::fs::set_permissions(&left, Permissions::from_mode(0o644)).unwrap();
        files::write_private(&path, b"secret").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
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
                std::fs::remove_file(dir.join("master.key")).unwrap();
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
