//! What holds for every tariff, whatever its numbers.

use proptest::prelude::*;

use super::*;
use crate::price::Allowance;

fn amount() -> impl Strategy<Value = Decimal> {
    (0..10_000_i64).prop_map(|digits| Decimal::from_parts(digits.into(), 4).unwrap())
}

fn tiers() -> impl Strategy<Value = Vec<Tier>> {
    let flat = || prop::option::weighted(0.3, amount());
    let bounded = prop::collection::btree_map(1..50_i64, (amount(), flat()), 0..4);
    (bounded, amount(), flat()).prop_map(|(bounded, last, flat)| {
        let tier = |up_to, amount, flat| Tier {
            up_to,
            amount,
            flat,
        };
        let bounded = bounded.into_iter();
        let bounded =
            bounded.map(|(bound, (amount, flat))| tier(Some(Decimal::from(bound)), amount, flat));
        bounded.chain([tier(None, last, flat)]).collect()
    })
}

fn model() -> impl Strategy<Value = Model> {
    prop_oneof![
        amount().prop_map(Model::Unit),
        amount().prop_map(Model::Flat),
        amount().prop_map(Model::Percentage),
        tiers().prop_map(Model::Graduated),
        tiers().prop_map(Model::Volume),
        (1..20_i64, amount()).prop_map(|(size, amount)| Model::Package {
            size: Decimal::from(size),
            amount
        }),
    ]
}

fn tariff() -> impl Strategy<Value = Tariff> {
    let some = || prop::option::of(amount());
    let allowance = prop::option::of(0..20_i64);
    let limits = prop::option::of((amount(), amount()));
    (
        model(),
        allowance,
        prop::option::of(0..=100_i64),
        some(),
        limits,
    )
        .prop_map(|(model, allowance, percent, off, limits)| Tariff {
            allowance: allowance.map(|quantity| Allowance {
                quantity: Decimal::from(quantity),
                per: AllowancePer::Charge,
            }),
            discount_percent: percent.map(Decimal::from),
            discount_amount: off,
            minimum: limits.map(|(one, other)| one.min(other)),
            maximum: limits.map(|(one, other)| one.max(other)),
            ..Tariff::of(model)
        })
}

fn whole(quantity: &Rational) -> Usage<'_> {
    static ONE: std::sync::LazyLock<Rational> = std::sync::LazyLock::new(Rational::one);
    averaged(quantity, &ONE)
}

fn averaged<'a>(quantity: &'a Rational, weight: &'a Rational) -> Usage<'a> {
    Usage {
        quantity,
        weight,
        moments: None,
        shared_allowance: None,
        there: None,
        part: None,
    }
}

fn rational(numerator: i64, denominator: i64) -> Rational {
    Rational::new(numerator.into(), denominator.into())
}

proptest! {
    #[test]
    fn parts_are_what_the_net_is_made_of(
        tariff in tariff(), numerator in 0..5_000_i64, denominator in 1..90_i64, days in 1..31_i64
    ) {
        let (quantity, weight) = (rational(numerator, denominator), rational(days, 31));
        let usage = averaged(&quantity, &weight);
        let priced = price(&tariff, &usage);
        let amounts = priced.parts.iter().map(|part| part.amount.parse::<Rational>().unwrap());
        prop_assert_eq!(&amounts.sum::<Rational>(), &priced.net);
        prop_assert!(!priced.net.is_negative());
        prop_assert_eq!(&net(&tariff, &usage), &priced.net);
        if let (Some(least), Some(most)) = (tariff.minimum, tariff.maximum) {
            let limits = [least, most].map(|limit| limit.to_rational() * &weight);
            prop_assert!(limits[0] <= priced.net && priced.net <= limits[1]);
        }
    }

    #[test]
    fn a_level_costs_the_same_however_the_period_is_cut(
        tariff in tariff(), level in 0..500_i64, days in 1..31_i64
    ) {
        let level = rational(level, 7);
        let cut = |days| {
            let weight = rational(days, 31);
            net(&tariff, &averaged(&(&level * &weight), &weight))
        };
        let parts = cut(days) + if days < 31 { cut(31 - days) } else { Rational::zero() };
        prop_assert_eq!(parts, cut(31));
    }

    #[test]
    fn more_never_lowers_a_graduated_total(tiers in tiers(), less in 0..4_000_i64, more in 0..1_000_i64) {
        let tariff = Tariff::of(Model::Graduated(tiers));
        let of = |quantity: i64| price(&tariff, &whole(&rational(quantity, 70))).net;
        prop_assert!(of(less) <= of(less + more));
    }

    #[test]
    fn moments_of_one_level_are_its_average(tariff in tariff(), level in 0..500_i64, days in 1..31_i64) {
        let (level, weight) = (rational(level, 7), rational(days, 31));
        let quantity = &level * &weight;
        let half = (level.clone(), &weight / Rational::from_integer(2.into()));
        let moments = Moments { levels: vec![half.clone(), half], once_of: Rational::one() };
        let usage = averaged(&quantity, &weight);
        let moments = Usage { moments: Some(&moments), ..usage };
        prop_assert_eq!(price(&tariff, &moments).net, net(&tariff, &usage));
    }

    #[test]
    fn small_numbers_come_to_the_same(
        tiers in tiers(), numerator in 0..5_000_i64, denominator in 1..90_i64, days in 1..31_i64, percent in prop::option::of(0..=100_i64)
    ) {
        let plain = tiers.into_iter().map(|tier| Tier { flat: None, ..tier }).collect();
        let percent = percent.map(|percent| Decimal::from_parts(percent.into(), 0).unwrap());
        let tariff = Tariff { discount_percent: percent, ..Tariff::of(Model::Graduated(plain)) };
        let (quantity, weight) = (rational(numerator, denominator), rational(days, 31));
        let usage = averaged(&quantity, &weight);
        let mut pricing = Pricing::new(&tariff, &usage);
        pricing.model();
        pricing.discounts();
        let small = pricing_small::price(&tariff, &quantity, &weight).unwrap();
        prop_assert_eq!(&small.net, &pricing.net);
        prop_assert_eq!(net(&tariff, &usage), pricing.net);
        prop_assert_eq!(small.parts, pricing.parts);
    }
}

#[test]
fn no_percentage_is_too_fine_to_be_charged() {
    // The finest and the longest that a price book may have: fifteen decimals, and as many digits as a decimal holds.
    for percent in ["0.000000000000001", "79228162514264.337593543950335"] {
        let percent: Decimal = percent.parse().unwrap();
        let tariff = Tariff::of(Model::Percentage(percent));
        let quantity = rational(200, 1);
        let expected = percent.to_rational() * rational(2, 1);
        assert_eq!(price(&tariff, &whole(&quantity)).net, expected);
    }
}
