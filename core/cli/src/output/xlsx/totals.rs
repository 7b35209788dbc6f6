//! The rows below a sheet's rows: sums as formulas, one row for each currency.

use std::collections::BTreeSet;

use counterfoil_model::money::{Currency, Money};
use rust_xlsxwriter::{Format, FormatBorder, Formula, Worksheet, XlsxError, utility};

use super::super::table::{Cell, Kind, Table};
use super::{is_number, money_format};

/// Of the rows that stand from the second row on. Where an amount is a text, since Excel has no number of so many digits,
/// the sum is a text, too: a formula would leave it out.
pub(super) fn write(
    sheet: &mut Worksheet,
    table: &Table,
    rows: &[Vec<Cell>],
    currency_column: u16,
) -> Result<(), XlsxError> {
    let mut currencies: BTreeSet<Currency> = BTreeSet::new();
    for cell in rows.iter().flatten() {
        if let Cell::Money(money) = cell {
            currencies.insert(money.currency());
        }
    }
    let last = u32::try_from(rows.len()).expect("the rows of a sheet are limited");
    let heavy = |format: Format| format.set_bold().set_border_top(FormatBorder::Thin);
    for (index, currency) in (1..).zip(&currencies) {
        let at = last + index;
        sheet.write_string_with_format(at, 0, "total", &heavy(Format::new()))?;
        sheet.write_string_with_format(
            at,
            currency_column,
            currency.code(),
            &heavy(Format::new()),
        )?;
        for (position, column) in table.columns().iter().enumerate() {
            if column.kind() != Kind::Money {
                continue;
            }
            let amounts: Vec<Money> = rows
                .iter()
                .filter_map(|row| match row[position] {
                    Cell::Money(money) if money.currency() == *currency => Some(money),
                    _ => None,
                })
                .collect();
            let shift = u16::from(position >= usize::from(currency_column));
            let own = u16::try_from(position).expect("a table has few columns") + shift;
            let format = heavy(Format::new().set_num_format(money_format(*currency)));
            let Ok(sum) = Money::sum(amounts.iter().copied(), *currency) else {
                sheet.write_string_with_format(at, own, "too large", &format)?;
                continue;
            };
            let are_numbers = amounts.iter().all(|money| is_number(&money.amount()));
            if !are_numbers || !is_number(&sum.amount()) {
                sheet.write_string_with_format(at, own, sum.amount(), &format)?;
                continue;
            }
            let range = |column: u16| {
                let name = utility::column_number_to_name(column);
                format!("${name}$2:${name}${}", last + 1)
            };
            let formula = if currencies.len() == 1 {
                format!("=SUM({})", range(own))
            } else {
                let of = range(currency_column);
                format!("=SUMIF({of},\"{currency}\",{})", range(own))
            };
            let formula = Formula::new(formula).set_result(sum.amount());
            sheet.write_formula_with_format(at, own, formula, &format)?;
        }
    }
    Ok(())
}
