//! `backup` and `restore`: the whole state in one encrypted file, and back. Both work on the state directory itself:
//! whoever may read it could copy the files as well, so neither takes a person's proof, and a job at night can do it.

use crate::app::App;
use crate::exit::{Ended, Exit, defect, usage};
use crate::settings::{Choices, Settings, env};
use crate::terminal;
use crate::waiting::Spinner;
use clap::Args;
use model::{Clock, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Where the passphrase may stand instead of being typed.
const PASSPHRASE_FILE: &str = "NCGATE_BACKUP_PASSPHRASE_FILE";

/// Write the whole state into one encrypted file
///
/// Works whether or not a gateway runs, and does not disturb it. The file holds the database, the master key and the
/// audit's checkpoints, encrypted under a passphrase of 12 characters or more: asked for on the terminal, or read from the file
/// that NCGATE_BACKUP_PASSPHRASE_FILE names.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate backup /var/backups/ncgate-monday
  NCGATE_BACKUP_PASSPHRASE_FILE=/etc/ncgate/passphrase ncgate backup --force /var/backups/ncgate")]
pub(crate) struct Backup {
    /// The file to write
    file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    /// The file of the master key [env: NCGATE_MASTER_KEY_FILE] [default: master.key in the state directory]
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
}

/// Put a backup into an empty state directory
///
/// Nothing that was on its way goes on: calls that were approved or running may have run since, so their outcome is
/// unknown; pending approvals expire; everybody is signed out; and the stop switch is on until an administrator has
/// looked and says `ncgate resume`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate --state /var/lib/ncgate restore /var/backups/ncgate-monday")]
pub(crate) struct Restore {
    /// The backup
    file: PathBuf,
}

impl Backup {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let state = own_state(app, "backup")?;
        let choices = Choices { master_key: self.master_key, ..Choices::default() };
        let settings = Settings::load(choices, None, &state)?;
        if let Some(database) = settings.database() {
            let scheme = database.expose_secret().split(':').next().unwrap_or_default();
            return Err(usage(format!(
                "this state is kept in a {scheme} database, which `ncgate backup` can't copy"
            ))
            .hint("take a dump with pg_dump, and keep master.key of every node's state directory with it"));
        }
        let passphrase = passphrase(true)?;
        let taken = progressing("Taking the backup", move |worked| {
            let (key, now) = (settings.master_key(), gate::SystemClock.now());
            gate::backup::take(&state, key, &self.file, &passphrase, self.force, now, worked)
        })
        .await?;
        app.output.answer(&json!({ "file": taken.file, "bytes": taken.bytes, "taken_at": taken.taken_at }));
        Ok(Exit::DONE)
    }
}

impl Restore {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let state = own_state(app, "restore")?;
        let passphrase = passphrase(false)?;
        let by = format!("uid {}", rustix::process::getuid().as_raw());
        let (dir, runtime) = (state.clone(), tokio::runtime::Handle::current());
        let restored = progressing("Restoring", move |worked| {
            runtime.block_on(gate::backup::restore(
                &dir,
                &self.file,
                &passphrase,
                &by,
                gate::SystemClock.now(),
                worked,
            ))
        })
        .await?;
        app.output.answer(&shown(&state, &restored));
        app.output.say(&format!(
            "The stop switch is on. What was decided, revoked or run after {} is not known to this state: look at what \
             happened since, disable people and revoke keys again, then say `ncgate resume`.",
            restored.taken_at
        ));
        Ok(if restored.record.broken.is_none() { Exit::DONE } else { Exit::FAILED })
    }
}

fn shown(state: &Path, restored: &gate::backup::Restored) -> Value {
    json!({
        "state": state,
        "taken_at": restored.taken_at,
        "version": restored.version,
        "calls_unknown": restored.calls_unknown,
        "approvals_expired": restored.approvals_expired,
        "sessions_ended": restored.sessions_ended,
        "stopped": true,
        "record": match &restored.record.broken {
            None => json!({ "ok": true }),
            Some(broken) => {
                json!({ "ok": false, "chain": broken.chain, "seq": broken.seq, "problem": broken.problem })
            }
        },
    })
}

/// The state directory, which has to be on this machine.
fn own_state(app: &App, command: &str) -> Result<PathBuf, Problem> {
    if app.global.remote().is_some() {
        return Err(usage(format!(
            "`{command}` works where the state is, and --url (NCGATE_URL) is somewhere else"
        ))
        .hint("run it with --state on the gateway's own machine"));
    }
    app.global.state_dir()
}

/// The passphrase, from the file that the environment names, else from the terminal: twice where it is a new one.
fn passphrase(new: bool) -> Result<SecretString, Problem> {
    if let Some(path) = env(PASSPHRASE_FILE) {
        let text = std::fs::read_to_string(&path)
            .map_err(|error| defect(&format!("{PASSPHRASE_FILE}: {path} can't be read"), &error))?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned().into());
    }
    let asked = if new {
        terminal::twice("Passphrase of the backup: ", "passphrases")
    } else {
        terminal::ask_secret("Passphrase of the backup: ")
    };
    asked.map_err(|problem| match problem.kind {
        model::Kind::Unauthenticated => {
            usage("a backup has a passphrase, and there is no terminal to ask for it")
                .hint(format!("put it into a file and name that in {PASSPHRASE_FILE}"))
        }
        _ => problem,
    })
}

/// Does the work on a thread where it may block, and says on a terminal how far it is.
async fn progressing<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce(gate::backup::Worked<'_>) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(move || {
        let spinner = Spinner::start(what.to_owned());
        let (mut bytes, mut said) = (0, 0);
        work(&mut |more| {
            bytes += more;
            if bytes - said > 1 << 20 {
                said = bytes;
                spinner.say(format!("{what}: {} MB", bytes >> 20));
            }
        })
    })
    .await;
    done.map_err(|error| defect("it broke off", &error))?
}
