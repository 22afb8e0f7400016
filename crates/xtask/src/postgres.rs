//! A throw-away PostgreSQL server for the tests that need one: found or installed, started on a free loopback port
//! in a temporary folder, and stopped by its process id however the command that used it ends.
//!
//! `cargo xtask postgres -- COMMAND` runs any command with the server's address in [`VARIABLE`].

use std::fs::{self, File};
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::sh;

/// Where tests look for the address of a server on which they may do anything.
pub(crate) const VARIABLE: &str = "NCGATE_TEST_POSTGRES";

/// How often the server is looked at before it counts as stuck, and how long each time.
const LOOKS: u32 = 300;
const LOOK: Duration = Duration::from_millis(100);

/// Runs a command with a server of its own.
pub(crate) fn run(root: &Path, durable: bool, command: &[String]) -> Result<()> {
    let (program, args) = command.split_first().context("which command?")?;
    let cluster = Cluster::start(durable)?;
    sh::run(Command::new(program).args(args).current_dir(root).env(VARIABLE, cluster.url()))
}

/// A running server. Dropping it stops it and removes its folder.
pub(crate) struct Cluster {
    server: Child,
    folder: PathBuf,
    url: String,
}

impl Cluster {
    /// Starts a server. One that is not `durable` loses its data in a power cut, which tests don't have, and is
    /// several times faster; a measurement wants a durable one.
    pub(crate) fn start(durable: bool) -> Result<Self> {
        let programs = Programs::find()?;
        let folder = std::env::temp_dir().join(format!("ncgate-postgres-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let started = programs.start(&folder, durable);
        if started.is_err() {
            let _ = fs::remove_dir_all(&folder);
        }
        let (server, url) = started?;
        println!("PostgreSQL runs on {} (process {})", folder.display(), server.id());
        Ok(Self { server, folder, url })
    }

    /// Its address, with the superuser's password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        stop(&mut self.server);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Ends a server at once but in order, and by force if it does not listen.
fn stop(server: &mut Child) {
    // By the shell, which has `kill` where there is no program of that name.
    let _ = Command::new("sh").args(["-c", &format!("kill -INT {}", server.id())]).status();
    for _ in 0..LOOKS {
        if !matches!(server.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(LOOK);
    }
    let _ = server.kill();
    let _ = server.wait();
}

/// The server's programs, and the user they run as: they refuse to run as root.
struct Programs {
    folder: PathBuf,
    user: Option<(u32, u32)>,
}

impl Programs {
    fn find() -> Result<Self> {
        let missing = missing();
        if !missing.is_empty() {
            sh::install(&missing)?;
        }
        let folder = programs()
            .context("`initdb` and `postgres` are neither on the PATH nor in /usr/lib/postgresql/*/bin")?;
        let id = |flag| -> Result<u32> {
            let id = sh::output(Command::new("id").args([flag, "postgres"]))
                .context("PostgreSQL does not run as root, and there is no user `postgres`")?;
            Ok(id.trim().parse()?)
        };
        let user = if sh::is_root()? { Some((id("-u")?, id("-g")?)) } else { None };
        Ok(Self { folder, user })
    }

    fn start(&self, folder: &Path, durable: bool) -> Result<(Child, String)> {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        let mut password = [0; 16];
        File::open("/dev/urandom")?.read_exact(&mut password)?;
        let password: String = password.iter().map(|byte| format!("{byte:02x}")).collect();
        let secret = folder.join("password");
        fs::write(&secret, &password)?;
        if let Some((user, group)) = self.user {
            chown(folder, Some(user), Some(group))?;
            chown(&secret, Some(user), Some(group))?;
        }
        let data = folder.join("data");
        let initdb = |locale: &[&str]| {
            let mut initdb = self.program("initdb", folder);
            initdb.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"]);
            initdb.args(locale).arg("--pwfile").arg(&secret).arg("--pgdata").arg(&data);
            sh::output(&mut initdb)
        };
        // A collation that is not by bytes, so that whoever relies on the database's default is found out; not
        // every version and build has it.
        initdb(&["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"])
            .or_else(|_| initdb(&["--locale=C.UTF-8"]))?;
        // Asking the system for a free port and giving it back: another may take it meanwhile, so try again.
        let mut last = None;
        for _ in 0..3 {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            match self.serve(folder, &data, port, durable) {
                Ok(server) => {
                    return Ok((server, format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres")));
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("three attempts were made"))
    }

    fn serve(&self, folder: &Path, data: &Path, port: u16, durable: bool) -> Result<Child> {
        let log = folder.join("log");
        let mut postgres = self.program("postgres", folder);
        postgres.arg("-D").arg(data).args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k"]).arg(folder);
        postgres.args(["-c", "max_connections=500"]);
        if !durable {
            postgres.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        let file = File::create(&log)?;
        postgres.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let mut server = postgres.spawn().context("cannot start `postgres`")?;
        for _ in 0..LOOKS {
            // The last line of this file is the server's own word on whether it is ready.
            let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if state.lines().nth(7).is_some_and(|state| state.trim() == "ready") {
                return Ok(server);
            }
            if server.try_wait()?.is_some() {
                break;
            }
            thread::sleep(LOOK);
        }
        stop(&mut server);
        bail!("PostgreSQL did not start:\n{}", fs::read_to_string(&log).unwrap_or_default())
    }

    fn program(&self, name: &str, folder: &Path) -> Command {
        let mut command = Command::new(self.folder.join(name));
        command.current_dir(folder);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

/// The package that is not there yet.
pub(crate) fn missing() -> Vec<&'static str> {
    if programs().is_some() { Vec::new() } else { vec!["postgresql"] }
}

/// The folder with the programs: one on the PATH, else that of the newest version in its usual place.
fn programs() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let version = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let mut packaged: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|folders| folders.flatten().map(|folder| folder.path()).collect())
        .unwrap_or_default();
    packaged.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    std::env::split_paths(&path).chain(packaged.into_iter().map(|folder| folder.join("bin"))).find(complete)
}
