//! Any table, written in any of the ways that exports are written, reads back the same.

use super::*;
use encoding_rs::WINDOWS_1252;
use proptest::prelude::*;

#[derive(Debug, Clone)]
struct Item {
    name: String,
    /// In thousandths.
    size: u32,
}

#[derive(Debug, Clone, Copy)]
struct Style {
    separator: u8,
    comma: bool,
    encoding: u8,
    line_end: &'static str,
    quote_all: bool,
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    // Whatever may stand in a name: separators, quotes, line breaks, letters of Latin-1.
    let name = "[a-zåäöé][a-zåäöé ,;|\t\"\n.0-9]{0,12}[a-zåäöé]";
    let item = (name, any::<u32>()).prop_map(|(name, size)| Item { name, size });
    prop::collection::vec(item, 1..12)
}

fn styles() -> impl Strategy<Value = Style> {
    let separator = prop::sample::select(vec![b',', b';', b'\t', b'|']);
    let line_end = prop::sample::select(vec!["\n", "\r\n"]);
    (separator, any::<bool>(), 0_u8..4, line_end, any::<bool>()).prop_map(
        |(separator, comma, encoding, line_end, quote_all)| Style {
            separator,
            comma,
            encoding,
            line_end,
            quote_all,
        },
    )
}

fn decimal(size: u32, mark: char) -> String {
    format!("{}{mark}{:03}", size / 1000, size % 1000)
}

fn written(items: &[Item], style: Style) -> Vec<u8> {
    let mark = if style.comma { ',' } else { '.' };
    let mut rows = vec![["ID".to_owned(), "Name".to_owned(), "Size".to_owned()]];
    for (index, item) in items.iter().enumerate() {
        rows.push([
            format!("id-{index}"),
            item.name.clone(),
            decimal(item.size, mark),
        ]);
    }
    let terminator = if style.line_end == "\n" {
        csv::Terminator::Any(b'\n')
    } else {
        csv::Terminator::CRLF
    };
    let quoting = if style.quote_all {
        csv::QuoteStyle::Always
    } else {
        csv::QuoteStyle::Necessary
    };
    let mut writer = csv::WriterBuilder::new()
        .delimiter(style.separator)
        .terminator(terminator)
        .quote_style(quoting)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).unwrap();
    }
    encoded(
        &String::from_utf8(writer.into_inner().unwrap()).unwrap(),
        style.encoding,
    )
}

fn encoded(text: &str, encoding: u8) -> Vec<u8> {
    match encoding {
        0 => text.as_bytes().to_vec(),
        1 => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        2 => WINDOWS_1252.encode(text).0.into_owned(),
        _ => {
            let units = text.encode_utf16();
            let bytes = units.flat_map(u16::to_le_bytes);
            [0xFF, 0xFE].into_iter().chain(bytes).collect()
        }
    }
}

proptest! {
    #[test]
    fn reads_back_the_same(items in items(), style in styles()) {
        let decimal_setting = if style.comma { "," } else { "." };
        let settings = format!(
            r#"{{"files": "*", "id": "ID", "name": "Name", "kind": "disk", "decimal": "{decimal_setting}",
                "attribute": {{"size_gb": {{"column": "Size", "type": "decimal"}}}}}}"#
        );
        let (told, coverage) = read_with(written(&items, style), &settings);
        prop_assert_eq!(coverage.completeness, Completeness::Complete);
        prop_assert_eq!(told.broken.len(), 0, "{:?}", told.broken);
        prop_assert_eq!(told.observations.len(), items.len());
        for (index, (observation, item)) in told.observations.iter().zip(&items).enumerate() {
            prop_assert_eq!(&observation.id, &format!("id-{index}"));
            prop_assert_eq!(&observation.name, &item.name);
            let expected = counterfoil_sdk::decimal::canonical(&decimal(item.size, '.')).unwrap();
            prop_assert_eq!(&observation.attributes[0].1, &expected);
        }
    }
}
