//! Goes through a file of separated text piece by piece, so that it is never held whole, and shows its rows.
//! Knows nothing of what they mean.

use counterfoil_sdk::Error;

use crate::scan::{Row, Scanner, Standing, Wanted};

/// A row that is longer is no row of an inventory, but what stands behind a quote that was left open.
const ROW_BYTES_MAX: usize = 1 << 20;

/// A file, piece by piece.
pub trait Pieces {
    /// Piece number `index`, from 0, and whether it is the last one.
    fn piece(&mut self, index: u32) -> Result<(Vec<u8>, bool), Error>;
}

/// Why rows are no longer shown.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The text is one that has to be looked at as a whole.
    Unclean,
    Read(Error),
}

/// A file whose first piece has been read already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream<'p> {
    pub(crate) first: &'p [u8],
    /// Where the text begins in it, behind the mark of the encoding.
    pub(crate) text_start: usize,
    pub(crate) is_last: bool,
    pub(crate) separator: u8,
    pub(crate) wanted: Wanted,
}

impl Stream<'_> {
    /// Shows every row that is not empty, in order. Rows may be shown before the text turns out to be unclean.
    pub(crate) fn rows(
        self,
        pieces: &mut impl Pieces,
        mut show: impl FnMut(&Row<'_>) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let mut course = Course {
            separator: self.separator,
            wanted: self.wanted,
            standing: Standing::default(),
            carried: Vec::new(),
        };
        course.piece(&self.first[self.text_start..], &mut show)?;
        let mut is_last = self.is_last;
        let mut index = 0;
        while !is_last {
            index += 1;
            let (piece, last) = pieces.piece(index).map_err(Halt::Read)?;
            course.piece(&piece, &mut show)?;
            is_last = last;
        }
        course.end(&mut show)
    }
}

#[derive(Debug)]
struct Course {
    separator: u8,
    wanted: Wanted,
    standing: Standing,
    /// The beginning of a row whose rest is in the next piece.
    carried: Vec<u8>,
}

impl Course {
    fn piece(
        &mut self,
        piece: &[u8],
        show: &mut impl FnMut(&Row<'_>) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let piece = &piece[self.complete(piece, show)?..];
        let mut scanner = Scanner::new(piece, self.separator, self.wanted, self.standing);
        while let Some(row) = scanner.row() {
            show(&row)?;
        }
        let (rest, standing) = (scanner.rest(), scanner.standing());
        if scanner.saw_letters_beyond_ascii() && std::str::from_utf8(&piece[..rest]).is_err() {
            return Err(Halt::Unclean);
        }
        self.standing = standing;
        self.carried.extend_from_slice(&piece[rest..]);
        if self.carried.len() > ROW_BYTES_MAX {
            return Err(Halt::Unclean);
        }
        Ok(())
    }

    /// Shows the row that an earlier piece began, if it ends in this one. Answers how much of the piece that took.
    fn complete(
        &mut self,
        piece: &[u8],
        show: &mut impl FnMut(&Row<'_>) -> Result<(), Halt>,
    ) -> Result<usize, Halt> {
        if self.carried.is_empty() {
            return Ok(0);
        }
        let before = self.carried.len();
        let mut taken = 0;
        let mut step = 1 << 12;
        loop {
            let more = step.min(piece.len() - taken);
            self.carried.extend_from_slice(&piece[taken..taken + more]);
            taken += more;
            let standing = self.standing;
            let mut scanner = Scanner::new(&self.carried, self.separator, self.wanted, standing);
            if let Some(row) = scanner.row() {
                if std::str::from_utf8(row.raw).is_err() {
                    return Err(Halt::Unclean);
                }
                show(&row)?;
                self.standing = scanner.standing();
                let used = scanner.rest() - before;
                self.carried.clear();
                return Ok(used);
            }
            if taken == piece.len() {
                // All of it is in what is carried, and goes on in the next piece.
                return Ok(taken);
            }
            step *= 2;
        }
    }

    fn end(self, show: &mut impl FnMut(&Row<'_>) -> Result<(), Halt>) -> Result<(), Halt> {
        if self.carried.is_empty() {
            return Ok(());
        }
        // With an end the row is found; without one, a quote was left open.
        let mut text = self.carried;
        text.push(b'\n');
        let mut scanner = Scanner::new(&text, self.separator, self.wanted, self.standing);
        match scanner.row() {
            Some(row) if std::str::from_utf8(row.raw).is_ok() => show(&Row {
                has_line_end: false,
                ..row
            }),
            _ => Err(Halt::Unclean),
        }
    }
}
