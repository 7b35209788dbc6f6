//! Intervals and their attributes: as one text for people, and as a column each for a spreadsheet.

use std::collections::BTreeMap;

use counterfoil_engine::inventory::Shown;
use counterfoil_model::attributes::Attributes;
use counterfoil_model::decimal::Decimal;

use crate::output::{Cell, Column, Table, row};

pub(in crate::commands) fn attributes_text(attributes: &Attributes) -> String {
    let texts = attributes
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    texts.collect::<Vec<_>>().join(" ")
}

/// The attributes that any of the rows has, in the order of their names.
struct AttributeColumns<'a> {
    /// Whether each value is a number as it would be written again.
    names: BTreeMap<&'a str, bool>,
}

impl<'a> AttributeColumns<'a> {
    fn of(rows: impl Iterator<Item = &'a Attributes>) -> Self {
        let mut names: BTreeMap<&str, bool> = BTreeMap::new();
        for (name, value) in rows.flat_map(Attributes::iter) {
            let is_number = names.entry(name).or_insert(true);
            *is_number = *is_number && number(value).is_some();
        }
        Self { names }
    }

    /// Named as `attribute.ram_gb`, so that none is taken for a column of ours.
    fn columns(&self) -> impl Iterator<Item = Column> {
        self.names.iter().map(|(name, is_number)| {
            let name = format!("attribute.{name}");
            if *is_number {
                Column::decimal(&name)
            } else {
                Column::text(&name)
            }
        })
    }

    fn cells(&self, attributes: &Attributes) -> impl Iterator<Item = Cell> {
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

/// Intervals with a column for each attribute.
pub(super) fn intervals(name: &str, shown: &[Shown]) -> Table {
    let attributes = AttributeColumns::of(shown.iter().map(|row| &row.attributes));
    let mut columns = vec![
        Column::text("kind"),
        Column::text("external_id"),
        Column::text("name"),
        Column::instant("valid_from"),
        Column::instant("valid_to"),
        Column::instant("covered_until"),
        Column::integer("recorded_from"),
        Column::integer("recorded_to"),
        Column::text("place"),
        Column::integer("resource"),
    ];
    columns.extend(attributes.columns());
    let rows = shown.iter().map(|row| {
        let mut cells = row![
            &row.kind,
            &row.external_id,
            &row.name,
            row.valid.from,
            row.valid.to,
            row.covered_until,
            row.recorded_from.map(|recording| recording.0),
            row.recorded_to.map(|recording| recording.0),
            &row.place,
            row.resource.0,
        ];
        cells.extend(attributes.cells(&row.attributes));
        cells
    });
    Table::new(name, columns).with_rows(rows)
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
