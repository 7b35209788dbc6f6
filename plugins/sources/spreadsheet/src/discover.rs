//! Lists one file: as it streams by where its text allows that, else as a whole; and says what the listing covers. Both
//! ways give the same. Does no input or output of its own.

use counterfoil_sdk::source::{Completeness, Coverage};
use counterfoil_sdk::{Error, Listing, ListingHost, Totals};
use csv::StringRecord;
use jiff::tz::TimeZone;

use crate::again::Reporter;
use crate::clean::{self, Clean};
use crate::grid::{Grid, Visit};
use crate::header::Header;
use crate::judge::{Judge, Verdict};
use crate::mapping::Mapping;
use crate::number::NumberStyle;
use crate::observe::Lens;
use crate::open::{self, OpenError};
use crate::recall::{Frame, Look, Looker, Part};
use crate::shape::Shape;
use crate::stream::{Halt, Pieces, Stream};
use crate::survey::{self, Survey};
use crate::value::Notation;

/// A file of more pieces is measured before it is held, so that it is held once and not while it grows.
const PIECES_GROWN_MAX: u32 = 32;
/// How much of a file tells whether its values are in quotes.
const SAMPLED_BYTES: usize = 1 << 14;
/// How often a file is looked over: once, and once more for its numbers.
const LOOKS_MAX: usize = 2;

#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoverError {
    #[error(transparent)]
    Open(OpenError),
    #[error("read it")]
    Read(Error),
}

/// What a reading is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'a> {
    /// Of the file, for people.
    pub(crate) path: &'a str,
    pub(crate) mapping: &'a Mapping,
    pub(crate) timezone: &'a TimeZone,
    /// More changed text than this is not held: the file is then gone through twice.
    pub(crate) held_bytes_max: usize,
}

/// Reads a file as one listing.
pub(crate) fn discover<H: ListingHost>(
    pieces: &mut impl Pieces,
    order: Order<'_>,
    mut listing: Listing<H>,
) -> Result<Coverage, DiscoverError> {
    let (first, is_last) = pieces.piece(0).map_err(DiscoverError::Read)?;
    if let Some(clean) = clean::clean(&first, is_last, order.mapping) {
        let streamed = streamed(pieces, &first, is_last, clean, order, &mut listing);
        if let Some(read) = streamed.map_err(DiscoverError::Read)? {
            return Ok(read.coverage(listing));
        }
    }
    let bytes = whole(pieces, first, is_last).map_err(DiscoverError::Read)?;
    at_once(bytes, order, listing).map_err(DiscoverError::Open)
}

/// Reads a file that is held in memory as one listing.
pub(crate) fn at_once<H: ListingHost>(
    bytes: Vec<u8>,
    order: Order<'_>,
    mut listing: Listing<H>,
) -> Result<Coverage, OpenError> {
    let mapping = order.mapping;
    let Some((grid, header)) = open::open(bytes, mapping)? else {
        return Ok(unknown("the file has no rows"));
    };
    let survey = survey::survey(&grid, &header, mapping);
    let notation = notation(survey.style, order);
    let separator = match &grid {
        Grid::Delimited(table) => table.separator(),
        Grid::Sheet(_) => 0,
    };
    let shape = Shape::new(separator, &header, mapping.id);
    listing.begin(&shape.terms(&header, &notation));
    let lens = Lens {
        header: &header,
        mapping,
        notation: &notation,
    };
    let mut judge = Judge::new(order.path, lens, &survey);
    grid.visit(|row| {
        match judge.judge(&row) {
            Verdict::NoData => {}
            Verdict::Broken(broken) => listing.broken(broken),
            Verdict::Resource(id) => {
                listing.try_row(&shape.of_view(&row, &header), || judge.observe(&row, &id));
            }
        }
        Visit::Continue
    });
    let reason = judge.into_reason();
    Ok(Read::new(&header, &survey, reason).coverage(listing))
}

/// None where the file has to be read as a whole. Until then nothing is reported.
fn streamed<H: ListingHost>(
    pieces: &mut impl Pieces,
    first: &[u8],
    is_last: bool,
    clean: Clean,
    order: Order<'_>,
    listing: &mut Listing<H>,
) -> Result<Option<Read>, Error> {
    let Clean {
        text_start,
        separator,
        header,
        mut style,
    } = clean;
    let shape = Shape::new(separator, &header, order.mapping.id);
    let frame = Frame {
        header: &header,
        mapping: order.mapping,
        shape: &shape,
        separator,
    };
    let stream = Stream {
        first,
        text_start,
        is_last,
        separator,
        wanted: shape.wanted(&first[..first.len().min(SAMPLED_BYTES)]),
    };
    let mut style_is_known = false;
    for _ in 0..LOOKS_MAX {
        let notation = notation(style, order);
        listing.begin(&shape.terms(&header, &notation));
        let mut looker = Looker::new(frame, listing, order.held_bytes_max);
        if !gone_through(stream.rows(pieces, |row| looker.row(row)))? {
            return Ok(None);
        }
        let look = looker.end();
        if !style_is_known && !agrees(style, &look) {
            if look.recalled {
                return Ok(None);
            }
            // Every row was looked at, so this is what the whole file tells.
            (style, style_is_known) = (look.survey.style, true);
            continue;
        }
        if !look.is_too_much {
            return Ok(Some(report(&look, frame, &notation, order.path, listing)));
        }
        let again = report_again(
            pieces,
            stream,
            frame,
            &notation,
            &look.survey,
            order.path,
            listing,
        );
        return again.map(Some);
    }
    Ok(None)
}

/// False where the text turned out to be unclean.
fn gone_through(rows: Result<(), Halt>) -> Result<bool, Error> {
    match rows {
        Ok(()) => Ok(true),
        Err(Halt::Unclean) => Ok(false),
        Err(Halt::Read(error)) => Err(error),
    }
}

/// As [`report`], where too much changed to be held.
fn report_again<H: ListingHost>(
    pieces: &mut impl Pieces,
    stream: Stream<'_>,
    frame: Frame<'_>,
    notation: &Notation,
    survey: &Survey,
    path: &str,
    listing: &mut Listing<H>,
) -> Result<Read, Error> {
    let lens = Lens {
        header: frame.header,
        mapping: frame.mapping,
        notation,
    };
    listing.begin(&frame.shape.terms(frame.header, notation));
    let judge = Judge::new(path, lens, survey);
    let mut reporter = Reporter::new(frame, listing, judge);
    if !gone_through(stream.rows(pieces, |row| reporter.row(row)))? {
        let message = format!("{path} changed while it was read");
        return Err(Error::unavailable(message));
    }
    Ok(Read::new(frame.header, survey, reporter.into_reason()))
}

/// Whether the whole file tells the style by which its rows were hashed. A row that is as it was tells nothing else, for
/// its hash says that a whole file with it in was of that style; and where there is a mark, a row was seen that tells it.
fn agrees(style: NumberStyle, look: &Look) -> bool {
    match (style, look.survey.style) {
        (NumberStyle::Marked(mark), NumberStyle::Marked(told)) => mark == told,
        (NumberStyle::Marked(_) | NumberStyle::Undecided, NumberStyle::Undecided) => true,
        (NumberStyle::Undecided, NumberStyle::Marked(_) | NumberStyle::Conflicting)
        | (NumberStyle::Marked(_), NumberStyle::Conflicting)
        | (NumberStyle::Conflicting, _) => false,
    }
}

fn report<H: ListingHost>(
    look: &Look,
    frame: Frame<'_>,
    notation: &Notation,
    path: &str,
    listing: &mut Listing<H>,
) -> Read {
    let lens = Lens {
        header: frame.header,
        mapping: frame.mapping,
        notation,
    };
    let mut judge = Judge::new(path, lens, &look.survey);
    let mut record = StringRecord::new();
    let mut verdicts = Vec::new();
    let mut hashes = Vec::new();
    for held in look.held() {
        let verdict = judge.judge(&look.view(held, frame, &mut record));
        // A broken row may look like one that stayed, and must not take its place.
        if matches!(verdict, Verdict::Resource(_)) {
            hashes.push(held.hash);
        }
        verdicts.push(verdict);
    }
    let mut moved = listing.recall_moved(&hashes).into_iter();
    let mut verdicts = verdicts.into_iter();
    for part in &look.parts {
        let held = match part {
            Part::Same { position, count } => {
                listing.keep(*position, *count);
                continue;
            }
            Part::Held(held) => held,
        };
        match verdicts.next() {
            None | Some(Verdict::NoData) => {}
            Some(Verdict::Broken(broken)) => listing.broken(broken),
            Some(Verdict::Resource(id)) => {
                if let Some(position) = moved.next().flatten() {
                    listing.keep(position, 1);
                } else {
                    let row = look.view(held, frame, &mut record);
                    listing.read(held.hash, judge.observe(&row, &id));
                }
            }
        }
    }
    Read::new(frame.header, &look.survey, judge.into_reason())
}

fn notation(style: NumberStyle, order: Order<'_>) -> Notation {
    Notation {
        style,
        date_order: order.mapping.date_order,
        timezone: order.timezone.clone(),
    }
}

/// What there is to say of a file that was read.
struct Read {
    header_row: u32,
    totals_rows: u32,
    data_rows: u32,
    /// Why rows may be missing.
    reason: Option<String>,
}

impl Read {
    fn new(header: &Header, survey: &Survey, reason: Option<String>) -> Self {
        Self {
            header_row: header.row_number,
            totals_rows: survey.totals_rows,
            data_rows: survey.data_rows,
            reason,
        }
    }

    fn coverage<H: ListingHost>(self, listing: Listing<H>) -> Coverage {
        if self.data_rows == 0 {
            return unknown("the file has no rows below its header");
        }
        let totals: Totals = listing.finish();
        Coverage {
            completeness: if self.reason.is_some() {
                Completeness::Partial
            } else {
                Completeness::Complete
            },
            expected: Some(totals.rows()),
            reason: self.reason,
            extras: vec![
                ("header_row".to_owned(), self.header_row.to_string()),
                ("totals_rows".to_owned(), self.totals_rows.to_string()),
            ],
        }
    }
}

fn unknown(reason: &str) -> Coverage {
    Coverage {
        completeness: Completeness::Unknown,
        expected: None,
        reason: Some(reason.to_owned()),
        extras: vec![],
    }
}

fn whole(pieces: &mut impl Pieces, first: Vec<u8>, is_last: bool) -> Result<Vec<u8>, Error> {
    let mut bytes = first;
    let (mut index, mut last) = (0, is_last);
    while !last {
        index += 1;
        if index == PIECES_GROWN_MAX {
            bytes.reserve_exact(length_from(pieces, index)?);
        }
        let (piece, is_last) = pieces.piece(index)?;
        bytes.extend_from_slice(&piece);
        last = is_last;
    }
    Ok(bytes)
}

fn length_from(pieces: &mut impl Pieces, first: u32) -> Result<usize, Error> {
    let mut length = 0;
    for index in first.. {
        let (piece, is_last) = pieces.piece(index)?;
        length += piece.len();
        if is_last {
            break;
        }
    }
    Ok(length)
}

#[cfg(test)]
#[path = "discover_tests/mod.rs"]
mod tests;
