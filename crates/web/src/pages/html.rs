//! Small pieces of pages, made in one place so that a time, an effect or a state looks the same everywhere. Templates
//! call them by name: `{{ html::time(entry.time) }}`.

// The templates of this module call its functions by the same name as those of others do.
use super::cookies::Flash;
use super::{Web, html};
use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use model::{ApprovalState, CallState, ConnectionState, Effect, Mode, Outcome, Problem, Source, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Borrow;
use std::fmt;

pub(super) const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// A template as text.
pub(super) fn text(template: &impl Template) -> String {
    template.render().expect("writing into a text never fails")
}

/// An answer with a page, 200.
pub(crate) fn show(template: &impl Template) -> Response {
    show_with(StatusCode::OK, template)
}

/// The same with another status: 422 for a form that is shown again with what is wrong in it.
pub(crate) fn show_with(status: StatusCode, template: &impl Template) -> Response {
    (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], text(template)).into_response()
}

/// The answer to a form that did its work: another page, with a message on it. Loading that one again repeats nothing.
pub(crate) fn go(web: &Web, to: &str, flash: &Flash) -> Response {
    let to = HeaderValue::from_str(to).expect("addresses within the pages are plain");
    (StatusCode::SEE_OTHER, [(header::LOCATION, to), (header::SET_COOKIE, flash.keep(web))]).into_response()
}

/// A text within an address: a segment, or a value of the query.
pub(crate) fn encoded(text: &str) -> String {
    const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, &KEPT).to_string()
}

/// An address within the pages: what has no value is left out of the query.
pub(crate) fn address(path: &str, query: &[(&str, &str)]) -> String {
    let given = query.iter().filter(|(_, value)| !value.is_empty());
    given.fold(path.to_owned(), |mut address, (name, value)| {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(&format!("{name}={}", encoded(value)));
        address
    })
}

/// A value as a person reads it: a text without its quotes, a list with commas, everything else as JSON.
pub(crate) fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
            serde_json::to_string_pretty(value).expect("a value is JSON")
        }
        other => other.to_string(),
    }
}

/// One of something, or several.
pub(crate) fn counted(count: impl fmt::Display, one: &str, many: &str) -> String {
    match number(count).as_str() {
        "1" => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

/// Markup that is not escaped again.
#[derive(Clone, Debug)]
pub(crate) struct Html(String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

impl Html {
    /// Takes over what is markup already.
    pub(crate) fn trusted(markup: String) -> Self {
        Self(markup)
    }
}

#[derive(Template)]
#[template(path = "parts/problem.html")]
struct Told<'a> {
    problem: &'a Problem,
}

/// A problem within a page: what happened, and what to do.
pub(crate) fn problem(problem: &Problem) -> Html {
    Html(text(&Told { problem }))
}

/// The words of the language with which the gate's messages begin, where it is not a name. A name keeps its letters
/// as they are: a device called `srv01` and a person called `dana` have no capital at the start of a sentence either.
const BEGINNINGS: &str = "\
    a add after all allow an another any anyone arguments ask audit call certificate change changing check \
    choose close connect copy correct create cut deciding did disconnected enable end everybody everything \
    expected fill find finish for generate give go has http ids if is it item its key keys lacks leave list load \
    look make messages must names neither no nobody none not nothing of one only operation other part people \
    policy process put query read reconnect remove renew restart revoke rows run search send serving set settle \
    settling several shorten sign signed signing somebody something start stop take that the there these they \
    this those three too try two type unknown update upload use wait what when withdrawing without write";

/// What the gate says, as a sentence.
pub(crate) fn sentence(said: &str) -> String {
    let first = said.split([' ', ',', ':']).next().unwrap_or_default();
    let is_word = BEGINNINGS.split_whitespace().any(|word| word == first);
    let said = if is_word { capital(said) } else { said.to_owned() };
    let end = if said.ends_with(['.', '!', '?', ':']) { "" } else { "." };
    format!("{said}{end}")
}

/// With a capital at its beginning.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// What a call would do, in which moments are shown for the viewer's own zone: plans write them as ISO-8601 in UTC.
pub(crate) fn summary(said: &str) -> Html {
    let words = said.split_inclusive(' ').map(|word| {
        let bare = word.trim_end_matches([' ', '.', ',', ';']);
        let at = bare.ends_with('Z').then(|| bare.parse::<Timestamp>().ok()).flatten();
        match at {
            Some(at) => format!("{}{}", time(at), &word[bare.len()..]),
            None => escaped(word),
        }
    });
    Html(words.collect())
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    askama::filters::Escaper::write_escaped_str(&askama::filters::Html, &mut out, text)
        .expect("writing into a text never fails");
    out
}

/// A moment, for the viewer's own zone: the script rewrites it, without it UTC is right as well.
pub(crate) fn time(at: impl Borrow<Timestamp>) -> Html {
    let at = at.borrow();
    Html(format!(
        "<time datetime=\"{}\">{} UTC</time>",
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        at.strftime("%Y-%m-%d %H:%M")
    ))
}

/// A moment as the time that has passed since, or is left until then; the script keeps it right.
pub(crate) fn ago(at: impl Borrow<Timestamp>) -> Html {
    let at = at.borrow();
    Html(format!(
        "<time datetime=\"{}\" data-relative>{} UTC</time>",
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        at.strftime("%Y-%m-%d %H:%M")
    ))
}

/// A moment that may not have come.
pub(crate) fn ago_or(at: &Option<Timestamp>, none: &'static str) -> Html {
    at.as_ref().map_or_else(|| Html(none.to_owned()), ago)
}

/// Through what and from where something came.
pub(crate) fn origin(source: impl Borrow<Source>) -> String {
    let Source { face, address, .. } = source.borrow();
    address.map_or_else(|| face.clone(), |address| format!("{face}, {address}"))
}

/// A whole number with narrow spaces between thousands.
pub(crate) fn number(number: impl fmt::Display) -> String {
    let written = number.to_string();
    let (sign, digits) = written.strip_prefix('-').map_or(("", written.as_str()), |digits| ("−", digits));
    let mut out = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A word with its colour; the word alone has to be enough.
pub(crate) fn badge(tone: &'static str, word: &'static str) -> Html {
    Html(format!("<span class=\"badge {tone}\">{word}</span>"))
}

/// What a tool does to the world.
pub(crate) fn effect(effect: impl Borrow<Effect>) -> Html {
    match effect.borrow() {
        Effect::Read => badge("quiet", "read"),
        Effect::SensitiveRead => badge("violet", "sensitive read"),
        Effect::Change => badge("blue", "change"),
        Effect::Run => badge("amber", "run"),
    }
}

/// What a policy lets happen.
pub(crate) fn mode(mode: impl Borrow<Mode>) -> Html {
    match mode.borrow() {
        Mode::Auto => badge("green", "auto"),
        Mode::ApprovalNeeded => badge("amber", "approval needed"),
        Mode::Disabled => badge("quiet", "disabled"),
    }
}

/// Where an approval stands.
pub(crate) fn approval(state: impl Borrow<ApprovalState>) -> Html {
    match state.borrow() {
        ApprovalState::Pending => badge("amber", "waiting"),
        ApprovalState::Approved => badge("green", "approved"),
        ApprovalState::Denied => badge("red", "denied"),
        ApprovalState::Expired => badge("quiet", "expired"),
        ApprovalState::Withdrawn => badge("quiet", "withdrawn"),
    }
}

/// Where a call stands.
pub(crate) fn call(state: impl Borrow<CallState>, outcome: impl Borrow<Option<Outcome>>) -> Html {
    match (state.borrow(), outcome.borrow()) {
        (_, Some(known)) => self::outcome(known),
        (CallState::Pending, None) => badge("amber", "waiting"),
        (CallState::Queued, None) => badge("blue", "queued"),
        (CallState::Executing, None) => badge("blue", "running"),
        (CallState::Finished, None) => badge("quiet", "finished"),
        (CallState::Refused, None) => badge("quiet", "refused"),
    }
}

/// What came of it.
pub(crate) fn outcome(outcome: impl Borrow<Outcome>) -> Html {
    match outcome.borrow() {
        Outcome::Done => badge("green", "done"),
        Outcome::Failed => badge("red", "failed"),
        Outcome::Unknown => badge("violet", "unknown"),
    }
}

/// How a connection does.
pub(crate) fn connection(state: impl Borrow<ConnectionState>) -> Html {
    match state.borrow() {
        ConnectionState::Connected => badge("green", "connected"),
        ConnectionState::Reconnect => badge("red", "reconnect"),
        ConnectionState::Unreachable => badge("amber", "unreachable"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_of_the_language_gets_a_capital() {
        assert_eq!(sentence("the JWT is missing"), "The JWT is missing.");
        assert_eq!(sentence("no device is called “x”"), "No device is called “x”.");
        for named in
            ["srv01 was moved", "dana denied this", "n_central-api-get is disabled", "the-box is off", "`x`"]
        {
            let said = sentence(named);
            assert_eq!(said, format!("{named}."), "a name keeps its letters");
        }
        assert_eq!(sentence(""), ".");
    }

    #[test]
    fn moments_of_a_plan_are_times_and_the_rest_is_escaped() {
        let shown = summary("Run “a<b>” on WS01, at 2026-11-22T14:39:53Z.").to_string();
        assert!(
            shown.starts_with("Run “a&#60;b&#62;” on WS01, at <time datetime=\"2026-11-22T14:39:53Z\">"),
            "{shown}"
        );
        assert!(shown.ends_with("</time>."), "{shown}");
        assert_eq!(summary("BUZZ Z. “2026”").to_string(), "BUZZ Z. “2026”");
    }

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(number),
            ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"]
        );
        assert_eq!(number(-1200), "−1\u{202f}200");
    }

    #[test]
    fn one_is_told_as_one() {
        let told = [0_u64, 1, 2, 1000].map(|count| counted(count, "call", "calls"));
        assert_eq!(told, ["0 calls", "1 call", "2 calls", "1\u{202f}000 calls"]);
    }
}
