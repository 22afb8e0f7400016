//! Trading, checking and ending tokens. The rules are in `auth`; here is only how they look on the wire.

use http::header::CONTENT_TYPE;
use serde_json::json;

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::failure::Failure;
use crate::world::World;

pub(crate) const SERVED: Served = &[
    ("authenticate", |world, call| {
        world.access.authenticate(call.headers, world.clock.now_ms()).map(Answer::ok)
    }),
    ("authenticateSso", |world, call| {
        world.access.single_sign_on(call.headers, world.clock.now_ms()).map(Answer::ok)
    }),
    ("refreshToken", refresh),
    // Whoever gets here has shown a good access token already.
    ("validateToken", |_, _| Ok(Answer::ok(json!({"message": "The token is valid."})))),
    ("logout", |world, call| {
        world.access.logout(call.headers, world.clock.now_ms())?;
        Ok(Answer::empty(200))
    }),
];

/// The body is the bare token, and only `text/plain` is taken (NOTES §2).
fn refresh(world: &mut World, call: &Call<'_>) -> Outcome {
    let token = std::str::from_utf8(&call.body).unwrap_or_default().trim();
    if token.is_empty() {
        return Err(Failure::bad_request("Required request body is missing: the refresh token"));
    }
    let media_type = call.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    if !bare.eq_ignore_ascii_case("text/plain") {
        return Err(Failure::media_type(media_type));
    }
    world.access.refresh(call.headers, token, world.clock.now_ms()).map(Answer::ok)
}
