//! Writes a table as a workbook with one sheet. The creation date is fixed, so that the bytes are, too.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::cells::{Cell, Line, Table};

pub(super) fn write(table: &Table, numbers_as_text: bool) -> Result<Vec<u8>, XlsxError> {
    let created = ExcelDateTime::from_ymd(2026, 3, table.day)?.and_hms(6, 0, 0)?;
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let sheet = workbook.add_worksheet().set_name("Inventory")?;
    let bold = Format::new().set_bold();
    for (row, line) in (0..).zip(&table.lines) {
        match line {
            Line::Blank => {}
            Line::Title(title) => {
                sheet.write_string_with_format(row, 0, title, &bold)?;
            }
            Line::Header => cells(sheet, row, &table.header(), numbers_as_text)?,
            Line::Data { cells: data, .. } | Line::Totals(data) => {
                cells(sheet, row, data, numbers_as_text)?;
            }
        }
    }
    workbook.save_to_buffer()
}

fn cells(
    sheet: &mut Worksheet,
    row: u32,
    cells: &[Cell],
    numbers_as_text: bool,
) -> Result<(), XlsxError> {
    for (column, cell) in (0..).zip(cells) {
        match cell {
            Cell::Empty => {}
            Cell::Text(text) => {
                sheet.write_string(row, column, text)?;
            }
            Cell::Whole(number) if numbers_as_text => {
                sheet.write_string(row, column, number.to_string())?;
            }
            Cell::Whole(number) => {
                sheet.write_number(row, column, *number)?;
            }
            Cell::Tenths(number) if numbers_as_text => {
                sheet.write_string(row, column, format!("{}.{}", number / 10, number % 10))?;
            }
            Cell::Tenths(number) => {
                sheet.write_number(row, column, tenths(*number))?;
            }
        }
    }
    Ok(())
}

#[expect(
    clippy::disallowed_types,
    reason = "workbooks hold nothing but binary floating point"
)]
fn tenths(number: u32) -> f64 {
    f64::from(number) / 10.0
}
