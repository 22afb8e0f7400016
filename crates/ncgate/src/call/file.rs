//! Lists as files: every page is asked for and written as it comes.

use crate::exit::{defect, usage};
use crate::gateway::Gateway;
use crate::waiting::Spinner;
use model::{Kind, Problem};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use web::rows::{Format, Rows};

/// Rows a page: as many as an answer usually holds, and, where a longer list is grouped, as many as stay rows.
const PAGE_SIZES: [u64; 2] = [100, 25];

/// The form that a file's name asks for.
pub(super) fn format_of(path: &Path) -> Result<Format, Problem> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    Format::ALL
        .into_iter()
        .find(|format| Some(format.ending()) == ending)
        .ok_or_else(|| usage(format!("{} ends neither in .csv nor in .jsonl", path.display())))
}

/// Asks for every page of a list and writes its rows. Answers what was written, and whether the list changed meanwhile:
/// its pages are calls of their own, so nobody can tell then which rows slipped between two of them.
pub(super) async fn write(
    gateway: &Gateway,
    tool: &catalog::Entry,
    arguments: Map<String, Value>,
    path: &Path,
    format: Format,
) -> Result<Value, Problem> {
    let broken =
        |error: &dyn std::fmt::Display| defect(&format!("{} can't be written", path.display()), error);
    let spinner = Spinner::start(tool.record.title.to_owned());
    let mut out = None;
    let mut written: u64 = 0;
    let mut totals = BTreeSet::new();
    each_page(gateway, tool, gateway.named_connection(), arguments, |answer, rows| {
        if out.is_none() {
            let file = BufWriter::new(File::create(path).map_err(|error| broken(&error))?);
            out = Some(Rows::start(file, format, items(&answer["columns"])).map_err(|error| broken(&error))?);
        }
        for row in rows {
            let out = out.as_mut().expect("it was started above");
            out.write(items(row)).map_err(|error| broken(&error))?;
            written += 1;
        }
        totals.extend(answer["total"].as_u64());
        spinner.say(match answer["total"].as_u64() {
            Some(total) => format!("{}: {written} of {total}", tool.record.title),
            None => format!("{}: {written}", tool.record.title),
        });
        Ok(())
    })
    .await?;
    out.map_or(Ok(()), Rows::finish).map_err(|error| broken(&error))?;
    let mut told = json!({ "file": path, "rows": written });
    if let (Some(least), Some(most)) = (totals.first(), totals.last())
        && least < most
    {
        told["note"] = json!(format!(
            "the list changed while it was written, between {least} and {most} rows: some may be missing or stand twice; write it again"
        ));
    }
    Ok(told)
}

/// Reads a list to its end. `each` is given every page's answer, the first even if it is empty, and its new rows.
///
/// # Errors
/// The gateway's problem, a tool that answers no list, and what `each` answers.
pub(crate) async fn each_page(
    gateway: &Gateway,
    tool: &catalog::Entry,
    connection: Option<&str>,
    mut arguments: Map<String, Value>,
    mut each: impl FnMut(&Value, &[Value]) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let number = |arguments: &Map<String, Value>, name: &str| arguments.get(name).and_then(Value::as_u64);
    let offset = |arguments: &Map<String, Value>| {
        number(arguments, "page_number")
            .map_or(0, |page| page.saturating_sub(1) * number(arguments, "page_size").unwrap_or(0))
    };
    let mut answer = first(gateway, tool, connection, &mut arguments).await?;
    let mut place = offset(&arguments);
    loop {
        let rows = items(&answer["rows"]);
        // A page behind one that was cut to fit may begin with rows that are here already.
        let repeated = usize::try_from(place.saturating_sub(offset(&arguments))).unwrap_or(usize::MAX);
        let new = rows.get(repeated..).unwrap_or_default();
        each(&answer, new)?;
        place += new.len() as u64;
        let Some(next) = answer["next_page"].as_u64().filter(|_| !rows.is_empty()) else { return Ok(()) };
        // The page after a cut one counts in pages of the size that fitted.
        if (rows.len() as u64) < number(&arguments, "page_size").unwrap_or(0) {
            arguments.insert("page_size".into(), rows.len().into());
        }
        arguments.insert("page_number".into(), next.into());
        answer = ask(gateway, tool, connection, &arguments).await?;
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The first page, in the largest size in which the tool answers rows. What the caller chose stays.
async fn first(
    gateway: &Gateway,
    tool: &catalog::Entry,
    connection: Option<&str>,
    arguments: &mut Map<String, Value>,
) -> Result<Value, Problem> {
    let is_list = |answer: &Value| answer["columns"].is_array() && answer["rows"].is_array();
    let free =
        !arguments.contains_key("page_size") && tool.input_schema()["properties"]["page_size"].is_object();
    for size in PAGE_SIZES {
        if free {
            arguments.insert("page_size".into(), size.into());
        }
        let answer = ask(gateway, tool, connection, arguments).await?;
        if is_list(&answer) {
            return Ok(answer);
        }
        if !free {
            break;
        }
    }
    Err(Problem::new(Kind::BadRequest, format!("{} answers no list", tool.record.name))
        .hint("leave --output out; the answer goes to standard output"))
}

async fn ask(
    gateway: &Gateway,
    tool: &catalog::Entry,
    connection: Option<&str>,
    arguments: &Map<String, Value>,
) -> Result<Value, Problem> {
    let request = super::request(tool, arguments.clone(), connection);
    gateway.ask(&request).await
}
