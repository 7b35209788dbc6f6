//! Looks over a whole table before its rows are judged one by one: which decimal mark its numbers use, and how wide its rows
//! are.

use std::collections::BTreeMap;

use crate::grid::{CellRef, Grid, RowView, Visit};
use crate::header::Header;
use crate::mapping::Mapping;
use crate::number::{self, DecimalMark, NumberStyle};
use crate::rows::{self, Role};
use crate::settings::{DecimalChoice, ValueType};

#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) style: NumberStyle,
    pub(crate) data_rows: u32,
    pub(crate) totals_rows: u32,
    /// How many values most rows have.
    pub(crate) usual_width: usize,
}

pub(crate) fn survey(grid: &Grid, header: &Header, mapping: &Mapping) -> Survey {
    let mut tally = Tally::new(header, mapping);
    grid.visit(|row| {
        tally.row(&row);
        Visit::Continue
    });
    tally.survey()
}

/// Counts rows one by one.
#[derive(Debug)]
pub(crate) struct Tally<'a> {
    header: &'a Header,
    mapping: &'a Mapping,
    numbers: Vec<usize>,
    pub(crate) style: NumberStyle,
    widths: BTreeMap<usize, u32>,
    /// Rows of one width that are not in `widths` yet.
    known_width: (usize, u32),
    totals_rows: u32,
    data_rows: u32,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(header: &'a Header, mapping: &'a Mapping) -> Self {
        Self {
            header,
            mapping,
            numbers: number_columns(mapping),
            style: match mapping.decimal {
                DecimalChoice::Auto => NumberStyle::Undecided,
                DecimalChoice::Point => NumberStyle::Marked(DecimalMark::Point),
                DecimalChoice::Comma => NumberStyle::Marked(DecimalMark::Comma),
            },
            widths: BTreeMap::new(),
            known_width: (0, 0),
            totals_rows: 0,
            data_rows: 0,
        }
    }

    pub(crate) fn row(&mut self, row: &RowView<'_>) -> Role {
        let role = rows::role(row, self.header, self.mapping);
        match role {
            Role::Heading => return role,
            Role::Totals => self.totals_rows += 1,
            Role::Data => self.data_rows += 1,
        }
        if self.mapping.decimal == DecimalChoice::Auto {
            self.style = with_evidence(self.style, row, self.header, &self.numbers);
        }
        *self.widths.entry(row.width()).or_default() += 1;
        role
    }

    /// Counts a row that is known to be data of this width.
    #[inline]
    pub(crate) fn known_row(&mut self, width: usize) {
        self.data_rows += 1;
        if self.known_width.0 != width {
            self.count_known();
            self.known_width = (width, 0);
        }
        self.known_width.1 += 1;
    }

    fn count_known(&mut self) {
        let (width, rows) = self.known_width;
        if rows > 0 {
            *self.widths.entry(width).or_default() += rows;
        }
    }

    pub(crate) fn survey(mut self) -> Survey {
        self.count_known();
        Survey {
            style: self.style,
            data_rows: self.data_rows,
            totals_rows: self.totals_rows,
            usual_width: self
                .widths
                .into_iter()
                .max_by_key(|(_, rows)| *rows)
                .map_or(0, |(width, _)| width),
        }
    }
}

fn number_columns(mapping: &Mapping) -> Vec<usize> {
    let numeric = mapping.attributes.iter().filter(|rule| {
        matches!(
            rule.settings.value_type,
            ValueType::Integer | ValueType::Decimal
        )
    });
    let mut columns: Vec<usize> = numeric.map(|rule| rule.column).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

fn with_evidence(
    style: NumberStyle,
    row: &RowView<'_>,
    header: &Header,
    columns: &[usize],
) -> NumberStyle {
    let evidence = columns
        .iter()
        .filter_map(|column| match rows::mapped(row, header, *column) {
            CellRef::Text(text) => number::evidence(text),
            CellRef::Empty
            | CellRef::Number(_)
            | CellRef::Boolean(_)
            | CellRef::Moment(_)
            | CellRef::Error(_) => None,
        });
    evidence.fold(style, NumberStyle::with)
}
