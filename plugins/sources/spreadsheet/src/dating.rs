//! Takes the date out of a file's name, after a pattern such as "inventory-{date}.*".
//! Knows nothing of folders or of what is in a file.

use jiff::civil::Date;

use crate::glob::Glob;

/// Where the date stands in a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatePattern {
    before: Glob,
    after: Glob,
    whole_path: bool,
}

/// Why a name tells no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DateError {
    #[error("its name has no date where the pattern wants one")]
    None,
    #[error("its name can be read as two dates")]
    Several,
    #[error("its name says {year:04}-{month:02}-{day:02}, and there is no such day")]
    NoSuchDay {
        year: i16,
        month: i8,
        day: i8,
        /// The day before it that there is, under which it is told of.
        near: Date,
    },
}

impl DatePattern {
    /// None without exactly one `{date}`. A pattern with "/" is held against the whole path, else against the name.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let (before, after) = pattern.split_once("{date}")?;
        if after.contains("{date}") {
            return None;
        }
        Some(Self {
            before: Glob::new(before),
            after: Glob::new(after),
            whole_path: pattern.contains('/'),
        })
    }

    /// The date in a path, written with `-`, `_`, `.` or nothing between year, month and day.
    pub(crate) fn date(&self, path: &str) -> Result<Date, DateError> {
        let subject = if self.whole_path {
            path
        } else {
            path.rsplit('/').next().unwrap_or(path)
        };
        let mut found: Option<Date> = None;
        let mut mistaken = DateError::None;
        for (start, _) in subject.char_indices() {
            for length in [10, 8] {
                let Some(parts) = self.parts_at(subject, start, length) else {
                    continue;
                };
                let date = match date(parts) {
                    Ok(date) => date,
                    Err(error) => {
                        mistaken = error;
                        continue;
                    }
                };
                match found {
                    Some(other) if other != date => return Err(DateError::Several),
                    _ => found = Some(date),
                }
            }
        }
        found.ok_or(mistaken)
    }

    fn parts_at(&self, subject: &str, start: usize, length: usize) -> Option<(i16, i8, i8)> {
        let before = subject.get(..start)?;
        let text = subject.get(start..start + length)?;
        let after = subject.get(start + length..)?;
        let inside_a_number = before.ends_with(|c: char| c.is_ascii_digit())
            || after.starts_with(|c: char| c.is_ascii_digit());
        if inside_a_number || !self.before.matches(before) || !self.after.matches(after) {
            return None;
        }
        parse(text)
    }
}

/// Digits that are no day of these years are no date that somebody meant: a number of an order, say.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;

fn date((year, month, day): (i16, i8, i8)) -> Result<Date, DateError> {
    let first = |month: i8| Date::new(year, month, 1);
    Date::new(year, month, day).map_err(|_| {
        let near = first(month.clamp(1, 12)).map(Date::last_of_month);
        match near {
            Ok(near) if YEARS.contains(&year) => DateError::NoSuchDay {
                year,
                month,
                day,
                near,
            },
            Ok(_) | Err(_) => DateError::None,
        }
    })
}

fn parse(text: &str) -> Option<(i16, i8, i8)> {
    let bytes = text.as_bytes();
    let (year, month, day) = match bytes.len() {
        8 => (&text[..4], &text[4..6], &text[6..]),
        10 if matches!(bytes[4], b'-' | b'_' | b'.') && bytes[4] == bytes[7] => {
            (&text[..4], &text[5..7], &text[8..])
        }
        _ => return None,
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(year) || !digits(month) || !digits(day) {
        return None;
    }
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn reads_each_way_of_writing() {
        let pattern = DatePattern::new("inventory-{date}.*").unwrap();
        let expected = Ok(date(2026, 3, 5));
        assert_eq!(pattern.date("inventory-2026-03-05.csv"), expected);
        assert_eq!(pattern.date("sub/inventory-20260305.xlsx"), expected);
        assert_eq!(pattern.date("inventory-2026_03_05.csv"), expected);
    }

    #[test]
    fn refuses_what_is_no_date() {
        let pattern = DatePattern::new("*{date}*").unwrap();
        for path in [
            "inventory.csv",
            "a-99990230.csv",
            "a-120260305.csv",
            "ä2026",
        ] {
            assert_eq!(pattern.date(path), Err(DateError::None), "{path}");
        }
        assert_eq!(
            pattern.date("2026-03-05-to-2026-03-06"),
            Err(DateError::Several)
        );
    }

    #[test]
    fn a_day_that_does_not_exist_is_told_apart_from_no_date() {
        let pattern = DatePattern::new("a-{date}.csv").unwrap();
        for (path, said, near) in [
            ("a-2026-02-30.csv", "2026-02-30", date(2026, 2, 28)),
            ("a-20260431.csv", "2026-04-31", date(2026, 4, 30)),
            ("a-2026-13-01.csv", "2026-13-01", date(2026, 12, 31)),
            ("a-2026-00-10.csv", "2026-00-10", date(2026, 1, 31)),
        ] {
            let error = pattern.date(path).unwrap_err();
            let expected = format!("its name says {said}, and there is no such day");
            assert_eq!(error.to_string(), expected);
            assert!(matches!(error, DateError::NoSuchDay { near: day, .. } if day == near));
        }
    }

    #[test]
    fn a_folder_can_carry_the_date() {
        let pattern = DatePattern::new("{date}/inventory.csv").unwrap();
        assert_eq!(
            pattern.date("2026-03-05/inventory.csv"),
            Ok(date(2026, 3, 5))
        );
    }

    #[test]
    fn wants_exactly_one_place() {
        assert_eq!(DatePattern::new("inventory.csv"), None);
        assert_eq!(DatePattern::new("{date}-{date}.csv"), None);
    }
}
