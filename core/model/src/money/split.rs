//! Splitting an amount so that the parts sum to it: largest remainder with a stable tie-break (rule R27).

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::Money;
use crate::decimal::Rational;

/// Splits by weights that are not negative. The cents that are left go to the largest remainders, and among equal ones
/// to the earlier part. `None` where all weights are zero or one is negative.
pub fn split_largest_remainder(total: Money, weights: &[Rational]) -> Option<Vec<Money>> {
    let sum: Rational = weights.iter().sum();
    if sum.is_zero() || weights.iter().any(Signed::is_negative) {
        return None;
    }
    let magnitude = Rational::from_integer(BigInt::from(total.minor()).abs());
    let exact: Vec<Rational> = weights
        .iter()
        .map(|weight| &magnitude * weight / &sum)
        .collect();
    let mut parts: Vec<i64> = exact
        .iter()
        .map(|part| i64::try_from(part.to_integer()).ok())
        .collect::<Option<_>>()?;
    let given: i64 = parts.iter().sum();
    let left = usize::try_from(i64::try_from(total.minor().unsigned_abs()).ok()? - given).ok()?;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().cmp(&exact[a].fract()).then(a.cmp(&b)));
    for &index in order.iter().take(left) {
        parts[index] += 1;
    }
    let sign = if total.is_negative() { -1 } else { 1 };
    Some(
        parts
            .into_iter()
            .map(|part| Money::from_minor(sign * part, total.currency()))
            .collect(),
    )
}

/// Rounds exact amounts of any sign to the minor unit so that they sum to the total: each is rounded down, and what is
/// left goes to the largest remainders, among equal ones to the earlier amount. `None` where the amounts do not come to the
/// total but for rounding.
pub fn round_to_total(total: Money, amounts: &[Rational]) -> Option<Vec<Money>> {
    let scale = BigInt::from(10).pow(u32::from(total.currency().exponent()));
    let exact: Vec<Rational> = amounts.iter().map(|amount| amount * &scale).collect();
    let floors: Option<Vec<i64>> = exact
        .iter()
        .map(|amount| i64::try_from(amount.floor().to_integer()).ok())
        .collect();
    let mut parts = floors?;
    let left = parts
        .iter()
        .try_fold(total.minor(), |left, part| left.checked_sub(*part))?;
    let left = usize::try_from(left)
        .ok()
        .filter(|left| *left <= parts.len())?;
    let rest = |index: usize| &exact[index] - exact[index].floor();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|&a, &b| rest(b).cmp(&rest(a)).then(a.cmp(&b)));
    for &index in order.iter().take(left) {
        parts[index] += 1;
    }
    let money = |part| Money::from_minor(part, total.currency());
    Some(parts.into_iter().map(money).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(total: &str, weights: &[i64]) -> Vec<String> {
        let total = Money::parse(total, "EUR".parse().unwrap()).unwrap();
        let weights: Vec<Rational> = weights
            .iter()
            .map(|&weight| Rational::from_integer(weight.into()))
            .collect();
        split_largest_remainder(total, &weights)
            .unwrap()
            .into_iter()
            .map(Money::amount)
            .collect()
    }

    #[test]
    fn tv_77_parts_sum_to_the_cent() {
        assert_eq!(split("10.00", &[1, 1, 1]), ["3.34", "3.33", "3.33"]);
        assert_eq!(split("0.05", &[1, 1, 1]), ["0.02", "0.02", "0.01"]);
        assert_eq!(
            split("100.00", &[50, 30, 20, 7]),
            ["46.73", "28.04", "18.69", "6.54"]
        );
        assert_eq!(split("-10.00", &[1, 1, 1]), ["-3.34", "-3.33", "-3.33"]);
    }

    #[test]
    fn amounts_of_both_signs_are_rounded_to_their_total() {
        let round = |total: &str, amounts: &[&str]| {
            let amounts: Vec<Rational> = amounts.iter().map(|one| one.parse().unwrap()).collect();
            let total = Money::parse(total, "EUR".parse().unwrap()).unwrap();
            let parts = round_to_total(total, &amounts)?;
            Some(parts.into_iter().map(Money::amount).collect::<Vec<_>>())
        };
        assert_eq!(
            round("90.00", &["300013/3000", "-300013/30000"]).unwrap(),
            ["100.00", "-10.00"]
        );
        assert_eq!(
            round("125.00", &["150", "-25"]).unwrap(),
            ["150.00", "-25.00"]
        );
        assert_eq!(round("1.00", &["0.5"; 0]), None);
        assert_eq!(round("125.00", &["150"]), None);
    }
}
