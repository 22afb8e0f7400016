//! `audit`: reading the record, proving it, taking it away.

use crate::app::App;
use crate::call::cell;
use crate::exit::{Ended, Exit, defect};
use crate::gateway::Gateway;
use crate::proof::Actor;
use crate::rest::Request;
use crate::settings::{Choices, Settings};
use crate::waiting::{self, Spinner};
use clap::{Args, Subcommand, ValueEnum};
use model::{Kind, Problem};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Read, prove and export the record
#[derive(Args, Debug)]
pub(crate) struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// List entries, newest first
    List {
        #[command(flatten)]
        filter: Filter,
        /// At most so many
        #[arg(long, value_name = "N", default_value = "50")]
        limit: usize,
    },
    /// Prove, offline, that no entry was changed, removed or reordered
    ///
    /// Works on the state directory itself and needs no gateway. Exits 1 and names the first broken or missing entry.
    Verify {
        /// The file of the master key [env: NCGATE_MASTER_KEY_FILE] [default: master.key in the state directory]
        #[arg(long, value_name = "FILE")]
        master_key: Option<PathBuf>,
    },
    Export(Export),
}

/// Which entries. --connection narrows them as well.
#[derive(Args, Debug)]
struct Filter {
    /// A caller's id or name
    #[arg(long, value_name = "CALLER")]
    caller: Option<String>,
    /// A tool, by either name
    #[arg(long, value_name = "TOOL")]
    tool: Option<String>,
    /// The entries of one call
    #[arg(long, value_name = "ID")]
    call: Option<String>,
    /// Not before, like 2026-03-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<model::Timestamp>,
    /// Not after
    #[arg(long, value_name = "TIME")]
    to: Option<model::Timestamp>,
}

/// Write the record to a file, or to standard output
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate audit export --output record.jsonl
  ncgate audit export --format csv --caller triage --from 2026-03-01T00:00:00Z > triage.csv")]
struct Export {
    #[command(flatten)]
    filter: Filter,
    /// jsonl holds all of an entry, csv what fits a line; by default as the file's name says, else jsonl
    #[arg(long)]
    format: Option<Format>,
    /// The file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Jsonl,
    Csv,
}

impl Filter {
    fn request(&self, app: &App) -> Request {
        Request::get(&["audit"])
            .query("connection", app.global.connection.as_deref())
            .query("caller", self.caller.as_deref())
            .query("tool", self.tool.as_deref())
            .query("call", self.call.as_deref())
            .query("from", self.from)
            .query("to", self.to)
    }
}

impl Audit {
    pub(crate) async fn run(self, app: &App) -> Ended {
        match self.action {
            Action::List { filter, limit } => list(app, &filter, limit).await,
            Action::Verify { master_key } => verify(app, master_key).await,
            Action::Export(export) => export.run(app).await,
        }
    }
}

async fn list(app: &App, filter: &Filter, limit: usize) -> Ended {
    let entries =
        Gateway::with(app, Actor::Person, async |gateway| gateway.some(filter.request(app), limit).await);
    let columns =
        [("Chain", "chain"), ("Seq", "seq"), ("Time", "time"), ("Event", "event"), ("What", "body")];
    app.output.list(entries.await?, &columns);
    Ok(Exit::DONE)
}

async fn verify(app: &App, master_key: Option<PathBuf>) -> Ended {
    if app.global.remote().is_some() {
        return Err(crate::exit::usage(
            "the record is proved where the state is, and --url (NCGATE_URL) is somewhere else",
        )
        .hint("run it with --state on the gateway's own machine"));
    }
    let state = app.global.state_dir()?;
    let choices = Choices { master_key, ..Choices::default() };
    let settings = Settings::load(choices, None, &state)?;
    // Neither key nor record: nothing was ever kept here. One without the other is a matter for the proof.
    if !["master.key", "ncgate.db", "node.id"].iter().any(|file| state.join(file).exists()) {
        return Err(Problem::new(Kind::NotFound, format!("there is no state in {}", state.display()))
            .hint("name the gateway's state directory with --state or NCGATE_STATE"));
    }
    let proved = tokio::task::spawn_blocking(move || settings.verify(&state));
    let proved = waiting::on("Proving the record", proved)
        .await
        .map_err(|error| defect("proving broke off", &error))?;
    let found = proved.map_err(|error| gate::state_error(&error))?;
    let chains: Vec<Value> =
        found.chains.iter().map(|(chain, entries)| json!({ "chain": chain, "entries": entries })).collect();
    match found.broken {
        None => {
            app.output.answer(&json!({ "ok": true, "chains": chains }));
            Ok(Exit::DONE)
        }
        Some(broken) => {
            let answer =
                json!({ "ok": false, "chain": broken.chain, "seq": broken.seq, "problem": broken.problem });
            app.output.answer(&answer);
            Ok(Exit::FAILED)
        }
    }
}

impl Export {
    async fn run(self, app: &App) -> Ended {
        let named =
            self.output.as_deref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
        let format = self.format.unwrap_or(if named == Some("csv") { Format::Csv } else { Format::Jsonl });
        let broken = |error: std::io::Error| defect("the export can't be written", &error);
        let out: Box<dyn Write> = match &self.output {
            Some(path) => Box::new(BufWriter::new(std::fs::File::create(path).map_err(broken)?)),
            None => Box::new(BufWriter::new(std::io::stdout())),
        };
        let gateway = Gateway::enter(app, Actor::Person).await?;
        let written =
            copy(&gateway, self.filter.request(app), Lines::start(out, format).map_err(broken)?).await;
        gateway.leave().await;
        let written = written?;
        if let Some(path) = self.output {
            app.output.answer(&json!({ "file": path, "entries": written }));
        }
        Ok(Exit::DONE)
    }
}

async fn copy(gateway: &Gateway, request: Request, mut lines: Lines) -> Result<u64, Problem> {
    let broken = |error: std::io::Error| defect("the export can't be written", &error);
    let spinner = Spinner::start("Exporting the record".to_owned());
    let mut written = 0;
    let mut cursor = None;
    loop {
        let (entries, next) = gateway.page(&request, cursor).await?;
        for entry in &entries {
            lines.write(entry).map_err(broken)?;
            written += 1;
        }
        spinner.say(format!("Exporting the record: {written} entries"));
        cursor = next;
        if cursor.is_none() {
            lines.finish().map_err(broken)?;
            return Ok(written);
        }
    }
}

enum Lines {
    Jsonl(Box<dyn Write>),
    Csv(Box<csv::Writer<Box<dyn Write>>>),
}

/// What fits a line of CSV; the body goes along whole as JSON.
const MEMBERS: [&str; 6] = ["chain", "seq", "time", "event", "hash", "body"];

impl Lines {
    fn start(out: Box<dyn Write>, format: Format) -> std::io::Result<Self> {
        if format == Format::Jsonl {
            return Ok(Lines::Jsonl(out));
        }
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(MEMBERS)?;
        Ok(Lines::Csv(Box::new(writer)))
    }

    fn write(&mut self, entry: &Value) -> std::io::Result<()> {
        match self {
            Lines::Jsonl(out) => writeln!(out, "{entry}"),
            Lines::Csv(writer) => Ok(writer.write_record(MEMBERS.map(|member| cell(&entry[member])))?),
        }
    }

    fn finish(self) -> std::io::Result<()> {
        match self {
            Lines::Jsonl(mut out) => out.flush(),
            Lines::Csv(mut writer) => writer.flush(),
        }
    }
}
