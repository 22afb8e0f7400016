//! A tool's own path: its arguments, its result, and the answers of a call that waits, is planned or ran.

use super::schemas::Schemas;
use super::sheet::Sheet;
use crate::rest::download;
use crate::routes::Route;
use crate::rows::Format;
use gate::{Planned, Queued};
use http::StatusCode;
use model::Kind;
use model::answer::{Held, Ran, Table};
use serde_json::{Value, json};

/// What may keep a call from being answered, held or run.
pub(crate) const ASKING: &[Kind] = &[
    Kind::UnknownTool,
    Kind::ToolDisabled,
    Kind::Stopped,
    Kind::OutOfScope,
    Kind::Denied,
    Kind::Withdrawn,
    Kind::Expired,
    Kind::PlanOutdated,
    Kind::AmbiguousName,
    Kind::TooManyTargets,
    Kind::NotFound,
    Kind::Conflict,
    Kind::IdempotencyConflict,
    Kind::TooManyRequests,
    Kind::NotConnected,
    Kind::ReconnectNeeded,
    Kind::NotNCentral,
    Kind::TooOld,
    Kind::JwtRefused,
    Kind::PasswordExpired,
    Kind::Unreachable,
    Kind::Tls,
    Kind::UpstreamTimeout,
    Kind::BadAnswer,
    Kind::Throttled,
    Kind::UpstreamRefused,
    Kind::UpstreamNotFound,
    Kind::UpstreamForbidden,
    Kind::UpstreamFailed,
    Kind::OutcomeUnknown,
    Kind::NotSent,
    Kind::ShuttingDown,
];

pub(super) fn operation(route: &Route, tool: &gate::Tool, schemas: &mut Schemas) -> Value {
    let record = &tool.record;
    let is_list = tool.input_schema()["properties"]["fields"].is_object();
    let result = if record.effect.writes() {
        json!({ "anyOf": [schemas.given::<Ran>(), schemas.given::<Planned>()] })
    } else if is_list {
        schemas.given::<Table>()
    } else {
        json!({ "type": "object", "minProperties": 1, "description": "What was looked up, by the names that N-central gives it in snake case" })
    };
    let waiting = json!({ "anyOf": [schemas.given::<Held>(), schemas.given::<Queued>()] });

    let mut sheet = Sheet::new(schemas);
    route.describe(&mut sheet);
    sheet.takes(tool.input_schema().clone(), false);
    sheet.refuses(ASKING);
    sheet.answers(StatusCode::OK, result);
    sheet.answers(StatusCode::ACCEPTED, waiting);
    for (status, description) in [
        (StatusCode::OK, "The result"),
        (StatusCode::ACCEPTED, "It waits for a person's decision, or for its time"),
    ] {
        sheet.answers.entry(status.as_u16()).and_modify(|answer| answer["description"] = description.into());
        sheet.answers_header(status, "Ncgate-Call-Id", "The call, where one was made");
        sheet.answers_header(status, "Preference-Applied", "The wait that was given");
    }
    sheet.answers_header(StatusCode::ACCEPTED, "Location", "The call");
    if is_list {
        as_file(&mut sheet);
    }
    let mut operation = super::operation(route, sheet);
    // The name in the path is this tool's.
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.retain(|parameter| parameter["in"] != "path");
    }
    operation["operationId"] = record.name.into();
    operation["summary"] = record.title.into();
    operation["description"] = match record.alias {
        Some(alias) => format!("{} Also at `/api/v1/tools/{alias}`.", record.summary).into(),
        None => record.summary.into(),
    };
    operation["x-effect"] = record.effect.as_str().into();
    operation["x-alias"] = record.alias.into();
    operation
}

/// A list's rows also come as a file, with what stands beside them in headers.
fn as_file(sheet: &mut Sheet<'_>) {
    for format in Format::ALL {
        sheet.answers_as(StatusCode::OK, format.media_type(), json!({ "type": "string" }));
    }
    for (name, description) in download::HEADERS {
        sheet.answers_header(StatusCode::OK, name.as_str(), description);
    }
}
