//! Opens the bytes of a file as a table: tells workbooks from text, and finds encoding and separator.
//! Knows nothing of single rows.

use crate::decoding;
use crate::delimited::{Delimited, SEPARATORS};
use crate::grid::Grid;
use crate::header::{self, Header, HeaderError};
use crate::mapping::Mapping;
use crate::telling;
use crate::workbook::{self, WorkbookError};

/// What a file begins with tells what it is.
const FIRST_BYTES: usize = 64;
/// How XLSX files begin, as every ZIP archive does.
pub(crate) const ZIP_MAGIC: [u8; 2] = *b"PK";
/// How the workbooks of before 2007 begin, and those with a password.
pub(crate) const OLD_MAGIC: [u8; 4] = [0xD0, 0xCF, 0x11, 0xE0];

#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("read it: {found}; save it as .xlsx or .csv")]
    OtherWorkbook { found: &'static str },
    #[error("read it: it {found}")]
    NoTable { found: String },
    #[error(transparent)]
    Workbook(WorkbookError),
    #[error(transparent)]
    Header(HeaderError),
}

/// A table and its header, or None where the file has no rows at all.
pub(crate) fn open(bytes: Vec<u8>, mapping: &Mapping) -> Result<Option<(Grid, Header)>, OpenError> {
    if bytes.starts_with(&OLD_MAGIC) {
        let found = telling::container(&bytes);
        return Err(OpenError::OtherWorkbook { found });
    }
    let first = bytes[..bytes.len().min(FIRST_BYTES)].to_vec();
    let grid = if bytes.starts_with(&ZIP_MAGIC) {
        if let Some(found) = telling::archive(&bytes) {
            return Err(OpenError::OtherWorkbook { found });
        }
        let rows = workbook::read(bytes, mapping.sheet.as_deref()).map_err(OpenError::Workbook)?;
        Grid::Sheet(rows)
    } else {
        let text = decoding::decode(bytes, mapping.encoding);
        Grid::Delimited(separated(text, mapping).0)
    };
    match header::search(&grid, mapping.header, &mapping.columns).found {
        Ok(header) => Ok(Some((grid, header))),
        Err(HeaderError::NoRows) => Ok(None),
        Err(error) => Err(match (&error, &grid) {
            (HeaderError::Missing { .. }, Grid::Delimited(table)) => {
                match telling::no_table(&first, table.text()) {
                    Some(found) => OpenError::NoTable { found },
                    None => OpenError::Header(error),
                }
            }
            _ => OpenError::Header(error),
        }),
    }
}

/// The right separator is the one that shows most of the mapped columns. Answers too whether text behind this one could
/// change nothing of it.
pub(crate) fn separated(text: String, mapping: &Mapping) -> (Delimited, bool) {
    let first = mapping.separator.unwrap_or(SEPARATORS[0]);
    let mut table = Delimited::new(text, first, mapping.final_newline);
    if mapping.separator.is_some() {
        return (table, true);
    }
    if let Some(separator) = table.declared_separator() {
        table.set_separator(separator);
        return (table, true);
    }
    let mut best = (0, first);
    let mut is_certain = true;
    for separator in SEPARATORS {
        table.set_separator(separator);
        let grid = Grid::Delimited(table);
        let search = header::search(&grid, mapping.header, &mapping.columns);
        is_certain &= search.is_certain;
        let matched = search.matched(&mapping.columns);
        if matched > best.0 {
            best = (matched, separator);
        }
        table = match grid {
            Grid::Delimited(table) => table,
            Grid::Sheet(_) => unreachable!("the grid was made of text just above"),
        };
    }
    table.set_separator(best.1);
    (table, is_certain)
}
