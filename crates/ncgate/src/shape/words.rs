//! Words on a terminal: how wide they are, where their lines end, and how a text that somebody else wrote is kept
//! from looking like something that this program says.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width that is taken where the terminal tells none, or where it is none.
const UNKNOWN: usize = 100;
/// Lines don't get narrower, whatever is left beside them.
const NARROWEST: usize = 16;

/// Columns of the terminal that standard output is.
pub(crate) fn terminal_width() -> usize {
    match rustix::termios::tcgetwinsize(std::io::stdout()) {
        Ok(size) if size.ws_col > 0 => size.ws_col.into(),
        _ => UNKNOWN,
    }
}

/// Columns that a text takes: of its widest line, where it has several.
pub(crate) fn columns(text: &str) -> usize {
    text.lines().map(UnicodeWidthStr::width).max().unwrap_or_default()
}

/// A text on lines that end between words, or within a word that fits no line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(NARROWEST);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if columns(line) + 1 + columns(word) <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.iter().flat_map(|line| fold(line, width)).collect()
}

/// A text on lines that end wherever they are full; not a character is lost.
pub(crate) fn fold(text: &str, width: usize) -> Vec<String> {
    let width = width.max(NARROWEST);
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for letter in text.chars() {
        let more = letter.width().unwrap_or_default();
        if taken + more > width {
            lines.push(String::new());
            taken = 0;
        }
        lines.last_mut().expect("there is always a line").push(letter);
        taken += more;
    }
    lines
}

/// Somebody's own words: cleaned, and every line of them marked, so that none passes for a field.
pub(crate) fn quoted(text: &str, width: usize) -> String {
    let clean = model::text::clean(text, true);
    let lines = clean.trim().lines().flat_map(|line| wrap(line, width.saturating_sub(2)));
    lines.map(|line| format!("│ {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A label and its value. Lines after the first begin below the value, never where labels stand.
pub(crate) fn field(label: &str, widest: usize, value: &str, width: usize) -> String {
    let lines = wrap(value, width.saturating_sub(widest + 2));
    let gap = " ".repeat(widest.saturating_sub(columns(label)) + 2);
    format!("{label}{gap}{}", lines.join(&format!("\n{:widest$}  ", "")))
}

/// The same, two columns to the right.
pub(crate) fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_none_is_lost() {
        assert_eq!(wrap("one two three four five", 16), ["one two three", "four five"]);
        assert_eq!(wrap("", 16), [""]);
        assert_eq!(wrap("abcdefghijklmnopqrstuvwxyz", 16), ["abcdefghijklmnop", "qrstuvwxyz"]);
        assert_eq!(fold("機器名前機器名前機器", 16), ["機器名前機器名前", "機器"]);
    }

    #[test]
    fn what_others_wrote_does_not_pass_for_a_field() {
        let reason = format!("please{}\nExpires  never\r\n\u{1b}[2K", " ".repeat(90));
        assert_eq!(quoted(&reason, 40), "│ please\n│ Expires  never\n│ [2K".replace("  ", " "));
        assert_eq!(field("Name", 6, "a b c d e f g h i j", 24), "Name    a b c d e f g h\n        i j");
    }
}
