//! A charge as an amount alone, for those who compare sums.

use super::charged_period::PriceTable;
use super::group::Group;
use super::pricing::{Usage, net};
use crate::charge::Charge;
use crate::decimal::Decimal;
use crate::language::LineWords;
use crate::money::{Money, round_money};
use crate::price::{Model, Tariff};

/// It explains nothing. `together`: the net, where it was rounded with others. `None` where the amount exceeds 64 bits of
/// minor units.
pub(super) fn amount(
    group: &Group<'_>,
    (tariff, usage): (&Tariff, &Usage<'_>),
    together: Option<Money>,
    table: &PriceTable<'_>,
) -> Option<Charge> {
    let terms = group.buyer.terms;
    let net = match (&tariff.model, together) {
        (Model::Split(_), None) => return None,
        (_, Some(net)) => net,
        (_, None) => {
            let rounding = table.book.rounding.of(terms.currency);
            round_money(&net(tariff, usage), terms.currency, rounding).ok()?
        }
    };
    Some(Charge {
        words: LineWords::default(),
        key: group.key(table),
        customer: terms.customer.clone(),
        description: String::new(),
        quantity: Decimal::ZERO,
        unit: String::new(),
        unit_price: Decimal::ZERO,
        net,
        first_day: table.billing_period.first_day(),
        last_day: table.billing_period.last_day(),
        tax_category: None,
        account_code: None,
        explanation: Box::default(),
        contributions: Vec::new(),
    })
}
