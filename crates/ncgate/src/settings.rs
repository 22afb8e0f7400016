//! Settings of a gateway that is run here: from options, else the environment, else a TOML file, else defaults.

use crate::exit::{defect, usage};
use clap::Args;
use gate::{Boundary, Found, Home, Options, Owner, StateError, Verification};
use model::Problem;
use secrecy::SecretString;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A day, which no clock change makes longer.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What an answer that has begun may take beyond one exchange with N-central, when the gateway is told to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a node goes on answering after it was told to end: a load balancer that looks every second or two has
/// noticed by then.
const DRAIN: Duration = Duration::from_secs(5);

/// The file that is read from the state directory where none is named.
const FILE_NAME: &str = "ncgate.toml";

/// A variable of the environment; an empty one counts as not set.
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What `serve` can be told. The same names, in snake case, are the members of the file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Choices {
    /// Address to listen on [env: NCGATE_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// PostgreSQL, where several nodes share the load; other users of this machine see an option's value, so prefer
    /// the environment or a file [env: NCGATE_DATABASE] [default: SQLite in the state directory]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<SecretString>,
    /// A file that holds the address of the database and nothing else [env: NCGATE_DATABASE_FILE]
    #[arg(long, value_name = "FILE", conflicts_with = "database")]
    pub(crate) database_file: Option<PathBuf>,
    /// The file of the master key, the same for all nodes [env: NCGATE_MASTER_KEY_FILE] [default: master.key in the state directory]
    #[arg(long, value_name = "FILE")]
    pub(crate) master_key: Option<PathBuf>,
    /// How long it goes on answering when it is told to end, while /readyz says 503, so that a load balancer turns to
    /// other nodes [env: NCGATE_DRAIN] [default: 5s with a database that nodes share, else 0s]
    #[arg(long, value_name = "TIME")]
    pub(crate) drain: Option<String>,
    /// How long a held call waits for its decision [env: NCGATE_APPROVAL_TTL] [default: 1h]
    #[arg(long, value_name = "TIME")]
    pub(crate) approval_ttl: Option<String>,
    /// How long one exchange with N-central may take [env: NCGATE_UPSTREAM_DEADLINE] [default: 20s]
    #[arg(long, value_name = "TIME")]
    pub(crate) upstream_deadline: Option<String>,
    /// The address people and programs reach it under, where that is another one [env: NCGATE_PUBLIC_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// A port of its own for /metrics, where whoever reaches it may read them [env: NCGATE_METRICS_LISTEN] [default: none]
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics_listen: Option<String>,
    /// How long calls that are over are kept, or `forever`; the record always stays [env: NCGATE_KEEP_CALLS] [default: 90d]
    #[arg(long, value_name = "TIME")]
    pub(crate) keep_calls: Option<String>,
}

impl Choices {
    fn database_address(&self) -> Result<Option<SecretString>, Problem> {
        let Some(path) = &self.database_file else { return Ok(self.database.clone()) };
        let text =
            std::fs::read_to_string(path).map_err(|error| defect(&path.display().to_string(), &error))?;
        Ok(Some(text.trim()).filter(|text| !text.is_empty()).map(Into::into))
    }

    fn from_env() -> Self {
        Self {
            listen: env("NCGATE_LISTEN"),
            database: env("NCGATE_DATABASE").map(Into::into),
            database_file: env("NCGATE_DATABASE_FILE").map(PathBuf::from),
            master_key: env("NCGATE_MASTER_KEY_FILE").map(PathBuf::from),
            drain: env("NCGATE_DRAIN"),
            approval_ttl: env("NCGATE_APPROVAL_TTL"),
            upstream_deadline: env("NCGATE_UPSTREAM_DEADLINE"),
            public_url: env("NCGATE_PUBLIC_URL"),
            metrics_listen: env("NCGATE_METRICS_LISTEN"),
            keep_calls: env("NCGATE_KEEP_CALLS"),
        }
    }

    fn from_file(path: &Path) -> Result<Self, Problem> {
        let text =
            std::fs::read_to_string(path).map_err(|error| defect(&path.display().to_string(), &error))?;
        toml::from_str(&text).map_err(|error| usage(format!("{}: {error}", path.display())))
    }

    fn or(self, other: Self) -> Self {
        // An address in one place is not mixed with a file named in another.
        let (database, database_file) = match (self.database, self.database_file) {
            (None, None) => (other.database, other.database_file),
            own => own,
        };
        Self {
            listen: self.listen.or(other.listen),
            database,
            database_file,
            master_key: self.master_key.or(other.master_key),
            drain: self.drain.or(other.drain),
            approval_ttl: self.approval_ttl.or(other.approval_ttl),
            upstream_deadline: self.upstream_deadline.or(other.upstream_deadline),
            public_url: self.public_url.or(other.public_url),
            metrics_listen: self.metrics_listen.or(other.metrics_listen),
            keep_calls: self.keep_calls.or(other.keep_calls),
        }
    }
}

/// How a gateway is run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Address to listen on.
    pub(crate) listen: String,
    approval_ttl: Duration,
    upstream_deadline: Duration,
    public_url: Option<String>,
    /// Address of the port that serves metrics alone.
    pub(crate) metrics_listen: Option<String>,
    keep_calls: Option<Duration>,
    opened_by_agent: bool,
    database: Option<SecretString>,
    master_key: Option<PathBuf>,
    drain: Duration,
}

impl Settings {
    /// Puts the choices together.
    ///
    /// # Errors
    /// A file that can't be read or has a member nobody knows, a time that is none, a database that isn't built in.
    pub(crate) fn load(options: Choices, file: Option<PathBuf>, state: &Path) -> Result<Self, Problem> {
        let named = file.or_else(|| env("NCGATE_CONFIG").map(PathBuf::from));
        let found = named.or_else(|| Some(state.join(FILE_NAME)).filter(|path| path.exists()));
        let from_file = found.map(|path| Choices::from_file(&path)).transpose()?.unwrap_or_default();
        let chosen = options.or(Choices::from_env()).or(from_file);
        let database = chosen.database_address()?;
        let drain = match &chosen.drain {
            Some(text) if text == "0s" => Duration::ZERO,
            Some(text) => duration("drain", text)?,
            None if database.is_some() => DRAIN,
            None => Duration::ZERO,
        };
        Ok(Self {
            listen: chosen.listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            approval_ttl: duration("approval-ttl", chosen.approval_ttl.as_deref().unwrap_or("1h"))?,
            upstream_deadline: duration(
                "upstream-deadline",
                chosen.upstream_deadline.as_deref().unwrap_or("20s"),
            )?,
            public_url: chosen.public_url,
            metrics_listen: chosen.metrics_listen,
            keep_calls: keep_calls(chosen.keep_calls.as_deref().unwrap_or("90d"))?,
            opened_by_agent: false,
            database,
            master_key: chosen.master_key,
            drain,
        })
    }

    /// The same for a gateway that an agent's own program opens.
    pub(crate) fn opened_by_agent(self) -> Self {
        Self { opened_by_agent: true, ..self }
    }

    /// The same for a gateway whose state is nobody else's: whatever the environment says, it stays in its directory.
    pub(crate) fn by_itself(self) -> Self {
        Self { database: None, master_key: None, drain: Duration::ZERO, ..self }
    }

    /// Finds the state directory's owner, or becomes it.
    ///
    /// # Errors
    /// A directory or a key that can't be used.
    pub(crate) fn find(&self, state: &Path) -> Result<Found, Problem> {
        Boundary::find_with(state, self.master_key.as_deref()).map_err(|error| gate::state_error(&error))
    }

    /// Where a gateway keeps what it knows.
    pub(crate) fn home(&self, owner: Owner) -> Home {
        match &self.database {
            Some(address) => Home::Shared(owner, address.clone()),
            None => Home::State(owner),
        }
    }

    /// Proves the record of a state, whether or not a gateway has it open.
    ///
    /// # Errors
    /// A state that can't be read.
    pub(crate) fn verify(&self, state: &Path) -> Result<Verification, StateError> {
        match &self.database {
            Some(address) => gate::verify_shared_state(state, address, self.master_key.as_deref()),
            None => gate::verify_state_with(state, self.master_key.as_deref()),
        }
    }

    /// The address of the database, where it is not the one in the state directory.
    pub(crate) fn database(&self) -> Option<&SecretString> {
        self.database.as_ref()
    }

    /// The file of the master key, where it is not the one in the state directory.
    pub(crate) fn master_key(&self) -> Option<&Path> {
        self.master_key.as_deref()
    }

    /// How long it goes on answering when it is told to end.
    pub(crate) fn drain(&self) -> Duration {
        self.drain
    }

    /// How long an answer may take that has begun when it is told to end.
    pub(crate) fn patience(&self) -> Duration {
        self.upstream_deadline + PATIENCE
    }

    /// The address people and programs reach it under, where that is another one.
    pub(crate) fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref()
    }

    /// The gate's part of it.
    pub(crate) fn gate_options(&self) -> Options {
        Options {
            approval_ttl: self.approval_ttl,
            upstream_deadline: self.upstream_deadline,
            keep_calls: self.keep_calls,
            opened_by_agent: self.opened_by_agent,
            ..Options::default()
        }
    }
}

fn duration(what: &str, text: &str) -> Result<Duration, Problem> {
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
    parsed.filter(|time| !time.is_zero()).ok_or_else(|| {
        usage(format!("`{text}` is not a time for {what}")).hint("write it like 45s, 20m, 1h or 1h 30m")
    })
}

/// How long calls are kept: at least a day, for as long as an idempotency key replays one.
fn keep_calls(text: &str) -> Result<Option<Duration>, Problem> {
    if text == "forever" {
        return Ok(None);
    }
    let days = |span: jiff::Span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok();
    let time = text.parse::<jiff::Span>().ok().and_then(days).and_then(|time| Duration::try_from(time).ok());
    time.filter(|time| *time >= DAY).map(Some).ok_or_else(|| {
        usage(format!("`{text}` is not a time for keep-calls"))
            .hint("write it like 90d or 36h, at least 1d, or `forever`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_write_them() {
        assert_eq!(duration("t", "1h").unwrap(), Duration::from_secs(3600));
        assert_eq!(duration("t", "1h 30m").unwrap(), Duration::from_secs(5400));
        assert_eq!(duration("t", "20s").unwrap(), Duration::from_secs(20));
        for wrong in ["", "0s", "-5s", "20", "soon"] {
            assert_eq!(duration("t", wrong).unwrap_err().kind, model::Kind::BadRequest, "{wrong}");
        }
    }

    #[test]
    fn calls_are_kept_for_a_day_at_least() {
        assert_eq!(keep_calls("90d").unwrap(), Some(90 * DAY));
        assert_eq!(keep_calls("36h").unwrap(), Some(DAY + DAY / 2));
        assert_eq!(keep_calls("forever").unwrap(), None);
        for wrong in ["", "0d", "23h", "-90d", "1mo", "long"] {
            assert_eq!(keep_calls(wrong).unwrap_err().kind, model::Kind::BadRequest, "{wrong}");
        }
    }

    #[test]
    fn a_member_that_nobody_knows_is_refused() {
        let refusal = toml::from_str::<Choices>("aproval_ttl = \"2h\"").unwrap_err().to_string();
        assert!(refusal.contains("approval_ttl"), "{refusal}");
        assert_eq!(
            toml::from_str::<Choices>("listen = \"127.0.0.1:9\"").unwrap().listen.unwrap(),
            "127.0.0.1:9"
        );
    }
}
