//! What a result may cost the model that reads it, and where it is cut if it costs more.

use model::answer::Table;
use serde_json::Value;

/// The most tokens that one result may cost (product.md, *Answers*).
pub const TOKENS: u64 = 8_000;

/// Kept free for what a face puts around the rows.
pub(crate) const ENVELOPE: u64 = 300;

/// The tokens of a value's compact JSON, estimated from above without a vocabulary. Compared with a real tokenizer
/// in the tests.
pub fn estimate(value: &Value) -> u64 {
    estimate_text(&value.to_string())
}

/// Cuts text as tokenizers do, into words, digits by threes and runs of marks, and prices each piece: common words
/// are one token, capitals and rare words several.
fn estimate_text(text: &str) -> u64 {
    let mut tokens = 0;
    let mut rest = text.as_bytes();
    while let Some(first) = rest.first() {
        let kind = Kind::of(*first);
        let length = rest.iter().take_while(|byte| Kind::of(**byte) == kind).count();
        tokens += match (kind, length, rest.get(length).map(|next| Kind::of(*next))) {
            // One capital belongs to the word behind it.
            (Kind::Capital, 1, Some(Kind::Small)) => 0,
            _ => kind.price(length as u64),
        };
        rest = &rest[length..];
    }
    tokens
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Small,
    Capital,
    Digit,
    Blank,
    Mark,
    Other,
}

impl Kind {
    fn of(byte: u8) -> Self {
        match byte {
            b'a'..=b'z' => Kind::Small,
            b'A'..=b'Z' => Kind::Capital,
            b'0'..=b'9' => Kind::Digit,
            b' ' => Kind::Blank,
            0..=127 => Kind::Mark,
            128.. => Kind::Other,
        }
    }

    /// The tokens of a run of bytes.
    fn price(self, length: u64) -> u64 {
        match self {
            Kind::Small => length.div_ceil(7),
            Kind::Capital => (2 * length).div_ceil(5),
            Kind::Digit => length.div_ceil(3),
            // One blank belongs to the word behind it.
            Kind::Blank => length / 2,
            Kind::Mark if length <= 4 => 1,
            Kind::Mark => length.div_ceil(2),
            Kind::Other => length.div_ceil(2),
        }
    }
}

/// How many rows of a table fit, at least one.
fn rows_that_fit(table: &Table) -> usize {
    let mut left = TOKENS.saturating_sub(ENVELOPE + estimate(&Value::from(table.columns.clone())));
    let fit = table
        .rows
        .iter()
        .take_while(|row| {
            let cost = row.iter().map(estimate).sum::<u64>() + row.len() as u64 / 2 + 1;
            let fits = cost <= left;
            left = left.saturating_sub(cost);
            fits
        })
        .count();
    fit.max(1)
}

/// How to go on behind a cut.
pub(crate) struct Resume {
    /// How many rows to keep, and the page size to go on with.
    pub(crate) size: u64,
    /// The page to ask for next.
    pub(crate) next: u64,
    /// Whether that page begins exactly behind the cut; else it repeats a few rows.
    pub(crate) exact: bool,
}

/// Where `offset` rows lie before the page and `fitting` of its rows fit: the page size to go on with divides what
/// lies before, where some size near what fits does, so that no row is missed and none comes twice.
pub(crate) fn resume(offset: u64, fitting: u64) -> Resume {
    let aligned = (fitting.div_ceil(2)..=fitting).rev().find(|size| offset.is_multiple_of(*size));
    let size = aligned.unwrap_or(fitting);
    Resume { size, next: (offset + size) / size + 1, exact: aligned.is_some() }
}

/// Cuts a table that is over the budget at a row border, and says how to go on; whatever was said of that before no
/// longer holds.
pub(crate) fn fit(mut table: Table, page_number: u64, page_size: u64) -> Table {
    let fitting = rows_that_fit(&table) as u64;
    if fitting >= table.rows.len() as u64 {
        return table;
    }
    let offset = (page_number - 1) * page_size;
    let Resume { size, next, exact } = resume(offset, fitting);
    table.rows.truncate(size as usize);
    table.returned = size;
    table.next_page = Some(next);
    let of = table.total.map(|total| format!(" of {total}")).unwrap_or_default();
    let repeats = if !exact { "; a few rows will repeat" } else { "" };
    table.note = Some(format!(
        "rows {}–{}{of}: cut to fit the answer; go on with page_number {next} and page_size {size}{repeats}. Fewer \
         fields leave room for more rows",
        offset + 1,
        offset + size,
    ));
    table
}

/// Cuts a value that is no table: its longest lists lose their ends, its longest texts too, until it fits. Says
/// how many places were cut.
pub(crate) fn trim(value: &mut Value) -> usize {
    let mut cuts = 0;
    while estimate(value) > TOKENS - ENVELOPE {
        let Some(largest) = largest(value) else { break };
        match largest {
            Value::Array(items) => {
                let keep = items.len() / 2;
                items.truncate(keep);
            }
            Value::String(text) => *text = model::text::shorten(text, text.chars().count() / 2),
            _ => break,
        }
        cuts += 1;
    }
    cuts
}

/// The list of several items or the long text that costs most by itself.
fn largest(value: &mut Value) -> Option<&mut Value> {
    fn weigh(value: &Value) -> u64 {
        match value {
            Value::Array(items) if items.len() > 1 => estimate(value),
            Value::String(text) if text.len() > 400 => estimate(value),
            _ => 0,
        }
    }
    fn best(value: &Value) -> u64 {
        let inner = match value {
            Value::Array(items) => items.iter().map(best).max(),
            Value::Object(members) => members.values().map(best).max(),
            _ => None,
        };
        weigh(value).max(inner.unwrap_or(0))
    }
    let target = best(value);
    if target == 0 {
        return None;
    }
    let mut at = value;
    while weigh(at) != target {
        at = match at {
            Value::Array(items) => items.iter_mut().find(|item| best(item) == target)?,
            Value::Object(members) => members.values_mut().find(|member| best(member) == target)?,
            _ => return None,
        };
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn table(rows: usize) -> Table {
        Table {
            columns: vec!["device_id".into(), "long_name".into()],
            rows: (0..rows)
                .map(|n| vec![json!(1_180_000_000 + n), json!(format!("GLOBEX-WS{n:04}"))])
                .collect(),
            returned: rows as u64,
            total: Some(5_000),
            ..Table::default()
        }
    }

    #[test]
    fn a_table_within_the_budget_is_left_alone() {
        let small = table(50);
        assert_eq!(fit(small.clone(), 1, 50), small);
    }

    #[test]
    fn a_cut_table_can_be_continued_exactly() {
        for page_number in [1, 2, 3] {
            let cut = fit(table(1000), page_number, 1000);
            assert!(estimate(&serde_json::to_value(&cut).unwrap()) <= TOKENS);
            let (size, next) = (cut.returned, cut.next_page.unwrap());
            assert_eq!((next - 1) * size, (page_number - 1) * 1000 + cut.returned, "{:?}", cut.note);
            assert!(cut.note.unwrap().contains(&format!("page_number {next} and page_size {size}")));
        }
    }

    #[test]
    fn where_no_size_divides_rows_repeat_rather_than_get_lost() {
        let cut = fit(table(997), 2, 997);
        let resumed_at = (cut.next_page.unwrap() - 1) * cut.returned;
        assert!(resumed_at <= 997 + cut.returned && resumed_at > 997);
        assert!(cut.note.unwrap().contains("repeat"));
    }

    #[test]
    fn whatever_is_too_large_is_trimmed_where_it_is_largest() {
        let mut value = json!({"id": 7, "small": [1, 2], "software": vec!["Contoso Reader 11.2"; 9000],
            "output": "line\n".repeat(9000)});
        assert!(trim(&mut value) > 0);
        assert!(estimate(&value) <= TOKENS);
        assert_eq!((&value["id"], &value["small"]), (&json!(7), &json!([1, 2])));
    }
}
