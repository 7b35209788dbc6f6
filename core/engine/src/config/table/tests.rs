//! Tables as people save them, and what is told of those that cannot be read.

use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;

fn known(name: &str) -> bool {
    ["name", "when.kind", "price.amount"].contains(&name)
}

fn read_file(folder: &Path, name: &str) -> (Option<Table>, Vec<String>) {
    let mut problems = Vec::new();
    let table = read(folder, name, None, &known, &mut problems);
    let told = problems.iter().map(|problem| {
        let text = problem.to_string();
        text.replace(&format!("{}/", folder.display()), "")
    });
    (table, told.collect())
}

fn csv(bytes: &[u8]) -> (Option<Table>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), bytes).unwrap();
    read_file(folder.path(), "t.csv")
}

fn shown(table: &Table) -> Vec<String> {
    let rows = table.rows.iter().map(|row| {
        let cells: Vec<&str> = row.cells.iter().map(Cell::shown).collect();
        format!("{}: {}", row.number, cells.join("/"))
    });
    std::iter::once(table.file.columns.join("/"))
        .chain(rows)
        .collect()
}

#[test]
fn every_way_of_saving_text_is_read() {
    let expected = ["name/price.amount", "2: Malmö/1,5", "4: b/2"];
    let text = "name;price.amount\r\nMalmö;1,5\r\n\r\n\" b \";2\r\n";
    let latin = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let with_bom = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(units).collect();
    let tabs = text.replace(';', "\t").into_bytes();
    for bytes in [text.as_bytes().to_vec(), latin, with_bom, utf16, tabs] {
        let (table, told) = csv(&bytes);
        assert_eq!(shown(&table.unwrap()), expected);
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_program_does() {
    let text = "sep=;\n# a remark\nname;price.amount\n\"two\nlines\";1\n\n# another;\nlast;2";
    let (table, told) = csv(text.as_bytes());
    assert_eq!(
        shown(&table.unwrap()),
        ["name/price.amount", "4: two\nlines/1", "7: last/2"]
    );
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn damage_is_told_with_row_and_excerpt() {
    let (_, told) = csv(b"name,price.amount\na,1,2\nb,\"3\nc,4\n");
    assert_eq!(
        told,
        [
            "t.csv, row 3: a quote is opened in this row and never closed\n     3 | b,\"3\n  hint: close it, or double it where it is part of the value",
            "t.csv, row 2, column C: `2` stands in a column without a name\n     2 | a,1,2\n  hint: name the column in the header; a value with the separator in it needs quotes",
        ]
    );
    let (table, told) = csv(b"");
    assert!(table.is_none());
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("the table has no header"));
    let (_, told) = csv(b"n\0a\0m\0e\0");
    assert!(
        told[0].contains("no text with separated values"),
        "{told:?}"
    );
    let folder = tempfile::tempdir().unwrap();
    let (_, told) = read_file(folder.path(), "none.csv");
    assert_eq!(
        told,
        [
            "none.csv: there is no file none.csv\n  hint: a table is looked for in the folder of the file that names it"
        ]
    );
    std::fs::write(folder.path().join("old.xls"), [0xD0, 0xCF, 0x11, 0xE0, 1]).unwrap();
    let (_, told) = read_file(folder.path(), "old.xls");
    assert!(told[0].contains("before 2007"), "{told:?}");
    std::fs::write(folder.path().join("cut.xlsx"), b"PK\x03\x04and no more").unwrap();
    let (_, told) = read_file(folder.path(), "cut.xlsx");
    assert!(
        told[0].contains("cut off, damaged or protected"),
        "{told:?}"
    );
}

#[test]
fn numbers_and_dates_of_a_workbook_are_read_as_they_were_typed() {
    let folder = tempfile::tempdir().unwrap();
    let mut workbook = Workbook::new();
    workbook
        .add_worksheet()
        .set_name("Notes")
        .unwrap()
        .write(0, 0, "nothing")
        .unwrap();
    let sheet = workbook.add_worksheet().set_name("Prices").unwrap();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for (column, name) in ["name", "price.amount", "price.from", "on"]
        .into_iter()
        .enumerate()
    {
        sheet
            .write(1, u16::try_from(column).unwrap(), name)
            .unwrap();
    }
    sheet.write(2, 0, "vcpu").unwrap();
    sheet.write(2, 1, 12.35).unwrap();
    let day = ExcelDateTime::from_ymd(2026, 3, 15).unwrap();
    sheet.write_with_format(2, 2, &day, &date).unwrap();
    sheet.write(2, 3, true).unwrap();
    sheet.write(4, 0, 4711).unwrap();
    sheet.write(4, 1, "12,35").unwrap();
    workbook.save(folder.path().join("book.xlsx")).unwrap();
    let (table, told) = read_file(folder.path(), "book.xlsx#Prices");
    assert!(told.is_empty(), "{told:?}");
    let table = table.unwrap();
    assert_eq!(
        shown(&table),
        [
            "name/price.amount/price.from/on",
            "3: vcpu/12.35/2026-03-15/true",
            "5: 4711/12,35//",
        ]
    );
    let problem = table.file.problem(3, Some(1), "too much").to_string();
    assert!(
        problem.ends_with("book.xlsx, sheet Prices, row 3, column price.amount: too much\n     3 | vcpu | 12.35 | 2026-03-15 | true"),
        "{problem}"
    );
    let (_, told) = read_file(folder.path(), "book.xlsx#Price");
    assert!(
        told[0].contains("there is no sheet Price; there are Notes, Prices"),
        "{told:?}"
    );
}
