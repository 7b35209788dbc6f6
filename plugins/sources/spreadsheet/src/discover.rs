//! Lists one file: judges its rows in their order, hands them to the listing, and says what the listing covers.
//! Does no input or output of its own.

use std::collections::HashMap;

use counterfoil_sdk::source::{BrokenRow, Completeness, Coverage};
use counterfoil_sdk::{Listing, ListingHost};
use jiff::tz::TimeZone;

use crate::grid::{CellRef, Grid, RowView, Visit};
use crate::header::Header;
use crate::mapping::Mapping;
use crate::number::{DecimalMark, NumberStyle};
use crate::observe::{self, Lens};
use crate::open::{self, OpenError};
use crate::rows::{self, Role, RowFault};
use crate::survey::{self, Survey};
use crate::value::Notation;

/// Part of every row's hash. Raise it when the same cells come to mean something else, so that rows are read anew.
const READING_VERSION: u8 = 1;

/// Why rows may be missing, counted while the rows are judged.
#[derive(Debug, Default)]
struct Doubts {
    without_id: u32,
    cut_off: Option<String>,
    swallowing: u32,
}

/// Reads a file as one listing. The path is only for people.
pub(crate) fn discover<H: ListingHost>(
    bytes: Vec<u8>,
    path: &str,
    mapping: &Mapping,
    timezone: &TimeZone,
    mut listing: Listing<H>,
) -> Result<Coverage, OpenError> {
    let Some((grid, header)) = open::open(bytes, mapping)? else {
        return Ok(unknown("the file has no rows"));
    };
    let survey = survey::survey(&grid, &header, mapping);
    if survey.data_rows == 0 {
        return Ok(unknown("the file has no rows below its header"));
    }
    let notation = Notation {
        style: survey.style,
        date_order: mapping.date_order,
        timezone: timezone.clone(),
    };
    let lens = Lens {
        header: &header,
        mapping,
        notation: &notation,
    };
    let doubts = judge(&grid, path, lens, &survey, &mut listing);
    let totals = listing.finish();
    let reason = doubts.reason();
    Ok(Coverage {
        completeness: if reason.is_some() {
            Completeness::Partial
        } else {
            Completeness::Complete
        },
        expected: Some(totals.rows()),
        reason,
        extras: vec![
            ("header_row".to_owned(), header.row_number.to_string()),
            ("totals_rows".to_owned(), survey.totals_rows.to_string()),
        ],
    })
}

fn unknown(reason: &str) -> Coverage {
    Coverage {
        completeness: Completeness::Unknown,
        expected: None,
        reason: Some(reason.to_owned()),
        extras: vec![],
    }
}

fn judge<H: ListingHost>(
    grid: &Grid,
    path: &str,
    lens: Lens<'_>,
    survey: &Survey,
    listing: &mut Listing<H>,
) -> Doubts {
    let mut doubts = Doubts::default();
    let mut first_rows: HashMap<String, u32> = HashMap::new();
    let mut raw = Vec::new();
    let head = raw_head(lens.notation);
    grid.visit(|row| {
        if rows::role(&row, lens.header, lens.mapping) != Role::Data {
            return Visit::Continue;
        }
        let place = || format!("{path} row {}", row.number);
        let fault = rows::fault(&row, lens.header, survey.usual_width);
        let id = rows::id(&row, lens.header, lens.mapping, fault);
        doubts.note(&row, fault, id.is_some());
        if let Some(broken) = unreadable(&row, fault, id.as_deref(), place) {
            listing.broken(broken);
            return Visit::Continue;
        }
        let id = id.expect("a row without an id is unreadable");
        if survey.may_repeat(&id) {
            let first = *first_rows.entry(id.to_string()).or_insert(row.number);
            if first != row.number {
                listing.broken(repeated(&id, path, first, place()));
                return Visit::Continue;
            }
        }
        raw.clear();
        raw.extend_from_slice(&head);
        write_cells(&mut raw, &row, lens.header);
        listing.try_row(&raw, || observe::observe(&row, &id, place(), lens));
        Visit::Continue
    });
    doubts
}

/// A row that is broken before any of its values is looked at.
fn unreadable(
    row: &RowView<'_>,
    fault: Option<RowFault>,
    id: Option<&str>,
    place: impl Fn() -> String,
) -> Option<BrokenRow> {
    let (message, hint) = match (fault, id) {
        (Some(fault), _) => {
            let swallowed = if row.spans_lines && fault != RowFault::OpenQuote {
                ", and a line break inside a quote"
            } else {
                ""
            };
            (format!("the row {fault}{swallowed}"), fault.hint())
        }
        (None, None) => (
            "the row has no id that can be read".to_owned(),
            "if it is no resource, add its first text to `totals`",
        ),
        (None, Some(_)) => return None,
    };
    Some(BrokenRow {
        place: place(),
        id: id.map(str::to_owned),
        message,
        hint: Some(hint.to_owned()),
    })
}

fn repeated(id: &str, path: &str, first_row: u32, place: String) -> BrokenRow {
    BrokenRow {
        message: format!("the id {id:?} is also that of {path} row {first_row}, which is kept"),
        place,
        id: Some(id.to_owned()),
        hint: Some(
            "leave one of the rows out, or map `id` to a column that tells them apart".to_owned(),
        ),
    }
}

impl Doubts {
    fn note(&mut self, row: &RowView<'_>, fault: Option<RowFault>, has_id: bool) {
        if !has_id {
            self.without_id += 1;
        }
        match fault {
            Some(fault @ (RowFault::OpenQuote | RowFault::NoLineEnd)) => {
                self.cut_off = Some(format!("row {} {fault}", row.number));
            }
            Some(RowFault::Width { .. }) if row.spans_lines => {
                self.swallowing += 1;
            }
            Some(RowFault::Width { .. }) | None => {}
        }
    }

    fn reason(&self) -> Option<String> {
        let mut reasons: Vec<String> = self.cut_off.clone().into_iter().collect();
        if self.without_id > 0 {
            reasons.push(format!("rows whose id cannot be read: {}", self.without_id));
        }
        if self.swallowing > 0 {
            reasons.push(format!(
                "broken rows that may hold others: {}",
                self.swallowing
            ));
        }
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

/// What decides the meaning of a row beside its cells and the settings.
fn raw_head(notation: &Notation) -> Vec<u8> {
    let style = match notation.style {
        NumberStyle::Marked(DecimalMark::Point) => b'.',
        NumberStyle::Marked(DecimalMark::Comma) => b',',
        NumberStyle::Undecided => b'?',
        NumberStyle::Conflicting => b'!',
    };
    let mut head = vec![READING_VERSION, style];
    let zone = notation.timezone.iana_name().unwrap_or_default();
    head.extend_from_slice(zone.as_bytes());
    head
}

/// The mapped cells with their type and length, so that no two rows look the same that are not.
fn write_cells(raw: &mut Vec<u8>, row: &RowView<'_>, header: &Header) {
    for place in &header.places {
        let cell = place.map_or(CellRef::Empty, |place| row.cell(place));
        let tag = match cell {
            CellRef::Empty => b'e',
            CellRef::Text(_) => b't',
            CellRef::Number(_) => b'n',
            CellRef::Boolean(_) => b'b',
            CellRef::Moment(_) => b'm',
            CellRef::Error(_) => b'x',
        };
        let shown = cell.shown().unwrap_or_default();
        raw.push(tag);
        raw.extend_from_slice(&(shown.len() as u64).to_le_bytes());
        raw.extend_from_slice(shown.as_bytes());
    }
}

#[cfg(test)]
#[path = "discover_tests/mod.rs"]
mod tests;
