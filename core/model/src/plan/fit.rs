//! Quantities and prices that a sink multiplies to the very net that was rated. Must not know charges or documents.

use num_traits::Signed;

use super::{Abilities, Sums};
use crate::decimal::{Decimal, Rational};
use crate::money::{Money, Rounding, round_decimals};

/// More decimals than these are not shown, unless the net needs them.
const DECIMALS_SHOWN: u32 = 6;
/// Where the sink names no limit.
const DECIMALS_MOST: u32 = 12;

/// Sinks are taken to round half away from zero, as the known ones do.
const SINK_ROUNDING: Rounding = Rounding::HalfUp;

/// The price is never negative (BR-27): the quantity carries the sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Factors {
    pub(super) quantity: Decimal,
    pub(super) unit_price: Decimal,
}

/// Shortens quantity and price to what the sink keeps, as long as it computes the same net from them.
pub(super) fn fit(
    quantity: &Rational,
    unit_price: Decimal,
    net: Money,
    abilities: &Abilities,
) -> Option<Factors> {
    let (quantity, price) = if unit_price.is_negative() {
        (-quantity, -unit_price.to_rational())
    } else {
        (quantity.clone(), unit_price.to_rational())
    };
    let price = match abilities.price_decimals {
        Some(most) => round_decimals(&price, most, SINK_ROUNDING),
        None => price,
    };
    let most = abilities.quantity_decimals.unwrap_or(DECIMALS_MOST);
    (DECIMALS_SHOWN.min(most)..=most).find_map(|decimals| {
        let shown = round_decimals(&quantity, decimals, SINK_ROUNDING);
        computes(&shown, &price, net, abilities)
            .then(|| factors(&shown, &price))
            .flatten()
    })
}

/// 1 × the amount; where the sink keeps too few decimals of a price, the amount × 1.
pub(super) fn fit_amount(net: Money, abilities: &Abilities) -> Option<Factors> {
    let amount = net.to_rational();
    let one = Rational::from_integer(1.into());
    let sign = if net.is_negative() {
        -&one
    } else {
        one.clone()
    };
    [(sign, amount.abs()), (amount, one)]
        .into_iter()
        .find(|(quantity, price)| {
            keeps(quantity, abilities.quantity_decimals)
                && keeps(price, abilities.price_decimals)
                && computes(quantity, price, net, abilities)
        })
        .and_then(|(quantity, price)| factors(&quantity, &price))
}

fn computes(quantity: &Rational, price: &Rational, net: Money, abilities: &Abilities) -> bool {
    let exponent = abilities.exponent(net.currency());
    let product = quantity * price;
    let net = net.to_rational();
    let rounded = round_decimals(&product, exponent, SINK_ROUNDING);
    rounded == net
        && match abilities.sums {
            Sums::RoundedLines => true,
            Sums::ExactProducts => product == net,
        }
}

fn keeps(value: &Rational, decimals: Option<u32>) -> bool {
    decimals.is_none_or(|decimals| round_decimals(value, decimals, SINK_ROUNDING) == *value)
}

fn factors(quantity: &Rational, price: &Rational) -> Option<Factors> {
    Some(Factors {
        quantity: Decimal::from_rational(quantity)?,
        unit_price: Decimal::from_rational(price)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(quantity: &str, price: &str, net: &str, decimals: Option<u32>) -> Option<String> {
        let abilities = Abilities {
            quantity_decimals: decimals,
            ..Abilities::default()
        };
        let net = Money::parse(net, "EUR".parse().unwrap()).unwrap();
        let factors = fit(
            &quantity.parse().unwrap(),
            price.parse().unwrap(),
            net,
            &abilities,
        )?;
        Some(format!("{} x {}", factors.quantity, factors.unit_price))
    }

    #[test]
    fn a_quantity_is_shortened_only_if_the_net_stays() {
        assert_eq!(
            fitted("5200/31", "0.50", "83.87", None).unwrap(),
            "167.741935 x 0.5"
        );
        assert_eq!(
            fitted("5200/31", "0.50", "83.87", Some(2)).unwrap(),
            "167.74 x 0.5"
        );
        assert_eq!(fitted("1/3", "1000", "333.33", Some(2)), None);
        // Six decimals give 333333.00; seven give the net.
        assert_eq!(
            fitted("1/3", "1000000", "333333.33", None).unwrap(),
            "0.33333333 x 1000000"
        );
    }

    #[test]
    fn a_sink_that_sums_before_it_rounds_gets_no_fractions_of_a_cent() {
        let abilities = Abilities {
            sums: Sums::ExactProducts,
            ..Abilities::default()
        };
        let fits = |quantity: &str, net: &str| {
            let net = Money::parse(net, "EUR".parse().unwrap()).unwrap();
            let price = "0.015".parse().unwrap();
            fit(&quantity.parse().unwrap(), price, net, &abilities).is_some()
        };
        assert!(fits("6", "0.09"));
        assert!(!fits("5", "0.08"));
    }

    #[test]
    fn a_price_is_never_negative() {
        assert_eq!(fitted("2", "-3", "-6.00", None).unwrap(), "-2 x 3");
    }

    #[test]
    fn an_amount_finds_a_place_for_its_decimals() {
        let net = Money::parse("-12.34", "EUR".parse().unwrap()).unwrap();
        let limited = |quantity, price| Abilities {
            quantity_decimals: Some(quantity),
            price_decimals: Some(price),
            ..Abilities::default()
        };
        let shown = |abilities: &Abilities| {
            fit_amount(net, abilities)
                .map(|factors| format!("{} x {}", factors.quantity, factors.unit_price))
        };
        assert_eq!(shown(&limited(0, 2)).unwrap(), "-1 x 12.34");
        assert_eq!(shown(&limited(2, 0)).unwrap(), "-12.34 x 1");
        assert_eq!(shown(&limited(0, 0)), None);
    }
}
