//! Tables that a person hands over once: a header, rows of texts with their numbers, and decimals as people export them. Must
//! not know what the columns mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterfoil_model::decimal::Decimal;
use thiserror::Error;

/// Bytes of a file.
const BYTES_MAX: u64 = 64 << 20;

#[derive(Debug, Error)]
pub enum SheetError {
    #[error("read {}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("read {}: it has {bytes} bytes, of {BYTES_MAX} at most", path.display())]
    Large { path: PathBuf, bytes: u64 },
    #[error("read {}: it is a workbook", path.display())]
    Workbook { path: PathBuf },
    #[error("read row {row} of {}", path.display())]
    Row {
        path: PathBuf,
        row: u64,
        source: csv::Error,
    },
    #[error("find the column {} in {}", listed(columns), path.display())]
    Columns {
        path: PathBuf,
        columns: Vec<String>,
        found: Vec<String>,
    },
    #[error("understand {}:\n  {}", path.display(), problems.join("\n  "))]
    Problems {
        path: PathBuf,
        problems: Vec<String>,
    },
}

fn listed(columns: &[String]) -> String {
    let quoted: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

impl SheetError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("name a CSV file that this user may read".to_owned()),
            Self::Large { .. } => Some("split it".to_owned()),
            Self::Workbook { .. } => Some("save it as CSV".to_owned()),
            Self::Row { .. } => {
                Some("a value with the separator or a line end in it needs quotes".to_owned())
            }
            Self::Columns { found, .. } => Some(format!("it has: {}", found.join(", "))),
            Self::Problems { .. } => {
                Some("nothing was kept; mend the rows and import again".to_owned())
            }
        }
    }
}

/// What stands before the fraction of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    Point,
    Comma,
}

/// A table whose columns were found.
#[derive(Debug)]
pub struct Sheet {
    path: PathBuf,
    columns: Vec<String>,
    pub rows: Vec<SheetRow>,
}

#[derive(Debug)]
pub struct SheetRow {
    /// As a text editor numbers the line that it begins on.
    pub number: u64,
    cells: Vec<String>,
}

impl Sheet {
    /// Reads a text file. `known` tells column names from other texts, which finds the separator.
    pub fn read(path: &Path, known: &dyn Fn(&str) -> bool) -> Result<Self, SheetError> {
        let read_error = |source| SheetError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = std::fs::metadata(path).map_err(read_error)?.len();
        if bytes > BYTES_MAX {
            let path = path.to_owned();
            return Err(SheetError::Large { path, bytes });
        }
        let bytes = std::fs::read(path).map_err(read_error)?;
        if bytes.starts_with(b"PK") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
            return Err(SheetError::Workbook {
                path: path.to_owned(),
            });
        }
        let text = decoded(&bytes);
        let head = text.lines().find(|line| !line.trim().is_empty());
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator(head.unwrap_or_default(), known))
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut sheet = Self {
            path: path.to_owned(),
            columns: Vec::new(),
            rows: Vec::new(),
        };
        for record in reader.records() {
            let row = u64::try_from(sheet.rows.len()).unwrap_or(u64::MAX) + 2;
            let record = record.map_err(|source| SheetError::Row {
                path: path.to_owned(),
                row: source.position().map_or(row, csv::Position::line),
                source,
            })?;
            let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
            if cells.iter().all(String::is_empty) {
                continue;
            }
            if sheet.columns.is_empty() {
                sheet.columns = cells;
            } else {
                let number = record.position().map_or(row, csv::Position::line);
                sheet.rows.push(SheetRow { number, cells });
            }
        }
        Ok(sheet)
    }

    /// The position of the first of some names, whatever their case.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            let mut columns = self.columns.iter();
            columns.position(|column| same_name(column, name))
        })
    }

    /// The positions of columns that have to be there.
    pub fn needed(&self, names: &[&str]) -> Result<Vec<usize>, SheetError> {
        let found: Vec<Option<usize>> = names.iter().map(|name| self.column(&[name])).collect();
        let missing = names.iter().zip(&found).filter(|(_, at)| at.is_none());
        let missing: Vec<String> = missing.map(|(name, _)| (*name).to_owned()).collect();
        if missing.is_empty() {
            return Ok(found.into_iter().flatten().collect());
        }
        Err(self.without(missing))
    }

    pub fn without(&self, columns: Vec<String>) -> SheetError {
        SheetError::Columns {
            path: self.path.clone(),
            columns,
            found: self.columns.clone(),
        }
    }

    pub fn problems(&self, problems: Vec<String>) -> SheetError {
        SheetError::Problems {
            path: self.path.clone(),
            problems,
        }
    }

    /// "invoices.csv row 17".
    pub fn place(&self, row: &SheetRow) -> String {
        let name = self.path.file_name().unwrap_or_default();
        format!("{} row {}", name.to_string_lossy(), row.number)
    }

    /// The mark that the numbers of some columns cannot do without. None where they do not tell, or contradict.
    pub fn decimal_mark(&self, columns: &[usize]) -> Option<DecimalMark> {
        let mut marks: BTreeMap<bool, DecimalMark> = BTreeMap::new();
        let cells = self.rows.iter();
        for text in cells.flat_map(|row| columns.iter().map(|at| row.cell(Some(*at)))) {
            if let Reading::Certain(mark) = reading(&bare(text)) {
                marks.insert(mark == DecimalMark::Comma, mark);
            }
        }
        let mut marks = marks.into_values();
        marks.next().filter(|_| marks.next().is_none())
    }
}

impl SheetRow {
    /// Empty where there is no such column, or the row is too short.
    pub fn cell(&self, column: Option<usize>) -> &str {
        column
            .and_then(|at| self.cells.get(at))
            .map_or("", String::as_str)
    }
}

fn same_name(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace(['_', '-'], " ").to_lowercase();
    plain(one) == plain(other)
}

/// UTF-8, UTF-16 with its mark, or Latin-1, as spreadsheet programs save.
fn decoded(bytes: &[u8]) -> String {
    let wide = |little: bool| {
        let units = bytes[2..].chunks_exact(2).map(|pair| {
            let pair = [pair[0], pair[1]];
            if little {
                u16::from_le_bytes(pair)
            } else {
                u16::from_be_bytes(pair)
            }
        });
        String::from_utf16_lossy(&units.collect::<Vec<_>>())
    };
    if bytes.starts_with(&[0xFF, 0xFE]) {
        return wide(true);
    }
    if bytes.starts_with(&[0xFE, 0xFF]) {
        return wide(false);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The one that makes the most known names of the header; among equal ones the one that makes more columns.
fn separator(header: &str, known: &dyn Fn(&str) -> bool) -> u8 {
    let judged = [b',', b';', b'\t', b'|'].map(|separator| {
        let names = header.split(char::from(separator));
        let names: Vec<&str> = names.map(|name| name.trim().trim_matches('"')).collect();
        let count = names.iter().filter(|name| known(name)).count();
        (count, names.len(), separator)
    });
    let best = judged
        .into_iter()
        .max_by_key(|(known, columns, _)| (*known, *columns));
    best.map_or(b',', |(_, _, separator)| separator)
}

enum Reading {
    Plain,
    Certain(DecimalMark),
    Ambiguous,
}

/// A number in digits, with a decimal comma or point, thousands marked or not, a currency beside it or not. What can be read
/// in two ways needs `mark`, that of the column's other numbers.
pub fn decimal(text: &str, mark: Option<DecimalMark>) -> Result<Decimal, String> {
    let body = bare(text);
    let mark = match (reading(&body), mark) {
        (Reading::Certain(mark), _) | (Reading::Ambiguous, Some(mark)) => mark,
        (Reading::Plain, _) => DecimalMark::Point,
        (Reading::Ambiguous, None) => {
            return Err(format!(
                "`{text}` can be read with a decimal comma or with a decimal point: say which with --decimal"
            ));
        }
    };
    let no_number = || format!("`{text}` is no number");
    let digits = digits(&body, mark).ok_or_else(no_number)?;
    digits.parse().map_err(|_| no_number())
}

/// Without spaces, currency and the signs that bookkeepers write: "(1.00)" and "1.00-" are negative.
fn bare(text: &str) -> String {
    let text = text.trim();
    let (inner, in_brackets) = match text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    // A currency stands before or behind the number, never within it.
    let is_currency =
        |letter: char| letter.is_alphabetic() || letter.is_whitespace() || "€$£".contains(letter);
    let kept = |letter: &char| !letter.is_whitespace() && !"'’".contains(*letter);
    let body: String = inner
        .trim_matches(is_currency)
        .chars()
        .map(|letter| if letter == '−' { '-' } else { letter })
        .filter(kept)
        .collect();
    let (body, at_end) = match body.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => (rest.to_owned(), true),
        Some(_) | None => (body, false),
    };
    if in_brackets || at_end {
        format!("-{body}")
    } else {
        body
    }
}

fn reading(body: &str) -> Reading {
    let (points, commas) = (body.matches('.').count(), body.matches(',').count());
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
    let (whole, fraction) = body.split_once(character(mark)).unwrap_or((body, ""));
    let whole = whole.trim_start_matches('-');
    let may_group =
        fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
    if may_group {
        Reading::Ambiguous
    } else {
        Reading::Certain(mark)
    }
}

fn character(mark: DecimalMark) -> char {
    match mark {
        DecimalMark::Point => '.',
        DecimalMark::Comma => ',',
    }
}

fn digits(body: &str, mark: DecimalMark) -> Option<String> {
    let (sign, body) = match body.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", body.strip_prefix('+').unwrap_or(body)),
    };
    let grouping = match mark {
        DecimalMark::Point => ',',
        DecimalMark::Comma => '.',
    };
    let (whole, fraction) = match body.split_once(character(mark)) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (body, None),
    };
    let groups: Vec<&str> = whole.split(grouping).collect();
    let is_grouped = groups.len() == 1 || groups[1..].iter().all(|group| group.len() == 3);
    let whole = groups.concat();
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_grouped || !plain(&whole) || !fraction.is_none_or(plain) {
        return None;
    }
    Some(match fraction {
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{whole}"),
    })
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
