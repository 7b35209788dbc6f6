//! Reports a file as it streams by a second time, where more of it changed than is held: the first look has told what can be
//! told only of all rows.

use counterfoil_sdk::{Listing, ListingHost};
use csv::StringRecord;

use crate::judge::{Judge, Verdict};
use crate::recall::{Frame, Looker, view};
use crate::scan::{self, Row};
use crate::stream::Halt;

/// A second look under way.
#[derive(Debug)]
pub(crate) struct Reporter<'a, H: ListingHost> {
    looker: Looker<'a, H>,
    judge: Judge<'a>,
    record: StringRecord,
    scratch: Vec<u8>,
}

impl<'a, H: ListingHost> Reporter<'a, H> {
    /// The listing has begun anew.
    pub(crate) fn new(frame: Frame<'a>, listing: &'a mut Listing<H>, judge: Judge<'a>) -> Self {
        Self {
            looker: Looker::new(frame, listing, 0),
            judge,
            record: StringRecord::new(),
            scratch: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, row: &Row<'_>) -> Result<(), Halt> {
        let frame = self.looker.frame;
        if row.number <= frame.header.row_number {
            return Ok(());
        }
        if let Some(position) = self.looker.recalled(row) {
            self.looker.listing.keep(position, 1);
            return Ok(());
        }
        let raw = std::str::from_utf8(row.raw).map_err(|_| Halt::Unclean)?;
        scan::split(raw, frame.separator, &mut self.record);
        let view = view(
            raw,
            &self.record,
            row.number,
            row.has_line_end,
            frame.mapping,
        );
        if view.is_blank() {
            return Ok(());
        }
        let listing = &mut *self.looker.listing;
        match self.judge.judge(&view) {
            Verdict::NoData => {}
            Verdict::Broken(broken) => listing.broken(broken),
            Verdict::Resource(id) => {
                let fits = frame.shape.fits(view.width());
                let bytes = frame.shape.bytes(row, &mut self.scratch);
                let observe = || self.judge.observe(&view, &id);
                match bytes.filter(|_| fits) {
                    Some(bytes) => listing.try_row(bytes, observe),
                    None => listing.try_row(&frame.shape.of_view(&view, frame.header), observe),
                }
            }
        }
        Ok(())
    }

    pub(crate) fn into_reason(self) -> Option<String> {
        self.judge.into_reason()
    }
}
