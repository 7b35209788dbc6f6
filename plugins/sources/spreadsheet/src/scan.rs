//! Finds where rows and values end in separated text, many bytes at a time, by the rules that the `csv` crate reads by.
//! Knows neither encodings nor what a value means.

use wide::u8x16;

/// Bytes that are looked at in one go.
const BLOCK_BYTES: usize = 64;
const LANES: usize = 16;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The ends of rows alone.
    Rows,
    /// The ends of values too.
    Values,
}

/// A row with its end, as it stands in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    /// Without its line end.
    pub(crate) raw: &'a [u8],
    /// As a person sees it in the file, from 1, blank rows included.
    pub(crate) number: u32,
    /// Where its values end, from the start of the row; empty where only rows were wanted.
    pub(crate) ends: &'a [usize],
    pub(crate) has_quotes: bool,
    /// False for the last one of a file that ends without a line end.
    pub(crate) has_line_end: bool,
}

/// Goes through a piece of text. What is left behind the last whole row begins at [`Self::rest`].
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    separator: u8,
    marks: Marks<'a>,
    ends: Vec<usize>,
    start: usize,
    number: u32,
    after_return: bool,
}

/// Where a scanner of one piece stopped, for the one of the next piece to go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    number: u32,
    /// The text before ended with "\r": a "\n" belongs to it.
    after_return: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(bytes: &'a [u8], separator: u8, wanted: Wanted, standing: Standing) -> Self {
        Self {
            bytes,
            separator,
            marks: Marks::new(bytes, separator, wanted),
            ends: Vec::new(),
            start: 0,
            number: standing.number,
            after_return: standing.after_return,
        }
    }

    /// The next row that is whole in this text. Empty lines are counted and passed over, as the `csv` crate does it.
    pub(crate) fn row(&mut self) -> Option<Row<'_>> {
        self.ends.clear();
        let mut has_quotes = false;
        let end = loop {
            let at = self.marks.mark()?;
            match self.bytes[at] {
                b'\n' if at == self.start && self.after_return => {
                    self.after_return = false;
                    self.start = at + 1;
                }
                end @ (b'\n' | b'\r') => {
                    self.after_return = end == b'\r';
                    self.number += 1;
                    if at > self.start {
                        break at;
                    }
                    self.start = at + 1;
                }
                b'"' => {
                    has_quotes = true;
                    if self.begins_a_value(at) {
                        self.closing_quote()?;
                    }
                }
                _ => self.ends.push(at - self.start),
            }
        };
        let raw = &self.bytes[self.start..end];
        if self.marks.wanted == Wanted::Values {
            self.ends.push(raw.len());
        }
        self.start = end + 1;
        Some(Row {
            raw,
            number: self.number,
            ends: &self.ends,
            has_quotes,
            has_line_end: true,
        })
    }

    /// Where the first row begins that is not whole.
    pub(crate) fn rest(&self) -> usize {
        self.start
    }

    /// A "\r" at the very end leaves open whether a "\n" belongs to it: the next scanner knows. Elsewhere it says nothing,
    /// for a row that is not whole does not begin with "\n".
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            number: self.number,
            after_return: self.after_return,
        }
    }

    /// Whether a byte was seen that is not ASCII.
    pub(crate) fn saw_letters_beyond_ascii(&self) -> bool {
        self.marks.high_bits.to_bitmask() != 0
    }

    /// A quote means something only at the beginning of a value; elsewhere it is a letter as any other.
    fn begins_a_value(&self, at: usize) -> bool {
        at == self.start || self.bytes[at - 1] == self.separator
    }

    /// Goes behind the quote that ends the value. None if there is none: then the row is not whole.
    fn closing_quote(&mut self) -> Option<()> {
        loop {
            let at = self.marks.mark()?;
            if self.bytes[at] != b'"' {
                continue;
            }
            if self.bytes.get(at + 1) != Some(&b'"') {
                return Some(());
            }
            self.marks.mark()?;
        }
    }
}

/// The places of the bytes that may end something.
#[derive(Debug)]
struct Marks<'a> {
    bytes: &'a [u8],
    separator: u8x16,
    wanted: Wanted,
    next_block: usize,
    block: usize,
    /// Of the block, those that were not given out yet, a bit for each byte.
    mask: u64,
    /// Of every byte that was looked at.
    high_bits: u8x16,
}

impl<'a> Marks<'a> {
    fn new(bytes: &'a [u8], separator: u8, wanted: Wanted) -> Self {
        Self {
            bytes,
            separator: u8x16::splat(separator),
            wanted,
            next_block: 0,
            block: 0,
            mask: 0,
            high_bits: u8x16::splat(0),
        }
    }

    #[inline]
    fn mark(&mut self) -> Option<usize> {
        while self.mask == 0 {
            if self.next_block >= self.bytes.len() {
                return None;
            }
            self.load();
        }
        let at = self.block + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(at)
    }

    #[inline]
    fn load(&mut self) {
        self.block = self.next_block;
        self.next_block += BLOCK_BYTES;
        let rest = &self.bytes[self.block..];
        self.mask = if let Some(block) = rest.first_chunk::<BLOCK_BYTES>() {
            self.look(block)
        } else {
            // Zeros are no marks.
            let mut block = [0; BLOCK_BYTES];
            block[..rest.len()].copy_from_slice(rest);
            self.look(&block)
        };
    }

    #[inline]
    fn look(&mut self, block: &[u8; BLOCK_BYTES]) -> u64 {
        let (line_feed, carriage_return) = (u8x16::splat(b'\n'), u8x16::splat(b'\r'));
        let quote = u8x16::splat(b'"');
        let mut mask = 0;
        for (index, part) in block.as_chunks::<LANES>().0.iter().enumerate() {
            let bytes = u8x16::from(*part);
            self.high_bits |= bytes;
            let mut found =
                bytes.simd_eq(line_feed) | bytes.simd_eq(carriage_return) | bytes.simd_eq(quote);
            if self.wanted == Wanted::Values {
                found |= bytes.simd_eq(self.separator);
            }
            mask |= u64::from(found.to_bitmask()) << (LANES * index);
        }
        mask
    }
}

/// The values of a row, quotes taken off, into a record.
pub(crate) fn split(raw: &str, separator: u8, record: &mut csv::StringRecord) {
    record.clear();
    let mut rest = Some(raw);
    while let Some(text) = rest {
        rest = if text.starts_with('"') {
            split_quoted(text, separator, record)
        } else {
            let (value, behind) = split_at_separator(text, separator);
            record.push_field(value);
            behind
        };
    }
}

fn split_at_separator(text: &str, separator: u8) -> (&str, Option<&str>) {
    // Values are short: looking at one byte after the other is quicker than setting up a search.
    match text.bytes().position(|byte| byte == separator) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Answers what stands behind the value and its separator.
fn split_quoted<'a>(
    text: &'a str,
    separator: u8,
    record: &mut csv::StringRecord,
) -> Option<&'a str> {
    let mut value = String::new();
    let mut inside = &text[1..];
    while let Some((before, behind)) = inside.split_once('"') {
        value.push_str(before);
        if let Some(doubled) = behind.strip_prefix('"') {
            value.push('"');
            inside = doubled;
            continue;
        }
        // What follows the closing quote belongs to the value as it stands.
        let (tail, rest) = split_at_separator(behind, separator);
        value.push_str(tail);
        record.push_field(&value);
        return rest;
    }
    value.push_str(inside);
    record.push_field(&value);
    None
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
