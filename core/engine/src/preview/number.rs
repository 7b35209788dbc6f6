//! Amounts, quantities and days as people of a country write them. Digits are moved, never computed.

use counterfoil_model::time::Date;

use super::Language;

/// A decimal text with groups of three and the language's marks; a negative one begins with a real minus sign.
pub(super) fn decimal(text: &str, language: Language) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("\u{2212}", digits),
        None => ("", text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let (group, point) = match language {
        Language::En => (",", "."),
        Language::Sv => ("\u{a0}", ","),
        Language::De => (".", ","),
        Language::Iso => ("", "."),
    };
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push_str(group);
        }
        grouped.push(digit);
    }
    if part.is_empty() {
        format!("{sign}{grouped}")
    } else {
        format!("{sign}{grouped}{point}{part}")
    }
}

pub(super) fn day(date: Date, language: Language) -> String {
    match language {
        Language::De => format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year()),
        Language::En | Language::Sv | Language::Iso => date.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_marks() {
        let shown = |text| {
            [Language::En, Language::Sv, Language::De, Language::Iso]
                .map(|language| decimal(text, language))
        };
        assert_eq!(
            shown("1234567.50"),
            [
                "1,234,567.50",
                "1\u{a0}234\u{a0}567,50",
                "1.234.567,50",
                "1234567.50"
            ]
        );
        assert_eq!(
            shown("-100"),
            ["\u{2212}100", "\u{2212}100", "\u{2212}100", "\u{2212}100"]
        );
        assert_eq!(
            shown("0.000125"),
            ["0.000125", "0,000125", "0,000125", "0.000125"]
        );
        assert_eq!(decimal("999", Language::De), "999");
        assert_eq!(decimal("1000", Language::De), "1.000");
    }

    #[test]
    fn days_are_written_as_the_language_has_them() {
        let date = counterfoil_model::time::Date::constant(2026, 3, 5);
        assert_eq!(day(date, Language::De), "05.03.2026");
        assert_eq!(day(date, Language::Sv), "2026-03-05");
    }
}
