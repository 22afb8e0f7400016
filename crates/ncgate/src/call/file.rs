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

/// Rows a page; the gateway cuts it to what it gives.
const PAGE_SIZE: u64 = 200;

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
    let paged = tool.input_schema()["properties"]["page_number"].is_object();
    if paged {
        arguments.entry("page_size").or_insert(PAGE_SIZE.into());
    }
    let spinner = Spinner::start(tool.record.title.to_owned());
    let mut rows: Option<Rows<BufWriter<File>>> = None;
    let mut written: u64 = 0;
    let mut note = Value::Null;
    loop {
        let request = super::wait::request(tool, arguments.clone(), gateway.named_connection());
        let answer = gateway.ask(&request).await?;
        let (Some(columns), Some(page)) = (answer["columns"].as_array(), answer["rows"].as_array()) else {
            return Err(Problem::new(Kind::BadRequest, format!("{} answers no list", tool.record.name))
                .hint("leave --output out; the answer goes to standard output"));
        };
        let out = match &mut rows {
            Some(out) => out,
            None => {
                let file = File::create(path).map_err(|error| broken(&error))?;
                rows.insert(
                    Rows::start(BufWriter::new(file), format, columns).map_err(|error| broken(&error))?,
                )
            }
        };
        for row in page {
            out.write(row.as_array().map_or(&[], Vec::as_slice)).map_err(|error| broken(&error))?;
            written += 1;
        }
        spinner.say(match answer["total"].as_u64() {
            Some(total) => format!("{}: {written} of {total}", tool.record.title),
            None => format!("{}: {written}", tool.record.title),
        });
        let next = answer["next_page"].as_u64().filter(|_| paged && !page.is_empty());
        match next {
            Some(next) => arguments.insert("page_number".into(), next.into()),
            None => {
                note = if answer["next_page"].is_null() { note } else { answer["note"].clone() };
                break;
            }
        };
    }
    if let Some(out) = rows {
        out.finish().map_err(|error| broken(&error))?;
    }
    Ok(if note.is_null() {
        json!({ "file": path, "rows": written })
    } else {
        json!({ "file": path, "rows": written, "note": note })
    })
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
