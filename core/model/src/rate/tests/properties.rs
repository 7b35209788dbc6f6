//! What must hold for all facts: invariants 3 to 7 of the money rules.

use proptest::prelude::*;

use super::*;
use crate::money::{Currency, Money, split_largest_remainder};
use crate::price::Proration;
use crate::rate::weights::Weights;

const HOUR: i64 = 3600;

fn prorations() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("second"), Just("actual-day")]
}

/// March and October of Stockholm have a day of 23 and one of 25 hours; Lord Howe moves by half an hour.
fn months() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop_oneof![
        Just(("2026-03", "Europe/Stockholm")),
        Just(("2026-10", "Europe/Stockholm")),
        Just(("2026-04", "Australia/Lord_Howe")),
        Just(("2028-02", "UTC")),
    ]
}

/// A quantity in hundredths and the hours at which it begins and ends.
fn resources() -> impl Strategy<Value = Vec<(i64, i64, i64)>> {
    prop::collection::vec((0..50_000_i64, 0..672_i64, 1..400_i64), 1..8)
}

fn scenario(month: (&str, &str), book: &str, resources: &[(i64, i64, i64)]) -> Scenario {
    let mut scenario = Scenario::new(month.0, month.1, book);
    let whole = scenario.whole();
    for (hundredths, from, hours) in resources {
        let start = whole.from().seconds() + from * HOUR;
        let period = Period::new(
            Instant::from_seconds(start).unwrap(),
            Instant::from_seconds(start + hours * HOUR).unwrap(),
        );
        let quantity = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        scenario.add(&quantity, period.unwrap());
    }
    scenario
}

fn book(proration: &str, model: &str) -> String {
    let price = match model {
        "unit" => "amount = \"0.0173\"",
        _ => {
            "tiers = [{ up_to = 100, amount = \"1.37\" }, { up_to = 300.5, amount = \"0.613\" }, { amount = \"0.1\" }]"
        }
    };
    item(
        &format!("proration = \"{proration}\"\nmodel = \"{model}\""),
        &[&price.replace("300.5", "\"300.5\"")],
    )
}

fn exact_net(rated: &Rated) -> Rational {
    let nets = rated
        .charges
        .iter()
        .map(|charge| charge.explanation.net_exact.parse::<Rational>().unwrap());
    nets.sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Invariant 5: cutting an interval in two changes nothing but the contributions.
    #[test]
    fn charges_are_additive_over_split_intervals(
        month in months(), proration in prorations(), resources in resources(), cut in 1..399_i64,
    ) {
        for model in ["unit", "graduated"] {
            let whole = scenario(month, &book(proration, model), &resources);
            let pieces: Vec<(i64, i64, i64)> = resources.iter().flat_map(|&(quantity, from, hours)| {
                if cut < hours {
                    vec![(quantity, from, cut), (quantity, from + cut, hours - cut)]
                } else {
                    vec![(quantity, from, hours)]
                }
            }).collect();
            let split = scenario(month, &book(proration, model), &pieces);
            prop_assert_eq!(exact_net(&whole.rate()), exact_net(&split.rate()));
        }
    }

    /// Rule R16: what is rounded up is the quantity of the whole period, whatever cuts it was gathered in.
    #[test]
    fn a_ceiling_is_of_the_whole_quantity_however_it_is_cut(
        month in months(), proration in prorations(), resources in resources(),
        cuts in prop::collection::vec(1..399_i64, 0..6),
    ) {
        let pieces: Vec<(i64, i64, i64)> = resources.iter().flat_map(|&(quantity, from, hours)| {
            let mut bounds: Vec<i64> = cuts.iter().copied().filter(|cut| *cut < hours).collect();
            bounds.extend([0, hours]);
            bounds.sort_unstable();
            bounds.dedup();
            let pieces = bounds.windows(2).map(|pair| (quantity, from + pair[0], pair[1] - pair[0]));
            pieces.collect::<Vec<_>>()
        }).collect();
        let meter = "meter = { attribute = \"n\", divide = 7, round = \"up\" }";
        let keys = format!("proration = \"{proration}\"");
        for (model, price) in [("", "amount = \"3\""), ("model = \"package\"", "package = 3\namount = \"5\"\nallowance = 2")] {
            let book = item(&format!("{keys}\n{model}"), &[price]);
            let book = book.replace("meter = { attribute = \"n\" }", meter);
            let whole = scenario(month, &book, &resources);
            let cut = scenario(month, &book, &pieces);
            prop_assert_eq!(exact_net(&whole.rate()), exact_net(&cut.rate()));
        }
    }

    /// Invariant 6: one more of anything never lowers a graduated total.
    #[test]
    fn graduated_totals_are_monotone(month in months(), proration in prorations(), resources in resources()) {
        let book = book(proration, "graduated");
        let fewer = exact_net(&scenario(month, &book, &resources[1..]).rate());
        let more = exact_net(&scenario(month, &book, &resources).rate());
        prop_assert!(fewer <= more);
    }

    /// Contributions sum to the net of their charge, and agree with the slow way of splitting.
    #[test]
    fn allocations_sum_to_the_net(month in months(), proration in prorations(), resources in resources()) {
        let rated = scenario(month, &book(proration, "graduated"), &resources).rate();
        for charge in &rated.charges {
            let parts: Vec<Money> = charge.contributions.iter().map(|part| part.allocated).collect();
            prop_assert_eq!(Money::sum(parts.iter().copied(), charge.net.currency()).unwrap(), charge.net);
            let weights: Vec<Rational> =
                charge.contributions.iter().map(|part| part.weighted.parse().unwrap()).collect();
            if let Some(slow) = split_largest_remainder(charge.net, &weights) {
                prop_assert_eq!(slow, parts);
            }
            let total: Rational = weights.iter().sum();
            prop_assert_eq!(total.to_string(), charge.explanation.quantity_exact.clone());
            let lines = charge_lines(charge).unwrap();
            let nets = lines.iter().map(|line| line.net);
            prop_assert_eq!(Money::sum(nets, charge.net.currency()).unwrap(), charge.net);
        }
        for balance in rated.completeness.kinds.values() {
            prop_assert_eq!(balance.seconds.remainder(), 0);
            prop_assert_eq!(balance.at_end.remainder(), 0);
        }
    }

    /// Invariant 7: the same facts in another order give the same answer.
    #[test]
    fn the_order_of_facts_does_not_matter(
        resources in resources(), order in prop::collection::vec(any::<u64>(), 8), broken in 0..8_usize,
    ) {
        let mut facts = scenario(("2026-03", "Europe/Stockholm"), &book("second", "graduated"), &resources);
        for position in 0..facts.owned.len() {
            match position % 4 {
                0 => facts.set_owners(position, vec![owner(1, 1, 3), owner(2, 2, 3)]),
                1 => facts.set_service(position, "web"),
                2 if broken == position => facts.suspend(position),
                _ => facts.set_owners(position, vec![owner(9, 1, 1)]),
            }
        }
        let expected = facts.rate();
        let mut shuffled = facts.clone();
        shuffled.owned.sort_by_key(|owned| order[usize::try_from(owned.resource.0).unwrap() - 1]);
        shuffled.intervals.reverse();
        prop_assert_eq!(expected, shuffled.rate());
    }

    /// Invariant 3: what the owners of a shared resource are charged for is the whole of it.
    #[test]
    fn shares_sum_to_the_whole(parts in prop::collection::vec(1..20_i64, 1..3), resources in resources()) {
        let book = book("actual-day", "unit");
        let alone = scenario(("2026-10", "Europe/Stockholm"), &book, &resources);
        let total: i64 = parts.iter().sum();
        let mut shared = alone.clone();
        for position in 0..shared.owned.len() {
            let owners = parts.iter().enumerate();
            let owners = owners.map(|(index, part)| owner(i64::try_from(index).unwrap() + 1, *part, total));
            shared.set_owners(position, owners.collect());
        }
        prop_assert_eq!(exact_net(&alone.rate()), exact_net(&shared.rate()));
    }

    /// Rule R11: periods that tile a month have its weight in sum, to the unit.
    #[test]
    fn periods_that_tile_a_month_weigh_as_much(month in months(), cuts in prop::collection::vec(0..2_700_000_i64, 0..6)) {
        let zone = TimeZone::get(month.1).unwrap();
        let billing_period = BillingPeriod::parse(month.0, zone).unwrap();
        let whole = billing_period.period();
        let mut bounds: Vec<i64> = cuts.iter().map(|cut| whole.from().seconds() + cut % whole.seconds()).collect();
        bounds.extend([whole.from().seconds(), whole.to().seconds()]);
        bounds.sort_unstable();
        for proration in [Proration::Second, Proration::ActualDay] {
            let weights = Weights::new(proration, &billing_period);
            let tiles = bounds.windows(2).filter_map(|pair| {
                Period::new(Instant::from_seconds(pair[0]).unwrap(), Instant::from_seconds(pair[1]).unwrap())
            });
            prop_assert_eq!(tiles.map(|tile| weights.units(tile)).sum::<i128>(), weights.total());
        }
    }

    /// A constant level at prices that are written again in the middle costs what it costs without that.
    #[test]
    fn prices_written_again_charge_the_same(day in 2..28_i8, quantity in 1..1000_i64, plan in any::<bool>()) {
        let again = |keys: &str| format!("tiers = [{{ up_to = 100, amount = \"1.37\" }}, {{ amount = \"0.61\" }}]\n{keys}");
        let other_level = if plan { "\nplan = \"gold\"" } else { "" };
        let (first, second) = (again(""), again(&format!("from = 2026-03-{day:02}{other_level}")));
        let facts = |prices: &[&str]| {
            let mut facts = scenario(("2026-03", "Europe/Stockholm"), &item("model = \"graduated\"", prices), &[]);
            let whole = facts.whole();
            let position = facts.add(&quantity.to_string(), whole);
            facts.set_plan(position, "gold");
            facts.rate()
        };
        let (once, twice) = (facts(&[&first]), facts(&[&first, &second]));
        prop_assert_eq!(once.charges.len() + usize::from(plan), twice.charges.len());
        prop_assert_eq!(exact_net(&once), exact_net(&twice));
    }
}

/// Many resources in few lines: the sums are those of one resource.
#[test]
fn a_thousand_resources_are_one_line() {
    let resources: Vec<(i64, i64, i64)> = (0..1000).map(|_| (200, 0, 744)).collect();
    let facts = scenario(
        ("2026-01", "UTC"),
        &item("", &["amount = \"1.5\""]),
        &resources,
    );
    let rated = facts.rate();
    let eur: Currency = "EUR".parse().unwrap();
    assert_eq!(rated.charges.len(), 1);
    assert_eq!(rated.charges[0].net, Money::parse("3000.00", eur).unwrap());
    assert!(
        rated.charges[0]
            .contributions
            .iter()
            .all(|part| part.allocated.minor() == 300)
    );
}
