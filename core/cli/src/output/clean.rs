//! Keeps what others wrote (names in an export, words of a connector or a sink) from acting on the reader's terminal.

use std::borrow::Cow;

use crate::style::{self, To};

/// Text as it may be printed: line breaks, tabs and, where there are any, our own colours act; every other control character
/// is shown.
pub(crate) fn clean(text: &str, to: To) -> Cow<'_, str> {
    without_commands(text, style::wanted(to))
}

fn without_commands(text: &str, coloured: bool) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(acts) {
        clean.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(length) = colour(rest).filter(|_| coloured) {
            clean.push_str(&rest[..length]);
            rest = &rest[length..];
        } else {
            let mut letters = rest.chars();
            clean.extend(letters.by_ref().take(1).flat_map(char::escape_unicode));
            rest = letters.as_str();
        }
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

/// Would a terminal do something else than show it? The marks that turn the direction of writing can make an amount read
/// backwards.
fn acts(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || letter.is_control() && !matches!(letter, '\n' | '\t')
}

/// The length of a colour that the text begins with.
fn colour(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|letter: char| !letter.is_ascii_digit() && letter != ';')?;
    parameters[end..].starts_with('m').then_some(2 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::without_commands;

    #[test]
    fn a_terminal_is_not_commanded() {
        let clean = |text| without_commands(text, true).into_owned();
        assert_eq!(clean("plain\n\ttext ä"), "plain\n\ttext ä");
        assert_eq!(
            clean("\u{1b}[1;31mred\u{1b}[0m"),
            "\u{1b}[1;31mred\u{1b}[0m"
        );
        assert_eq!(
            clean("a\u{1b}[2Jb\rc\u{7}\u{202e}001"),
            "a\\u{1b}[2Jb\\u{d}c\\u{7}\\u{202e}001"
        );
        assert_eq!(clean("\u{1b}[31"), "\\u{1b}[31");
        assert_eq!(without_commands("\u{1b}[0mb", false), "\\u{1b}[0mb");
    }
}
