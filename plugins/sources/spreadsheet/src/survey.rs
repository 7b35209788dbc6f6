//! Looks over a whole table before its rows are judged one by one: which decimal mark its numbers use, and which ids
//! may be there twice.

use std::collections::{BTreeMap, HashSet};

use xxhash_rust::xxh3::xxh3_64;

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
    repeated: HashSet<u64>,
}

impl Survey {
    /// Whether the id may be in the table more than once. Never false if it is.
    pub(crate) fn may_repeat(&self, id: &str) -> bool {
        !self.repeated.is_empty() && self.repeated.contains(&digest(id))
    }
}

pub(crate) fn survey(grid: &Grid, header: &Header, mapping: &Mapping) -> Survey {
    let mut style = match mapping.decimal {
        DecimalChoice::Auto => NumberStyle::Undecided,
        DecimalChoice::Point => NumberStyle::Marked(DecimalMark::Point),
        DecimalChoice::Comma => NumberStyle::Marked(DecimalMark::Comma),
    };
    let mut digests = Vec::new();
    let mut widths: BTreeMap<usize, u32> = BTreeMap::new();
    let mut totals_rows = 0;
    let mut data_rows = 0;
    let numbers = number_columns(mapping);
    grid.visit(|row| {
        match rows::role(&row, header, mapping) {
            Role::Heading => return Visit::Continue,
            Role::Totals => totals_rows += 1,
            Role::Data => data_rows += 1,
        }
        if mapping.decimal == DecimalChoice::Auto {
            style = with_evidence(style, &row, header, &numbers);
        }
        *widths.entry(row.width()).or_default() += 1;
        let fault = rows::fault(&row, header, row.width());
        if let Some(id) = rows::id(&row, header, mapping, fault) {
            digests.push(digest(&id));
        }
        Visit::Continue
    });
    Survey {
        style,
        data_rows,
        totals_rows,
        usual_width: widths
            .into_iter()
            .max_by_key(|(_, rows)| *rows)
            .map_or(0, |(width, _)| width),
        repeated: repeated(digests),
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

fn digest(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

fn repeated(mut digests: Vec<u64>) -> HashSet<u64> {
    digests.sort_unstable();
    let pairs = digests.windows(2).filter(|pair| pair[0] == pair[1]);
    pairs.map(|pair| pair[0]).collect()
}
