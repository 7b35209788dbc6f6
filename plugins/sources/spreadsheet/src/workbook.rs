//! Reads one sheet of an XLSX workbook into rows of cells.
//! Knows nothing of what the columns mean.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, Xlsx, XlsxError};
use jiff::civil::{DateTime, date};

use crate::grid::{Cell, SheetRow};

/// Cells to the right of it are not read: no inventory has more columns, and a stray cell may not cost memory.
const COLUMNS_MAX: usize = 2_048;

#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkbookError {
    #[error("read the workbook: it is cut off, damaged or protected by a password")]
    Open(#[source] XlsxError),
    #[error("read sheet {name:?}: the workbook is cut off or damaged")]
    Sheet {
        name: String,
        #[source]
        source: XlsxError,
    },
    #[error("find sheet {name:?}: the workbook has {}", found.join(", "))]
    NoSuchSheet { name: String, found: Vec<String> },
    #[error("find a sheet: the workbook has none")]
    NoSheet,
}

/// Reads the sheet with this name, or the first one that is a worksheet.
pub(crate) fn read(bytes: Vec<u8>, sheet: Option<&str>) -> Result<Vec<SheetRow>, WorkbookError> {
    let mut workbook: Xlsx<Cursor<Vec<u8>>> =
        Xlsx::new(Cursor::new(bytes)).map_err(WorkbookError::Open)?;
    let name = chosen_sheet(&workbook, sheet)?;
    cells(&mut workbook, &name).map_err(|source| WorkbookError::Sheet { name, source })
}

fn chosen_sheet(
    workbook: &Xlsx<Cursor<Vec<u8>>>,
    wanted: Option<&str>,
) -> Result<String, WorkbookError> {
    let sheets = workbook.sheets_metadata().iter();
    let mut names = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone());
    match wanted {
        None => names.next().ok_or(WorkbookError::NoSheet),
        Some(wanted) => {
            let found: Vec<String> = names.collect();
            if found.iter().any(|name| name == wanted) {
                return Ok(wanted.to_owned());
            }
            Err(WorkbookError::NoSuchSheet {
                name: wanted.to_owned(),
                found,
            })
        }
    }
}

fn cells(workbook: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Result<Vec<SheetRow>, XlsxError> {
    let mut rows: BTreeMap<u32, Vec<Cell>> = BTreeMap::new();
    let mut reader = workbook.worksheet_cells_reader(name)?;
    while let Some(found) = reader.next_cell()? {
        let (row, column) = found.get_position();
        let value = cell(found.get_value());
        let column = column as usize;
        if value == Cell::Empty || column >= COLUMNS_MAX {
            continue;
        }
        let cells = rows.entry(row).or_default();
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Empty);
        }
        cells[column] = value;
    }
    let numbered = rows.into_iter().map(|(row, cells)| SheetRow {
        number: row.saturating_add(1),
        cells,
    });
    Ok(numbered.collect())
}

fn cell(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cell::Text(text.clone())
        }
        DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
        DataRef::Int(number) => Cell::Number(number.to_string()),
        // A workbook keeps numbers as binary floats. The shortest decimal text that reads back as the same float is
        // what was typed, as long as that had 15 digits or fewer; Rust writes it without an exponent.
        DataRef::Float(number) if number.is_finite() => Cell::Number(number.to_string()),
        DataRef::Float(_) => Cell::Error("#NUM!".to_owned()),
        DataRef::Bool(value) => Cell::Boolean(*value),
        DataRef::DateTime(serial) if serial.is_duration() => {
            Cell::Number(serial.as_f64().to_string())
        }
        DataRef::DateTime(serial) => moment(serial).map_or_else(
            || Cell::Error("a date outside the calendar".to_owned()),
            Cell::Moment,
        ),
        DataRef::Error(error) => Cell::Error(error.to_string()),
    }
}

/// Rounded to seconds: the binary fraction of a day is seldom exact.
fn moment(serial: &ExcelDateTime) -> Option<DateTime> {
    let (year, month, day, hour, minute, second, milli) = serial.to_ymd_hms_milli();
    let part = |value: u8| i8::try_from(value).ok();
    let whole = DateTime::new(
        i16::try_from(year).ok()?,
        part(month)?,
        part(day)?,
        part(hour)?,
        part(minute)?,
        part(second)?,
        0,
    )
    .ok()?;
    let rounded = jiff::SignedDuration::from_secs(i64::from(milli >= 500));
    // Serial numbers below 1 are times of day without a date.
    let moment = whole.checked_add(rounded).ok()?;
    (moment.date() >= date(1900, 1, 1)).then_some(moment)
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
