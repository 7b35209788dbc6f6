//! Corrections that come to nothing. They are sent only where what they move decides anything for the buyer or the books.

use std::collections::BTreeMap;

use super::lines::Bundle;
use crate::money::{Money, MoneyError};

/// Tax and account code of a line.
type Books<'a> = (Option<&'a str>, Option<&'a str>);
/// Whatever else moves, the invoice stays right in all that is paid, taxed and booked, and in what each service costs.
type Service<'a> = Option<&'a str>;

/// Do the lines take back what they add, in each tax and account code, and with nothing that goes from one service to another?
/// What has no service, such as the rest of a minimum, is of them all.
pub(super) fn come_to_nothing<'a>(
    bundles: impl IntoIterator<Item = &'a Bundle>,
) -> Result<bool, MoneyError> {
    let mut sums: BTreeMap<Books<'_>, BTreeMap<Service<'_>, Money>> = BTreeMap::new();
    for line in bundles.into_iter().flat_map(|bundle| &bundle.lines) {
        let books = (line.tax_category.as_deref(), line.account_code.as_deref());
        let service = line.charge.dimensions.get("service").map(String::as_str);
        let of_books = sums.entry(books).or_default();
        let sum = match of_books.get(&service) {
            Some(sum) => sum.checked_add(line.billed)?,
            None => line.billed,
        };
        of_books.insert(service, sum);
    }
    for of_books in sums.into_values() {
        let Some(first) = of_books.values().next() else {
            continue;
        };
        let all = Money::sum(of_books.values().copied(), first.currency())?;
        let mut services = of_books.iter().filter(|(service, _)| service.is_some());
        let gains = services.clone().any(|(_, sum)| sum.minor() > 0);
        let loses = services.any(|(_, sum)| sum.minor() < 0);
        if !all.is_zero() || (gains && loses) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
