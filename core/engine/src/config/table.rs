//! Tables that people keep in CSV files and workbooks: rows of cells under a header, each with its place. Must not know
//! what the columns mean.

mod delimited;
mod numbers;
mod workbook;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::Place;
use super::problems::{ConfigProblem, Severity};

pub use numbers::DecimalMark;
pub(crate) use numbers::{amount, amount_evidence};
pub(super) use numbers::{decimal, evidence, rate};

/// Bytes of a table's file.
const BYTES_MAX: u64 = 64 << 20;
/// Rows of a table.
const ROWS_MAX: usize = 200_000;
/// Characters of a row that a problem shows.
const EXCERPT_CHARS_MAX: usize = 160;
/// How workbooks of before 2007 begin, and those with a password.
const OLD_MAGIC: [u8; 4] = [0xD0, 0xCF, 0x11, 0xE0];
/// How XLSX files begin, as every ZIP archive does.
const ZIP_MAGIC: [u8; 2] = *b"PK";
/// What helps where a table that is handed over is too large.
pub(crate) const SPLIT_EXPORT: &str = "split it, and give the parts one after another";
const SAVE_ANEW: &str = "open it in a spreadsheet program and save it anew";

/// What spreadsheet programs save where a formula failed.
const ERRORS: [&str; 7] = [
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!",
];

/// What problems have to know of a table.
#[derive(Debug, Default)]
pub(crate) struct TableFile {
    pub(crate) path: PathBuf,
    /// Of a workbook.
    pub(crate) sheet: Option<String>,
    /// The names of the columns by position.
    pub(crate) columns: Vec<String>,
    /// The rows as they are shown, by number.
    shown: BTreeMap<u32, String>,
}

/// A table with its header taken off.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) file: Arc<TableFile>,
    pub(crate) header_row: u32,
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// As a spreadsheet program numbers it, from 1.
    pub(crate) number: u32,
    /// As many as there are columns.
    pub(crate) cells: Vec<Cell>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    /// A number of a workbook, in digits with a point.
    Number(String),
    Boolean(bool),
    /// A date of a workbook, or a date with a time of day.
    Moment(String),
    /// "#N/A" and its like.
    Error(String),
}

/// The table, as far as there is one, and what is wrong with it.
type Parsed = (Option<Table>, Vec<ConfigProblem>);
/// Why nothing can be read, and what helps.
type Unreadable = (String, &'static str);

/// Whom a table was written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// Us: rows may be remarks, which begin with `#`, and a value in a column without a name is a mistake.
    ForUs,
    /// Somebody else: every row counts, and what has no name does not concern us.
    Elsewhere,
}

impl Written {
    /// What helps where a file is too large.
    fn split(self) -> &'static str {
        match self {
            Self::ForUs => "split it, and name the parts in a list",
            Self::Elsewhere => SPLIT_EXPORT,
        }
    }
}

/// What the readers hand over: every row that is not blank, and what is wrong with the file.
#[derive(Debug, Default)]
struct Sheet {
    name: Option<String>,
    rows: Vec<Row>,
    shown: BTreeMap<u32, String>,
    problems: Vec<(Option<u32>, String, &'static str)>,
}

impl Cell {
    fn text(text: &str) -> Self {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.is_empty() {
            Self::Empty
        } else if ERRORS.contains(&text) {
            Self::Error(text.to_owned())
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// What a person reads in it.
    pub(crate) fn shown(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Number(text) | Self::Moment(text) | Self::Error(text) => text,
            Self::Boolean(true) => "true",
            Self::Boolean(false) => "false",
        }
    }

    fn is_remark(&self) -> bool {
        matches!(self, Self::Text(text) if text.starts_with('#'))
    }
}

impl TableFile {
    pub(crate) fn problem(
        &self,
        row: u32,
        column: Option<usize>,
        message: impl Into<String>,
    ) -> ConfigProblem {
        let name = column.map(|column| match self.columns.get(column) {
            Some(name) if !name.is_empty() => name.clone(),
            Some(_) | None => letters(column),
        });
        ConfigProblem {
            severity: Severity::Error,
            sheet: self.sheet.clone(),
            row: Some(row),
            column: name,
            excerpt: self.shown.get(&row).cloned(),
            ..ConfigProblem::of(&self.path, message)
        }
    }
}

/// "C" for the third column, as spreadsheet programs call it.
fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).expect("it is below 26");
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Reads the table that `name` leads to: a file, or "file.xlsx#Sheet". `known` tells column names from other texts, which
/// finds the separator of a text file. `at` is where the table is named.
pub(super) fn read(
    folder: &Path,
    name: &str,
    at: Option<&Place>,
    known: &dyn Fn(&str) -> bool,
    problems: &mut Vec<ConfigProblem>,
) -> Option<Table> {
    let sheet = sheet_of(name).map(|(_, sheet)| sheet);
    let path = path_of(folder, name);
    let here = |message: String| match at {
        Some(place) => place.problem(message),
        None => ConfigProblem::of(&path, message),
    };
    let bytes = match bytes_of(&path, Written::ForUs) {
        Ok(bytes) => bytes,
        Err((message, hint)) => {
            problems.push(here(message).with_hint(hint));
            return None;
        }
    };
    match parse(path.clone(), bytes, sheet, Written::ForUs, known) {
        Ok((table, found)) => {
            problems.extend(found);
            table
        }
        Err((message, hint)) => {
            problems.push(here(message).with_hint(hint));
            None
        }
    }
}

/// Reads a table that is handed over, and was not written for us: "file.csv" or "file.xlsx#Sheet".
pub(crate) fn read_export(name: &Path, known: &dyn Fn(&str) -> bool) -> Result<Parsed, Unreadable> {
    let text = name.to_str().unwrap_or_default();
    let (path, sheet) = match sheet_of(text) {
        Some((file, sheet)) => (PathBuf::from(file), Some(sheet)),
        None => (name.to_path_buf(), None),
    };
    let bytes = bytes_of(&path, Written::Elsewhere)?;
    parse(path, bytes, sheet, Written::Elsewhere, known)
}

/// Or why nothing can be read of it.
fn parse(
    path: PathBuf,
    bytes: Vec<u8>,
    sheet: Option<&str>,
    written: Written,
    known: &dyn Fn(&str) -> bool,
) -> Result<Parsed, Unreadable> {
    let name = path.display();
    if bytes.starts_with(&OLD_MAGIC) {
        let message =
            format!("{name} is a workbook in the format of before 2007, or has a password");
        return Err((message, "save it as .xlsx without a password, or as .csv"));
    }
    let read = if bytes.starts_with(&ZIP_MAGIC) {
        workbook::read(bytes, sheet)
    } else {
        delimited::read(&bytes, written, known)
    };
    let sheet = read.map_err(|(message, hint)| (format!("{name}: {message}"), hint))?;
    let mut problems = Vec::new();
    let table = table(path, sheet, written, &mut problems);
    Ok((table, problems))
}

/// The file that `name` leads to.
pub(crate) fn path_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(sheet_of(name).map_or(name, |(file, _)| file))
}

/// File and sheet of "file.xlsx#Sheet".
fn sheet_of(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('#').filter(|(file, _)| is_workbook(file))
}

fn is_workbook(file: &str) -> bool {
    Path::new(file)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"))
}

fn bytes_of(path: &Path, written: Written) -> Result<Vec<u8>, (String, &'static str)> {
    let name = path.display();
    let unreadable = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            let hint = "a table is looked for in the folder of the file that names it";
            (format!("there is no file {name}"), hint)
        } else {
            let hint = "name a CSV or XLSX file that this user may read";
            (format!("{name} cannot be read: {error}"), hint)
        }
    };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > BYTES_MAX {
        let message = format!("{name} has {length} bytes; a table has at most {BYTES_MAX}");
        return Err((message, written.split()));
    }
    std::fs::read(path).map_err(unreadable)
}

/// Takes off the header and the remarks.
fn table(
    path: PathBuf,
    sheet: Sheet,
    written: Written,
    problems: &mut Vec<ConfigProblem>,
) -> Option<Table> {
    let mut file = TableFile {
        path,
        sheet: sheet.name,
        columns: Vec::new(),
        shown: sheet.shown,
    };
    for (row, message, hint) in sheet.problems {
        let problem = match row {
            Some(row) => file.problem(row, None, message),
            None => ConfigProblem::of(&file.path, message),
        };
        problems.push(problem.with_hint(hint));
    }
    let is_remark = |row: &Row| {
        let mut cells = row.cells.iter().filter(|cell| **cell != Cell::Empty);
        written == Written::ForUs && cells.next().is_some_and(Cell::is_remark)
    };
    let mut rows = sheet.rows.into_iter().filter(|row| !is_remark(row));
    let Some(header) = rows.next() else {
        problems.push(
            ConfigProblem::of(&file.path, "the table has no header")
                .with_hint("the first row names the columns, after the keys in TOML"),
        );
        return None;
    };
    file.columns = header
        .cells
        .iter()
        .map(|cell| cell.shown().to_owned())
        .collect();
    let mut rows: Vec<Row> = rows.collect();
    if rows.len() > ROWS_MAX {
        let message = format!("the table has more than {ROWS_MAX} rows");
        problems.push(ConfigProblem::of(&file.path, message).with_hint(written.split()));
        rows.truncate(ROWS_MAX);
    }
    let columns = file.columns.len();
    for row in &mut rows {
        // Elsewhere columns go without names; but what stands behind the last one was cut off from another value.
        let is_stray = |index: usize| match (file.columns.get(index), written) {
            (None, _) => true,
            (Some(name), Written::ForUs) => name.is_empty(),
            (Some(_), Written::Elsewhere) => false,
        };
        let mut cells = row.cells.iter().enumerate();
        let stray = cells.find(|(index, cell)| **cell != Cell::Empty && is_stray(*index));
        if let Some((index, cell)) = stray {
            let message = format!("`{}` stands in a column without a name", cell.shown());
            problems.push(file.problem(row.number, Some(index), message).with_hint(
                "name the column in the header; a value with the separator in it needs quotes",
            ));
        }
        row.cells.resize(columns, Cell::Empty);
    }
    Some(Table {
        header_row: header.number,
        file: Arc::new(file),
        rows,
    })
}

/// At most so much of a row as a line can show.
fn excerpt(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim_end();
    match line.char_indices().nth(EXCERPT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
#[path = "table/tests.rs"]
mod tests;
