//! The rows of a list as a file: CSV or JSON lines. A spreadsheet must not run what a device or a person wrote, so in
//! CSV a text that would begin a formula gets an apostrophe in front. JSON lines keep every value as it is.

use serde_json::{Map, Value};
use std::io::{self, Write};

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, a heading first.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl Format {
    /// Both forms.
    pub const ALL: [Format; 2] = [Format::Csv, Format::JsonLines];

    /// How the name of such a file ends, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::JsonLines => "jsonl",
        }
    }

    /// Its media type, as a request names it.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv",
            Format::JsonLines => "application/jsonl",
        }
    }
}

/// Writes rows one by one, and keeps none.
pub enum Rows<W: Write> {
    /// Comma-separated.
    Csv(Box<csv::Writer<W>>),
    /// JSON lines, with the names of the columns.
    JsonLines(W, Vec<String>),
}

impl<W: Write> Rows<W> {
    /// Begins a file with these columns.
    ///
    /// # Errors
    /// Those of the writer, as for every function here.
    pub fn start(out: W, format: Format, columns: &[Value]) -> io::Result<Self> {
        let mut rows = Self::go_on(out, format, columns);
        if let Rows::Csv(writer) = &mut rows {
            writer.write_record(names(columns))?;
        }
        Ok(rows)
    }

    /// Goes on with a file that was begun with these columns.
    pub fn go_on(out: W, format: Format, columns: &[Value]) -> Self {
        match format {
            Format::Csv => Rows::Csv(Box::new(csv::Writer::from_writer(out))),
            Format::JsonLines => Rows::JsonLines(out, names(columns)),
        }
    }

    /// Writes one row, which is as long as the columns.
    ///
    /// # Errors
    /// Also a row of CSV that is longer or shorter.
    pub fn write(&mut self, row: &[Value]) -> io::Result<()> {
        match self {
            Rows::Csv(writer) => Ok(writer.write_record(row.iter().map(cell))?),
            Rows::JsonLines(out, names) => {
                let members: Map<String, Value> = names.iter().cloned().zip(row.iter().cloned()).collect();
                writeln!(out, "{}", Value::Object(members))
            }
        }
    }

    /// Hands on what is still held back.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Rows::Csv(mut writer) => writer.flush(),
            Rows::JsonLines(mut out, _) => out.flush(),
        }
    }
}

fn names(columns: &[Value]) -> Vec<String> {
    columns.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect()
}

/// A cell that no spreadsheet takes for a formula.
pub fn cell(value: &Value) -> String {
    // The wide forms are taken for a formula too where East Asian text is written.
    const BEGINS_A_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(BEGINS_A_FORMULA) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Everything that breaks a file that was put together by hand.
    fn rows() -> Vec<Vec<Value>> {
        vec![
            vec![json!(-1), json!("=HYPERLINK(\"x\")")],
            vec![json!(2), Value::Null],
            vec![json!(3), json!("a,b;c\t\"d\"")],
            vec![json!(4), json!("two\r\nlines\n")],
            vec![json!(5), json!(" Zoë’s 机器 ")],
            vec![json!(6), json!(["x", {"y": 1.5}])],
        ]
    }

    fn written(format: Format) -> String {
        let mut bytes = Vec::new();
        let mut out = Rows::start(&mut bytes, format, &[json!("id"), json!("name")]).unwrap();
        rows().iter().for_each(|row| out.write(row).unwrap());
        out.finish().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn csv_comes_back_as_it_went() {
        let text = written(Format::Csv);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap(), vec!["id", "name"]);
        let read: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        let went: Vec<Vec<String>> = rows().iter().map(|row| row.iter().map(cell).collect()).collect();
        assert_eq!(read, went);
        assert_eq!(&read[2..5], [["3", "a,b;c\t\"d\""], ["4", "two\r\nlines\n"], ["5", " Zoë’s 机器 "]]);
    }

    #[test]
    fn a_crooked_row_is_refused() {
        let mut out = Rows::start(Vec::new(), Format::Csv, &[json!("id"), json!("name")]).unwrap();
        assert!(out.write(&[json!(1)]).is_err());
        assert!(out.write(&[json!(1), json!(2), json!(3)]).is_err());
    }

    #[test]
    fn no_text_begins_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "－1"] {
            assert_eq!(cell(&json!(text)), format!("'{text}"));
        }
        assert_eq!((cell(&json!(-1)), cell(&json!("a=b"))), ("-1".to_owned(), "a=b".to_owned()));
    }

    #[test]
    fn json_lines_keep_values_as_they_are() {
        let text = written(Format::JsonLines);
        let read: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let went = rows().into_iter().map(|row| json!({ "id": row[0], "name": row[1] }));
        assert_eq!(read, went.collect::<Vec<_>>());
    }
}
