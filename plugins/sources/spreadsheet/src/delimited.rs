//! Goes through text with separated values, numbering rows as a person sees them and noticing damage.
//! Knows nothing of what the columns mean.

use csv::{Reader, ReaderBuilder, StringRecord};

use crate::grid::{Cells, Damage, RowView, Visit};

/// The separators that are tried where settings name none, in this order.
pub(crate) const SEPARATORS: [u8; 4] = *b",;\t|";

/// A text and how its values are separated.
#[derive(Debug)]
pub(crate) struct Delimited {
    text: String,
    separator: u8,
    /// Take a last row without a line end for half-written.
    needs_final_newline: bool,
}

/// Where the reader stands between two records.
struct Cursor {
    start: usize,
    row_number: u32,
}

impl Delimited {
    pub(crate) fn new(text: String, separator: u8, needs_final_newline: bool) -> Self {
        Self {
            text,
            separator,
            needs_final_newline,
        }
    }

    pub(crate) fn set_separator(&mut self, separator: u8) {
        self.separator = separator;
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn separator(&self) -> u8 {
        self.separator
    }

    /// The separator that a first line such as "sep=;" names, as some spreadsheet programs write it.
    pub(crate) fn declared_separator(&self) -> Option<u8> {
        let line = self.text.lines().next()?.trim().to_ascii_lowercase();
        let name = line.strip_prefix("sep=")?;
        match name.as_bytes() {
            [separator] => Some(*separator),
            _ => None,
        }
    }

    /// Shows every row that is not blank, in order.
    pub(crate) fn visit(&self, mut visitor: impl FnMut(RowView<'_>) -> Visit) {
        let mut reader = self.reader(self.text.as_bytes());
        let mut record = StringRecord::new();
        let mut cursor = Cursor {
            start: 0,
            row_number: 0,
        };
        while reader
            .read_record(&mut record)
            .expect("the text is in memory, valid UTF-8, and rows may differ in length")
        {
            let end = position(&reader);
            let raw = &self.text[cursor.start..end];
            cursor.row_number += 1 + blank_lines(self.text.as_bytes(), cursor.start);
            let row = RowView {
                number: cursor.row_number,
                cells: Cells::Record(&record),
                raw: without_line_ends(raw),
                damage: self.damage(raw, end),
            };
            cursor.start = end;
            if !row.is_blank() && visitor(row) == Visit::Stop {
                return;
            }
        }
    }

    fn reader<'a>(&self, bytes: &'a [u8]) -> Reader<&'a [u8]> {
        ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            .from_reader(bytes)
    }

    /// Only the last row can be cut off, so only it is looked at closely.
    fn damage(&self, raw: &str, end: usize) -> Option<Damage> {
        if end < self.text.len() {
            return None;
        }
        if self.is_open(raw) {
            return Some(Damage::OpenQuote);
        }
        let ended = raw.ends_with(['\n', '\r']);
        (self.needs_final_newline && !ended).then_some(Damage::NoLineEnd)
    }

    /// Asks the reader itself: a row that goes on behind a line end is inside a quote.
    fn is_open(&self, raw: &str) -> bool {
        let probe = format!("{}\nprobe", raw.trim_start_matches(['\n', '\r']));
        let records = self.reader(probe.as_bytes()).into_byte_records().count();
        records == 1
    }
}

/// A row of text as it stands: the reader counts the empty lines before it and its own end to it.
fn without_line_ends(raw: &str) -> &str {
    let row = raw.trim_start_matches(['\n', '\r']);
    row.strip_suffix(['\n', '\r']).unwrap_or(row)
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.position().byte()).expect("the text is in memory")
}

/// How many empty lines stand before the record that was read from here on. The reader ends a record at "\r" and
/// leaves the "\n" that belongs to it.
fn blank_lines(bytes: &[u8], start: usize) -> u32 {
    let mut index = start;
    if start > 0 && bytes[start - 1] == b'\r' && bytes.get(start) == Some(&b'\n') {
        index += 1;
    }
    let mut lines = 0;
    loop {
        match (bytes.get(index), bytes.get(index + 1)) {
            (Some(b'\r'), Some(b'\n')) => index += 2,
            (Some(b'\r' | b'\n'), _) => index += 1,
            _ => return lines,
        }
        lines += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u32, Vec<String>, Option<Damage>)> {
        let mut rows = Vec::new();
        Delimited::new(text.to_owned(), b',', true).visit(|row| {
            let cells =
                (0..row.width()).map(|i| row.cell(i).shown().unwrap_or_default().into_owned());
            rows.push((row.number, cells.collect(), row.damage));
            Visit::Continue
        });
        rows
    }

    fn numbers(text: &str) -> Vec<u32> {
        rows(text).into_iter().map(|row| row.0).collect()
    }

    #[test]
    fn numbers_rows_as_a_person_sees_them() {
        assert_eq!(numbers("a\nb\n\n\nc\n"), [1, 2, 5]);
        assert_eq!(numbers("a\r\nb\r\n\r\n\r\nc\r\n"), [1, 2, 5]);
        assert_eq!(numbers("a\rb\r\rc\r"), [1, 2, 4]);
        assert_eq!(numbers("\n\na,b\n,,\n \nc,d\n"), [3, 6]);
        // A quoted value with a line break is one row, as a spreadsheet shows it.
        assert_eq!(numbers("a,\"x\ny\"\nb,c\n"), [1, 2]);
    }

    #[test]
    fn notices_a_row_without_its_end() {
        let read = rows("a,b\nc,d");
        assert_eq!(read[0].2, None);
        assert_eq!(read[1].2, Some(Damage::NoLineEnd));
        assert_eq!(rows("a,b\nc,d\r\n")[1].2, None);
    }

    #[test]
    fn notices_a_quote_that_is_never_closed() {
        let read = rows("a,b\nc,\"d\ne,f\n");
        assert_eq!(read.len(), 2);
        assert_eq!(read[1].2, Some(Damage::OpenQuote));
        assert_eq!(rows("a,b\nc,5\" disk\n")[1].2, None);
        assert_eq!(rows("a,b\nc,\"d \"\"e\"\"\"\n")[1].2, None);
    }

    #[test]
    fn reads_the_separator_that_the_file_declares() {
        let declared =
            |text: &str| Delimited::new(text.to_owned(), b',', true).declared_separator();
        assert_eq!(declared("sep=;\na;b\n"), Some(b';'));
        assert_eq!(declared("a;b\n"), None);
    }
}
