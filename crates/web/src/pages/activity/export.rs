//! The list as a file, however long it is: the entries are read page by page while they are sent, and none are kept.

use super::wanted::Wanted;
use super::{Page, Web};
use crate::pages::refusal::Refusal;
use crate::rows::{Format, Rows};
use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::StreamExt as _;
use gate::{AuditFilter, AuditView, Cursor, Gate, Requester};
use http::{HeaderValue, header};
use model::{Kind, Problem};
use serde_json::{Value, json};
use std::io;

/// How many entries are read at once.
const AT_ONCE: u32 = 500;
/// What a line holds; the body goes along whole.
const COLUMNS: [&str; 6] = ["chain", "seq", "time", "event", "hash", "body"];

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/activity/export.csv", get(|web, page, wanted| export(web, page, wanted, Format::Csv)))
        .route(
            "/activity/export.jsonl",
            get(|web, page, wanted| export(web, page, wanted, Format::JsonLines)),
        )
}

async fn export(
    State(web): State<Web>,
    page: Page,
    Query(wanted): Query<Wanted>,
    format: Format,
) -> Result<Response, Refusal> {
    let (filter, slips) = wanted.filter();
    if !slips.is_empty() {
        return Err(Refusal::new(
            Kind::InvalidArguments,
            "A filter in this address can't be understood. Nothing was exported.",
            "Narrow the list on the page, and export from there.",
        ));
    }
    let mut reading = Reading { gate: web.gate, who: page.who, filter, format, next: Next::First };
    // What is wrong from the beginning is told on a page, not in the middle of a file.
    let first = reading.portion().await?;
    let lines = futures::stream::unfold((first, reading), |(portion, mut reading)| async {
        let portion = portion?;
        let next = reading.portion().await;
        Some(match next {
            Ok(next) => (Ok::<_, io::Error>(portion), (next, reading)),
            // The file ends in the middle, and the browser says so.
            Err(problem) => (Err(io::Error::other(problem.message)), (None, reading)),
        })
    });
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::JsonLines => "application/jsonl",
    };
    let name = format!("attachment; filename=\"ncgate-activity.{}\"", format.ending());
    let name = HeaderValue::try_from(name).expect("the name of the file is plain");
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, name)];
    // Compression asks once more after the end.
    Ok((headers, Body::from_stream(lines.fuse())).into_response())
}

/// How far it is.
enum Next {
    First,
    After(String),
    Nothing,
}

struct Reading {
    gate: Gate,
    who: Requester,
    filter: AuditFilter,
    format: Format,
    next: Next,
}

impl Reading {
    /// The next lines; none after the last.
    async fn portion(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let cursor = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First => None,
            Next::After(cursor) => Some(cursor),
            Next::Nothing => return Ok(None),
        };
        let is_first = cursor.is_none();
        let filter = AuditFilter { page: Cursor { cursor, limit: Some(AT_ONCE) }, ..self.filter.clone() };
        let found = self.gate.audit(&self.who, filter).await?;
        if let Some(next) = found.next {
            self.next = Next::After(next);
        }
        let lines = lines(&found.items, self.format, is_first);
        Ok(Some(lines.expect("lines of the right length are written into memory")))
    }
}

fn lines(entries: &[AuditView], format: Format, is_first: bool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let columns = COLUMNS.map(Value::from);
    let mut out = if is_first {
        Rows::start(&mut bytes, format, &columns)?
    } else {
        Rows::go_on(&mut bytes, format, &columns)
    };
    for entry in entries {
        let AuditView { chain, seq, time, event, hash, body } = entry;
        out.write(&[json!(chain), json!(seq), json!(time), json!(event), json!(hash), body.clone()])?;
    }
    out.finish()?;
    Ok(bytes)
}
