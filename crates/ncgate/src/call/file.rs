//! Lists as files: every page is asked for and written as it comes. A spreadsheet must not run what a device or a
//! person wrote, so in CSV a text that would begin a formula gets an apostrophe in front.

use crate::exit::{defect, usage};
use crate::gateway::Gateway;
use crate::waiting::Spinner;
use model::{Kind, Problem};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Rows a page: as many as an answer usually holds, and, where a longer list is grouped, as many as stay rows.
const PAGE_SIZES: [u64; 2] = [100, 25];

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Comma-separated, a heading first.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl Format {
    /// The form that a file's name asks for.
    pub(super) fn of(path: &Path) -> Result<Format, Problem> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Ok(Format::Csv),
            Some("jsonl") => Ok(Format::JsonLines),
            _ => Err(usage(format!("{} ends neither in .csv nor in .jsonl", path.display()))),
        }
    }
}

/// Asks for every page of a list and writes its rows. Answers what was written.
pub(super) async fn write(
    gateway: &Gateway,
    tool: &catalog::Entry,
    mut arguments: Map<String, Value>,
    path: &Path,
    format: Format,
) -> Result<Value, Problem> {
    let broken =
        |error: &dyn std::fmt::Display| defect(&format!("{} can't be written", path.display()), error);
    let spinner = Spinner::start(tool.record.title.to_owned());
    let mut answer = first(gateway, tool, &mut arguments).await?;
    let file = BufWriter::new(File::create(path).map_err(|error| broken(&error))?);
    let columns = answer["columns"].as_array().map_or(&[][..], Vec::as_slice);
    let mut out = Rows::start(file, format, columns).map_err(|error| broken(&error))?;
    let number = |arguments: &Map<String, Value>, name: &str| arguments.get(name).and_then(Value::as_u64);
    let offset = |arguments: &Map<String, Value>| {
        number(arguments, "page_number")
            .map_or(0, |page| page.saturating_sub(1) * number(arguments, "page_size").unwrap_or(0))
    };
    let mut place = offset(&arguments);
    let mut written: u64 = 0;
    loop {
        let rows = answer["rows"].as_array().map_or(&[][..], Vec::as_slice);
        // A page behind one that was cut to fit may begin with rows that are here already.
        let repeated = place.saturating_sub(offset(&arguments));
        for row in rows.iter().skip(usize::try_from(repeated).unwrap_or(usize::MAX)) {
            out.write(row.as_array().map_or(&[], Vec::as_slice)).map_err(|error| broken(&error))?;
            written += 1;
            place += 1;
        }
        spinner.say(match answer["total"].as_u64() {
            Some(total) => format!("{}: {written} of {total}", tool.record.title),
            None => format!("{}: {written}", tool.record.title),
        });
        let Some(next) = answer["next_page"].as_u64().filter(|_| !rows.is_empty()) else { break };
        // The page after a cut one counts in pages of the size that fitted.
        if (rows.len() as u64) < number(&arguments, "page_size").unwrap_or(0) {
            arguments.insert("page_size".into(), rows.len().into());
        }
        arguments.insert("page_number".into(), next.into());
        answer = ask(gateway, tool, &arguments).await?;
    }
    out.finish().map_err(|error| broken(&error))?;
    Ok(json!({ "file": path, "rows": written }))
}

/// The first page, in the largest size in which the tool answers rows. What the caller chose stays.
async fn first(
    gateway: &Gateway,
    tool: &catalog::Entry,
    arguments: &mut Map<String, Value>,
) -> Result<Value, Problem> {
    let is_list = |answer: &Value| answer["columns"].is_array() && answer["rows"].is_array();
    let free =
        !arguments.contains_key("page_size") && tool.input_schema()["properties"]["page_size"].is_object();
    for size in PAGE_SIZES {
        if free {
            arguments.insert("page_size".into(), size.into());
        }
        let answer = ask(gateway, tool, arguments).await?;
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
    arguments: &Map<String, Value>,
) -> Result<Value, Problem> {
    let request = super::request(tool, arguments.clone(), gateway.named_connection());
    gateway.ask(&request).await
}

enum Rows<W: Write> {
    Csv(Box<csv::Writer<W>>),
    JsonLines(W, Vec<String>),
}

impl<W: Write> Rows<W> {
    fn start(out: W, format: Format, columns: &[Value]) -> std::io::Result<Self> {
        let names: Vec<String> =
            columns.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect();
        Ok(match format {
            Format::JsonLines => Rows::JsonLines(out, names),
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                writer.write_record(&names)?;
                Rows::Csv(Box::new(writer))
            }
        })
    }

    fn write(&mut self, row: &[Value]) -> std::io::Result<()> {
        match self {
            Rows::Csv(writer) => Ok(writer.write_record(row.iter().map(cell))?),
            Rows::JsonLines(out, names) => {
                let members: Map<String, Value> = names.iter().cloned().zip(row.iter().cloned()).collect();
                writeln!(out, "{}", Value::Object(members))
            }
        }
    }

    fn finish(self) -> std::io::Result<()> {
        match self {
            Rows::Csv(mut writer) => writer.flush(),
            Rows::JsonLines(mut out, _) => out.flush(),
        }
    }
}

/// A cell that no spreadsheet takes for a formula.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format) -> String {
        let mut bytes = Vec::new();
        let mut rows = Rows::start(&mut bytes, format, &[json!("id"), json!("name")]).unwrap();
        rows.write(&[json!(-1), json!("=HYPERLINK(\"x\")")]).unwrap();
        rows.write(&[json!(2), Value::Null]).unwrap();
        rows.finish().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn csv_is_safe_to_open() {
        assert_eq!(written(Format::Csv), "id,name\n-1,\"'=HYPERLINK(\"\"x\"\")\"\n2,\n");
    }

    #[test]
    fn json_lines_keep_values_as_they_are() {
        assert_eq!(
            written(Format::JsonLines),
            "{\"id\":-1,\"name\":\"=HYPERLINK(\\\"x\\\")\"}\n{\"id\":2,\"name\":null}\n"
        );
    }
}
