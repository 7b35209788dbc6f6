//! The scanner must find the rows and values that the `csv` crate finds, whatever the text.

use super::*;
use proptest::prelude::*;

#[derive(Debug, PartialEq, Eq)]
struct Read {
    number: u32,
    values: Vec<String>,
}

/// By the scanner, in pieces of so many bytes, what is not whole carried on. Only rows with their end.
fn scanned(text: &str, separator: u8, wanted: Wanted, piece_bytes: usize) -> Vec<Read> {
    let mut rows = Vec::new();
    let mut standing = Standing::default();
    let mut carried = Vec::new();
    let mut record = csv::StringRecord::new();
    for piece in text.as_bytes().chunks(piece_bytes) {
        carried.extend_from_slice(piece);
        let mut scanner = Scanner::new(&carried, separator, wanted, standing);
        while let Some(row) = scanner.row() {
            let raw = std::str::from_utf8(row.raw).unwrap();
            split(raw, separator, &mut record);
            assert!(row.ends.is_empty() || row.ends.len() == record.len());
            for (index, (end, value)) in row.ends.iter().zip(&record).enumerate() {
                let start = if index == 0 {
                    0
                } else {
                    row.ends[index - 1] + 1
                };
                assert!(row.has_quotes || raw[start..*end] == *value);
            }
            let values: Vec<String> = record.iter().map(str::to_owned).collect();
            if values.iter().any(|value| !value.trim().is_empty()) {
                rows.push(Read {
                    number: row.number,
                    values,
                });
            }
        }
        standing = scanner.standing();
        let rest = scanner.rest();
        carried.drain(..rest);
    }
    rows
}

/// By the `csv` crate, without the last row if it has no end.
fn expected(text: &str, separator: u8) -> Vec<Read> {
    let mut rows = Vec::new();
    crate::delimited::Delimited::new(text.to_owned(), separator, true).visit(|row| {
        let crate::grid::Cells::Record(record) = row.cells else {
            unreachable!("text has records")
        };
        if row.damage.is_none() {
            let values = record.iter().map(str::to_owned).collect();
            rows.push(Read {
                number: row.number,
                values,
            });
        }
        crate::grid::Visit::Continue
    });
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn finds_what_the_csv_crate_finds(
        text in "[ab,;\"\n\r é]{0,200}",
        separator in prop::sample::select(vec![b',', b';']),
        piece_bytes in 1_usize..300,
    ) {
        let expected = expected(&text, separator);
        prop_assert_eq!(&scanned(&text, separator, Wanted::Values, piece_bytes), &expected);
        prop_assert_eq!(&scanned(&text, separator, Wanted::Rows, piece_bytes), &expected);
    }
}

#[test]
fn long_rows_and_quotes_across_blocks() {
    let long = "x".repeat(150);
    let text = format!("{long},\"{long}\"\"\n{long}\",z\r\n\r\n{long}\"{long},1\n");
    let rows = scanned(&text, b',', Wanted::Values, 1000);
    assert_eq!(rows, expected(&text, b','));
    assert_eq!(
        rows.iter().map(|row| row.number).collect::<Vec<_>>(),
        [1, 3]
    );
}
