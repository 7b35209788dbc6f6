//! How each day's export is written, and what is odd about it: the whole month at a glance.

use super::cells::Column;

#[derive(Debug)]
pub(super) struct Export {
    pub(super) day: u8,
    pub(super) format: Format,
    pub(super) oddities: &'static [Oddity],
}

#[derive(Debug)]
pub(super) enum Format {
    Delimited(Style),
    Workbook { numbers_as_text: bool },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) separator: char,
    pub(super) decimal: char,
    /// Between groups of three digits.
    pub(super) thousands: Option<char>,
    pub(super) encoding: Encoding,
    pub(super) line_end: &'static str,
    /// Every value stands in quotes.
    pub(super) quoted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf8Bom,
    Latin1,
}

/// Things are named by their names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Oddity {
    /// Two lines and an empty one above the header.
    Title,
    /// A last row which counts the rows and adds up three columns.
    Totals,
    /// An empty row between the kinds.
    BlankRows,
    /// The header again before each kind, as after a page break.
    HeaderAgain,
    /// The row is there twice.
    Twice(&'static str),
    /// The row has no id: whose row it was cannot be told from it.
    NoId(&'static str),
    /// The cell says "n/a".
    NotANumber(&'static str, Column),
    /// Two of every five rows are missing, and nothing in the file tells.
    LostRows,
    /// The file ends in the middle of a row.
    HalfWritten,
    /// Customer first, and the id in the middle.
    ColumnsMoved,
    /// By name instead of by kind and id.
    SortedByName,
    /// Blanks around names and customers.
    Padded,
    /// Two nameless empty columns at the end.
    EmptyColumns,
    /// The row's comment holds the separator without quotes, so that the row has a value too many.
    UnquotedComment(&'static str),
}

use Oddity::{
    BlankRows, ColumnsMoved, EmptyColumns, HalfWritten, HeaderAgain, LostRows, NoId, NotANumber,
    Padded, SortedByName, Title, Totals, Twice, UnquotedComment,
};

const COMMA: Style = Style {
    separator: ',',
    decimal: '.',
    thousands: None,
    encoding: Encoding::Utf8,
    line_end: "\n",
    quoted: false,
};
const SEMICOLON: Style = Style {
    separator: ';',
    decimal: ',',
    line_end: "\r\n",
    ..COMMA
};
const BOM: Style = Style {
    encoding: Encoding::Utf8Bom,
    line_end: "\r\n",
    ..COMMA
};

const fn csv(day: u8, style: Style, oddities: &'static [Oddity]) -> Export {
    let format = Format::Delimited(style);
    Export {
        day,
        format,
        oddities,
    }
}

const fn xlsx(day: u8, numbers_as_text: bool, oddities: &'static [Oddity]) -> Export {
    let format = Format::Workbook { numbers_as_text };
    Export {
        day,
        format,
        oddities,
    }
}

/// The 14th is missing: nobody exported that day.
pub(super) const EXPORTS: [Export; 30] = [
    csv(1, COMMA, &[]),
    csv(2, COMMA, &[]),
    xlsx(3, false, &[Title, Totals]),
    csv(4, BOM, &[]),
    csv(5, SEMICOLON, &[]),
    csv(6, COMMA, &[BlankRows]),
    csv(
        7,
        Style {
            thousands: Some(','),
            ..COMMA
        },
        &[Totals],
    ),
    csv(
        8,
        Style {
            thousands: Some('\u{a0}'),
            ..SEMICOLON
        },
        &[],
    ),
    csv(9, COMMA, &[Twice("BLT_app02")]),
    xlsx(10, true, &[Title]),
    csv(11, COMMA, &[NoId("p-fjb-web-02")]),
    csv(
        12,
        Style {
            encoding: Encoding::Latin1,
            ..SEMICOLON
        },
        &[],
    ),
    csv(13, COMMA, &[Title]),
    csv(15, BOM, &[Totals]),
    csv(16, COMMA, &[UnquotedComment("p-fjb-core-01")]),
    xlsx(17, false, &[Title, BlankRows, Totals]),
    csv(
        18,
        Style {
            thousands: Some('.'),
            ..SEMICOLON
        },
        &[Title, Totals],
    ),
    csv(19, COMMA, &[LostRows]),
    csv(20, COMMA, &[NotANumber("acme-db-02", Column::Ram)]),
    csv(
        21,
        COMMA,
        &[
            NotANumber("acme-db-02", Column::Ram),
            NotANumber("lise-data", Column::Disk),
        ],
    ),
    xlsx(22, true, &[Title, Totals]),
    csv(23, COMMA, &[ColumnsMoved]),
    csv(
        24,
        Style {
            encoding: Encoding::Utf8Bom,
            ..SEMICOLON
        },
        &[BlankRows, Totals],
    ),
    csv(25, COMMA, &[SortedByName]),
    csv(26, COMMA, &[HalfWritten]),
    csv(27, COMMA, &[HeaderAgain, Totals]),
    xlsx(28, false, &[]),
    csv(29, COMMA, &[Padded]),
    csv(
        30,
        Style {
            quoted: true,
            ..SEMICOLON
        },
        &[],
    ),
    csv(31, COMMA, &[EmptyColumns, Totals]),
];

impl Export {
    pub(super) fn file_name(&self) -> String {
        let extension = match self.format {
            Format::Delimited(_) => "csv",
            Format::Workbook { .. } => "xlsx",
        };
        format!("inventory-2026-03-{:02}.{extension}", self.day)
    }
}
