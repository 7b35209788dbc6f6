//! Fractions and decimals of the oracle, and its own rounding.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

pub(crate) type Exact = BigRational;

pub(crate) fn fraction(numerator: i128, denominator: i128) -> Exact {
    Exact::new(BigInt::from(numerator), BigInt::from(denominator))
}

pub(crate) fn whole(number: i128) -> Exact {
    Exact::from_integer(BigInt::from(number))
}

/// A decimal as a person writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dec {
    pub(crate) digits: i64,
    pub(crate) places: u32,
}

impl PartialEq for Dec {
    fn eq(&self, other: &Self) -> bool {
        let aligned = |one: &Self, other: &Self| i128::from(one.digits) * 10_i128.pow(other.places);
        aligned(self, other) == aligned(other, self)
    }
}

impl Eq for Dec {}

impl Dec {
    pub(crate) fn text(self) -> String {
        let scale = 10_i64.pow(self.places);
        let (before, behind) = (self.digits / scale, self.digits % scale);
        match self.places {
            0 => before.to_string(),
            places => format!("{before}.{behind:0width$}", width = places as usize),
        }
    }

    pub(crate) fn exact(self) -> Exact {
        fraction(self.digits.into(), 10_i128.pow(self.places))
    }
}

/// To whole minor units; a half goes away from zero, or to the even neighbour.
pub(crate) fn rounded(amount: &Exact, exponent: u32, half_even: bool) -> BigInt {
    let scaled = amount.abs() * whole(10_i128.pow(exponent));
    let below = scaled.floor().to_integer();
    let rest = &scaled - Exact::from_integer(below.clone());
    let half = fraction(1, 2);
    let is_odd = &below % 2 != BigInt::zero();
    let up = rest > half || (rest == half && (!half_even || is_odd));
    let magnitude = if up { below + 1 } else { below };
    if amount.is_negative() {
        -magnitude
    } else {
        magnitude
    }
}

/// Minor units as the decimal text of an amount.
pub(crate) fn amount(minor: &BigInt, exponent: u32) -> String {
    let sign = if minor.is_negative() { "-" } else { "" };
    let width = exponent as usize;
    let digits = format!("{:0>1$}", minor.abs().to_string(), width + 1);
    let (before, behind) = digits.split_at(digits.len() - width);
    match behind {
        "" => format!("{sign}{before}"),
        _ => format!("{sign}{before}.{behind}"),
    }
}

/// Amounts in whole minor units that sum to what all of them are rounded to: the largest remainders are rounded up, of equal
/// ones the first.
pub(crate) fn rounded_together(exact: &[Exact], exponent: u32, half_even: bool) -> Vec<BigInt> {
    let minor = |amount: &Exact| amount * whole(10_i128.pow(exponent));
    let total = rounded(&exact.iter().sum(), exponent, half_even);
    let mut parts: Vec<BigInt> = exact
        .iter()
        .map(|one| minor(one).floor().to_integer())
        .collect();
    let mut order: Vec<usize> = (0..exact.len()).collect();
    let rest = |place: &usize| minor(&exact[*place]).fract();
    order.sort_by_key(|place| std::cmp::Reverse(rest(place)));
    let given: BigInt = parts.iter().sum();
    let mut missing = total - given;
    for place in order {
        if missing > BigInt::zero() {
            parts[place] += 1;
            missing -= 1;
        }
    }
    parts
}

/// Parts in whole minor units that sum to the total: what is left goes to the largest remainders, of equal ones to the first.
pub(crate) fn parts(total: &BigInt, measures: &[Exact]) -> Vec<BigInt> {
    let sum: Exact = measures.iter().sum();
    let due = |measure: &Exact| Exact::from_integer(total.clone()) * measure / &sum;
    let mut parts: Vec<BigInt> = measures
        .iter()
        .map(|one| due(one).floor().to_integer())
        .collect();
    loop {
        let given: BigInt = parts.iter().sum();
        if given >= *total {
            return parts;
        }
        let mut best = 0;
        let missing =
            |place: usize| due(&measures[place]) - Exact::from_integer(parts[place].clone());
        for place in 1..parts.len() {
            if missing(place) > missing(best) {
                best = place;
            }
        }
        parts[best] += 1;
    }
}
