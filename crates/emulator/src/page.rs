//! Paged lists: the parameters with their bounds, what `pageSize=-1` means where, sorting words, and the envelope with
//! its links (NOTES §5). Only the rows of the page asked for are ever built.

use std::cmp::Ordering;
use std::ops::Range;

use serde_json::{Value, json};

use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::failure::Failure;
use crate::select::Filter;

/// The largest page, and this deployment's maximum.
const LARGEST: usize = 1000;
const USUAL: usize = 50;

/// Rows that can be had one by one.
pub(crate) trait Rows {
    fn len(&self) -> usize;
    fn row(&self, at: usize) -> Value;
    /// One field of a row; worth overriding where a whole row is dear.
    fn field(&self, at: usize, name: &str) -> Value {
        self.row(at)[name].take()
    }
}

impl Rows for Vec<Value> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn row(&self, at: usize) -> Value {
        self[at].clone()
    }
}

/// What `pageSize=-1` asks for.
#[derive(Clone, Copy)]
pub(crate) enum All {
    Everything,
    LargestPage,
    Refused,
}

/// How a list pages, filters and sorts.
pub(crate) struct Rules {
    pub(crate) all: All,
    /// Fields that `select` and `sortBy` know; none for a list that takes neither.
    pub(crate) fields: &'static [&'static str],
    /// A list that knows only these words for `sortBy`, each with the field it means.
    pub(crate) sort_words: Option<&'static [(&'static str, &'static str)]>,
}

impl Rules {
    pub(crate) const fn new(all: All, fields: &'static [&'static str]) -> Self {
        Self { all, fields, sort_words: None }
    }
}

struct Request {
    number: usize,
    size: usize,
    filter: Option<Filter>,
    sort: Option<(String, bool)>,
    warning: Option<String>,
}

/// Answers the page that was asked for.
pub(crate) fn answer(call: &Call<'_>, rules: &Rules, rows: &dyn Rows) -> Outcome {
    let request = Request::read(call, rules, rows.len())?;
    let order = request.order(rows);
    let total = call.shift.shown(order.as_ref().map_or(rows.len(), Vec::len));
    let size = request.size.max(1);
    let window = window(request.number, size, total).map(|at| call.shift.row(at));
    let data: Vec<Value> = match &order {
        Some(order) => window.map(|at| rows.row(order[at])).collect(),
        None => window.map(|at| rows.row(at)).collect(),
    };
    let pages = total.div_ceil(size);
    let mut body = json!({
        "data": data,
        "pageNumber": request.number,
        "pageSize": size,
        "itemCount": data.len(),
        "totalItems": total,
        "totalPages": pages,
        "_links": links(call, request.number, size, pages),
    });
    if let Some(warning) = request.warning {
        body["_warning"] = warning.into();
    }
    Ok(Answer::ok(body))
}

fn window(number: usize, size: usize, total: usize) -> Range<usize> {
    let start = (number - 1).saturating_mul(size).min(total);
    start..start.saturating_add(size).min(total)
}

fn links(call: &Call<'_>, number: usize, size: usize, pages: usize) -> Value {
    let link = |page: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in call.query.iter().filter(|(n, _)| n != "pageNumber" && n != "pageSize") {
            query.append_pair(name, value);
        }
        query.append_pair("pageNumber", &page.to_string()).append_pair("pageSize", &size.to_string());
        Value::from(format!("{}?{}", call.path, query.finish()))
    };
    let last = pages.max(1);
    json!({
        "firstPage": link(1),
        "previousPage": if number > 1 { link((number - 1).min(last)) } else { Value::Null },
        "nextPage": if number < last { link(number + 1) } else { Value::Null },
        "lastPage": link(last),
    })
}

impl Request {
    fn read(call: &Call<'_>, rules: &Rules, total: usize) -> Result<Self, Failure> {
        let mut errors = Vec::new();
        let mut number_of = |name: &str, usual: i32| match call.query(name).map(str::parse::<i32>) {
            None => usual,
            Some(Ok(number)) => number,
            Some(Err(_)) => {
                errors.push((name.to_owned(), "must be a 32-bit number".to_owned()));
                usual
            }
        };
        let number = number_of("pageNumber", 1);
        let size = number_of("pageSize", USUAL as i32);
        if number < 1 {
            errors.push(("pageNumber".to_owned(), "must be greater than or equal to 1".to_owned()));
        }
        let size = match (size, rules.all) {
            (-1, All::Everything) => total,
            (-1, All::LargestPage) => LARGEST,
            (-1, All::Refused) => {
                errors.push(("pageSize".to_owned(), "must be a positive number".to_owned()));
                USUAL
            }
            (1..=1000, _) => size.unsigned_abs() as usize,
            _ => {
                errors.push(("pageSize".to_owned(), format!("must be between 1 and {LARGEST}")));
                USUAL
            }
        };
        if !errors.is_empty() {
            return Err(Failure::validation(errors));
        }
        let mut request =
            Self { number: number.unsigned_abs() as usize, size, filter: None, sort: None, warning: None };
        if rules.fields.is_empty() {
            return Ok(request);
        }
        request.filter = call.query("select").map(|text| Filter::parse(text, rules.fields)).transpose()?;
        let descending = descending(call, rules)?;
        match (call.query("sortBy"), rules.sort_words) {
            (None, _) => {}
            (Some(word), Some(words)) => match words.iter().find(|(w, _)| w.eq_ignore_ascii_case(word)) {
                Some((_, field)) => request.sort = Some(((*field).to_owned(), descending)),
                None => return Err(Failure::bad_request(&format!("'{word}' is not a valid sortBy value"))),
            },
            (Some(field), None) if rules.fields.contains(&field) => {
                request.sort = Some((field.to_owned(), descending));
            }
            (Some(field), None) => request.warning = Some(format!("Sort field not found: {field}")),
        }
        Ok(request)
    }

    /// The rows that stay, in order; nothing where all stay as they are.
    fn order(&self, rows: &dyn Rows) -> Option<Vec<usize>> {
        if self.filter.is_none() && self.sort.is_none() {
            return None;
        }
        let kept = |at: &usize| self.filter.as_ref().is_none_or(|f| f.matches(|name| rows.field(*at, name)));
        let kept = (0..rows.len()).filter(kept);
        let Some((field, descending)) = &self.sort else { return Some(kept.collect()) };
        let mut keyed: Vec<(Key, usize)> = kept.map(|at| (Key::of(rows.field(at, field)), at)).collect();
        keyed.sort_by(|a, b| {
            let order = a.0.order(&b.0);
            (if *descending { order.reverse() } else { order }).then(a.1.cmp(&b.1))
        });
        Some(keyed.into_iter().map(|(_, at)| at).collect())
    }
}

fn descending(call: &Call<'_>, rules: &Rules) -> Result<bool, Failure> {
    let Some(word) = call.query("sortOrder") else { return Ok(false) };
    let strict = rules.sort_words.is_some();
    match word.to_ascii_lowercase().as_str() {
        "asc" | "ascending" => Ok(false),
        "desc" | "descending" => Ok(true),
        "natural" if !strict => Ok(false),
        "reverse" if !strict => Ok(true),
        _ => Err(Failure::bad_request(&format!("'{word}' is not a valid sortOrder"))),
    }
}

/// A sortable value: nulls first, numbers by size, text without regard to case.
enum Key {
    Null,
    Number(f64),
    Text(String),
}

impl Key {
    fn of(value: Value) -> Self {
        match value {
            Value::Number(n) => Self::Number(n.as_f64().unwrap_or_default()),
            Value::Null => Self::Null,
            Value::String(text) => Self::Text(text.to_lowercase()),
            other => Self::Text(other.to_string()),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
        }
    }
}
