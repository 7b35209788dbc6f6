//! Tables as people export them, and amounts as bookkeepers write them.

use super::*;

fn sheet(bytes: &[u8]) -> Given {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoices.csv");
    std::fs::write(&path, bytes).unwrap();
    Given::read(&path, &|name| ["Kund", "Belopp"].contains(&name)).unwrap()
}

#[test]
fn separators_encodings_and_blank_lines_are_found() {
    for bytes in [
        "Kund;Belopp\r\n\r\nGrönkulla;1,50\r\n".as_bytes().to_vec(),
        "\u{feff}Kund,Belopp\nGrönkulla,1.50\n".as_bytes().to_vec(),
        b"Kund\tBelopp\nGr\xf6nkulla\t1,50\n".to_vec(),
        [0xFF, 0xFE]
            .into_iter()
            .chain(
                "Kund;Belopp\nGrönkulla;1,50\n"
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes),
            )
            .collect(),
    ] {
        let sheet = sheet(&bytes);
        let columns = sheet.needed(&["kund", "BELOPP"]).unwrap();
        let rows: Vec<_> = sheet.rows().collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].cell(Some(columns[0])), "Grönkulla");
        let amount = rows[0].decimal(Some(columns[1]), None).unwrap();
        assert_eq!(amount.unwrap().to_string(), "1.5");
    }
}

#[test]
fn a_column_that_is_missing_is_told_with_those_that_are_there() {
    let error = sheet(b"Kund;Belopp\na;1\n")
        .needed(&["kund", "net"])
        .unwrap_err();
    assert!(
        error.to_string().contains("find the column `net` in"),
        "{error}"
    );
    assert_eq!(error.hint().unwrap(), "it has: Kund, Belopp");
}

/// What one cell is read as.
fn read(text: &str, mark: Option<DecimalMark>) -> Result<String, String> {
    let row = Row {
        number: 2,
        cells: vec![Cell::Text(text.to_owned())],
    };
    let read = GivenRow(&row).decimal(Some(0), mark)?;
    Ok(read.unwrap().to_string())
}

#[test]
fn numbers_are_read_as_bookkeepers_write_them() {
    for (text, expected) in [
        ("1 234,50 kr", "1234.5"),
        ("1\u{a0}234,50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("€ 12,5", "12.5"),
        ("(12.50)", "-12.5"),
        ("-1 234,50", "-1234.5"),
        ("(1 234,50)", "-1234.5"),
        ("1\u{a0}234,50-", "-1234.5"),
        ("12,50-", "-12.5"),
        ("−3", "-3"),
        ("1,234,567", "1234567"),
        ("0,125", "0.125"),
    ] {
        assert_eq!(read(text, None).as_deref(), Ok(expected), "{text}");
    }
    for text in ["kr", "1.2.3,4", "--1", "12,", "1e3"] {
        let told = read(text, None).unwrap_err();
        assert_eq!(told, format!("`{text}` is no number"));
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_told_by_the_other_numbers() {
    let told = read("1,234", None).unwrap_err();
    assert!(told.ends_with("say which with --decimal"), "{told}");
    let sheet = sheet(b"Kund;Belopp\na;1,234\nb;0,5\n");
    let mark = sheet.decimal_mark(&[1]);
    assert_eq!(mark, Some(DecimalMark::Comma));
    assert_eq!(read("1,234", mark).as_deref(), Ok("1.234"));
    let point = Some(DecimalMark::Point);
    assert_eq!(read("1,234", point).as_deref(), Ok("1234"));
}

#[test]
fn a_number_that_begins_like_a_remark_counts_and_other_columns_do_not_matter() {
    let sheet = sheet(b"Kund|Belopp|\n#4711|1.50|seen\n");
    let rows: Vec<_> = sheet.rows().collect();
    assert_eq!(rows[0].cell(Some(0)), "#4711");
    assert_eq!(rows[0].number(), 2);
}

#[test]
fn a_value_behind_the_last_column_is_no_other_column_s() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("openings.csv");
    std::fs::write(
        &path,
        "account,period,net\nacme,2026-03,1234,50\nbeta,2026-03,7,\n",
    )
    .unwrap();
    let given = Given::read(&path, &|_| true).unwrap();
    let told: Vec<Option<&str>> = given.rows().map(|row| given.why_unreadable(row)).collect();
    assert!(
        told[0].is_some_and(|why| why.starts_with("`50` stands")),
        "{told:?}"
    );
    assert_eq!(told[1], None);
    let error = given.whole().unwrap_err();
    let told = error.to_string();
    assert!(told.contains("row 2: `50` stands"), "{told}");
    assert!(!told.contains("row 3"), "{told}");
}

#[test]
fn workbooks_are_read_with_their_numbers_and_months() {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("Notes").unwrap();
    let sheet = book.add_worksheet().set_name("Sent").unwrap();
    sheet.write_row(0, 0, ["Kund", "Belopp", "Period"]).unwrap();
    sheet.write(1, 0, 4711).unwrap();
    sheet.write(1, 1, 1.234).unwrap();
    let month = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm");
    let day = rust_xlsxwriter::ExcelDateTime::parse_from_str("2026-03-01").unwrap();
    sheet.write_with_format(1, 2, day, &month).unwrap();
    let folder = tempfile::tempdir().unwrap();
    book.save(folder.path().join("sent.xlsx")).unwrap();
    let given = Given::read(&folder.path().join("sent.xlsx#Sent"), &|_| false).unwrap();
    let row = given.rows().next().unwrap();
    assert_eq!(row.cell(Some(0)), "4711");
    let amount = row.decimal(Some(1), Some(DecimalMark::Comma)).unwrap();
    assert_eq!(amount.unwrap().to_string(), "1.234");
    assert_eq!(row.month(Some(2)), "2026-03");
    let wrong = Given::read(&folder.path().join("sent.xlsx#Send"), &|_| false).unwrap_err();
    assert!(
        wrong.to_string().contains("there are Notes, Sent"),
        "{wrong}"
    );
    let (_, told) = Given::read_rows(&folder.path().join("sent.xlsx#Send"), &|_| false);
    let told = told[0].to_string();
    assert!(
        told.ends_with(
            "sent.xlsx#Send: there is no sheet Send; there are Notes, Sent\n  hint: name one of them behind the `#`"
        ),
        "{told}"
    );
}
