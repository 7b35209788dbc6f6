//! Finds the row of column names and where each mapped column stands.
//! Knows nothing of the rows below it.

use crate::grid::{CellRef, Grid, RowView, Visit};
use crate::mapping::Column;
use crate::settings::HeaderChoice;

/// How many rows may stand above the header.
const SEARCHED_ROWS_MAX: usize = 100;

/// Names farther away than this share of their length are no misspellings.
const NEAREST_SIMILARITY_MIN: u8 = 50;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) row_number: u32,
    /// For each mapped column its place in the file; None for an optional one that the file has not.
    pub(crate) places: Vec<Option<usize>>,
    /// The names as compared, of the whole row.
    pub(crate) names: Vec<String>,
    /// How many values a row has at least: up to the last column with a name.
    pub(crate) width: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error("find a header: the file has no rows")]
    NoRows,
    #[error("find the header: there is no row {0}")]
    NoSuchRow(u32),
    #[error(
        "find {}: row {row_number} has the columns {}{}",
        quoted(missing),
        quoted(found),
        nearest(missing, found)
    )]
    Missing {
        row_number: u32,
        missing: Vec<String>,
        found: Vec<String>,
    },
    #[error("tell which column {name:?} is: row {row_number} has it twice")]
    Twice { row_number: u32, name: String },
}

/// A row that could be the header, and how many of the mapped columns it has.
struct Candidate {
    row_number: u32,
    names: Vec<String>,
    shown: Vec<String>,
    matched: usize,
}

/// The header, as far as the grid tells.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) found: Result<Header, HeaderError>,
    /// Rows behind those of the grid would change nothing.
    pub(crate) is_certain: bool,
}

pub(crate) fn search(grid: &Grid, choice: HeaderChoice, columns: &[Column]) -> Search {
    let mut is_certain = false;
    let mut best: Option<Candidate> = None;
    let mut rows = 0_usize;
    grid.visit(|row| {
        rows += 1;
        let wanted = match choice {
            HeaderChoice::Auto => true,
            HeaderChoice::Row(number) => number == row.number,
        };
        if wanted {
            let candidate = candidate(&row, columns);
            if best
                .as_ref()
                .is_none_or(|best| candidate.matched > best.matched)
            {
                best = Some(candidate);
            }
        }
        let complete = best.as_ref().is_some_and(|best| is_complete(best, columns));
        let given = matches!(choice, HeaderChoice::Row(number) if row.number >= number);
        if complete || given || (choice == HeaderChoice::Auto && rows >= SEARCHED_ROWS_MAX) {
            is_certain = row.damage.is_none();
            Visit::Stop
        } else {
            Visit::Continue
        }
    });
    let found = match (best, choice) {
        (Some(candidate), _) => places(candidate, columns),
        (None, HeaderChoice::Row(number)) if rows > 0 => Err(HeaderError::NoSuchRow(number)),
        (None, _) => Err(HeaderError::NoRows),
    };
    Search { found, is_certain }
}

impl Search {
    /// How many of the mapped columns the best row has, one more where none is missing: tells the right separator.
    pub(crate) fn matched(&self, columns: &[Column]) -> usize {
        match &self.found {
            Ok(_) => columns.len() + 1,
            Err(HeaderError::Missing { missing, .. }) => {
                columns.len().saturating_sub(missing.len())
            }
            Err(HeaderError::Twice { .. }) => columns.len(),
            Err(HeaderError::NoRows | HeaderError::NoSuchRow(_)) => 0,
        }
    }
}

/// The name as it is compared: without the blanks, line breaks and capitals that differ between exports.
pub(crate) fn comparable(name: &str) -> String {
    let words: Vec<&str> = name
        .split(|c: char| c.is_whitespace() || c == '\u{feff}')
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").to_lowercase()
}

fn candidate(row: &RowView<'_>, columns: &[Column]) -> Candidate {
    let cells = (0..row.width()).map(|index| row.cell(index));
    let shown: Vec<String> = cells
        .map(|cell| match cell {
            CellRef::Error(text) => text.to_owned(),
            other => other.shown().unwrap_or_default().into_owned(),
        })
        .collect();
    let names: Vec<String> = shown.iter().map(|name| comparable(name)).collect();
    let has = |column: &&Column| names.contains(&comparable(&column.name));
    let matched = columns.iter().filter(has).count();
    Candidate {
        row_number: row.number,
        names,
        shown,
        matched,
    }
}

fn is_complete(candidate: &Candidate, columns: &[Column]) -> bool {
    columns
        .iter()
        .all(|column| column.optional || candidate.names.contains(&comparable(&column.name)))
}

fn places(candidate: Candidate, columns: &[Column]) -> Result<Header, HeaderError> {
    let Candidate {
        row_number,
        names,
        shown,
        ..
    } = candidate;
    let mut places = Vec::with_capacity(columns.len());
    let mut missing = Vec::new();
    for column in columns {
        let wanted = comparable(&column.name);
        let mut found = (0..names.len()).filter(|place| names[*place] == wanted);
        let first = found.next();
        if first.is_none() && !column.optional {
            missing.push(column.name.clone());
        }
        if found.next().is_some() {
            return Err(HeaderError::Twice {
                row_number,
                name: column.name.clone(),
            });
        }
        places.push(first);
    }
    if missing.is_empty() {
        return Ok(Header {
            row_number,
            places,
            width: names
                .iter()
                .rposition(|name| !name.is_empty())
                .map_or(0, |last| last + 1),
            names,
        });
    }
    let found = shown.into_iter().filter(|name| !name.is_empty()).collect();
    Err(HeaderError::Missing {
        row_number,
        missing,
        found,
    })
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    quoted.join(", ")
}

fn nearest(missing: &[String], found: &[String]) -> String {
    let mut hints = Vec::new();
    for wanted in missing {
        let near = found
            .iter()
            .map(|name| (similarity_percent(wanted, name), name))
            .max_by_key(|(similarity, _)| *similarity)
            .filter(|(similarity, _)| *similarity >= NEAREST_SIMILARITY_MIN);
        if let Some((_, name)) = near {
            hints.push(format!("the nearest to {wanted:?} is {name:?}"));
        }
    }
    if hints.is_empty() {
        String::new()
    } else {
        format!("; {}", hints.join(", "))
    }
}

fn similarity_percent(left: &str, right: &str) -> u8 {
    let (left, right) = (comparable(left), comparable(right));
    let length = left.chars().count().max(right.chars().count()).max(1);
    let kept = length.saturating_sub(strsim::damerau_levenshtein(&left, &right));
    u8::try_from(kept * 100 / length).unwrap_or(100)
}
