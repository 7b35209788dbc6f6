//! Files that are untidy but whole.

use super::*;
use crate::header::HeaderError;
use rust_xlsxwriter::{Workbook, Worksheet};

#[test]
fn a_plain_export() {
    let (told, coverage) = read(
        "ID,Name,Type,Host,RAM,Size,Tags\n\
         1,web,VM,,8,,env=prod;cust=acme\n\
         2,web-root,Disk,1,,50.5,\n",
    );
    assert_complete(&coverage);
    assert_eq!(coverage.expected, Some(2));
    assert_eq!(told.ids(), ["1", "2"]);
    let machine = &told.observations[0];
    assert_eq!(
        (machine.kind.as_str(), machine.name.as_str()),
        ("virtual-machine", "web")
    );
    assert_eq!(machine.place, "x.csv row 2");
    assert_eq!(told.value("1", "memory_gb"), Some("8"));
    assert_eq!(told.value("1", "tags.cust"), Some("acme"));
    assert_eq!(told.value("1", "size_gb"), None);
    assert_eq!(told.observations[1].parent.as_deref(), Some("1"));
    assert_eq!(told.value("2", "size_gb"), Some("50.5"));
}

#[test]
fn titles_blank_rows_totals_and_a_header_on_each_page() {
    let (told, coverage) = read(
        "Inventory of Example Hosting;;;;;;\n\
         ;;;;;;\n\
         id ;NAME;Type;Host;RAM;Size;Tags;Note\n\
         1;web;VM;;8,5;;;x\n\
         \n\
         Summa;;;;8,5;;;\n\
         ID;Name;Type;Host;RAM;Size;Tags;Note\n\
         2;disk;Disk;1;;1 000,25;;\n\
         Total:;;;;8,5;1 000,25;;\n",
    );
    assert_complete(&coverage);
    assert_eq!(told.ids(), ["1", "2"]);
    assert_eq!(told.value("1", "memory_gb"), Some("8.5"));
    assert_eq!(told.value("2", "size_gb"), Some("1000.25"));
    assert_eq!(told.observations[1].place, "x.csv row 8");
    let extras: Vec<(&str, &str)> = coverage
        .extras
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(extras, [("header_row", "3"), ("totals_rows", "2")]);
}

#[test]
fn a_resource_that_is_called_total_is_kept() {
    let (told, _) = read("Name,ID,Type,Host,RAM,Size,Tags\nTotal,7,VM,,1,,\n");
    assert_eq!(told.ids(), ["7"]);
}

#[test]
fn a_doubtful_number_is_decided_by_the_others() {
    let header = "ID;Name;Type;Host;RAM;Size;Tags\n1;a;VM;;1,234;;\n";
    let (told, _) = read(format!("{header}2;b;VM;;2,5;;\n"));
    assert_eq!(told.value("1", "memory_gb"), Some("1.234"));
    let (told, _) = read(format!("{header}2;b;VM;;2.5;;\n"));
    assert_eq!(told.value("1", "memory_gb"), Some("1234"));
    let (told, coverage) = read(header);
    assert_complete(&coverage);
    assert_eq!(
        told.broken_texts(),
        ["x.csv row 2 [1] RAM \"1,234\" can be read with a decimal comma or with a decimal point"]
    );
    assert_eq!(
        told.broken[0].hint.as_deref(),
        Some("set `decimal` to \".\" or \",\"")
    );
}

#[test]
fn broken_rows_keep_their_ids() {
    let (told, coverage) = read(
        "ID,Name,Type,Host,RAM,Size,Tags\n\
         1,a,VM,,lots,,\n\
         2,b,Tape,,,,\n\
         3,c,Disk,,,#REF!,\n\
         4,d,Disk,,,,\n\
         4,e,Disk,,,7,\n\
         5,f,Disk\n\
         6,g,Disk,,,1,a=1,more\n\
         7,h,Disk,,,1,a=1;a=2\n",
    );
    assert_complete(&coverage);
    assert_eq!(coverage.expected, Some(8));
    assert_eq!(
        told.ids(),
        ["4", "4"],
        "which of them counts is not decided here"
    );
    assert_eq!(told.value("4", "size_gb"), Some("0"));
    let mut texts = told.broken_texts();
    texts.sort();
    assert_eq!(
        texts,
        [
            "x.csv row 2 [1] RAM \"lots\" is no number",
            "x.csv row 3 [2] Type \"Tape\" is no kind that is mapped",
            "x.csv row 4 [3] Size \"#REF!\" is an error of the spreadsheet",
            "x.csv row 7 [5] the row has 3 values where the header has 7",
            "x.csv row 8 [6] the row has 8 values where the header has 7",
            "x.csv row 9 [7] Tags has the tag \"a\" twice, as \"1\" and as \"2\"",
        ]
    );
}

#[test]
fn a_workbook_says_the_same() {
    let mut workbook = Workbook::new();
    let sheet: &mut Worksheet = workbook.add_worksheet();
    sheet.write_string(0, 0, "Inventory").unwrap();
    for (column, name) in (0..).zip(["ID", "Name", "Type", "Host", "RAM", "Size", "Tags"]) {
        sheet.write_string(2, column, name).unwrap();
    }
    sheet.write_number(3, 0, 12.0).unwrap();
    sheet.write_string(3, 2, "vm").unwrap();
    sheet.write_string(3, 4, "1 024,5").unwrap();
    sheet.write_string(4, 0, "0042").unwrap();
    sheet.write_string(4, 2, "Disk").unwrap();
    sheet.write_number(4, 5, 0.1).unwrap();
    sheet.write_string(6, 0, "Total").unwrap();
    let (told, coverage) = read(workbook.save_to_buffer().unwrap());
    assert_complete(&coverage);
    assert_eq!(told.ids(), ["12", "0042"]);
    assert_eq!(told.observations[0].name, "12");
    assert_eq!(told.value("12", "memory_gb"), Some("1024.5"));
    assert_eq!(told.value("0042", "size_gb"), Some("0.1"));
    assert_eq!(told.observations[0].place, "x.csv row 4");
}

#[test]
fn a_missing_column_is_named_with_the_nearest() {
    let error = read_after(&[], "ID;Nmae;Type;Host;RAM;Size\n1;a;VM;;1;\n", MAPPING).unwrap_err();
    assert!(matches!(
        error,
        OpenError::Header(HeaderError::Missing { .. })
    ));
    assert_eq!(
        error.to_string(),
        "find \"Name\", \"Tags\": row 1 has the columns \"ID\", \"Nmae\", \"Type\", \"Host\", \"RAM\", \"Size\"; \
         the nearest to \"Name\" is \"Nmae\""
    );
    let error = read_after(&[], "ID,ID,Name,Type,Host,RAM,Size,Tags\n", MAPPING).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tell which column \"ID\" is: row 1 has it twice"
    );
}

#[test]
fn an_optional_column_may_be_missing() {
    let settings = r#"{"files": "*", "id": "ID", "kind": "disk", "separator": ";", "header": 2,
        "attribute": {"owner": {"column": "Owner", "optional": true}}}"#;
    let (told, _) = read_with("ID;x\nID;y\n1;2\n", settings);
    assert_eq!(told.ids(), ["1"]);
    let error = read_after(&[], "ID\n", settings).unwrap_err();
    assert_eq!(error.to_string(), "find the header: there is no row 2");
}

#[test]
fn the_separator_may_be_declared() {
    let settings = r#"{"files": "*", "id": "ID", "kind": "disk"}"#;
    let (told, coverage) = read_with("sep=|\nID|x\n1,5|2\n", settings);
    assert_complete(&coverage);
    assert_eq!(told.ids(), ["1,5"]);
}

#[test]
fn unchanged_rows_are_not_reported_and_a_changed_mapping_reports_all() {
    let file = "ID,Name,Type,Host,RAM,Size,Tags,Seen\n1,a,VM,,8,,,1\n2,b,VM,,8,,,1\n";
    let (first, _) = read(file);
    assert_eq!(first.ids(), ["1", "2"]);
    // A column that is not mapped changes nothing.
    let later = file
        .replace(",1\n", ",2\n")
        .replace("2,b,VM,,8", "2,b,VM,,9");
    let (second, coverage) = read_after(&first.hashes(), later, MAPPING).unwrap();
    assert_complete(&coverage);
    assert_eq!((second.unchanged, second.ids()), (1, vec!["2"]));
    let other = MAPPING.replace("memory_gb", "ram_gb");
    let (third, _) = read_after(&first.hashes(), file, &other).unwrap();
    assert_eq!((third.unchanged, third.ids()), (0, vec!["1", "2"]));
}
