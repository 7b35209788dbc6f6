//! Writes a table as text with separators, in the style of its day.

use super::calendar::{Encoding, Oddity, Style};
use super::cells::{Cell, Line, Table};
use super::mess;

/// How much of a half-written file there is.
const WRITTEN_PERCENT: usize = 86;

pub(super) fn write(table: &Table, style: &Style, oddities: &[Oddity]) -> Vec<u8> {
    let mut text = String::new();
    for line in &table.lines {
        let unquoted = oddities.iter().any(
            |oddity| matches!(oddity, Oddity::UnquotedComment(name) if mess::is_named(line, name)),
        );
        match line {
            Line::Blank => {}
            Line::Title(title) => text.push_str(&value(title, style)),
            Line::Header => text.push_str(&row(&table.header(), style)),
            Line::Data { cells, .. } if unquoted => {
                let (comment, others) = cells.split_last().expect("a row has cells");
                let words = shown(comment, style);
                text.push_str(&[row(others, style), words.replace(';', ",")].join(","));
            }
            Line::Data { cells, .. } | Line::Totals(cells) => text.push_str(&row(cells, style)),
        }
        text.push_str(style.line_end);
    }
    let mut bytes = encoded(&text, style.encoding);
    if oddities
        .iter()
        .any(|oddity| matches!(oddity, Oddity::HalfWritten))
    {
        bytes.truncate(bytes.len() * WRITTEN_PERCENT / 100);
    }
    bytes
}

fn row(cells: &[Cell], style: &Style) -> String {
    let values: Vec<String> = cells
        .iter()
        .map(|cell| value(&shown(cell, style), style))
        .collect();
    values.join(&style.separator.to_string())
}

fn shown(cell: &Cell, style: &Style) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Whole(number) => grouped(*number, style.thousands),
        Cell::Tenths(number) => {
            format!(
                "{}{}{}",
                grouped(number / 10, style.thousands),
                style.decimal,
                number % 10
            )
        }
    }
}

fn grouped(number: u32, thousands: Option<char>) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if let Some(mark) = thousands
            && place > 0
            && (digits.len() - place).is_multiple_of(3)
        {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

fn value(text: &str, style: &Style) -> String {
    let special = [style.separator, '"', '\n', '\r'];
    if style.quoted || text.contains(special) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf8Bom => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Encoding::Latin1 => text
            .chars()
            .map(|letter| u8::try_from(letter).expect("the company has no letters beyond Latin-1"))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_from_the_right() {
        assert_eq!(grouped(1_234_567, Some('.')), "1.234.567");
        assert_eq!(grouped(234, Some('.')), "234");
        assert_eq!(grouped(1_234_567, None), "1234567");
    }
}
