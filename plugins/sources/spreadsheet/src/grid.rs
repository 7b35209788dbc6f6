//! What a table file is to the rest of the connector: numbered rows of cells, one after the other.
//! Knows neither the mapping nor how the formats are read.

use std::borrow::Cow;

use jiff::civil::{DateTime, Time};

use crate::delimited::Delimited;

/// A table, ready to be gone through as often as wanted.
#[derive(Debug)]
pub(crate) enum Grid {
    Delimited(Delimited),
    Sheet(Vec<SheetRow>),
}

/// A row of a workbook that has a cell with something in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SheetRow {
    pub(crate) number: u32,
    pub(crate) cells: Vec<Cell>,
}

/// A cell of a workbook, which knows what its value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    /// In decimal digits, without an exponent.
    Number(String),
    Boolean(bool),
    /// A date and time of day, without a zone.
    Moment(DateTime),
    /// "#N/A" and its like.
    Error(String),
}

/// A cell, borrowed, with the blanks around it taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellRef<'a> {
    Empty,
    Text(&'a str),
    Number(&'a str),
    Boolean(bool),
    Moment(DateTime),
    Error(&'a str),
}

/// What is wrong with the row's very bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// A quote is opened and never closed: the rest of the file is inside it.
    OpenQuote,
    /// The file ends without a line end after this row.
    NoLineEnd,
}

/// A row, borrowed while it is visited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowView<'a> {
    /// As a person sees it in the file, from 1, blank rows included.
    pub(crate) number: u32,
    pub(crate) cells: Cells<'a>,
    /// As it stands in a text, without its line end; empty in a workbook.
    pub(crate) raw: &'a str,
    pub(crate) damage: Option<Damage>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Cells<'a> {
    Record(&'a csv::StringRecord),
    Sheet(&'a [Cell]),
}

/// Go on, or that is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visit {
    Continue,
    Stop,
}

const ERROR_TEXTS: [&str; 8] = [
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!",
];

impl Grid {
    /// Shows every row that is not blank, in order.
    pub(crate) fn visit(&self, mut visitor: impl FnMut(RowView<'_>) -> Visit) {
        match self {
            Self::Delimited(delimited) => delimited.visit(visitor),
            Self::Sheet(rows) => {
                for row in rows {
                    let view = RowView {
                        number: row.number,
                        cells: Cells::Sheet(&row.cells),
                        raw: "",
                        damage: None,
                    };
                    if !view.is_blank() && visitor(view) == Visit::Stop {
                        return;
                    }
                }
            }
        }
    }
}

impl<'a> RowView<'a> {
    /// Whether a quoted value with a line break is in it: other rows may be swallowed.
    pub(crate) fn spans_lines(&self) -> bool {
        match self.cells {
            Cells::Record(record) => record.as_slice().contains(['\n', '\r']),
            Cells::Sheet(_) => false,
        }
    }

    pub(crate) fn cell(&self, index: usize) -> CellRef<'a> {
        match self.cells {
            Cells::Record(record) => record.get(index).map_or(CellRef::Empty, text_cell),
            Cells::Sheet(cells) => cells.get(index).map_or(CellRef::Empty, Cell::view),
        }
    }

    pub(crate) fn width(&self) -> usize {
        match self.cells {
            Cells::Record(record) => record.len(),
            Cells::Sheet(cells) => cells.len(),
        }
    }

    pub(crate) fn is_blank(&self) -> bool {
        (0..self.width()).all(|index| self.cell(index) == CellRef::Empty)
    }

    /// The first cell that has something in it.
    pub(crate) fn first(&self) -> Option<CellRef<'a>> {
        let mut cells = (0..self.width()).map(|index| self.cell(index));
        cells.find(|cell| *cell != CellRef::Empty)
    }
}

impl Cell {
    fn view(&self) -> CellRef<'_> {
        match self {
            Self::Empty => CellRef::Empty,
            Self::Text(text) => text_cell(text),
            Self::Number(digits) => CellRef::Number(digits),
            Self::Boolean(value) => CellRef::Boolean(*value),
            Self::Moment(moment) => CellRef::Moment(*moment),
            Self::Error(text) => CellRef::Error(text),
        }
    }
}

fn text_cell(text: &str) -> CellRef<'_> {
    let text = trimmed(text);
    if text.is_empty() {
        CellRef::Empty
    } else if text.starts_with('#') && ERROR_TEXTS.contains(&text) {
        CellRef::Error(text)
    } else {
        CellRef::Text(text)
    }
}

/// Without the blanks around it.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

impl<'a> CellRef<'a> {
    /// What a person reads in the cell; None where it is empty or an error.
    pub(crate) fn shown(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Empty | Self::Error(_) => None,
            Self::Text(text) | Self::Number(text) => Some(Cow::Borrowed(text)),
            Self::Boolean(value) => Some(Cow::Owned(value.to_string())),
            Self::Moment(moment) => Some(Cow::Owned(shown_moment(*moment))),
        }
    }
}

/// A date alone where the time of day is midnight, which is how spreadsheets keep dates.
fn shown_moment(moment: DateTime) -> String {
    if moment.time() == Time::midnight() {
        moment.date().to_string()
    } else {
        moment.to_string()
    }
}
