//! Settings of a gateway that is run here: from options, else the environment, else a TOML file, else defaults.

use crate::exit::{defect, usage};
use clap::Args;
use gate::Options;
use model::Problem;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    /// PostgreSQL, where several gateways share the load [env: NCGATE_DATABASE] [default: SQLite in the state directory]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// How long a held call waits for its decision [env: NCGATE_APPROVAL_TTL] [default: 1h]
    #[arg(long, value_name = "TIME")]
    pub(crate) approval_ttl: Option<String>,
    /// How long one exchange with N-central may take [env: NCGATE_UPSTREAM_DEADLINE] [default: 20s]
    #[arg(long, value_name = "TIME")]
    pub(crate) upstream_deadline: Option<String>,
    /// The address people and programs reach it under, where that is another one [env: NCGATE_PUBLIC_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

impl Choices {
    fn from_env() -> Self {
        Self {
            listen: env("NCGATE_LISTEN"),
            database: env("NCGATE_DATABASE"),
            approval_ttl: env("NCGATE_APPROVAL_TTL"),
            upstream_deadline: env("NCGATE_UPSTREAM_DEADLINE"),
            public_url: env("NCGATE_PUBLIC_URL"),
        }
    }

    fn from_file(path: &Path) -> Result<Self, Problem> {
        let text =
            std::fs::read_to_string(path).map_err(|error| defect(&path.display().to_string(), &error))?;
        toml::from_str(&text).map_err(|error| usage(format!("{}: {error}", path.display())))
    }

    fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            database: self.database.or(other.database),
            approval_ttl: self.approval_ttl.or(other.approval_ttl),
            upstream_deadline: self.upstream_deadline.or(other.upstream_deadline),
            public_url: self.public_url.or(other.public_url),
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
        if let Some(database) = &chosen.database {
            let scheme = database.split(':').next().unwrap_or_default();
            return Err(usage(format!(
                "this version keeps its state in SQLite and can't use a {scheme} database"
            ))
            .hint("leave --database (NCGATE_DATABASE, `database` in the file) out"));
        }
        Ok(Self {
            listen: chosen.listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            approval_ttl: duration("approval-ttl", chosen.approval_ttl.as_deref().unwrap_or("1h"))?,
            upstream_deadline: duration(
                "upstream-deadline",
                chosen.upstream_deadline.as_deref().unwrap_or("20s"),
            )?,
            public_url: chosen.public_url,
        })
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
    fn a_member_that_nobody_knows_is_refused() {
        let refusal = toml::from_str::<Choices>("aproval_ttl = \"2h\"").unwrap_err().to_string();
        assert!(refusal.contains("approval_ttl"), "{refusal}");
        assert_eq!(
            toml::from_str::<Choices>("listen = \"127.0.0.1:9\"").unwrap().listen.unwrap(),
            "127.0.0.1:9"
        );
    }
}
