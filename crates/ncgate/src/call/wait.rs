//! Asking, and waiting for what is held. Each call carries an idempotency key, so asking again while it waits is
//! asking for the same call: whatever became of it is replayed, and nothing happens twice.

use crate::app::App;
use crate::gateway::Gateway;
use crate::output::Output;
use crate::rest::{Reply, Request};
use crate::waiting::{self, Spinner};
use model::{Kind, Problem};
use serde_json::{Map, Value};
use std::str::FromStr;
use std::time::Duration;
use tokio::time::Instant;

/// The longest that a gateway holds an answer.
const LONGEST_HOLD: Duration = Duration::from_secs(45);
/// Between two questions to a gateway that answers at once although it may hold the answer.
const PAUSE: Duration = Duration::from_millis(500);

/// How long to wait for a call that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Until it is over.
    ForEver,
    /// That long.
    For(Duration),
}

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "for-ever" {
            return Ok(Wait::ForEver);
        }
        match text.parse() {
            Ok(seconds) => Ok(Wait::For(Duration::from_secs(seconds))),
            Err(_) => {
                Err("give whole seconds, as in --wait=30, or --wait alone to wait until it is over"
                    .to_owned())
            }
        }
    }
}

/// The request for a tool. The same one, sent again, asks for the same call.
pub(crate) fn request(
    tool: &catalog::Entry,
    arguments: Map<String, Value>,
    connection: Option<&str>,
) -> Request {
    let request =
        Request::post(&["tools", tool.record.name], Value::Object(arguments)).query("connection", connection);
    if tool.record.effect == model::Effect::Read {
        return request.repeatable();
    }
    request.header("Idempotency-Key", uuid::Uuid::now_v7()).repeatable()
}

/// Asks for a tool and, as far as `wait` says, waits until the call is over.
pub(crate) async fn ask(
    app: &App,
    gateway: &Gateway,
    tool: &catalog::Entry,
    arguments: Map<String, Value>,
    wait: Option<Wait>,
) -> Result<Reply, Problem> {
    let request = request(tool, arguments, app.global.connection.as_deref());
    let begun = Instant::now();
    let mut reply = waiting::on(tool.record.title, gateway.send(&request)).await?;
    if !reply.is_waiting() {
        return Ok(reply);
    }
    let Some(wait) = wait else { return Ok(reply) };
    let spinner = Spinner::start(what_for(&reply.body));
    tell(&app.output, &reply.body);
    loop {
        let left = match wait {
            Wait::ForEver => LONGEST_HOLD,
            Wait::For(whole) => whole.saturating_sub(begun.elapsed()).min(LONGEST_HOLD),
        };
        if left.is_zero() {
            return Ok(reply);
        }
        let asked = Instant::now();
        let held = request.clone().header("Prefer", format!("wait={}", left.as_secs().max(1)));
        match gateway.send(&held).await {
            Ok(answer) if is_going(&answer.body["kind"]) => {}
            Ok(answer) if !answer.is_waiting() => return Ok(answer),
            Ok(answer) => {
                spinner.say(what_for(&answer.body));
                reply = answer;
            }
            Err(problem) if problem.kind == Kind::ShuttingDown => {}
            Err(problem) => return Err(problem),
        }
        tokio::time::sleep(PAUSE.saturating_sub(asked.elapsed())).await;
    }
}

/// Whether a gateway said that it is about to end; whoever comes after it knows the call.
fn is_going(kind: &Value) -> bool {
    *kind == Kind::ShuttingDown.as_str()
}

fn what_for(answer: &Value) -> String {
    match answer["status"].as_str() {
        Some("queued") => match &answer["run_at"] {
            Value::Null => "Waiting for its turn".to_owned(),
            time => format!("Waiting until {}", crate::shape::text(time)),
        },
        Some("executing") => "Running".to_owned(),
        _ => format!("Waiting for a person to decide, until {}", crate::shape::text(&answer["expires_at"])),
    }
}

/// Whoever waits has to be able to tell a person what to decide on.
fn tell(output: &Output, answer: &Value) {
    let word = |member: &str| answer[member].as_str().map(|text| model::text::clean(text, false));
    if let (Some(id), Some(summary)) = (word("approval_id"), word("summary")) {
        output.say(&format!("Held: {summary}\nA person decides: ncgate approvals show {id}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_for_ever_or_for_whole_seconds() {
        assert_eq!("for-ever".parse(), Ok(Wait::ForEver));
        assert_eq!("30".parse(), Ok(Wait::For(Duration::from_secs(30))));
        assert!("soon".parse::<Wait>().is_err());
    }
}
