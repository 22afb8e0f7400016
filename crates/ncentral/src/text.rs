//! What a server wrote, made safe to show.
//!
//! A server's message ends up in logs, on terminals and before people: control, bidirectional and other characters that
//! nobody sees are dropped, and so is any token that the server echoes.

use icu_properties::props::{BinaryProperty, DefaultIgnorableCodePoint};

/// Longest message that is kept, in characters.
const LONGEST: usize = 2_000;

const REMOVED: &str = "[removed]";

/// Drops characters that nobody sees, replaces every secret and everything that looks like a JWT, and cuts overlong text.
pub(crate) fn clean(text: &str, secrets: &[&str]) -> String {
    // First of all, or a secret with such a character within would be whole again afterwards.
    let mut text: String = text
        .chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c => (!is_invisible(c)).then_some(c),
        })
        .collect();
    for secret in secrets.iter().filter(|secret| secret.len() >= 8) {
        if text.contains(secret) {
            text = text.replace(secret, REMOVED);
        }
    }
    let text = without_jwts(&text);
    let cut = text.char_indices().nth(LONGEST).map_or(text.len(), |(cut, _)| cut);
    text[..cut].trim().to_owned()
}

/// Controls, line separators, annotation marks, and what Unicode says may be ignored when it is shown.
fn is_invisible(c: char) -> bool {
    match c {
        c if c.is_ascii() => c.is_ascii_control(),
        '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' => true,
        c => c.is_control() || DefaultIgnorableCodePoint::for_char(c),
    }
}

/// A JWT starts with `eyJ`, the base64 of `{"`; the rest is letters, digits, `-`, `_` and dots.
fn without_jwts(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("eyJ") {
        let (before, token) = rest.split_at(start);
        let length = token
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
            .unwrap_or(token.len());
        out.push_str(before);
        out.push_str(if length >= 20 { REMOVED } else { &token[..length] });
        rest = &token[length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoed_tokens_are_removed() {
        let text = clean("Bad token s3cr3t-access for eyJhbGciOiJub25lIn0.e30.abc!", &["s3cr3t-access"]);
        assert_eq!(text, "Bad token [removed] for [removed]!");
    }

    #[test]
    fn control_and_bidirectional_characters_are_dropped() {
        assert_eq!(clean("a\u{1b}[31mb\r\nc\u{202e}d", &[]), "a[31mb  cd");
    }

    #[test]
    fn a_token_is_not_hidden_behind_what_nobody_sees() {
        for mark in ['\u{7f}', '\u{200b}', '\u{202e}', '\u{ad}', '\u{e0041}'] {
            let split = |text: &str| text.chars().flat_map(|c| [c, mark]).collect::<String>();
            let text = clean(
                &format!("{} {}", split("s3cr3t-access"), split("eyJhbGciOiJub25lIn0.e30")),
                &["s3cr3t-access"],
            );
            assert_eq!(text, "[removed] [removed]", "{mark:?}");
        }
    }

    #[test]
    fn a_word_that_only_starts_like_a_token_stays() {
        assert_eq!(clean("eyJack and eyJill", &[]), "eyJack and eyJill");
    }
}
