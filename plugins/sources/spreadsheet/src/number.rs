//! Reads numbers as people write them (1 234,5 and 1,234.5 and 1.234,5) into canonical decimal text.
//! Never goes through binary floating point, and never guesses: what can be read in two ways is an error.

/// More digits than any quantity has, and what the engine's decimals hold.
const DIGITS_MAX: usize = 28;

/// What stands between the whole part and the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecimalMark {
    Point,
    Comma,
}

/// How the numbers of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberStyle {
    /// Settings say so, or the values of the file do.
    Marked(DecimalMark),
    /// No value of the file tells.
    Undecided,
    /// Some values tell the one, some the other.
    Conflicting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NumberError {
    #[error("is no number")]
    NotANumber,
    #[error("is a number with an exponent, which has lost its last digits")]
    Exponent,
    #[error("can be read with a decimal comma or with a decimal point")]
    Ambiguous,
    #[error("has more than 28 digits")]
    TooLong,
}

impl DecimalMark {
    fn character(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }
}

impl NumberStyle {
    /// What a file is taken to use when one more of its values has been looked at.
    #[must_use]
    pub(crate) fn with(self, evidence: DecimalMark) -> Self {
        match self {
            Self::Undecided => Self::Marked(evidence),
            Self::Marked(mark) if mark == evidence => self,
            Self::Marked(_) | Self::Conflicting => Self::Conflicting,
        }
    }
}

/// What one value says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// No mark that matters.
    Plain,
    Certain(DecimalMark),
    Ambiguous,
}

/// The decimal mark that a value cannot do without, if it tells.
pub(crate) fn evidence(text: &str) -> Option<DecimalMark> {
    if !text.contains(['.', ',']) {
        return None;
    }
    if let Some((whole, fraction)) = plain(text)
        && fraction.len() != 3
        && whole.len() + fraction.len() <= DIGITS_MAX
    {
        return Some(DecimalMark::Point);
    }
    let (_, body) = sign_and_body(text);
    match reading(&body) {
        Reading::Certain(mark) => canonical_in(&body, mark).is_ok().then_some(mark),
        Reading::Plain | Reading::Ambiguous => None,
    }
}

/// The number without grouping, sign "+", leading zeros, or zeros at the end of its fraction.
pub(crate) fn canonical(text: &str, style: NumberStyle) -> Result<String, NumberError> {
    if let (NumberStyle::Marked(DecimalMark::Point), Some((whole, fraction))) = (style, plain(text))
    {
        return joined(whole, fraction);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return joined(text, "");
    }
    let (negative, body) = sign_and_body(text);
    if has_exponent(&body) {
        return Err(NumberError::Exponent);
    }
    let mark = match (style, reading(&body)) {
        (NumberStyle::Marked(mark), _) | (_, Reading::Certain(mark)) => mark,
        (_, Reading::Plain) => DecimalMark::Point,
        (_, Reading::Ambiguous) => return Err(NumberError::Ambiguous),
    };
    let digits = canonical_in(&body, mark)?;
    Ok(if negative && digits != "0" {
        format!("-{digits}")
    } else {
        digits
    })
}

/// The sign, and the rest with every kind of grouping space or apostrophe as one plain space.
fn sign_and_body(text: &str) -> (bool, String) {
    // Spreadsheets mark a number that is stored as text with an apostrophe before it.
    let text = text.trim().trim_start_matches('\'');
    let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => match text.strip_suffix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        },
    };
    let body = text.trim().chars();
    let grouped = body.map(|c| match c {
        '\'' | '\u{2019}' => ' ',
        other if other.is_whitespace() => ' ',
        other => other,
    });
    (negative, grouped.collect())
}

fn has_exponent(body: &str) -> bool {
    body.split_once(['e', 'E']).is_some_and(|(head, tail)| {
        let tail = tail.strip_prefix(['+', '-']).unwrap_or(tail);
        let digit_or_mark = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
        !head.is_empty()
            && !tail.is_empty()
            && head.chars().all(digit_or_mark)
            && tail.chars().all(|c| c.is_ascii_digit())
    })
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

/// "1,234" may be 1234 or 1.234; "12,5", "0,125", "1234,567" and "1 234,567" may be only one thing.
fn single(body: &str, mark: DecimalMark) -> Reading {
    let (whole, fraction) = body
        .split_once(mark.character())
        .expect("the caller counted one mark");
    let could_group = fraction.len() == 3
        && (1..=3).contains(&whole.len())
        && !whole.starts_with('0')
        && !whole.contains(' ');
    if could_group {
        Reading::Ambiguous
    } else {
        Reading::Certain(mark)
    }
}

fn canonical_in(body: &str, mark: DecimalMark) -> Result<String, NumberError> {
    let (whole, fraction) = match body.split_once(mark.character()) {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(NumberError::NotANumber),
        None => (body, ""),
    };
    let whole = ungrouped(whole, mark.other().character())?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(&whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(NumberError::NotANumber);
    }
    joined(&whole, fraction)
}

/// Both sides of the point of a number without sign and grouping, as most are. Quick, for there are many.
fn plain(text: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && digits(fraction)).then_some((whole, fraction))
}

/// Of digits alone.
fn joined(whole: &str, fraction: &str) -> Result<String, NumberError> {
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if whole.len() + fraction.len() > DIGITS_MAX {
        return Err(NumberError::TooLong);
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    })
}

/// Takes out one kind of grouping, if every group after the first has three digits.
fn ungrouped(whole: &str, mark: char) -> Result<String, NumberError> {
    let separator = match (whole.contains(' '), whole.contains(mark)) {
        (false, false) => return Ok(whole.to_owned()),
        (true, false) => ' ',
        (false, true) => mark,
        (true, true) => return Err(NumberError::NotANumber),
    };
    let groups: Vec<&str> = whole.split(separator).collect();
    let (first, others) = groups.split_first().expect("a split has at least one part");
    if !(1..=3).contains(&first.len()) || others.iter().any(|group| group.len() != 3) {
        return Err(NumberError::NotANumber);
    }
    Ok(groups.concat())
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
