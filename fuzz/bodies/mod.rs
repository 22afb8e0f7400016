//! What each fuzz target does with its bytes. The libFuzzer targets call these functions, and so does an ordinary test
//! (`crates/ncgate/tests/it/fuzzing.rs`), which replays the corpus and seeded mutations of it wherever Rust is.

mod answer;
mod arguments;
mod gateway;
mod message;
mod raw_path;

/// What a target does with bytes. It panics where a promise is broken.
pub(crate) type Body = fn(&[u8]);

/// Every target, by the name of its corpus.
#[allow(dead_code, reason = "a libFuzzer target knows which one it is")]
pub(crate) const ALL: [(&str, Body); 6] = [
    ("answer", answer::check),
    ("arguments", arguments::check),
    ("cursor", gateway::cursor),
    ("message", message::check),
    ("raw_path", raw_path::check),
    ("webhook_url", gateway::webhook_url),
];

/// The target of this name.
#[allow(dead_code, reason = "the ordinary test walks through all of them")]
pub(crate) fn of(name: &str) -> Body {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, body)| *body).expect("a target of this name")
}
