//! Tables as people export them.

use super::*;

fn sheet(bytes: &[u8]) -> Sheet {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoices.csv");
    std::fs::write(&path, bytes).unwrap();
    Sheet::read(&path, &|name| ["Kund", "Belopp"].contains(&name)).unwrap()
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
        assert_eq!(sheet.rows.len(), 1);
        let row = &sheet.rows[0];
        assert_eq!(row.cell(Some(columns[0])), "Grönkulla");
        let amount = decimal(row.cell(Some(columns[1])), None).unwrap();
        assert_eq!(amount.to_string(), "1.5");
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

#[test]
fn numbers_are_read_as_bookkeepers_write_them() {
    for (text, read) in [
        ("1 234,50 kr", "1234.5"),
        ("1\u{a0}234,50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("€ 12,5", "12.5"),
        ("(12.50)", "-12.5"),
        ("12,50-", "-12.5"),
        ("−3", "-3"),
        ("1,234,567", "1234567"),
        ("0,125", "0.125"),
    ] {
        assert_eq!(decimal(text, None).unwrap().to_string(), read, "{text}");
    }
    for text in ["", "kr", "1.2.3,4", "--1", "12,", "1e3"] {
        assert!(decimal(text, None).is_err(), "{text}");
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_told_by_the_other_numbers() {
    assert!(decimal("1,234", None).is_err());
    let sheet = sheet(b"Kund;Belopp\na;1,234\nb;0,5\n");
    let mark = sheet.decimal_mark(&[1]);
    assert_eq!(mark, Some(DecimalMark::Comma));
    assert_eq!(decimal("1,234", mark).unwrap().to_string(), "1.234");
    assert_eq!(
        decimal("1,234", Some(DecimalMark::Point))
            .unwrap()
            .to_string(),
        "1234"
    );
}
