//! Tables as a workbook: a sheet each, real numbers and dates, a header that stays in sight.

mod totals;

use counterfoil_model::money::Currency;
use counterfoil_model::time::{Date, Instant};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::csv::{currency, last_money};
use super::error::OutputError;
use super::table::{Cell, Column, Kind, Table};

/// A sheet has 1,048,576 rows; one is the header.
const ROWS_MAX: usize = 1_048_575;
/// A cell holds 32,767 characters.
const CHARACTERS_MAX: usize = 32_767;
/// Excel keeps so many digits of a number; a longer one is written as text.
const DIGITS_MAX: usize = 15;
/// A sheet's name is cut by Excel beyond this.
const SHEET_NAME_MAX: usize = 31;

pub(super) fn bytes(tables: &[Table], now: Instant) -> Result<Vec<u8>, OutputError> {
    let mut workbook = Workbook::new();
    let made = date_time(now).map_err(|source| OutputError::Workbook { source })?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    for table in tables {
        let parts = table.rows().chunks(ROWS_MAX);
        let parts: Vec<&[Vec<Cell>]> = if table.rows().is_empty() {
            vec![&[]]
        } else {
            parts.collect()
        };
        for (index, rows) in parts.into_iter().enumerate() {
            sheet(workbook.add_worksheet(), table, rows, index)?;
        }
    }
    workbook
        .save_to_buffer()
        .map_err(|source| OutputError::Workbook { source })
}

fn sheet(
    sheet: &mut Worksheet,
    table: &Table,
    rows: &[Vec<Cell>],
    part: usize,
) -> Result<(), OutputError> {
    let failed = |source| OutputError::Workbook { source };
    let suffix = if part == 0 {
        String::new()
    } else {
        format!(" {}", part + 1)
    };
    let short: String = table
        .name()
        .chars()
        .take(SHEET_NAME_MAX - suffix.len())
        .collect();
    sheet.set_name(format!("{short}{suffix}")).map_err(failed)?;
    let money = last_money(table);
    head(sheet, table, money).map_err(failed)?;
    for (index, row) in rows.iter().enumerate() {
        let at = u32::try_from(index + 1).expect("the rows of a sheet are limited");
        let mut column = 0;
        for (position, cell) in row.iter().enumerate() {
            write(sheet, at, column, cell).map_err(failed)?;
            column += 1;
            if money == Some(position) {
                if let Some(code) = currency(table, row)? {
                    sheet.write_string(at, column, code).map_err(failed)?;
                }
                column += 1;
            }
        }
    }
    if let Some(money) = money.filter(|_| table.has_totals() && !rows.is_empty()) {
        let currency = u16::try_from(money + 1).expect("a table has few columns");
        totals::write(sheet, table, rows, currency).map_err(failed)?;
    }
    sheet.autofit();
    Ok(())
}

fn head(sheet: &mut Worksheet, table: &Table, money: Option<usize>) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let mut at = 0;
    for (position, column) in table.columns().iter().enumerate() {
        sheet.write_string_with_format(0, at, title(column), &bold)?;
        at += 1;
        if money == Some(position) {
            sheet.write_string_with_format(0, at, "currency", &bold)?;
            at += 1;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// Excel's times have no zone, so that the head has to say it.
fn title(column: &Column) -> String {
    match column.kind() {
        Kind::Instant => format!("{} (UTC)", column.export_name()),
        Kind::Text | Kind::Integer | Kind::Decimal | Kind::Money | Kind::Date | Kind::Seconds => {
            column.export_name()
        }
    }
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            // A string cell is never a formula, whatever it begins with.
            sheet.write_string(row, column, fitting(text))?;
        }
        Cell::Integer(number) | Cell::Seconds(number) => {
            number_cell(sheet, row, column, &number.to_string(), "0")?;
        }
        Cell::Decimal(number) => {
            number_cell(sheet, row, column, &number.to_string(), "General")?;
        }
        Cell::Money(money) => {
            let format = money_format(money.currency());
            number_cell(sheet, row, column, &money.amount(), &format)?;
        }
        Cell::Date(date) => {
            let format = Format::new().set_num_format("yyyy-mm-dd");
            sheet.write_datetime_with_format(row, column, civil(*date)?, &format)?;
        }
        Cell::Instant(instant) => {
            let format = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
            sheet.write_datetime_with_format(row, column, date_time(*instant)?, &format)?;
        }
    }
    Ok(())
}

fn money_format(currency: Currency) -> String {
    match currency.exponent() {
        0 => "#,##0".to_owned(),
        decimals => format!("#,##0.{}", "0".repeat(usize::from(decimals))),
    }
}

/// Has Excel a number of so many digits?
fn is_number(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').len() <= DIGITS_MAX
}

/// A workbook has binary numbers alone. A decimal of up to 15 digits comes back from one as it was written, which is why
/// a longer one is a text.
fn number_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    format: &str,
) -> Result<(), XlsxError> {
    if !is_number(text) {
        sheet.write_string(row, column, text)?;
        return Ok(());
    }
    #[expect(
        clippy::disallowed_types,
        reason = "the file format has no other numbers; the digits were counted"
    )]
    let number: f64 = text.parse().expect("a decimal number has this form");
    let format = Format::new().set_num_format(format);
    sheet.write_number_with_format(row, column, number, &format)?;
    Ok(())
}

fn fitting(text: &str) -> String {
    const CUT: &str = " … (cut: the export as CSV has all of it)";
    if text.encode_utf16().count() <= CHARACTERS_MAX {
        return text.to_owned();
    }
    // Half of the limit, since a character may count twice.
    let kept: String = text.chars().take(CHARACTERS_MAX / 2 - CUT.len()).collect();
    format!("{kept}{CUT}")
}

fn civil(date: Date) -> Result<ExcelDateTime, XlsxError> {
    let part =
        |number: i8| u8::try_from(number).expect("a calendar has no negative months and days");
    let year = u16::try_from(date.year()).unwrap_or_default();
    ExcelDateTime::from_ymd(year, part(date.month()), part(date.day()))
}

fn date_time(instant: Instant) -> Result<ExcelDateTime, XlsxError> {
    let utc = instant.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).expect("a clock has no negative parts");
    civil(utc.date())?.and_hms(
        u16::from(part(utc.hour())),
        part(utc.minute()),
        part(utc.second()),
    )
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};
    use counterfoil_model::decimal::Decimal;
    use counterfoil_model::money::Money;

    use super::super::table::row;
    use super::*;

    fn read(bytes: Vec<u8>, sheet: &str) -> Vec<Vec<Data>> {
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let range = workbook.worksheet_range(sheet).unwrap();
        range.rows().map(<[Data]>::to_vec).collect()
    }

    fn now() -> Instant {
        "2026-04-01T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn numbers_are_numbers_and_come_back_to_the_cent() {
        let eur = "EUR".parse().unwrap();
        let amounts = ["0.10", "-1234567890123.45", "33.33", "92233720368547758.07"];
        let columns = [
            Column::text("account"),
            Column::money("net"),
            Column::decimal("quantity"),
        ];
        let rows = amounts.map(|text| {
            let quantity: Decimal = "0.000123".parse().unwrap();
            row!["=cmd()", Money::parse(text, eur).unwrap(), quantity]
        });
        let table = Table::new("lines", columns).with_rows(rows);
        let read = read(bytes(&[table], now()).unwrap(), "lines");
        assert_eq!(
            read[0].iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["account", "net", "currency", "quantity"]
        );
        for (row, amount) in read[1..].iter().zip(amounts) {
            assert_eq!(row[0], Data::String("=cmd()".to_owned()));
            let back = Money::parse(&row[1].to_string(), eur).unwrap();
            assert_eq!(back.amount(), amount);
            assert_eq!(row[2].to_string(), "EUR");
            assert_eq!(row[3].to_string(), "0.000123");
        }
        assert!(matches!(read[1][1], Data::Float(_)));
        assert!(
            matches!(read[4][1], Data::String(_)),
            "beyond 15 digits: a text"
        );
    }

    #[test]
    fn totals_are_formulas_whose_value_is_there_and_what_is_a_text_is_summed_as_one() {
        let money = |text: &str, code: &str| Money::parse(text, code.parse().unwrap()).unwrap();
        let columns = [
            Column::text("account"),
            Column::money("net"),
            Column::text("remark"),
        ];
        let of = |amounts: &[(&str, &str)]| {
            let rows = amounts
                .iter()
                .map(|(text, code)| row!["a", money(text, code), "x"]);
            let table = Table::new("lines", columns.clone())
                .with_rows(rows)
                .with_totals();
            let bytes = bytes(&[table], now()).unwrap();
            let mut workbook: Xlsx<_> =
                calamine::open_workbook_from_rs(Cursor::new(bytes.clone())).unwrap();
            let formulas = workbook.worksheet_formula("lines").unwrap();
            let formulas: Vec<String> = formulas.used_cells().map(|cell| cell.2.clone()).collect();
            (read(bytes, "lines"), formulas)
        };
        let (rows, formulas) = of(&[("0.10", "EUR"), ("0.20", "EUR"), ("-1.00", "EUR")]);
        assert_eq!(formulas, ["SUM($B$2:$B$4)"]);
        assert_eq!(rows[4][1].to_string(), "-0.7");
        assert_eq!(rows[4][2].to_string(), "EUR");
        let (rows, formulas) = of(&[("0.10", "EUR"), ("1200", "JPY"), ("0.20", "EUR")]);
        let expected = [
            "SUMIF($C$2:$C$4,\"EUR\",$B$2:$B$4)",
            "SUMIF($C$2:$C$4,\"JPY\",$B$2:$B$4)",
        ];
        assert_eq!(formulas, expected);
        assert_eq!(rows[4][1].to_string(), "0.3");
        assert_eq!(rows[5][1].to_string(), "1200");
        let (rows, formulas) = of(&[("90000000000000000.01", "EUR"), ("0.01", "EUR")]);
        assert!(formulas.is_empty());
        assert_eq!(rows[3][1].to_string(), "90000000000000000.02");
    }

    #[test]
    fn dates_are_dates_and_an_empty_table_has_its_header() {
        let columns = [Column::date("day"), Column::instant("valid_from")];
        let day = jiff::civil::date(2026, 3, 29);
        let filled = Table::new("filled", columns.clone()).with_rows([row![day, now()]]);
        let empty = Table::new("empty", columns);
        let bytes = bytes(&[filled, empty], now()).unwrap();
        let rows = read(bytes.clone(), "filled");
        assert_eq!(rows[0][1].to_string(), "valid_from (UTC)");
        assert!(matches!(rows[1][0], Data::DateTime(_)));
        // The serial number of the day and of a third of it.
        assert_eq!(rows[1][1].to_string(), "46113.333333333336");
        assert_eq!(read(bytes, "empty").len(), 1);
    }

    #[test]
    fn what_is_too_long_for_a_cell_says_so() {
        let text = "ä".repeat(CHARACTERS_MAX + 1);
        let table = Table::new("notes", [Column::text("note")]).with_rows([row![text]]);
        let rows = read(bytes(&[table], now()).unwrap(), "notes");
        assert!(
            rows[1][0]
                .to_string()
                .ends_with("(cut: the export as CSV has all of it)")
        );
    }
}
