//! Tells what a row below the header is: a resource, a line of totals, the header again; and whether its id can be trusted.
//! Knows nothing of the values of its attributes.

use std::borrow::Cow;

use crate::glob::Glob;
use crate::grid::{CellRef, Cells, Damage, RowView};
use crate::header::{Header, comparable};
use crate::mapping::Mapping;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The header, or a title above it, or the header again between two pages.
    Heading,
    Totals,
    Data,
}

/// What makes a row unreadable as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RowFault {
    #[error("opens a quote that is never closed, so that nothing after it could be read")]
    OpenQuote,
    #[error("has no line end: the file may be half-written")]
    NoLineEnd,
    #[error("has {found} values where the header has {expected}")]
    Width { found: usize, expected: usize },
}

impl RowFault {
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::OpenQuote => "close the quote, or export the file again",
            Self::NoLineEnd => {
                "export the file again, or set `final_newline = false` if it is always written so"
            }
            Self::Width { .. } => "put values that hold the separator or a line break into quotes",
        }
    }
}

pub(crate) fn role(row: &RowView<'_>, header: &Header, mapping: &Mapping) -> Role {
    if row.number <= header.row_number || is_header_again(row, header, mapping) {
        Role::Heading
    } else if is_totals(row, header, mapping) {
        Role::Totals
    } else {
        Role::Data
    }
}

/// The cell of a mapped column.
pub(crate) fn mapped<'a>(row: &RowView<'a>, header: &Header, column: usize) -> CellRef<'a> {
    header.places[column].map_or(CellRef::Empty, |place| row.cell(place))
}

/// Rows of most exports are as wide as the header; some have more separators, with nothing between them, in nearly every
/// row. A row that is wider than either has shifted values.
pub(crate) fn fault(row: &RowView<'_>, header: &Header, usual_width: usize) -> Option<RowFault> {
    match row.damage {
        Some(Damage::OpenQuote) => return Some(RowFault::OpenQuote),
        Some(Damage::NoLineEnd) => return Some(RowFault::NoLineEnd),
        None => {}
    }
    let Cells::Record(record) = row.cells else {
        return None;
    };
    let mut behind = (header.names.len()..record.len()).map(|index| row.cell(index));
    let too_many = record.len() > header.names.len().max(usual_width)
        || behind.any(|cell| cell != CellRef::Empty);
    let fault = RowFault::Width {
        found: record.len(),
        expected: header.width,
    };
    (too_many || record.len() < header.width).then_some(fault)
}

/// The row's id, unless it has none or it may be another row's: in a row whose values are shifted only the first value
/// is where it belongs, and only a value with another one after it is whole.
pub(crate) fn id<'a>(
    row: &RowView<'a>,
    header: &Header,
    mapping: &Mapping,
    fault: Option<RowFault>,
) -> Option<Cow<'a, str>> {
    let place = header.places[mapping.id]?;
    let trusted = fault.is_none() || (place == 0 && row.width() > 1);
    let text = row.cell(place).shown().filter(|_| trusted)?;
    (!text.contains('\u{fffd}')).then_some(text)
}

fn is_header_again(row: &RowView<'_>, header: &Header, mapping: &Mapping) -> bool {
    let same = |place: usize| {
        let shown = row.cell(place).shown().unwrap_or_default();
        // Most values differ in their first letter already.
        initial(&shown) == initial(&header.names[place])
            && comparable(&shown) == header.names[place]
    };
    // The id's column first: it differs in nearly every row.
    let id_place = header.places[mapping.id].unwrap_or(0);
    same(id_place) && (0..header.width).all(same)
}

/// Its first text says so, and it names no id beside it.
fn is_totals(row: &RowView<'_>, header: &Header, mapping: &Mapping) -> bool {
    let Some(CellRef::Text(first)) = row.first() else {
        return false;
    };
    let may_match = |glob: &&Glob| initial(first).is_some_and(|c| glob.may_begin_with(c));
    let mut globs = mapping.totals.iter().filter(may_match).peekable();
    if globs.peek().is_none() {
        return false;
    }
    let id = mapped(row, header, mapping.id);
    if id != CellRef::Empty && id != CellRef::Text(first) {
        return false;
    }
    let text = comparable(first);
    globs.any(|glob| glob.matches(&text))
}

/// As in the comparable form of the text, where blanks are taken off.
fn initial(text: &str) -> Option<char> {
    text.chars().next().and_then(|c| c.to_lowercase().next())
}
