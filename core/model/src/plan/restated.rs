//! Corrections that come to nothing. They are sent only where what they move decides anything for the buyer or the books.

use std::collections::BTreeMap;

use super::lines::Bundle;
use crate::charge::ChargeKey;
use crate::money::{Money, MoneyError};

/// Charge period, tax and account code of a line.
type Books<'a> = (&'a str, Option<&'a str>, Option<&'a str>);
/// Whatever else moves, the invoice stays right in all that is paid, taxed and booked, and in what each of these costs: the
/// dimensions of a line but its plan, which is of no department. None of what is of them all: the rest of a commitment.
type Apart<'a> = Option<BTreeMap<&'a str, &'a str>>;

/// Do the lines take back what they add, in each charge period, tax and account code, and with nothing that goes from one line to
/// another which its item keeps apart?
pub(super) fn come_to_nothing<'a>(
    bundles: impl IntoIterator<Item = &'a Bundle>,
) -> Result<bool, MoneyError> {
    let mut sums: BTreeMap<Books<'_>, BTreeMap<Apart<'_>, Money>> = BTreeMap::new();
    for line in bundles.into_iter().flat_map(|bundle| &bundle.lines) {
        let books = (
            line.charge.billing_period.as_str(),
            line.tax_category.as_deref(),
            line.account_code.as_deref(),
        );
        let apart = apart(&line.charge);
        let of_books = sums.entry(books).or_default();
        let sum = match of_books.get(&apart) {
            Some(sum) => sum.checked_add(line.billed)?,
            None => line.billed,
        };
        of_books.insert(apart, sum);
    }
    for of_books in sums.into_values() {
        let Some(first) = of_books.values().next() else {
            continue;
        };
        let all = Money::sum(of_books.values().copied(), first.currency())?;
        let mut kept_apart = of_books.iter().filter(|(apart, _)| apart.is_some());
        let gains = kept_apart.clone().any(|(_, sum)| sum.minor() > 0);
        let loses = kept_apart.any(|(_, sum)| sum.minor() < 0);
        if !all.is_zero() || (gains && loses) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn apart(key: &ChargeKey) -> Apart<'_> {
    let dimensions = key.dimensions.iter();
    let but_plan = dimensions.filter(|(name, _)| *name != "plan");
    let apart = but_plan.map(|(name, value)| (name.as_str(), value.as_str()));
    (!key.is_commitment()).then(|| apart.collect())
}

#[cfg(test)]
mod tests;
