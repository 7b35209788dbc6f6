//! Tells by the beginning of a file whether it can be gone through piece by piece, and how: text in UTF-8 whose header and
//! separator are certain. Does no input of its own.

use crate::decoding;
use crate::grid::{Grid, Visit};
use crate::header::{self, Header};
use crate::mapping::Mapping;
use crate::number::NumberStyle;
use crate::open::{self, OLD_MAGIC, ZIP_MAGIC};
use crate::rows::Role;
use crate::survey::Tally;

/// How much of the beginning is looked at.
const LOOKED_AT_BYTES: usize = 1 << 18;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How to go through a file.
#[derive(Debug)]
pub(crate) struct Clean {
    /// Behind the mark of the encoding.
    pub(crate) text_start: usize,
    pub(crate) separator: u8,
    pub(crate) header: Header,
    /// What the first numbers tell; the whole file may tell more.
    pub(crate) style: NumberStyle,
}

/// None where the file has to be looked at as a whole; only then is it known what is wrong with it, if anything is.
pub(crate) fn clean(first: &[u8], is_last: bool, mapping: &Mapping) -> Option<Clean> {
    if first.starts_with(&OLD_MAGIC) || first.starts_with(&ZIP_MAGIC) {
        return None;
    }
    let text_start = decoding::utf8_start(first, mapping.encoding)?;
    let text = &first[text_start..];
    if text.starts_with(BYTE_ORDER_MARK) {
        return None;
    }
    let is_whole = is_last && text.len() <= LOOKED_AT_BYTES;
    let beginning = if is_whole {
        text
    } else {
        let looked_at = &text[..text.len().min(LOOKED_AT_BYTES)];
        let last_line_end = looked_at.iter().rposition(|byte| *byte == b'\n')?;
        &looked_at[..=last_line_end]
    };
    let beginning = std::str::from_utf8(beginning).ok()?.to_owned();
    let (table, separator_is_certain) = open::separated(beginning, mapping);
    let separator = table.separator();
    if matches!(separator, b'"' | b'\n' | b'\r') {
        return None;
    }
    let grid = Grid::Delimited(table);
    let search = header::search(&grid, mapping.header, &mapping.columns);
    let is_certain = separator_is_certain && search.is_certain;
    if !is_whole && !is_certain {
        return None;
    }
    let header = search.found.ok()?;
    Some(Clean {
        text_start,
        separator,
        style: first_style(&grid, &header, mapping),
        header,
    })
}

/// Of the first row that tells. A row that is not whole tells nothing.
fn first_style(grid: &Grid, header: &Header, mapping: &Mapping) -> NumberStyle {
    let mut tally = Tally::new(header, mapping);
    let mut style = tally.style;
    grid.visit(|row| {
        if style != NumberStyle::Undecided || row.damage.is_some() {
            return Visit::Stop;
        }
        if tally.row(&row) != Role::Heading {
            style = tally.style;
        }
        Visit::Continue
    });
    style
}
