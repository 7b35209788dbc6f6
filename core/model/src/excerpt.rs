//! Texts of sources as messages show them: a cell may hold a whole file.

use std::borrow::Cow;

const CHARS_MAX: usize = 80;

/// The text, or its beginning where it is long.
pub fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(excerpt("8 vCPU"), "8 vCPU");
        let long = "é".repeat(81);
        assert_eq!(excerpt(&long), format!("{}…", "é".repeat(80)));
    }
}
