//! Workbooks as Excel writes them, made in memory.

use super::*;
use rust_xlsxwriter::{ExcelDateTime as WrittenDate, Format, Formula, Workbook};

fn written(fill: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(&mut workbook);
    workbook.save_to_buffer().unwrap()
}

fn cells_of_first_row(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<Cell> {
    let bytes = written(|workbook| fill(workbook.add_worksheet()));
    read(bytes, None).unwrap().remove(0).cells
}

#[test]
fn numbers_come_as_they_were_typed() {
    let cells = cells_of_first_row(|sheet| {
        for (column, number) in [
            (0, 12.0),
            (1, 0.1),
            (2, 1_234_567.89),
            (3, 1e15),
            (4, -0.000_001),
        ] {
            sheet.write_number(0, column, number).unwrap();
        }
    });
    let expected = ["12", "0.1", "1234567.89", "1000000000000000", "-0.000001"];
    assert_eq!(cells, expected.map(|text| Cell::Number(text.to_owned())));
}

#[test]
fn dates_errors_and_booleans_keep_their_type() {
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let cells = cells_of_first_row(|sheet| {
        let date = WrittenDate::from_ymd(2026, 3, 5).unwrap();
        sheet.write_datetime_with_format(0, 0, &date, &day).unwrap();
        let moment = WrittenDate::from_ymd(2026, 3, 5)
            .unwrap()
            .and_hms(13, 7, 59)
            .unwrap();
        sheet
            .write_datetime_with_format(0, 1, &moment, &time)
            .unwrap();
        sheet
            .write_formula(0, 2, Formula::new("=NA()").set_result("#N/A"))
            .unwrap();
        sheet.write_boolean(0, 3, true).unwrap();
        sheet.write_string(0, 5, "0042").unwrap();
    });
    assert_eq!(cells[0], Cell::Moment(date(2026, 3, 5).at(0, 0, 0, 0)));
    assert_eq!(cells[1], Cell::Moment(date(2026, 3, 5).at(13, 7, 59, 0)));
    assert_eq!(cells[2], Cell::Error("#N/A".to_owned()));
    assert_eq!(cells[3], Cell::Boolean(true));
    assert_eq!(cells[4], Cell::Empty);
    assert_eq!(cells[5], Cell::Text("0042".to_owned()));
}

#[test]
fn a_sheet_is_found_by_name() {
    let bytes = || {
        written(|workbook| {
            workbook
                .add_worksheet()
                .set_name("Cover")
                .unwrap()
                .write_string(0, 0, "hello")
                .unwrap();
            workbook
                .add_worksheet()
                .set_name("Inventory")
                .unwrap()
                .write_string(2, 1, "ID")
                .unwrap();
        })
    };
    assert_eq!(read(bytes(), None).unwrap()[0].number, 1);
    assert_eq!(read(bytes(), Some("Inventory")).unwrap()[0].number, 3);
    let error = read(bytes(), Some("Inventry")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "find sheet \"Inventry\": the workbook has Cover, Inventory"
    );
}

#[test]
fn a_workbook_that_is_cut_off_is_refused() {
    let bytes = written(|workbook| {
        let sheet = workbook.add_worksheet();
        for row in 0..200 {
            sheet.write_number(row, 0, row).unwrap();
        }
    });
    for length in [bytes.len() - 10, bytes.len() / 2, 100] {
        let error = read(bytes[..length].to_vec(), None).unwrap_err();
        assert!(matches!(error, WorkbookError::Open(_)), "{length}: {error}");
    }
}
