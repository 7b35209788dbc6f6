//! Each way of writing a number, and each way of failing to.

use super::*;
use proptest::prelude::*;

const POINT: NumberStyle = NumberStyle::Marked(DecimalMark::Point);
const COMMA: NumberStyle = NumberStyle::Marked(DecimalMark::Comma);
const OPEN: NumberStyle = NumberStyle::Undecided;

fn read(text: &str, style: NumberStyle) -> Result<String, NumberError> {
    canonical(text, style)
}

#[test]
fn reads_what_tells_by_itself() {
    for (text, expected) in [
        ("12", "12"),
        ("0012", "12"),
        ("-0", "0"),
        (" +7 ", "7"),
        ("12,5", "12.5"),
        ("12.50", "12.5"),
        ("0,125", "0.125"),
        (".5", "0.5"),
        ("1 234,5", "1234.5"),
        ("1\u{a0}234,5", "1234.5"),
        ("1\u{202f}234\u{202f}567", "1234567"),
        ("1'234.5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1234,567", "1234.567"),
        ("1 234,567", "1234.567"),
        ("\u{2212}3,5", "-3.5"),
        ("3,5-", "-3.5"),
        ("'42", "42"),
    ] {
        assert_eq!(read(text, OPEN).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_can_be_read_twice_is_decided_elsewhere() {
    assert_eq!(read("1,234", OPEN), Err(NumberError::Ambiguous));
    assert_eq!(read("1,234", POINT).as_deref(), Ok("1234"));
    assert_eq!(read("1,234", COMMA).as_deref(), Ok("1.234"));
    assert_eq!(
        read("1.234", NumberStyle::Conflicting),
        Err(NumberError::Ambiguous)
    );
    assert_eq!(
        read("12.5", NumberStyle::Conflicting).as_deref(),
        Ok("12.5")
    );
}

#[test]
fn a_known_style_refuses_the_other() {
    assert_eq!(read("12.5", COMMA), Err(NumberError::NotANumber));
    assert_eq!(read("1.23,45", COMMA), Err(NumberError::NotANumber));
    assert_eq!(read("12,34.5", POINT), Err(NumberError::NotANumber));
}

#[test]
fn refuses_what_is_no_number() {
    for text in [
        "", "-", "abc", "12 GB", "1,2,3", "1..2", "5.", "1 23", "12%", "NaN", "1 2,3.4",
    ] {
        assert_eq!(read(text, OPEN), Err(NumberError::NotANumber), "{text}");
    }
    assert_eq!(read("1,23E+12", OPEN), Err(NumberError::Exponent));
    assert_eq!(read(&"9".repeat(29), OPEN), Err(NumberError::TooLong));
}

#[test]
fn evidence_is_only_what_is_certain() {
    assert_eq!(evidence("1,234"), None);
    assert_eq!(evidence("1234"), None);
    assert_eq!(evidence("12,5"), Some(DecimalMark::Comma));
    assert_eq!(evidence("1,234.5"), Some(DecimalMark::Point));
    assert_eq!(evidence("v1.2.x"), None);
    assert_eq!(OPEN.with(DecimalMark::Comma), COMMA);
    assert_eq!(COMMA.with(DecimalMark::Point), NumberStyle::Conflicting);
}

proptest! {
    /// Whatever is written with a mark and a grouping is read back to the same number.
    #[test]
    fn grouping_changes_nothing(whole in 0_u64..1_000_000_000_000, fraction in "[0-9]{0,6}", comma: bool, grouping in 0_usize..4) {
        let (mark, style) = if comma { (',', COMMA) } else { ('.', POINT) };
        let separators = ["", " ", "\u{a0}", if comma { "." } else { "," }];
        let mut written = grouped(whole, separators[grouping]);
        if !fraction.is_empty() {
            written.push(mark);
            written.push_str(&fraction);
        }
        let trimmed = fraction.trim_end_matches('0');
        let expected = if trimmed.is_empty() { whole.to_string() } else { format!("{whole}.{trimmed}") };
        prop_assert_eq!(read(&written, style), Ok(expected.clone()));
        // Without help it is read the same, or it says that it cannot tell.
        match read(&written, OPEN) {
            Ok(value) => prop_assert_eq!(value, expected),
            Err(error) => prop_assert_eq!(error, NumberError::Ambiguous),
        }
    }
}

fn grouped(whole: u64, separator: &str) -> String {
    let digits = whole.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    text
}

#[test]
fn many_zeros_are_no_digits() {
    let zeros = "0".repeat(30);
    assert_eq!(canonical(&zeros, NumberStyle::Undecided).unwrap(), "0");
    assert_eq!(
        canonical(
            &format!("{zeros}1.5{zeros}"),
            NumberStyle::Marked(DecimalMark::Point)
        )
        .unwrap(),
        "1.5"
    );
    assert_eq!(
        evidence(&format!("{zeros}1.5{zeros}")),
        Some(DecimalMark::Point)
    );
    assert!(canonical(&"1".repeat(29), NumberStyle::Undecided).is_err());
}
