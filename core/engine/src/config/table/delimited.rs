//! Reads text with separated values: finds out encoding and separator, and numbers rows as a spreadsheet program does.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, WINDOWS_1252};

use super::{Cell, Row, SAVE_ANEW, Sheet, Unreadable, Written, excerpt};

/// Tried in this order where the file does not name its own.
const SEPARATORS: [u8; 3] = *b",;\t";
/// In tables that were not written for us. In ours `|` stands between the values of a cell.
const SEPARATORS_ELSEWHERE: [u8; 4] = *b",;\t|";

pub(super) fn read(
    bytes: &[u8],
    written: Written,
    known: &dyn Fn(&str) -> bool,
) -> Result<Sheet, Unreadable> {
    let text = decode(bytes)?;
    let (text, separator) = match declared(&text) {
        Some((rest_from, separator)) => (&text[rest_from..], Some(separator)),
        None => (&*text, None),
    };
    // The line `sep=;` is a row to a person.
    let first_row = 1 + u32::from(separator.is_some());
    let separator = separator.unwrap_or_else(|| best_separator(text, written, known));
    Ok(rows(text, separator, first_row))
}

/// A byte order mark wins, then UTF-8, then what Western spreadsheet programs write otherwise.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let text = if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        encoding.decode_without_bom_handling(&bytes[length..]).0
    } else {
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        }
    };
    if text.contains('\0') {
        let message = "it is no text with separated values (it holds NUL characters)";
        return Err((message.to_owned(), SAVE_ANEW));
    }
    Ok(text)
}

/// The separator of a first line such as "sep=;", and where the rest begins.
fn declared(text: &str) -> Option<(usize, u8)> {
    let line = text.lines().next()?;
    let name = line.trim().to_ascii_lowercase();
    match name.strip_prefix("sep=")?.as_bytes() {
        [separator] => {
            let end = text.find('\n').map_or(text.len(), |end| end + 1);
            Some((end, *separator))
        }
        _ => None,
    }
}

/// The one that shows most columns with known names in the first row; where none is known, the one that shows most.
fn best_separator(text: &str, written: Written, known: &dyn Fn(&str) -> bool) -> u8 {
    let score = |separator: u8| {
        let first = rows_of(text, separator).next();
        let names = first.iter().flat_map(|(record, _)| record.iter());
        let count = names.clone().filter(|name| known(name.trim())).count();
        (count, names.count())
    };
    let separators: &[u8] = match written {
        Written::ForUs => &SEPARATORS,
        Written::Elsewhere => &SEPARATORS_ELSEWHERE,
    };
    let mut best = ((0, 0), SEPARATORS[0]);
    for separator in separators {
        let scored = score(*separator);
        if scored > best.0 {
            best = (scored, *separator);
        }
    }
    best.1
}

/// Records with the byte at which each begins.
fn rows_of(text: &str, separator: u8) -> impl Iterator<Item = (StringRecord, usize)> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    std::iter::from_fn(move || {
        let begin = usize::try_from(reader.position().byte()).expect("the text is in memory");
        let mut record = StringRecord::new();
        let is_there = reader
            .read_record(&mut record)
            .expect("the text is in memory, valid UTF-8, and rows may differ in length");
        is_there.then_some((record, begin))
    })
}

fn rows(text: &str, separator: u8, first_row: u32) -> Sheet {
    let mut sheet = Sheet::default();
    let mut number = first_row.saturating_sub(1);
    let mut records = rows_of(text, separator).peekable();
    while let Some((record, begin)) = records.next() {
        let end = records.peek().map_or(text.len(), |(_, next)| *next);
        let (blank_lines, start) = skip_blank(text, begin);
        number += 1 + blank_lines;
        let raw = &text[start..end];
        // A quote that is never closed takes the rest of the file into one cell.
        let swallows = record.iter().any(|cell| cell.contains('\n'));
        if end == text.len() && swallows && raw.matches('"').count() % 2 == 1 {
            let message = "a quote is opened in this row and never closed".to_owned();
            sheet.problems.push((
                Some(number),
                message,
                "close it, or double it where it is part of the value",
            ));
        }
        let cells: Vec<Cell> = record.iter().map(Cell::text).collect();
        if cells.iter().any(|cell| *cell != Cell::Empty) {
            sheet.shown.insert(number, excerpt(raw));
            sheet.rows.push(Row { number, cells });
        }
    }
    sheet
}

/// How many empty lines stand before the record that begins here or later, and where it begins.
fn skip_blank(text: &str, begin: usize) -> (u32, usize) {
    let bytes = text.as_bytes();
    let mut at = begin;
    // The reader leaves the "\n" of a "\r\n" that ended the record before.
    if begin > 0 && bytes[begin - 1] == b'\r' && bytes.get(begin) == Some(&b'\n') {
        at += 1;
    }
    let mut lines = 0;
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => at += 2,
            (Some(b'\r' | b'\n'), _) => at += 1,
            _ => return (lines, at),
        }
        lines += 1;
    }
}
