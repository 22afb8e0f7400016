//! A list as a file: where the caller accepts CSV or JSON lines rather than JSON, a list's rows come as that. What
//! stands beside the rows goes into headers, so that a part is never taken for the whole. Anything else stays JSON.

use crate::rows::{Format, Rows};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// All rows there are, where that is known.
const TOTAL: HeaderName = HeaderName::from_static("ncgate-total");
/// The `page_number` to go on with.
const NEXT_PAGE: HeaderName = HeaderName::from_static("ncgate-next-page");
/// What a reader has to know, percent-encoded UTF-8.
const NOTE: HeaderName = HeaderName::from_static("ncgate-note");

/// The headers, with what the OpenAPI document says of them.
pub(crate) const HEADERS: [(HeaderName, &str); 3] = [
    (TOTAL, "All rows there are, where that is known"),
    (NEXT_PAGE, "The page_number to go on with, where there are more rows"),
    (NOTE, "What a reader has to know, such as what could not be read; percent-encoded UTF-8"),
];

/// The form that the caller would rather have than JSON.
pub(crate) fn wanted(headers: &HeaderMap) -> Option<Format> {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut best: (f32, Option<Format>) = (0.0, None);
    for range in accepted.flat_map(|text| text.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let format = Format::ALL.into_iter().find(|format| kind.eq_ignore_ascii_case(format.media_type()));
        let is_json =
            ["application/json", "application/*", "*/*"].iter().any(|j| kind.eq_ignore_ascii_case(j));
        if format.is_none() && !is_json {
            continue;
        }
        let quality = parts.find_map(|part| part.strip_prefix("q=")?.trim().parse().ok()).unwrap_or(1.0);
        if quality > best.0 {
            best = (quality, format);
        }
    }
    best.1
}

/// The rows of an answer as a file, if it is a list.
pub(crate) fn file(name: &str, answer: &Value, format: Format) -> Option<Response> {
    let (columns, rows) = (answer["columns"].as_array()?, answer["rows"].as_array()?);
    let mut bytes = Vec::new();
    let mut out = Rows::start(&mut bytes, format, columns).ok()?;
    rows.iter().try_for_each(|row| out.write(row.as_array().map_or(&[], Vec::as_slice))).ok()?;
    out.finish().ok()?;
    let mut response = bytes.into_response();
    let told = response.headers_mut();
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::JsonLines => format.media_type(),
    };
    told.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let file = format!("attachment; filename=\"{name}.{}\"", format.ending());
    told.extend(HeaderValue::try_from(file).ok().map(|file| (header::CONTENT_DISPOSITION, file)));
    let number = |member: &str| answer[member].as_u64().map(HeaderValue::from);
    let note = answer["note"].as_str().map(|note| utf8_percent_encode(note, NON_ALPHANUMERIC).to_string());
    let note = note.and_then(|note| HeaderValue::try_from(note).ok());
    let beside = [(TOTAL, number("total")), (NEXT_PAGE, number("next_page")), (NOTE, note)];
    told.extend(beside.into_iter().filter_map(|(name, value)| Some((name, value?))));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_where_it_is_liked_better_than_json() {
        let wanted = |accept: &'static str| {
            wanted(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
        };
        assert_eq!(wanted("text/csv"), Some(Format::Csv));
        assert_eq!(wanted("Text/CSV; charset=utf-8, */*;q=0.1"), Some(Format::Csv));
        assert_eq!(wanted("application/json;q=0.5, application/jsonl"), Some(Format::JsonLines));
        assert_eq!(wanted("application/json, text/csv"), None);
        assert_eq!((wanted("*/*"), wanted("text/html"), wanted("text/csv;q=0")), (None, None, None));
    }
}
