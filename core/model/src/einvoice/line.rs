//! A line of an e-invoice: a quantity, a price that is never negative, and a net that is their product.

use num_bigint::BigInt;
use num_traits::Signed;

use super::Tax;
use crate::decimal::{Decimal, Rational};
use crate::document::Line;
use crate::money::{Money, MoneyError, Rounding, round_money};
use crate::time::Date;

/// UN/ECE Rec 20: one.
const ONE: &str = "C62";
/// Receivers keep few decimals of a price. One with more is the price of ten, a hundred and so on units.
const PRICE_DECIMALS: u32 = 4;
/// By how many hundredths a net may differ from its product, in every currency (PEPPOL-EN16931-R120).
const SLACK_HUNDREDTHS: i64 = 2;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EInvoiceLine {
    /// BT-126.
    pub id: String,
    /// BT-153.
    pub name: String,
    /// BT-154: the computation, where the line cannot show it.
    pub description: Option<String>,
    /// The seller's key of the item (BT-155).
    pub item: String,
    /// BT-129; it carries the sign.
    pub quantity: Decimal,
    /// BT-130.
    pub unit: String,
    /// BT-146.
    pub price: Decimal,
    /// BT-149: for how many units the price is.
    pub base_quantity: Decimal,
    /// BT-131.
    pub net: Money,
    /// The name of its tax category.
    pub tax_category: Option<String>,
    /// What that is; none where nothing says so.
    pub tax: Option<Tax>,
    /// BT-134 and BT-135, both of them charged.
    pub first_day: Date,
    pub last_day: Date,
}

/// The line with this number. `turned` changes its sign: what a credit note gives back is negative in an invoice.
///
/// A net that is not the product of quantity and price, or is too far from it where its currency has few decimals, goes out as
/// 1 × the net, with the computation in its description.
pub(super) fn line(
    number: usize,
    line: &Line,
    tax: Option<&Tax>,
    turned: bool,
) -> Result<EInvoiceLine, MoneyError> {
    let net = if turned {
        line.net.checked_neg()?
    } else {
        line.net
    };
    // A negative price is a negative quantity (BR-27).
    let turns = turned != line.unit_price.is_negative();
    let quantity = if turns {
        negated(line.quantity)
    } else {
        line.quantity
    };
    let price = absolute(line.unit_price);
    let product = quantity.to_rational() * price.to_rational();
    let mut own = EInvoiceLine {
        id: number.to_string(),
        name: line.description.clone(),
        description: None,
        item: line.item.to_string(),
        quantity,
        unit: line.unit.clone(),
        price,
        base_quantity: Decimal::ONE,
        net,
        tax_category: line.tax_category.clone(),
        tax: tax.cloned(),
        first_day: line.first_day,
        last_day: line.last_day,
    };
    if is_product(net, &product) {
        (own.price, own.base_quantity) = with_few_decimals(price);
    } else {
        own.description = Some(format!("{quantity} {} × {price} = {net}", line.unit));
        ONE.clone_into(&mut own.unit);
        own.quantity = if net.is_negative() {
            negated(Decimal::ONE)
        } else {
            Decimal::ONE
        };
        let (digits, scale) = (i128::from(net.minor()).abs(), net.currency().exponent());
        own.price = Decimal::from_parts(digits, u32::from(scale))
            .expect("an amount has fewer digits than a decimal");
    }
    Ok(own)
}

impl EInvoiceLine {
    /// Is the net what the receiver computes? It cannot be computed of a price for no units.
    pub(super) fn is_computed(&self) -> bool {
        let base = self.base_quantity.to_rational();
        let product = || self.quantity.to_rational() * self.price.to_rational() / &base;
        !base.is_positive() || is_product(self.net, &product())
    }
}

/// Does the product round to the net, and does a receiver that compares them unrounded take it?
fn is_product(net: Money, product: &Rational) -> bool {
    let slack = Rational::new(SLACK_HUNDREDTHS.into(), 100.into());
    round_money(product, net.currency(), Rounding::HalfUp) == Ok(net)
        && (net.to_rational() - product).abs() <= slack
}

/// The same price, and for how many units it is then.
fn with_few_decimals(price: Decimal) -> (Decimal, Decimal) {
    let more = price.decimals().saturating_sub(PRICE_DECIMALS);
    let units = Rational::from_integer(BigInt::from(10).pow(more));
    let of_units = Decimal::from_rational(&(price.to_rational() * &units));
    match (of_units, Decimal::from_rational(&units)) {
        (Some(of_units), Some(units)) => (of_units, units),
        _ => (price, Decimal::ONE),
    }
}

fn absolute(value: Decimal) -> Decimal {
    if value.is_negative() {
        negated(value)
    } else {
        value
    }
}

pub(super) fn negated(value: Decimal) -> Decimal {
    let (digits, scale) = value.parts();
    Decimal::from_parts(-digits, scale).expect("a turned sign needs no more digits")
}
