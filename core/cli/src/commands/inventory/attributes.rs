//! Attributes of resources, as one text for people and as a column each for a spreadsheet.

use std::collections::BTreeMap;

use counterfoil_model::attributes::Attributes;
use counterfoil_model::decimal::Decimal;

use crate::output::{Cell, Column};

pub(in crate::commands) fn attributes_text(attributes: &Attributes) -> String {
    let texts = attributes
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    texts.collect::<Vec<_>>().join(" ")
}

/// The attributes that any of the rows has, in the order of their names.
pub(super) struct AttributeColumns<'a> {
    /// Whether each value is a number as it would be written again.
    names: BTreeMap<&'a str, bool>,
}

impl<'a> AttributeColumns<'a> {
    pub(super) fn of(rows: impl Iterator<Item = &'a Attributes>) -> Self {
        let mut names: BTreeMap<&str, bool> = BTreeMap::new();
        for (name, value) in rows.flat_map(Attributes::iter) {
            let is_number = names.entry(name).or_insert(true);
            *is_number = *is_number && number(value).is_some();
        }
        Self { names }
    }

    /// Named as `attribute.ram_gb`, so that none is taken for a column of ours.
    pub(super) fn columns(&self) -> impl Iterator<Item = Column> {
        self.names.iter().map(|(name, is_number)| {
            let name = format!("attribute.{name}");
            if *is_number {
                Column::decimal(&name)
            } else {
                Column::text(&name)
            }
        })
    }

    pub(super) fn cells(&self, attributes: &Attributes) -> impl Iterator<Item = Cell> {
        self.names.iter().map(|(name, is_number)| {
            let Some(value) = attributes.get(name) else {
                return Cell::Empty;
            };
            match number(value) {
                Some(number) if *is_number => Cell::Decimal(number),
                Some(_) | None => Cell::from(value),
            }
        })
    }
}

/// A serial number such as `007` is none: it would lose its zeros.
fn number(text: &str) -> Option<Decimal> {
    let number: Decimal = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_numbers_only_where_all_of_it_is() {
        let rows = [("ram", "64", "007"), ("ram", "1.5", "8")]
            .map(|(name, value, serial)| Attributes::from([(name, value), ("serial", serial)]));
        let columns = AttributeColumns::of(rows.iter());
        let cells: Vec<Cell> = columns.cells(&rows[0]).collect();
        assert_eq!(
            cells,
            [
                Cell::Decimal("64".parse().unwrap()),
                Cell::Text("007".to_owned())
            ]
        );
        assert_eq!(
            columns.cells(&Attributes::default()).next(),
            Some(Cell::Empty)
        );
    }
}
