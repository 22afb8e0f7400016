//! What the server tells about itself.

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::clock::{ZONE_NAME, iso_local, iso_utc, offset_text};
use crate::world::World;

pub(crate) const PRODUCT_VERSION: &str = "2026.3.0.11";

pub(crate) const SERVED: Served = &[
    ("getHealth", |world, _| {
        let (now, start) = (iso_utc(world.now_ms()), iso_utc(world.clock.started_ms()));
        Ok(Answer::ok(json!({"currentTime": now, "startTime": start})))
    }),
    ("getServerInfo", |_, _| {
        Ok(Answer::ok(json!({"version": "3.4.0", "ncentral": PRODUCT_VERSION, "jvmVersion": "21.0.4"})))
    }),
    ("getServerTime", |world, _| {
        let time = iso_local(world.now_ms());
        Ok(Answer::ok(json!({"serverTime": time, "timezone": ZONE_NAME, "utcOffset": offset_text()})))
    }),
    ("getServerInfoExtra", |_, _| {
        Ok(extra(json!({
            "PSA Data Export version": "4.1.0",
            "Installer framework version": "2.7",
            "Report Manager enabled": "false",
        })))
    }),
    ("getServerInfoExtraAuthenticated", extra_authenticated),
];

fn extra(versions: Value) -> Answer {
    Answer::data(json!({"_extra": versions}), &[("serverInfo", "/api/server-info".to_owned())])
}

/// A read in spite of its POST: it needs an account beside the token.
fn extra_authenticated(_: &mut World, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    fields.text_if_given("username");
    fields.text_if_given("password");
    fields.done()?;
    Ok(extra(json!({
        "Database version": "15.6",
        "Operating system version": "9.4",
        "Report Manager enabled": "false",
    })))
}
