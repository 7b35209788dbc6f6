//! Reads one sheet of an XLSX workbook.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, Xlsx, XlsxError};

use super::{Cell, Row, SAVE_ANEW, Sheet, Unreadable, excerpt};

/// Cells to the right of it are not read.
const COLUMNS_MAX: usize = 1_024;

/// The sheet with this name, or the first one that is a worksheet.
pub(super) fn read(bytes: Vec<u8>, wanted: Option<&str>) -> Result<Sheet, Unreadable> {
    let damaged = |error: XlsxError| {
        let message =
            format!("the workbook is cut off, damaged or protected by a password ({error})");
        (message, SAVE_ANEW)
    };
    let mut workbook: Xlsx<Cursor<Vec<u8>>> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let sheets = workbook.sheets_metadata().iter();
    let names: Vec<String> = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let name = match wanted {
        None => names
            .first()
            .ok_or_else(|| ("the workbook has no sheet".to_owned(), SAVE_ANEW))?,
        Some(wanted) => names.iter().find(|name| *name == wanted).ok_or_else(|| {
            let names = names.join(", ");
            let message = format!("there is no sheet {wanted}; there are {names}");
            (message, "name one of them behind the `#`")
        })?,
    };
    let rows = cells(&mut workbook, name).map_err(damaged)?;
    let shown = rows.iter().map(|row| {
        let texts: Vec<&str> = row.cells.iter().map(Cell::shown).collect();
        (row.number, excerpt(&texts.join(" | ")))
    });
    Ok(Sheet {
        name: Some(name.clone()),
        shown: shown.collect(),
        rows,
        problems: Vec::new(),
    })
}

fn cells(workbook: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Result<Vec<Row>, XlsxError> {
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
    let numbered = rows.into_iter().map(|(row, cells)| Row {
        number: row.saturating_add(1),
        cells,
    });
    Ok(numbered.collect())
}

fn cell(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::Moment(text.clone()),
        DataRef::Int(number) => Cell::Number(number.to_string()),
        // A workbook keeps numbers as binary floats. The shortest decimal text that reads back as the same float is
        // what was typed, as long as that had 15 digits or fewer; Rust writes it without an exponent.
        DataRef::Float(number) if number.is_finite() => Cell::Number(number.to_string()),
        DataRef::Float(_) => Cell::Error("#NUM!".to_owned()),
        DataRef::Bool(value) => Cell::Boolean(*value),
        DataRef::DateTime(serial) if serial.is_duration() => {
            Cell::Number(serial.as_f64().to_string())
        }
        DataRef::DateTime(serial) => Cell::Moment(moment(serial)),
        DataRef::Error(error) => Cell::Error(error.to_string()),
    }
}

/// A date alone where the time of day is midnight, which is how workbooks keep dates.
fn moment(serial: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = serial.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        date
    } else {
        format!("{date}T{hour:02}:{minute:02}:{second:02}")
    }
}
