//! Tells what a file is that is no table, so that people know what they have. Decides nothing: a file is read as a table
//! first.

/// How much of a file is looked at.
const LOOKED_AT_BYTES: usize = 4096;
/// The part of an archive that is searched for its contents.
const CONTENTS_BYTES: usize = 1 << 20;
/// A text has hardly any control characters and no letters that its encoding does not have.
const STRANGE_PERCENT_MAX: usize = 5;

/// How other files begin.
const BEGINNINGS: [(&[u8], &str); 8] = [
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"BZh", "compressed with bzip2"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
];
/// How texts begin that are no tables, in lower case.
const TEXTS: [(&str, &str); 5] = [
    ("<!doctype html", "a web page, perhaps of a login"),
    ("<html", "a web page, perhaps of a login"),
    ("<?xml", "an XML document"),
    ("{", "a JSON document"),
    ("[{", "a JSON document"),
];

/// What the bytes are that no table was found in, if that can be told.
pub(crate) fn no_table(first: &[u8], decoded: &str) -> Option<String> {
    let magic = BEGINNINGS
        .iter()
        .find(|(magic, _)| first.starts_with(magic));
    if let Some((_, name)) = magic {
        return Some(format!("is no table: it is {name}"));
    }
    let start = decoded.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    let start = &start[..start.floor_char_boundary(32)];
    let start = start.to_ascii_lowercase();
    if let Some((_, name)) = TEXTS.iter().find(|(begin, _)| start.starts_with(begin)) {
        return Some(format!("is no table: it is {name}"));
    }
    let looked_at = &decoded[..decoded.floor_char_boundary(LOOKED_AT_BYTES)];
    let (mut letters, mut strange) = (0_usize, 0_usize);
    for letter in looked_at.chars() {
        letters += 1;
        let is_plain = matches!(letter, '\n' | '\r' | '\t');
        strange += usize::from(letter == '\u{fffd}' || letter.is_control() && !is_plain);
    }
    if strange * 100 <= letters * STRANGE_PERCENT_MAX {
        return None;
    }
    let bytes: Vec<String> = first
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Some(format!(
        "is no text: it begins with the bytes {}",
        bytes.join(" ")
    ))
}

/// What an archive is that is no Excel workbook.
pub(crate) fn archive(bytes: &[u8]) -> Option<&'static str> {
    let first = &bytes[..bytes.len().min(LOOKED_AT_BYTES)];
    if has(first, b"opendocument.spreadsheet") {
        return Some("it is an OpenDocument spreadsheet");
    }
    // The table of contents stands at the end; without one the archive is cut off, which is told elsewhere.
    let contents = &bytes[bytes.len().saturating_sub(CONTENTS_BYTES)..];
    if !has(contents, b"PK\x05\x06") || has(contents, b"xl/workbook.") {
        return None;
    }
    if has(contents, b"word/document.xml") {
        return Some("it is a Word document");
    }
    (!has(contents, b"[Content_Types].xml")).then_some("it is an archive of other files")
}

/// What stands in the container that old programs and passwords use.
pub(crate) fn container(bytes: &[u8]) -> &'static str {
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    if has(bytes, &utf16("EncryptedPackage")) {
        "it is a workbook that has a password"
    } else if has(bytes, &utf16("Workbook")) || has(bytes, &utf16("Book")) {
        "it is a workbook in the format of before 2007"
    } else {
        "it is a workbook in the format of before 2007, or has a password"
    }
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_told_by_their_beginning() {
        let told = |text: &str| no_table(text.as_bytes(), text);
        assert_eq!(
            told("%PDF-1.7 x").unwrap(),
            "is no table: it is a PDF document"
        );
        assert!(
            told("\u{feff}\n<HTML><body>")
                .unwrap()
                .contains("a web page")
        );
        assert_eq!(told("Number;Name\n1;Malmö\n"), None);
        let noise = [1_u8, 2, 200, 0, 5];
        assert_eq!(
            no_table(&noise, &String::from_utf8_lossy(&noise)).unwrap(),
            "is no text: it begins with the bytes 01 02 c8 00"
        );
    }
}
