//! Tables that a person hands over once, as they were exported: columns by their names, amounts as bookkeepers write them.
//! Must not know what the columns mean.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterfoil_model::decimal::Decimal;
use thiserror::Error;

use crate::config::table::{self, Cell, Row, Table, TableFile, amount, amount_evidence};
use crate::config::{ConfigProblem, DecimalMark, file_of};

#[derive(Debug, Error)]
pub enum GivenError {
    #[error("read the table: {message}")]
    Read { message: String, hint: &'static str },
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

impl GivenError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { hint, .. } => Some((*hint).to_owned()),
            Self::Columns { found, .. } => Some(format!("it has: {}", found.join(", "))),
            Self::Problems { .. } => {
                Some("nothing was kept; mend the rows and give it again".to_owned())
            }
        }
    }
}

/// A table with its columns found.
#[derive(Debug)]
pub struct Given {
    path: PathBuf,
    table: Table,
    /// Rows whose cells stand under no columns, by their numbers.
    unreadable: BTreeMap<u32, String>,
}

/// A row of it.
#[derive(Debug, Clone, Copy)]
pub struct GivenRow<'a>(&'a Row);

impl Given {
    /// Reads CSV in any usual encoding, or a sheet of a workbook: "file.xlsx#Sheet". `known` tells column names from other
    /// texts, which finds the separator. Rows that cannot be read are told by [`Self::whole`] or one by one.
    pub fn read(path: &Path, known: &dyn Fn(&str) -> bool) -> Result<Self, GivenError> {
        let (table, problems) = table::read_export(path, known).map_err(|(message, hint)| {
            // The folder is that of the caller, and no file names it.
            let hint = if message.starts_with("there is no file") {
                "name a CSV or XLSX file that this user may read"
            } else {
                hint
            };
            GivenError::Read { message, hint }
        })?;
        // A row that cannot be told apart spoils itself alone.
        let is_of_row = |problem: &ConfigProblem| problem.row.is_some_and(|row| row > 1);
        match table {
            Some(table) if problems.iter().all(is_of_row) => {
                let of_rows = problems.into_iter();
                let of_rows = of_rows.filter_map(|one| Some((one.row?, one.message)));
                Ok(Self {
                    path: table.file.path.clone(),
                    unreadable: of_rows.collect(),
                    table,
                })
            }
            Some(_) | None => {
                let told = problems.iter().map(|problem| match problem.row {
                    Some(row) => format!("row {row}: {}", problem.message),
                    None => problem.message.clone(),
                });
                Err(GivenError::Problems {
                    path: path.to_owned(),
                    problems: told.collect(),
                })
            }
        }
    }

    /// Refuses the table for its unreadable rows, where it is taken whole or not at all.
    pub fn whole(self) -> Result<Self, GivenError> {
        if self.unreadable.is_empty() {
            return Ok(self);
        }
        let told = self.unreadable.iter();
        let told = told.map(|(row, message)| format!("row {row}: {message}"));
        Err(self.problems(told.collect()))
    }

    /// Why a row cannot be read at all.
    pub fn why_unreadable(&self, row: GivenRow<'_>) -> Option<&str> {
        self.unreadable.get(&row.number()).map(String::as_str)
    }

    /// The same where rows stand by themselves: what is wrong with one is told, and the others are read. Without a table
    /// nothing could be read.
    pub(crate) fn read_rows(
        path: &Path,
        known: &dyn Fn(&str) -> bool,
    ) -> (Option<Self>, Vec<ConfigProblem>) {
        match table::read_export(path, known) {
            Ok((table, problems)) => {
                let given = table.map(|table| Self {
                    path: table.file.path.clone(),
                    unreadable: BTreeMap::new(),
                    table,
                });
                (given, problems)
            }
            Err((message, hint)) => {
                // The place says which file it is.
                let file = format!("{}: ", file_of(path).display());
                let message = message.strip_prefix(&file).unwrap_or(&message);
                (None, vec![ConfigProblem::of(path, message).with_hint(hint)])
            }
        }
    }

    pub(crate) fn file(&self) -> &Arc<TableFile> {
        &self.table.file
    }

    pub(crate) fn header_row(&self) -> u32 {
        self.table.header_row
    }

    pub fn rows(&self) -> impl Iterator<Item = GivenRow<'_>> {
        self.table.rows.iter().map(GivenRow)
    }

    fn columns(&self) -> &[String] {
        &self.table.file.columns
    }

    /// The position of the first of some names, whatever their case.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            let mut columns = self.columns().iter();
            columns.position(|column| same_name(column, name))
        })
    }

    /// The positions of columns that have to be there.
    pub fn needed(&self, names: &[&str]) -> Result<Vec<usize>, GivenError> {
        let found: Vec<Option<usize>> = names.iter().map(|name| self.column(&[name])).collect();
        let missing = names.iter().zip(&found).filter(|(_, at)| at.is_none());
        let missing: Vec<String> = missing.map(|(name, _)| (*name).to_owned()).collect();
        if missing.is_empty() {
            return Ok(found.into_iter().flatten().collect());
        }
        Err(self.without(missing))
    }

    pub fn without(&self, columns: Vec<String>) -> GivenError {
        let named = self.columns().iter().filter(|name| !name.is_empty());
        GivenError::Columns {
            path: self.path.clone(),
            columns,
            found: named.cloned().collect(),
        }
    }

    pub fn problems(&self, problems: Vec<String>) -> GivenError {
        GivenError::Problems {
            path: self.path.clone(),
            problems,
        }
    }

    /// "invoices.csv row 17".
    pub fn place(&self, row: GivenRow<'_>) -> String {
        let name = self.path.file_name().unwrap_or_default();
        format!("{} row {}", name.to_string_lossy(), row.number())
    }

    /// The mark that the texts of some columns cannot do without. None where they do not tell, or contradict.
    pub fn decimal_mark(&self, columns: &[usize]) -> Option<DecimalMark> {
        let cells = self.rows().flat_map(|row| {
            let cells = columns.iter().map(move |at| row.cell(Some(*at)));
            cells.filter_map(amount_evidence)
        });
        let marks: BTreeSet<DecimalMark> = cells.collect();
        let mut marks = marks.into_iter();
        marks.next().filter(|_| marks.next().is_none())
    }
}

impl<'a> GivenRow<'a> {
    /// As a spreadsheet program numbers it, from 1.
    pub fn number(self) -> u32 {
        self.0.number
    }

    fn at(self, column: Option<usize>) -> &'a Cell {
        column
            .and_then(|at| self.0.cells.get(at))
            .unwrap_or(&Cell::Empty)
    }

    /// Empty where there is no such column, or the row is too short. The apostrophe with which our exports keep a text from
    /// being taken for a formula is no part of it.
    pub fn cell(self, column: Option<usize>) -> &'a str {
        let shown = self.at(column).shown();
        match shown.strip_prefix('\'') {
            Some(text) if text.starts_with(['=', '+', '-', '@']) => text,
            Some(_) | None => shown,
        }
    }

    /// None where the cell is blank. What can be read in two ways needs `mark`, that of the column's other numbers.
    pub fn decimal(
        self,
        column: Option<usize>,
        mark: Option<DecimalMark>,
    ) -> Result<Option<Decimal>, String> {
        let cell = self.at(column);
        let digits = match cell {
            Cell::Empty => return Ok(None),
            // A workbook's own number has no mark that could be mistaken.
            Cell::Number(digits) => digits.clone(),
            Cell::Text(_) | Cell::Boolean(_) | Cell::Moment(_) | Cell::Error(_) => {
                amount(cell.shown(), mark).map_err(|(message, _)| {
                    if message.contains("can be read") {
                        format!("{message}: say which with --decimal")
                    } else {
                        message
                    }
                })?
            }
        };
        let parsed = digits.parse();
        parsed
            .map(Some)
            .map_err(|_| format!("`{}` is no number", cell.shown()))
    }

    /// A month such as "2026-03". Spreadsheet programs take it for the first day of the month when it is typed.
    pub fn month(self, column: Option<usize>) -> &'a str {
        match self.at(column) {
            Cell::Moment(day) => day.strip_suffix("-01").unwrap_or(day),
            other => other.shown(),
        }
    }
}

pub(crate) fn same_name(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace(['_', '-'], " ").to_lowercase();
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests;
