//! Reads decimals as people write them (12,50 and 12.50 and 1 234,50) into plain digits with a point. Never guesses: what
//! can be read in two ways is refused.

use schemars::JsonSchema;
use serde::Deserialize;

/// What stands before the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecimalMark {
    Point,
    Comma,
}

/// What one text says of its marks.
enum Reading {
    Plain,
    Certain(DecimalMark),
    Ambiguous,
}

impl DecimalMark {
    fn character(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// The decimal mark that a text cannot do without, if it tells.
pub(in crate::config) fn evidence(text: &str) -> Option<DecimalMark> {
    match reading(&ungrouped_spaces(text)) {
        Reading::Certain(mark) => digits(&ungrouped_spaces(text), mark).map(|_| mark),
        Reading::Plain | Reading::Ambiguous => None,
    }
}

/// The number in digits with a point, or what is wrong. `mark` is that of the table's other numbers, if they agree.
pub(in crate::config) fn decimal(
    text: &str,
    mark: Option<DecimalMark>,
) -> Result<String, (String, &'static str)> {
    let body = ungrouped_spaces(text);
    let mark = match (reading(&body), mark) {
        (Reading::Certain(mark), _) | (Reading::Ambiguous, Some(mark)) => mark,
        (Reading::Plain, _) => DecimalMark::Point,
        (Reading::Ambiguous, None) => {
            let message =
                format!("`{text}` can be read with a decimal comma or with a decimal point");
            return Err((
                message,
                "write thousands without a mark, or four decimals such as 1,2340",
            ));
        }
    };
    digits(&body, mark).ok_or_else(|| {
        let hint = "digits with a decimal comma or point, such as 12,50; no currency sign";
        (format!("`{text}` is no number"), hint)
    })
}

/// The same of a rate: it seldom has thousands, so a point that could be either is that of the fraction, unless the table's other
/// numbers say otherwise.
pub(in crate::config) fn rate(
    text: &str,
    mark: Option<DecimalMark>,
) -> Result<String, (String, &'static str)> {
    let has_point = ungrouped_spaces(text).contains('.');
    decimal(text, mark.or(has_point.then_some(DecimalMark::Point)))
}

/// The same of an amount as bookkeepers write it: with a currency, and negative as "(1.00)" or "1.00-".
pub(crate) fn amount(
    text: &str,
    mark: Option<DecimalMark>,
) -> Result<String, (String, &'static str)> {
    decimal(&bare(text), mark).map_err(|(message, hint)| {
        let told = message.replace(&format!("`{}`", bare(text)), &format!("`{text}`"));
        (told, hint)
    })
}

pub(crate) fn amount_evidence(text: &str) -> Option<DecimalMark> {
    evidence(&bare(text))
}

/// Without a currency and the signs of bookkeepers. A currency stands before or behind the number, never within it.
fn bare(text: &str) -> String {
    let text = text.trim();
    let inner = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    let is_currency =
        |letter: char| letter.is_alphabetic() || letter.is_whitespace() || "€$£".contains(letter);
    let body = inner.unwrap_or(text).trim_matches(is_currency);
    let body = body.replace('\u{2212}', "-");
    match body.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => format!("-{rest}"),
        Some(_) | None if inner.is_some() => format!("-{body}"),
        Some(_) | None => body,
    }
}

/// Without the spaces and apostrophes that group thousands.
fn ungrouped_spaces(text: &str) -> String {
    let is_grouping = |c: char| c.is_whitespace() || matches!(c, '\'' | '\u{2019}');
    let trimmed = text.trim().trim_start_matches('\'');
    let (sign, unsigned) = match trimmed.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", trimmed),
    };
    let groups: Vec<&str> = unsigned.split(is_grouping).collect();
    let whole = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    let (last, others) = groups.split_last().expect("a split has at least one part");
    let is_grouped = !others.is_empty()
        && others.iter().all(whole)
        && others.iter().skip(1).all(|group| group.len() == 3)
        && last
            .split(['.', ','])
            .next()
            .is_some_and(|head| head.len() == 3);
    if is_grouped {
        format!("{sign}{}", groups.concat())
    } else {
        trimmed.to_owned()
    }
}

fn reading(body: &str) -> Reading {
    let points = body.matches('.').count();
    let commas = body.matches(',').count();
    match (points, commas) {
        (0, 0) => Reading::Plain,
        (1, 0) => single(body, DecimalMark::Point),
        (0, 1) => single(body, DecimalMark::Comma),
        // A mark that is there twice groups thousands.
        (_, 0) => Reading::Certain(DecimalMark::Comma),
        (0, _) => Reading::Certain(DecimalMark::Point),
        (_, _) if body.rfind('.') > body.rfind(',') => Reading::Certain(DecimalMark::Point),
        (_, _) => Reading::Certain(DecimalMark::Comma),
    }
}

/// "1,234" may be 1234 or 1.234; "12,5", "0,125" and "1234,567" may be only one thing.
fn single(body: &str, mark: DecimalMark) -> Reading {
    let (whole, fraction) = body
        .split_once(mark.character())
        .expect("the caller counted one mark");
    let whole = whole.trim_start_matches('-');
    let could_group =
        fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
    if could_group {
        Reading::Ambiguous
    } else {
        Reading::Certain(mark)
    }
}

fn digits(body: &str, mark: DecimalMark) -> Option<String> {
    let (sign, body) = match body.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", body.strip_prefix('+').unwrap_or(body)),
    };
    let (whole, fraction) = match body.split_once(mark.character()) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (body, None),
    };
    let other = match mark {
        DecimalMark::Point => ',',
        DecimalMark::Comma => '.',
    };
    let groups: Vec<&str> = whole.split(other).collect();
    let grouped = groups.len() == 1
        || (groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3));
    let whole = groups.concat();
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !grouped || !plain(&whole) || !fraction.is_none_or(plain) {
        return None;
    }
    Some(match fraction {
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{whole}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_as_they_are_meant() {
        for (text, read) in [
            ("12,50", "12.50"),
            ("12.50", "12.50"),
            ("1 234,5", "1234.5"),
            ("1\u{a0}234", "1234"),
            ("1'234.05", "1234.05"),
            ("1.234,5", "1234.5"),
            ("1,234,567", "1234567"),
            ("0,125", "0.125"),
            ("1234,567", "1234.567"),
            ("-3", "-3"),
            ("0", "0"),
        ] {
            assert_eq!(decimal(text, None).as_deref(), Ok(read), "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_needs_other_numbers_to_tell() {
        assert!(decimal("1,234", None).is_err());
        assert_eq!(
            decimal("1,234", Some(DecimalMark::Comma)).as_deref(),
            Ok("1.234")
        );
        assert_eq!(
            decimal("1,234", Some(DecimalMark::Point)).as_deref(),
            Ok("1234")
        );
        assert_eq!(evidence("12,5"), Some(DecimalMark::Comma));
        assert_eq!(evidence("1,234"), None);
    }

    #[test]
    fn a_point_that_could_be_either_is_that_of_a_rates_fraction() {
        let (comma, point) = (Some(DecimalMark::Comma), Some(DecimalMark::Point));
        for (text, mark, read) in [
            ("11.345", None, "11.345"),
            ("0.087", None, "0.087"),
            ("11.3450", None, "11.3450"),
            ("16250", None, "16250"),
            ("1.234,5", None, "1234.5"),
            // The table's other numbers are as sure as a table can be.
            ("17.845", comma, "17845"),
            ("11,345", comma, "11.345"),
            ("11.345", point, "11.345"),
            ("17,845", point, "17845"),
        ] {
            assert_eq!(rate(text, mark).as_deref(), Ok(read), "{text} {mark:?}");
        }
        for text in ["11.3.45", "11,345"] {
            assert!(rate(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "abc", "12 kr", "1e3", "1,2,3", "12,", "1 2", "1.2.3,4", "--1",
        ] {
            assert!(decimal(text, None).is_err(), "{text}");
        }
    }
}
