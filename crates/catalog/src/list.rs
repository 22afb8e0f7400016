//! Lists: the arguments they share, the window of rows that was asked for, and the answer with its totals and how
//! to go on.

use crate::budget;
use crate::column::{self, Column};
use crate::id::Count;
use model::answer::Table;
use model::{Kind, Problem};
use ncentral::Params;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::cmp::Ordering;

/// Rows a page where nothing else is asked for.
pub(crate) const PAGE_SIZE: u64 = 25;

/// Most rows a page (contract/NOTES.md, section 5).
pub(crate) const MOST_ROWS: u64 = 1000;

/// The arguments that every list takes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ListArgs {
    #[serde(default, deserialize_with = "words")]
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) page_number: Option<Count>,
    pub(crate) page_size: Option<Count>,
    pub(crate) sort_by: Option<String>,
    pub(crate) sort_order: Option<String>,
}

/// A list of words, or one text with commas.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a list of column names")]
    enum Words {
        Many(Vec<String>),
        One(String),
    }
    Ok(Option::<Words>::deserialize(deserializer)?.map(|words| match words {
        Words::Many(words) => words,
        Words::One(words) => words.split(',').map(|word| word.trim().to_owned()).collect(),
    }))
}

/// What a list was asked for, checked.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    /// The page, from 1.
    pub(crate) page_number: u64,
    /// Rows a page.
    pub(crate) page_size: u64,
    /// The columns to show.
    pub(crate) columns: Vec<Column>,
    /// The column to sort by.
    pub(crate) sort: Option<Column>,
    /// Whether the greatest comes first.
    pub(crate) descending: bool,
}

impl ListArgs {
    /// Checks the arguments against a list's columns.
    ///
    /// # Errors
    /// Says which argument can't be used, and what can.
    pub(crate) fn check(&self, columns: &[Column]) -> Result<Listing, Problem> {
        Ok(Listing {
            page_number: bounded("page_number", self.page_number, 1, u64::from(u32::MAX))?,
            page_size: bounded("page_size", self.page_size, PAGE_SIZE, MOST_ROWS)?,
            columns: column::pick(columns, self.fields.as_deref())?,
            sort: self.sort_by.as_deref().map(|word| column::to_sort_by(columns, word)).transpose()?,
            descending: descending(self.sort_order.as_deref())?,
        })
    }
}

fn bounded(name: &str, given: Option<Count>, default: u64, most: u64) -> Result<u64, Problem> {
    match given.map_or(default, |count| count.0) {
        0 => Err(Problem::new(Kind::InvalidArguments, format!("`{name}` is 0; it counts from 1"))
            .hint(format!("leave {name} out for {default}"))),
        number if number > most => {
            Err(Problem::new(Kind::InvalidArguments, format!("`{name}` is {number}; {most} is the most"))
                .hint(format!("use a {name} from 1 to {most}")))
        }
        number => Ok(number),
    }
}

/// The contract's words for the two orders, any case.
fn descending(word: Option<&str>) -> Result<bool, Problem> {
    match word.map(str::to_ascii_lowercase).as_deref() {
        None | Some("asc" | "ascending" | "natural") => Ok(false),
        Some("desc" | "descending" | "reverse") => Ok(true),
        Some(other) => Err(crate::schema::unknown_word("sort_order", other, &["asc", "desc"])),
    }
}

impl Listing {
    /// Sorting as N-central takes it. Its lists don't agree on every word for the orders; on these two they do.
    pub(crate) fn sorting(&self, params: Params) -> Params {
        match self.sort {
            Some(column) => params
                .set("sortBy", column.sort_word())
                .set("sortOrder", if self.descending { "desc" } else { "asc" }),
            None => params,
        }
    }

    /// How many rows lie before the page.
    pub(crate) fn offset(&self) -> u64 {
        (self.page_number - 1) * self.page_size
    }

    /// The answer of a page that N-central cut.
    pub(crate) fn page(&self, page: &ncentral::Page) -> Table {
        let rows = page.rows.iter().map(|row| self.row(row)).collect();
        self.table(rows, page.total_items, page.has_next)
    }

    /// A row's cells.
    pub(crate) fn row(&self, row: &Value) -> Vec<Value> {
        self.columns.iter().map(|column| column.cell(row)).collect()
    }

    fn table(&self, rows: Vec<Vec<Value>>, total: Option<u64>, more: bool) -> Table {
        let returned = rows.len() as u64;
        let next_page = more.then_some(self.page_number + 1);
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        let note = match (next_page, returned) {
            (Some(next), _) => Some(format!(
                "rows {}–{}{of}; ask for page_number {next}",
                self.offset() + 1,
                self.offset() + returned
            )),
            (None, 0) if self.page_number > 1 => {
                Some(format!("page {} is past the end{of}", self.page_number))
            }
            (None, _) => None,
        };
        let columns = self.columns.iter().map(Column::name).collect();
        let table = Table { columns, rows, returned, total, next_page, note };
        budget::fit(table, self.page_number, self.page_size)
    }

    /// The answer of a page that was cut from `total` rows here.
    pub(crate) fn slice(&self, page: &[Value], total: u64) -> Table {
        let rows = page.iter().map(|row| self.row(row)).collect();
        self.table(rows, Some(total), self.offset() + self.page_size < total)
    }

    /// Sorts rows by a column; those that compare equal keep their order.
    pub(crate) fn sort_rows(&self, rows: &mut [Value], column: Column) {
        let by = |a: &Value, b: &Value| compare(&column.cell(a), &column.cell(b));
        rows.sort_by(|a, b| if self.descending { by(b, a) } else { by(a, b) });
    }

    /// The answer of a list that came whole: sorted and paged here.
    pub(crate) fn whole<'a>(&self, rows: impl IntoIterator<Item = &'a Value>) -> Table {
        let mut window = self.window(true);
        rows.into_iter().for_each(|row| window.push(row));
        window.into_table()
    }

    /// Starts to gather the page from rows that come one by one and are sorted and paged here.
    pub(crate) fn window(&self, sort_here: bool) -> Window<'_> {
        Window { listing: self, sort: self.sort.filter(|_| sort_here), kept: Vec::new(), seen: 0 }
    }
}

/// Takes all rows of a list one by one and keeps those of the page that was asked for; needs memory for the rows
/// up to the end of that page, whatever the length of the list.
pub(crate) struct Window<'a> {
    listing: &'a Listing,
    sort: Option<Column>,
    kept: Vec<(Value, Vec<Value>)>,
    seen: u64,
}

impl Window<'_> {
    /// Takes one row.
    pub(crate) fn push(&mut self, row: &Value) {
        let (first, end) = (self.listing.offset(), self.listing.offset() + self.listing.page_size);
        match self.sort {
            Some(column) => {
                self.kept.push((column.cell(row), self.listing.row(row)));
                if self.kept.len() as u64 >= 2 * end {
                    self.sort(end);
                }
            }
            None if (first..end).contains(&self.seen) => {
                self.kept.push((Value::Null, self.listing.row(row)));
            }
            None => {}
        }
        self.seen += 1;
    }

    fn sort(&mut self, keep: u64) {
        let descending = self.listing.descending;
        self.kept.sort_by(|(a, _), (b, _)| if descending { compare(b, a) } else { compare(a, b) });
        self.kept.truncate(keep as usize);
    }

    /// The page, with the total of all rows taken.
    pub(crate) fn into_table(mut self) -> Table {
        let listing = self.listing;
        let end = listing.offset() + listing.page_size;
        let mut skip = 0;
        if self.sort.is_some() {
            self.sort(end);
            skip = listing.offset() as usize;
        }
        let rows = self.kept.into_iter().skip(skip).map(|(_, cells)| cells).collect();
        listing.table(rows, Some(self.seen), end < self.seen)
    }
}

/// The order of two cells: numbers by size, text by its letters whatever their case, nothing last.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        (a, b) => sort_text(a).cmp(&sort_text(b)),
    }
}

fn sort_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
}

/// The answer of a list that is worked out here.
pub(crate) fn answer(table: &Table) -> Value {
    serde_json::to_value(table).expect("a table of JSON values is JSON")
}

/// Adds a sentence to what the reader has to know.
pub(crate) fn remark(table: &mut Table, remark: impl AsRef<str>) {
    table.note = Some(match table.note.take() {
        Some(note) => format!("{note}. {}", remark.as_ref()),
        None => remark.as_ref().to_owned(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: &[Column] = &[Column::shown("deviceId"), Column::shown("longName")];

    fn listing(args: Value) -> Result<Listing, Problem> {
        serde_json::from_value::<ListArgs>(args).unwrap().check(COLUMNS)
    }

    #[test]
    fn unusable_arguments_are_told_apart() {
        for (args, said) in [
            (json!({"page_number": 0}), "`page_number` is 0"),
            (json!({"page_size": "0"}), "`page_size` is 0"),
            (json!({"page_size": 5000}), "1000 is the most"),
            (json!({"sort_by": "longnam"}), "did you mean `long_name`"),
            (json!({"sort_order": "upwards"}), "unknown sort_order `upwards`"),
            (json!({"fields": "device_id,nam"}), "unknown field `nam`"),
        ] {
            let problem = listing(args).unwrap_err();
            assert!(problem.message.contains(said), "{}", problem.message);
        }
        assert!(listing(json!({"sort_order": "Reverse"})).unwrap().descending);
    }

    #[test]
    fn a_window_sorts_and_pages_whatever_comes() {
        let listing =
            listing(json!({"page_number": 2, "page_size": 3, "sort_by": "deviceId", "sort_order": "desc"}))
                .unwrap();
        let mut window = listing.window(true);
        for n in (0..100).map(|n| n * 37 % 100) {
            window.push(&json!({"deviceId": n, "longName": format!("WS{n}")}));
        }
        let table = window.into_table();
        assert_eq!(json!(table.rows), json!([[96, "WS96"], [95, "WS95"], [94, "WS94"]]));
        assert_eq!((table.returned, table.total, table.next_page), (3, Some(100), Some(3)));
        assert_eq!(table.note.unwrap(), "rows 4–6 of 100; ask for page_number 3");
    }

    #[test]
    fn a_list_that_is_cut_names_one_way_to_go_on() {
        let listing = listing(json!({"page_number": 2, "page_size": 1000})).unwrap();
        let rows: Vec<Value> =
            (0..1000).map(|n| json!({"deviceId": n, "longName": format!("GLOBEX-WS{n:04}")})).collect();
        let table = listing.slice(&rows, 5000);
        let (note, next) = (table.note.unwrap(), table.next_page.unwrap());
        assert!(note.contains(&format!("page_number {next} and page_size {}", table.returned)), "{note}");
        assert_eq!(note.matches("page_number").count(), 1, "{note}");
        assert_eq!((next - 1) * table.returned, 1000 + table.returned);
    }

    #[test]
    fn a_window_keeps_the_order_that_n_central_gave() {
        let listing = listing(json!({"page_number": 4, "page_size": 3})).unwrap();
        let mut window = listing.window(true);
        (0..10).for_each(|n| window.push(&json!({"deviceId": n})));
        let table = window.into_table();
        assert_eq!(json!(table.rows), json!([[9, null]]));
        assert_eq!((table.next_page, table.note), (None, None));
    }
}
