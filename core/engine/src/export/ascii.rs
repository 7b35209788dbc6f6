//! Texts as FOCUS has them, which are of ASCII alone: letters without their marks, and a sign that says so for what has no
//! likeness there. Must not know columns.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Stands where nothing is alike.
const UNLIKE: char = '?';

/// The same text, as near as ASCII comes to it.
pub(super) fn ascii(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut likeness = String::with_capacity(text.len());
    for one in text.nfkd().filter(|one| !is_combining_mark(*one)) {
        match alike(one) {
            _ if one.is_ascii() => likeness.push(one),
            Some(words) => likeness.push_str(words),
            None => likeness.push(UNLIKE),
        }
    }
    likeness
}

/// The same for a name, which is its key where nothing of it can be read.
pub(super) fn ascii_name(name: &str, key: &str) -> String {
    let likeness = ascii(name);
    if likeness.chars().any(|one| one.is_ascii_alphanumeric()) {
        likeness
    } else {
        ascii(key)
    }
}

/// JSON has a way to write every character in ASCII.
pub(super) fn ascii_json(json: &str) -> String {
    use std::fmt::Write as _;

    let mut escaped = String::with_capacity(json.len());
    for one in json.chars() {
        if one.is_ascii() {
            escaped.push(one);
            continue;
        }
        for unit in one.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

/// Letters and signs that are no letter of ASCII with a mark.
fn alike(one: char) -> Option<&'static str> {
    Some(match one {
        'ß' => "ss",
        'ẞ' => "SS",
        'æ' => "ae",
        'Æ' => "AE",
        'œ' => "oe",
        'Œ' => "OE",
        'ø' => "o",
        'Ø' => "O",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'ł' => "l",
        'Ł' => "L",
        'þ' => "th",
        'Þ' => "Th",
        'ħ' => "h",
        'Ħ' => "H",
        'ı' => "i",
        '‐' | '‑' | '‒' | '–' | '—' | '−' => "-",
        '×' => "x",
        '÷' => ":",
        '⁄' => "/",
        '‘' | '’' | '‚' => "'",
        '“' | '”' | '„' | '«' | '»' => "\"",
        '·' | '•' => "*",
        '€' => "EUR",
        '£' => "GBP",
        '\u{200b}' | '\u{feff}' | '\u{ad}' => "",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_lose_their_marks_and_what_is_unlike_says_so() {
        for (text, expected) in [
            ("Plain & simple", "Plain & simple"),
            ("Många Räksmörgåsar AB", "Manga Raksmorgasar AB"),
            ("Łódź, Straße 3 – Ærø", "Lodz, Strasse 3 - AEro"),
            ("2 × 3… ½ ﬁn", "2 x 3... 1/2 fin"),
            ("株式会社 Yen", "???? Yen"),
        ] {
            assert_eq!(ascii(text), expected);
        }
    }

    #[test]
    fn a_name_that_cannot_be_read_is_its_key() {
        assert_eq!(ascii_name("株式会社", "yen"), "yen");
        assert_eq!(ascii_name("Å", "a-ring"), "A");
    }

    #[test]
    fn json_keeps_every_character() {
        let json = serde_json::json!({ "plats": "Luleå", "sign": "😀" }).to_string();
        let escaped = ascii_json(&json);
        assert_eq!(escaped, r#"{"plats":"Lule\u00e5","sign":"\ud83d\ude00"}"#);
        let back: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(back.to_string(), json);
    }
}
