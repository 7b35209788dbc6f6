//! Files that are not whole: nothing may end because of them.

use super::*;

const HEADER: &str = "ID,Name,Type,Host,RAM,Size,Tags\n";

fn reason(coverage: &Coverage) -> &str {
    coverage.reason.as_deref().unwrap_or_default()
}

#[test]
fn a_file_without_rows_tells_nothing() {
    for (text, expected) in [
        ("", "the file has no rows"),
        ("\n \n,,\n", "the file has no rows"),
        (HEADER, "the file has no rows below its header"),
        (
            "ID,Name,Type,Host,RAM,Size,Tags\nTotal,,,,,,\n",
            "the file has no rows below its header",
        ),
    ] {
        let (told, coverage) = read(text);
        assert_eq!(coverage.completeness, Completeness::Unknown);
        assert_eq!(reason(&coverage), expected);
        assert!(told.observations.is_empty() && told.broken.is_empty());
    }
}

#[test]
fn a_half_written_row_is_broken_and_the_listing_partial() {
    let (told, coverage) = read(format!("{HEADER}1,a,VM,,8,,\n2,b,VM,,1"));
    assert_eq!(coverage.completeness, Completeness::Partial);
    assert_eq!(told.ids(), ["1"]);
    assert_eq!(told.broken[0].id.as_deref(), Some("2"));
    assert!(
        reason(&coverage).starts_with("row 3 has no line end"),
        "{coverage:?}"
    );
    // An id with nothing behind it may itself be cut off.
    let (told, _) = read(format!("{HEADER}1,a,VM,,8,,\n2"));
    assert_eq!(told.broken[0].id, None);
}

#[test]
fn a_source_that_never_ends_its_last_line_says_so() {
    let settings = MAPPING.replacen('{', r#"{"final_newline": false, "#, 1);
    let (told, coverage) = read_with(format!("{HEADER}1,a,VM,,8,,"), &settings);
    assert_complete(&coverage);
    assert_eq!(told.ids(), ["1"]);
}

#[test]
fn an_open_quote_hides_the_rest() {
    let (told, coverage) = read(format!("{HEADER}1,a,VM,,8,,\n2,\"b,VM,,8,,\n3,c,VM,,8,,\n"));
    assert_eq!(coverage.completeness, Completeness::Partial);
    assert_eq!(told.ids(), ["1"]);
    assert_eq!(told.broken[0].place, "x.csv row 3");
    assert_eq!(told.broken[0].id.as_deref(), Some("2"));
    assert!(reason(&coverage).contains("never closed"), "{coverage:?}");
}

#[test]
fn a_row_that_may_have_swallowed_another_makes_the_listing_partial() {
    let (told, coverage) = read(format!(
        "{HEADER}1,\"a,VM,,8,,\n2,b\",VM,,8,,,,,9\n3,c,VM,,8,,\n"
    ));
    assert_eq!(coverage.completeness, Completeness::Partial);
    assert_eq!(told.ids(), ["3"]);
    assert!(
        reason(&coverage).contains("that may hold others: 1"),
        "{coverage:?}"
    );
}

#[test]
fn a_row_without_an_id_makes_the_listing_partial() {
    let (told, coverage) = read(format!("{HEADER}1,a,VM,,8,,\n,b,VM,,8,,\n#N/A,c,VM,,8,,\n"));
    assert_eq!(coverage.completeness, Completeness::Partial);
    assert_eq!(reason(&coverage), "rows whose id cannot be read: 2");
    assert_eq!(told.broken.len(), 2);
}

#[test]
fn the_id_of_a_shifted_row_is_not_trusted_unless_it_comes_first() {
    let (told, coverage) =
        read("Name,ID,Type,Host,RAM,Size,Tags\nx,7,VM,,8,,\ny,8,VM,,8,,\na,b,1,VM,,8,,\n");
    assert_eq!(told.ids(), ["7", "8"]);
    assert_eq!(told.broken[0].id, None);
    assert_eq!(coverage.completeness, Completeness::Partial);
}

#[test]
fn separators_at_the_end_of_every_row_shift_nothing() {
    let (told, coverage) = read(format!("{HEADER}1,a,VM,,8,,,\n2,b,VM,,8,,,\n3,c,VM,,8,,\n"));
    assert_complete(&coverage);
    assert_eq!(told.ids(), ["1", "2", "3"]);
}

#[test]
fn bytes_that_are_no_text_break_only_their_row() {
    let mut bytes = format!("{HEADER}1,Malmö,VM,,8,,\n2,Göte,VM,,8,,\n3,").into_bytes();
    bytes.extend_from_slice(b"\xe9,VM,,8,,\n");
    let (told, coverage) = read(bytes);
    assert_complete(&coverage);
    assert_eq!(told.ids(), ["1", "2"]);
    assert_eq!(told.broken[0].id.as_deref(), Some("3"));
    assert!(told.broken[0].hint.as_deref().unwrap().contains("encoding"));
}

#[test]
fn an_old_workbook_is_refused() {
    let error = read_after(&[], [0xD0, 0xCF, 0x11, 0xE0, 0, 0], MAPPING).unwrap_err();
    assert!(matches!(error, OpenError::OtherWorkbook { .. }));
    let error = read_after(&[], *b"PK\x03\x04 cut off", MAPPING).unwrap_err();
    assert!(matches!(error, OpenError::Workbook(_)));
}
