//! The hooks under `/_emulator/`: what a test or an operator may ask of the emulator beside the API itself. They are
//! not counted, not limited and never spoilt by a fault.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::auth::Expire;
use crate::dispatch::{Core, respond};
use crate::faults::Fault;
use crate::route::index_of;

/// What can be changed on a device from outside the API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DevicePatch {
    /// Moves the device straight under this customer, unless a site is given as well.
    #[serde(default)]
    pub customer_id: Option<i32>,
    /// Moves the device to this site.
    #[serde(default)]
    pub site_id: Option<i32>,
    /// Renames it.
    #[serde(default)]
    pub long_name: Option<String>,
}

/// The unit that a device should move to does not exist, or is no customer or site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownUnit(pub i32);

impl std::fmt::Display for UnknownUnit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is no customer or site that the device could move to", self.0)
    }
}

impl std::error::Error for UnknownUnit {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpireRequest {
    what: Expire,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    advance_s: f64,
}

pub(crate) fn handle(core: &Core, parts: &Parts, body: &Bytes) -> Response<Body> {
    let path = parts.uri.path().strip_prefix("/_emulator/").unwrap_or_default();
    respond(answer(core, &parts.method, path, body).unwrap_or_else(|refusal| refusal))
}

fn answer(core: &Core, method: &Method, path: &str, body: &Bytes) -> Result<Answer, Answer> {
    let segments: Vec<&str> = path.split('/').collect();
    match (method.as_str(), segments.as_slice()) {
        ("GET", ["journal"]) => json_of(core.world().journal.entries()),
        ("DELETE", ["journal"]) => {
            core.world().journal.clear();
            Ok(Answer::empty(204))
        }
        ("GET", ["requests"]) => json_of(&core.requests.snapshot()),
        ("DELETE", ["requests"]) => {
            core.requests.clear();
            Ok(Answer::empty(204))
        }
        ("GET", ["repository"]) => json_of(&core.world().fleet.repository()),
        ("PUT", ["faults"]) => {
            let faults: Vec<Fault> = read(body)?;
            faults.iter().try_for_each(|fault| known(&fault.operation))?;
            let count = faults.len();
            core.faults().replace(faults);
            Ok(Answer::ok(json!({"faults": count})))
        }
        ("PUT", ["limits"]) => {
            let limits: BTreeMap<String, u16> = read(body)?;
            limits.keys().try_for_each(|operation| known(operation))?;
            core.limits.choose(limits.clone());
            json_of(&limits)
        }
        ("POST", ["restart"]) => {
            core.world().access.restart();
            Ok(Answer::ok(json!({})))
        }
        ("POST", ["expire"]) => {
            let ExpireRequest { what } = read(body)?;
            let jwt = core.world().access.expire(what);
            Ok(Answer::ok(jwt.map_or_else(|| json!({}), |jwt| json!({"jwt": jwt}))))
        }
        ("POST", ["clock"]) => {
            let ClockRequest { advance_s } = read(body)?;
            let by = Duration::try_from_secs_f64(advance_s).map_err(|e| refusal(400, &e.to_string()))?;
            let mut world = core.world();
            world.clock.advance(by);
            Ok(Answer::ok(json!({"now": crate::clock::iso_utc(world.clock.now_ms())})))
        }
        ("PATCH", ["devices", id]) => {
            let patch: DevicePatch = read(body)?;
            let id = id.parse().map_err(|_| refusal(400, "the device id must be a number"))?;
            match core.world().patch_device(id, &patch) {
                Ok(true) => Ok(Answer::ok(json!({}))),
                Ok(false) => Err(refusal(404, &format!("there is no device {id}"))),
                Err(unknown) => Err(refusal(400, &unknown.to_string())),
            }
        }
        _ => Err(refusal(404, "the emulator has no such control")),
    }
}

fn read<T: for<'de> Deserialize<'de>>(body: &Bytes) -> Result<T, Answer> {
    serde_json::from_slice(body).map_err(|e| refusal(400, &e.to_string()))
}

fn known(operation: &str) -> Result<(), Answer> {
    if operation == "*" || index_of(operation).is_some() {
        return Ok(());
    }
    Err(refusal(400, &format!("the contract has no operation {operation}")))
}

fn json_of(value: &(impl Serialize + ?Sized)) -> Result<Answer, Answer> {
    serde_json::to_value(value).map(Answer::ok).map_err(|e| refusal(500, &e.to_string()))
}

fn refusal(status: u16, message: &str) -> Answer {
    Answer::of(status, Value::from_iter([("message", message)]))
}
