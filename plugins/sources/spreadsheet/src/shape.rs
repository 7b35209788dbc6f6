//! Which bytes of a row decide what it means: what is hashed to tell whether it changed. A row that looks the same to this
//! module reads the same under the same settings, header and notation.

use crate::grid::{CellRef, Cells, RowView, trimmed};
use crate::header::Header;
use crate::number::{DecimalMark, NumberStyle};
use crate::scan::{Row, Scanner, Standing, Wanted};
use crate::value::Notation;

/// Part of every row's hash. Raise it when the same bytes come to mean something else, so that rows are read anew.
const READING_VERSION: u8 = 2;

/// Begins what is hashed of a row by its cells. No text begins with this byte, so it never equals a row's own bytes.
const BY_CELLS: u8 = 0xFF;

/// How the rows of one file are hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    separator: u8,
    width_min: usize,
    width_max: usize,
    /// The mapped columns as ranges of places, ascending.
    ranges: Vec<(usize, usize)>,
    /// How many columns stand behind the hashed ones, where these are the first ones and every row that fits is as wide
    /// as the header. Then where all the values end need not be known.
    behind: Option<usize>,
    hides_the_beginning: bool,
    id_place: usize,
}

impl Shape {
    pub(crate) fn new(separator: u8, header: &Header, id: usize) -> Self {
        let mut places: Vec<usize> = header.places.iter().flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for place in places {
            match ranges.last_mut() {
                Some((_, end)) if *end == place => *end += 1,
                _ => ranges.push((place, place + 1)),
            }
        }
        let (width_min, width_max) = (header.width, header.names.len());
        let id_place = header.places[id].unwrap_or(0);
        let covers = |(start, end): &(usize, usize)| *start == 0 && *end > id_place;
        Self {
            separator,
            width_min,
            width_max,
            behind: match *ranges {
                [(0, end)] if width_min == width_max => width_max.checked_sub(end),
                _ => None,
            },
            hides_the_beginning: !ranges.first().is_some_and(covers),
            ranges,
            id_place,
        }
    }

    /// What has to be looked for in text that begins so. Where quotes hide separators, all of them.
    pub(crate) fn wanted(&self, beginning: &[u8]) -> Wanted {
        match self.behind {
            Some(0) => Wanted::Rows,
            Some(_) if !beginning.contains(&b'"') => Wanted::Rows,
            Some(_) | None => Wanted::Values,
        }
    }

    pub(crate) fn id_place(&self) -> usize {
        self.id_place
    }

    /// Whether values that are not hashed stand before the id: they may make a row one of totals.
    pub(crate) fn hides_the_beginning(&self) -> bool {
        self.hides_the_beginning
    }

    /// Whether a row with so many values is neither cut short nor shifted, whatever the rest of the file looks like.
    pub(crate) fn fits(&self, width: usize) -> bool {
        (self.width_min..=self.width_max).contains(&width)
    }

    /// The bytes of a row of text that fits. None where it cannot be told: the row has to be taken apart.
    ///
    /// Where only the ends of rows were looked for, the row may not fit at all; but then its bytes are not those of one
    /// that did: what is cut off here has as many separators as it has for a row that fits, and so has what is left.
    #[inline]
    pub(crate) fn bytes<'r>(&self, row: &Row<'r>, scratch: &'r mut Vec<u8>) -> Option<&'r [u8]> {
        let Row { raw, ends, .. } = *row;
        if self.behind == Some(0) {
            return Some(raw);
        }
        if ends.is_empty() {
            let mut left = raw;
            for _ in 0..self.behind.filter(|_| !row.has_quotes)? {
                let last = left.iter().rposition(|byte| *byte == self.separator)?;
                left = &left[..last];
            }
            return Some(left);
        }
        let part = |(start, end): (usize, usize)| {
            let to = ends.get(end - 1).copied().unwrap_or(raw.len());
            &raw[begin(ends, start).min(to)..to]
        };
        if let [range] = *self.ranges {
            return Some(part(range));
        }
        scratch.clear();
        for range in &self.ranges {
            scratch.extend_from_slice(part(*range));
            scratch.push(self.separator);
        }
        Some(scratch)
    }

    /// The id as it stands in a row, if nothing has to be taken off but a pair of quotes. None says only that it is not
    /// so simple.
    #[inline]
    pub(crate) fn plain_id<'r>(&self, row: &Row<'r>) -> Option<&'r [u8]> {
        let place = self.id_place;
        let separates = |byte: &u8| *byte == self.separator;
        let mut id = if let Some(end) = row.ends.get(place) {
            &row.raw[begin(row.ends, place)..*end]
        } else if row.has_quotes && (place > 0 || row.raw.first() == Some(&b'"')) {
            return None;
        } else {
            row.raw.split(separates).nth(place)?
        };
        if row.has_quotes && id.contains(&b'"') {
            id = id.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
            if id.contains(&b'"') {
                return None;
            }
        }
        let (first, last) = (*id.first()?, *id.last()?);
        if first.is_ascii_graphic() && last.is_ascii_graphic() {
            return Some(id);
        }
        let text = std::str::from_utf8(id).ok()?;
        (trimmed(text).len() == text.len()).then_some(id)
    }

    /// What is hashed of a row that has been taken apart: the same as [`Self::bytes`] where the row fits.
    pub(crate) fn of_view(&self, row: &RowView<'_>, header: &Header) -> Vec<u8> {
        let fits = matches!(row.cells, Cells::Record(record) if self.fits(record.len()));
        if !fits {
            return by_cells(row, header);
        }
        // With its end the scanner finds the row; what follows an open quote is never hashed.
        let text = format!("{}\n", row.raw);
        let standing = Standing::default();
        let mut scanner = Scanner::new(text.as_bytes(), self.separator, Wanted::Values, standing);
        let (found, mut scratch) = (scanner.row(), Vec::new());
        match found.and_then(|found| self.bytes(&found, &mut scratch)) {
            Some(bytes) => bytes.to_vec(),
            None => by_cells(row, header),
        }
    }

    /// Whatever else than its bytes decides what a row means, the connector's settings aside.
    pub(crate) fn terms(&self, header: &Header, notation: &Notation) -> Vec<u8> {
        let style = match notation.style {
            NumberStyle::Marked(DecimalMark::Point) => b'.',
            NumberStyle::Marked(DecimalMark::Comma) => b',',
            NumberStyle::Undecided => b'?',
            NumberStyle::Conflicting => b'!',
        };
        let mut terms = vec![READING_VERSION, style, self.separator];
        let places = header
            .places
            .iter()
            .map(|place| place.map_or(0, |place| place + 1));
        for number in [self.width_min, self.width_max].into_iter().chain(places) {
            terms.extend_from_slice(&(number as u64).to_le_bytes());
        }
        let zone = notation.timezone.iana_name().unwrap_or_default();
        terms.extend_from_slice(zone.as_bytes());
        terms
    }
}

/// Where the value at a place begins.
#[inline]
fn begin(ends: &[usize], place: usize) -> usize {
    match place.checked_sub(1) {
        None => 0,
        Some(before) => ends.get(before).map_or(usize::MAX, |end| end + 1),
    }
}

/// The mapped cells with their type and length, so that no two rows look the same that are not.
fn by_cells(row: &RowView<'_>, header: &Header) -> Vec<u8> {
    let mut bytes = vec![BY_CELLS];
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
        bytes.push(tag);
        bytes.extend_from_slice(&(shown.len() as u64).to_le_bytes());
        bytes.extend_from_slice(shown.as_bytes());
    }
    bytes
}
