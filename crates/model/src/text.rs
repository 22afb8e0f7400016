//! Untrusted text: what devices and people wrote is cleaned before anyone or anything reads it.

use icu_properties::props::{BinaryProperty, DefaultIgnorableCodePoint};

/// Drops control and bidirectional characters and other invisible ones; tabs and line ends become one blank
/// unless `multiline` keeps them.
pub fn clean(text: &str, multiline: bool) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\t' if multiline => Some(c),
            '\n' | '\t' | '\r' => (!multiline).then_some(' '),
            c if is_invisible(c) => None,
            c => Some(c),
        })
        .collect()
}

/// Whether nobody sees a character: controls, line separators and annotation marks, and what Unicode's
/// `Default_Ignorable_Code_Point` names, bidirectional marks and overrides among it.
pub fn is_invisible(c: char) -> bool {
    match c {
        c if c.is_ascii() => c.is_ascii_control(),
        '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' => true,
        c => c.is_control() || DefaultIgnorableCodePoint::for_char(c),
    }
}

/// Cleans every text inside a JSON value, in place; member names too.
pub fn clean_json(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text)
            if text.chars().any(|c| is_invisible(c) && c != '\n' && c != '\t') =>
        {
            *text = clean(text, true);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(clean_json),
        serde_json::Value::Object(members) => {
            if members.keys().any(|name| name.chars().any(is_invisible)) {
                *members =
                    std::mem::take(members).into_iter().map(|(name, v)| (clean(&name, false), v)).collect();
            }
            members.values_mut().for_each(clean_json);
        }
        _ => {}
    }
}

/// The first `most` characters, with an ellipsis where something was cut.
pub fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((cut, _)) => format!("{}…", &text[..cut]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_nobody_sees_are_dropped() {
        assert_eq!(clean("FS\u{202e}01\u{200b}\u{7}\nnext", false), "FS01 next");
        assert_eq!(clean("a\u{e0041}b\r\nc", true), "ab\nc");
        let mut value = serde_json::json!({"na\u{200b}me": ["x\u{2066}y"]});
        clean_json(&mut value);
        assert_eq!(value, serde_json::json!({"name": ["xy"]}));
    }

    #[test]
    fn every_kind_of_mark_that_nobody_sees_is_known() {
        // The first and the last of each range.
        let unseen = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180f}\u{200b}\u{200f}\u{2028}\u{202e}\
                      \u{2060}\u{206f}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff0}\u{fffb}\u{1bca0}\u{1bca3}\u{1d173}\
                      \u{1d17a}\u{e0000}\u{e0fff}";
        for mark in unseen.chars() {
            assert_eq!(clean(&format!("a{mark}b"), true), "ab", "{}", mark.escape_unicode());
        }
        let beside = "\u{a0}\u{ae}\u{115e}\u{1161}\u{200a}\u{2010}\u{2027}\u{202f}\u{205f}\u{2070}\u{3163}\u{3165}\u{fdff}\u{fe10}\u{fffc}";
        assert_eq!(clean(beside, false), beside);
    }

    #[test]
    fn shortening_cuts_at_a_character() {
        assert_eq!(shorten("äöü", 2), "äö…");
        assert_eq!(shorten("äö", 2), "äö");
    }
}
