//! Looks over a file as it streams by and recalls the rows that are as they were: only what changed is held, to be judged when
//! all rows are known. Reports nothing.

use counterfoil_sdk::{Listing, ListingHost};
use csv::StringRecord;

use crate::grid::{Cells, Damage, RowView};
use crate::header::{Header, comparable};
use crate::mapping::Mapping;
use crate::rows::Role;
use crate::scan::{self, Row};
use crate::shape::Shape;
use crate::stream::Halt;
use crate::survey::{Survey, Tally};

/// What rows are read by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) header: &'a Header,
    pub(crate) mapping: &'a Mapping,
    pub(crate) shape: &'a Shape,
    pub(crate) separator: u8,
}

/// A part of the file, in the order of its rows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    /// Rows as they were, from this position of the last listing on.
    Same {
        position: u32,
        count: u32,
    },
    Held(Held),
}

/// A row that has to be judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    start: usize,
    end: usize,
    number: u32,
    has_line_end: bool,
    pub(crate) hash: u64,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) parts: Vec<Part>,
    pub(crate) survey: Survey,
    /// Some rows are as they were.
    pub(crate) recalled: bool,
    /// More changed than is held: there are no parts.
    pub(crate) is_too_much: bool,
    text: String,
}

/// A look under way. A row that is as it was needs no second judgement: it was data then, with an id and a fitting
/// number of values, or it would not have been listed; and the hash covers all that made it so.
#[derive(Debug)]
pub(crate) struct Looker<'a, H: ListingHost> {
    pub(crate) frame: Frame<'a>,
    pub(crate) listing: &'a mut Listing<H>,
    tally: Tally<'a>,
    parts: Vec<Part>,
    any_recalled: bool,
    text: String,
    held_bytes_max: usize,
    is_too_much: bool,
    record: StringRecord,
    scratch: Vec<u8>,
}

impl<'a, H: ListingHost> Looker<'a, H> {
    pub(crate) fn new(
        frame: Frame<'a>,
        listing: &'a mut Listing<H>,
        held_bytes_max: usize,
    ) -> Self {
        Self {
            tally: Tally::new(frame.header, frame.mapping),
            frame,
            listing,
            parts: Vec::new(),
            any_recalled: false,
            text: String::new(),
            held_bytes_max,
            is_too_much: false,
            record: StringRecord::new(),
            scratch: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn row(&mut self, row: &Row<'_>) -> Result<(), Halt> {
        if row.number <= self.frame.header.row_number {
            return Ok(());
        }
        match self.recalled(row) {
            Some(position) => {
                if !self.is_too_much {
                    self.keep(position);
                }
                Ok(())
            }
            None => self.hold(row),
        }
    }

    /// Where the row stood, if it is as it was. None may also mean that it has to be looked at more closely.
    #[inline]
    pub(crate) fn recalled(&mut self, row: &Row<'_>) -> Option<u32> {
        let Frame {
            shape, separator, ..
        } = self.frame;
        // Where values were not looked for, only a row that is as wide as the header can be recalled.
        let width = match row.ends.len() {
            0 => self.frame.header.width,
            width => width,
        };
        if !row.has_line_end || !shape.fits(width) {
            return None;
        }
        let id = shape.plain_id(row)?;
        if is_title(id, &self.frame.header.names[shape.id_place()])
            || (shape.hides_the_beginning() && self.may_be_totals(row.raw, separator))
        {
            return None;
        }
        let bytes = shape.bytes(row, &mut self.scratch)?;
        let position = self.listing.recall(self.listing.hash(bytes))?;
        self.any_recalled = true;
        self.tally.known_row(width);
        Some(position)
    }

    /// False only if the row's first value tells that it is not. The first value need not be part of the hash.
    fn may_be_totals(&self, raw: &[u8], separator: u8) -> bool {
        let is_blank = |byte: &u8| *byte == separator || matches!(byte, b' ' | b'\t'..=b'\r');
        let mut bytes = raw.iter().copied().skip_while(|byte| is_blank(byte));
        bytes.next().is_none_or(|byte| {
            let initial = char::from(byte.to_ascii_lowercase());
            let mut globs = self.frame.mapping.totals.iter();
            byte == b'"' || !byte.is_ascii() || globs.any(|glob| glob.may_begin_with(initial))
        })
    }

    #[inline]
    fn keep(&mut self, position: u32) {
        if let Some(Part::Same {
            position: first,
            count,
        }) = self.parts.last_mut()
            && *first + *count == position
        {
            *count += 1;
            return;
        }
        self.parts.push(Part::Same { position, count: 1 });
    }

    fn hold(&mut self, row: &Row<'_>) -> Result<(), Halt> {
        let raw = std::str::from_utf8(row.raw).map_err(|_| Halt::Unclean)?;
        scan::split(raw, self.frame.separator, &mut self.record);
        let view = view(
            raw,
            &self.record,
            row.number,
            row.has_line_end,
            self.frame.mapping,
        );
        if view.is_blank() || self.tally.row(&view) != Role::Data || self.is_too_much {
            return Ok(());
        }
        if self.text.len() + raw.len() > self.held_bytes_max {
            self.is_too_much = true;
            (self.text, self.parts) = (String::new(), Vec::new());
            return Ok(());
        }
        let shape = self.frame.shape;
        let fits = shape.fits(view.width());
        let bytes = shape.bytes(row, &mut self.scratch).filter(|_| fits);
        let hash = match bytes {
            Some(bytes) => self.listing.hash(bytes),
            None => self.listing.hash(&shape.of_view(&view, self.frame.header)),
        };
        let start = self.text.len();
        self.text.push_str(raw);
        self.parts.push(Part::Held(Held {
            start,
            end: self.text.len(),
            number: row.number,
            has_line_end: row.has_line_end,
            hash,
        }));
        Ok(())
    }

    /// The style is the one that the held rows tell by themselves.
    pub(crate) fn end(self) -> Look {
        Look {
            parts: self.parts,
            survey: self.tally.survey(),
            recalled: self.any_recalled,
            is_too_much: self.is_too_much,
            text: self.text,
        }
    }
}

impl Look {
    /// The held rows in their order.
    pub(crate) fn held(&self) -> impl Iterator<Item = &Held> {
        self.parts.iter().filter_map(|part| match part {
            Part::Held(held) => Some(held),
            Part::Same { .. } => None,
        })
    }

    /// A held row, taken apart into the record.
    pub(crate) fn view<'r>(
        &'r self,
        held: &Held,
        frame: Frame<'_>,
        record: &'r mut StringRecord,
    ) -> RowView<'r> {
        let raw = &self.text[held.start..held.end];
        scan::split(raw, frame.separator, record);
        view(raw, record, held.number, held.has_line_end, frame.mapping)
    }
}

/// As the names of the header are compared.
#[inline]
fn is_title(id: &[u8], name: &str) -> bool {
    let initial = |text: &[u8]| text.first().map(u8::to_ascii_lowercase);
    let last = |text: &[u8]| text.last().map(u8::to_ascii_lowercase);
    let (other_initial, other_last) = (
        initial(id) != initial(name.as_bytes()),
        last(id) != last(name.as_bytes()),
    );
    // Letters beyond ASCII may have lower-case forms of other bytes, and of other lengths.
    if id.is_ascii() && (other_initial || other_last || !name.is_ascii()) {
        return false;
    }
    std::str::from_utf8(id).is_ok_and(|id| comparable(id) == name)
}

pub(crate) fn view<'r>(
    raw: &'r str,
    record: &'r StringRecord,
    number: u32,
    has_line_end: bool,
    mapping: &Mapping,
) -> RowView<'r> {
    RowView {
        number,
        cells: Cells::Record(record),
        raw,
        damage: (!has_line_end && mapping.final_newline).then_some(Damage::NoLineEnd),
    }
}
