//! Numbers of JSON as they are written, and what programs write for those that are none.

pub(super) fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b",]}".contains(&byte)
}

pub(super) fn is_no_number(word: &str) -> bool {
    ["NaN", "Infinity", "-Infinity"].contains(&word)
}

/// The same text, as long as it was, with 0 for each number and what stands for one: the row in which one is out of bounds is
/// told, and not the file.
pub(super) fn bounded(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let bytes = rest.as_bytes();
        let length = match first {
            '"' => quoted(bytes),
            '-' | '0'..='9' | 'N' | 'I' => {
                let end = bytes.iter().position(|byte| ends_word(*byte));
                end.unwrap_or(bytes.len())
            }
            other => other.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        if is_no_number(word) || is_number(word) {
            kept.push('0');
            kept.extend(std::iter::repeat_n(' ', length - 1));
        } else {
            kept.push_str(word);
        }
        rest = after;
    }
    kept
}

/// How long a text in quotes is, with them.
fn quoted(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// As JSON writes numbers.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, part) = match number.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (number, None),
    };
    let is_whole = digits(whole) && (whole == "0" || !whole.starts_with('0'));
    let exponent = exponent.map(|one| one.strip_prefix(['+', '-']).unwrap_or(one));
    is_whole && part.is_none_or(digits) && exponent.is_none_or(digits)
}

/// Zeros that are written out for an exponent.
const ZEROS_MAX: usize = 30;

/// A number without its exponent, digit by digit: programs write 0.00001 as `1e-05`.
pub(super) fn plain(number: &str) -> String {
    let Some((digits, exponent)) = number.split_once(['e', 'E']) else {
        return number.to_owned();
    };
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let exponent = exponent.trim_start_matches('+').parse::<isize>();
    let point = exponent
        .ok()
        .and_then(|exponent| exponent.checked_add_unsigned(whole.len()));
    let digits = format!("{whole}{part}");
    match point {
        Some(point) if point.unsigned_abs() <= digits.len() + ZEROS_MAX => {
            let zeros = "0".repeat(point.min(0).unsigned_abs());
            let point = usize::try_from(point).unwrap_or(0);
            let whole: String = digits
                .chars()
                .chain("0".repeat(ZEROS_MAX).chars())
                .collect();
            if point >= digits.len() {
                return format!("{sign}{}", &whole[..point]);
            }
            let (whole, part) = digits.split_at(point);
            let whole = if whole.is_empty() { "0" } else { whole };
            format!("{sign}{whole}.{zeros}{part}")
        }
        // Nobody means it; what reads it says so.
        Some(_) | None => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_written_out() {
        for (written, expected) in [
            ("1e3", "1000"),
            ("1.25e+1", "12.5"),
            ("-1.25E2", "-125"),
            ("1e-05", "0.00001"),
            ("12.5e-1", "1.25"),
            ("12.5e-2", "0.125"),
            ("0e0", "0"),
            ("12.5", "12.5"),
            ("1e99", "1e99"),
            ("1e-99", "1e-99"),
            ("1e99999999999999999999", "1e99999999999999999999"),
        ] {
            assert_eq!(plain(written), expected, "{written}");
        }
    }
}
