//! One table as CSV by RFC 4180: a header, commas, CRLF, UTF-8. Amounts are plain decimals, their currency has a column.

use super::error::OutputError;
use super::table::{Cell, Column, Kind, Table};

/// What a spreadsheet program would take as the beginning of a formula.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(super) fn bytes(table: &Table) -> Result<Vec<u8>, OutputError> {
    let mut builder = csv::WriterBuilder::new();
    builder.terminator(csv::Terminator::CRLF);
    let mut writer = builder.from_writer(Vec::new());
    let money = last_money(table);
    let mut head: Vec<String> = table.columns().iter().map(Column::export_name).collect();
    if let Some(last) = money {
        head.insert(last + 1, "currency".to_owned());
    }
    writer
        .write_record(&head)
        .map_err(|source| OutputError::Csv { source })?;
    for row in table.rows() {
        let columns = table.columns().iter();
        let mut cells: Vec<String> = row
            .iter()
            .zip(columns)
            .map(|(cell, column)| text(cell, column))
            .collect();
        if let Some(last) = money {
            cells.insert(last + 1, currency(table, row)?.unwrap_or_default());
        }
        writer
            .write_record(&cells)
            .map_err(|source| OutputError::Csv { source })?;
    }
    writer.into_inner().map_err(|error| OutputError::Csv {
        source: error.into_error().into(),
    })
}

/// The column after which the currency stands.
pub(super) fn last_money(table: &Table) -> Option<usize> {
    table
        .columns()
        .iter()
        .rposition(|column| column.kind() == Kind::Money)
}

/// The one currency of a row's amounts.
pub(super) fn currency(table: &Table, row: &[Cell]) -> Result<Option<String>, OutputError> {
    let mut found = None;
    for cell in row {
        let Cell::Money(money) = cell else { continue };
        match found {
            None => found = Some(money.currency()),
            Some(first) if first == money.currency() => {}
            Some(first) => {
                return Err(OutputError::MixedCurrencies {
                    table: table.name().to_owned(),
                    first: first.to_string(),
                    second: money.currency().to_string(),
                });
            }
        }
    }
    Ok(found.map(|currency| currency.to_string()))
}

/// An apostrophe is how a spreadsheet marks a text; only texts get one, so that numbers stay numbers.
pub(crate) fn guarded(text: &str) -> String {
    if text.starts_with(FORMULA_STARTS) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn text(cell: &Cell, column: &Column) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => guarded(text),
        Cell::Integer(number) | Cell::Seconds(number) => number.to_string(),
        Cell::Decimal(number) if column.has_point() && number.decimals() == 0 => {
            format!("{number}.0")
        }
        Cell::Decimal(number) => number.to_string(),
        Cell::Money(money) => money.amount(),
        Cell::Date(date) => date.to_string(),
        Cell::Instant(instant) => instant.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::row;
    use super::*;
    use counterfoil_model::money::Money;

    fn money(text: &str, code: &str) -> Money {
        Money::parse(text, code.parse().unwrap()).unwrap()
    }

    #[test]
    fn amounts_are_plain_and_texts_are_no_formulas() {
        let columns = [
            Column::text("account"),
            Column::money("net"),
            Column::text("remark"),
        ];
        let table = Table::new("lines", columns).with_rows([
            row!["=1+1", money("-12.30", "EUR"), "say \"hi\", twice"],
            row!["-5", money("1200", "JPY"), None::<String>],
        ]);
        assert_eq!(
            String::from_utf8(bytes(&table).unwrap()).unwrap(),
            "account,net,currency,remark\r\n\
             '=1+1,-12.30,EUR,\"say \"\"hi\"\", twice\"\r\n\
             '-5,1200,JPY,\r\n"
        );
    }

    #[test]
    fn a_row_has_one_currency() {
        let columns = [Column::money("before"), Column::money("now")];
        let rows = [row![money("1.00", "EUR"), money("1.00", "SEK")]];
        let error = bytes(&Table::new("changes", columns).with_rows(rows)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "write the table changes: a row holds amounts in EUR and SEK"
        );
    }
}
