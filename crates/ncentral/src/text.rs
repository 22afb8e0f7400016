//! What a server wrote, made safe to show.
//!
//! A server's message ends up in logs, on terminals and before people: control and bidirectional characters are
//! dropped, and so is any token that the server echoes.

/// Longest message that is kept, in characters.
const LONGEST: usize = 2_000;

const REMOVED: &str = "[removed]";

/// Replaces every secret and everything that looks like a JWT, drops control characters, and cuts overlong text.
pub(crate) fn clean(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= 8) {
        if text.contains(secret) {
            text = text.replace(secret, REMOVED);
        }
    }
    let text = without_jwts(&text);
    let mut out = String::with_capacity(text.len().min(LONGEST));
    for c in text.chars().take(LONGEST) {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() || is_bidirectional(c) => {}
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
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
    fn a_word_that_only_starts_like_a_token_stays() {
        assert_eq!(clean("eyJack and eyJill", &[]), "eyJack and eyJill");
    }
}
