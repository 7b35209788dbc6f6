//! Charge periods other than the month: what they come to, and that billing in advance comes to the same in the end.

use proptest::prelude::*;

use super::*;
use crate::time::AccountCalendar;

fn nets(rated: &Rated) -> Vec<(String, String)> {
    let nets = rated.charges.iter();
    nets.map(|charge| (charge.key.billing_period.clone(), charge.net.amount()))
        .collect()
}

fn months(scenario: &mut Scenario, first: &str, count: usize) -> Vec<Rated> {
    let mut month = BillingPeriod::parse(first, scenario.billing_period.zone().clone()).unwrap();
    let mut rated = Vec::new();
    for _ in 0..count {
        scenario.billing_period = month.clone();
        rated.push(scenario.rate());
        month = month.next().unwrap();
    }
    rated
}

#[test]
fn a_quarter_is_charged_once_and_counts_each_month_as_billed() {
    let book = item("per = \"quarter\"", &["amount = \"90\""]);
    let mut scenario = Scenario::new("2026-01", "UTC", &book);
    let period = scenario.period("2026-01-01", "2026-07-01");
    scenario.add("1", period);
    let rated = months(&mut scenario, "2026-01", 4);
    let charged: Vec<_> = rated.iter().map(nets).collect();
    let first = ("2026-Q1".to_owned(), "90.00".to_owned());
    assert_eq!(charged, [vec![], vec![], vec![first], vec![]]);
    for month in rated {
        assert_eq!(month.findings, []);
        let balance = month.completeness.kinds[&Kind::from("thing")];
        assert_eq!(balance.seconds.discovered, balance.seconds.billed);
        assert_eq!(balance.seconds.remainder(), 0);
    }
}

/// Later rates are not known when it is billed, and what is given back is given back by the rate by which it was billed.
#[test]
fn what_is_billed_in_advance_is_converted_by_the_rate_of_the_month_that_bills_it() {
    let rate = |date: &str, rate: &str| {
        format!(
            "[[exchange_rate]]\nfrom = \"EUR\"\nto = \"SEK\"\nrate = \"{rate}\"\ndate = {date}\nsource = \"ECB\"\n"
        )
    };
    let item = item("billed = \"in-advance\"", &["amount = \"30\""]);
    for (on, first) in [("", "300.00"), ("rate_on = \"period-start\"\n", "270.00")] {
        let dated = [
            ("2026-03-01", "9"),
            ("2026-03-31", "10"),
            ("2026-04-30", "12"),
        ];
        let dated: String = dated.map(|(date, value)| rate(date, value)).concat();
        let book = format!("{on}convert_from = \"EUR\"\n{item}\n{dated}");
        let mut scenario = Scenario::new("2026-03", "UTC", &book);
        let account = scenario.accounts.get_mut(&AccountId(1)).unwrap();
        account.currency = "SEK".parse().unwrap();
        let period = scenario.period("2026-02-01", "2026-04-16");
        scenario.add("1", period);
        let rated = months(&mut scenario, "2026-03", 2);
        let back = format!("-{}", if on.is_empty() { "150.00" } else { "135.00" });
        let april = |net: &str| vec![("2026-04".to_owned(), net.to_owned())];
        assert_eq!(nets(&rated[0]), april(first));
        assert_eq!(nets(&rated[1]), april(&back));
        assert!(
            rated.iter().all(|month| month.findings.is_empty()),
            "{rated:#?}"
        );
    }
}

#[test]
fn what_suspense_may_be_worth_is_its_part_of_a_year() {
    let book = item(
        "per = \"year\"\nproration = \"actual-day\"",
        &["amount = \"365\""],
    );
    let mut scenario = Scenario::new("2026-03", "UTC", &book);
    let whole = scenario.whole();
    let position = scenario.add("1", whole);
    scenario.suspend(position);
    let total = scenario.rate().completeness.suspense.total;
    assert_eq!(total.unwrap().amount(), "31.00");
}

#[test]
fn a_price_that_lacks_in_a_quarter_blocks_each_month_of_it() {
    let book = item("per = \"quarter\"", &["amount = \"90\"\nto = 2026-02-01"]);
    let mut scenario = Scenario::new("2026-02", "UTC", &book);
    let period = scenario.period("2026-01-01", "2026-07-01");
    scenario.add("1", period);
    for rated in months(&mut scenario, "2026-02", 2) {
        let codes: Vec<_> = rated
            .findings
            .iter()
            .map(|finding| finding.severity)
            .collect();
        assert_eq!(
            codes,
            [crate::finding::Severity::Blocking],
            "{:?}",
            rated.findings
        );
    }
}

/// A history of one resource over two months: quantities and where they change, in hours from 1 April.
fn history() -> impl Strategy<Value = Vec<(i64, i64, u8)>> {
    prop::collection::vec((0..1464_i64, 1..20_i64, 0..3_u8), 1..5)
}

fn add_history(scenario: &mut Scenario, history: &[(i64, i64, u8)]) {
    let start = scenario.at("2026-04-01").seconds();
    let end = scenario.at("2026-06-01");
    let mut changes = history.to_vec();
    changes.sort_unstable();
    changes.dedup_by_key(|(hour, ..)| *hour);
    for (index, (hour, quantity, plan)) in changes.iter().enumerate() {
        let from = Instant::from_seconds(start + hour * 3600).unwrap();
        let to = changes.get(index + 1).map_or(end, |next| {
            Instant::from_seconds(start + next.0 * 3600).unwrap()
        });
        // The third plan is none: the resource is not there for a while.
        let Some(period) = Period::new(from, to).filter(|_| *plan < 2) else {
            continue;
        };
        let position = scenario.add(&quantity.to_string(), period);
        scenario.set_plan(position, ["silver", "gold"][usize::from(*plan)]);
    }
    scenario.one_resource();
}

fn by_item(charges: &[Charge], period: &str) -> BTreeMap<(String, Option<String>), i64> {
    let mut sums = BTreeMap::new();
    for charge in charges
        .iter()
        .filter(|one| one.key.billing_period == period)
    {
        let key = (
            charge.key.item.to_string(),
            charge.key.dimensions.get("plan").cloned(),
        );
        *sums.entry(key).or_insert(0) += charge.net.minor();
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Rule R31: when the period has ended, what was billed in advance and all changes are what it costs in arrears.
    #[test]
    fn in_advance_comes_to_the_same(
        first in history(), other in history(), model in 0..3_usize,
        proration in prop::sample::select(vec!["second", "actual-day", "strict-30-360", "actual-360", "none", "full-unit"]),
        zone in prop::sample::select(vec!["UTC", "America/New_York"]),
    ) {
        let tiers = "tiers = [{ up_to = 7, amount = \"1.37\" }, { amount = \"0.61\" }]";
        let (model, price) = [
            ("unit", "amount = \"3.33\""), ("graduated", tiers), ("flat", "amount = \"9.99\"\nminimum = \"5\""),
        ][model];
        let book = |billed: &str| item(
            &format!("model = \"{model}\"\nproration = \"{proration}\"\nbilled = \"{billed}\""), &[price],
        );
        let charges = |billed: &str| {
            let mut scenario = Scenario::new("2026-03", "UTC", &book(billed));
            add_history(&mut scenario, &first);
            let count = scenario.owned.len();
            add_history(&mut scenario, &other);
            for position in count..scenario.owned.len() {
                scenario.set_owners(position, vec![owner(2, 1, 1)]);
            }
            let calendar = AccountCalendar { zone: Some(TimeZone::get(zone).unwrap()), ..AccountCalendar::default() };
            scenario.calendars.versions = vec![(None, BTreeMap::from([(AccountId(1), calendar)]))];
            let rated = months(&mut scenario, "2026-03", 3);
            rated.into_iter().flat_map(|month| month.charges).collect::<Vec<_>>()
        };
        let (advance, arrears) = (charges("in-advance"), charges("in-arrears"));
        for period in ["2026-04", "2026-05"] {
            prop_assert_eq!(by_item(&advance, period), by_item(&arrears, period), "{}", period);
        }
        for charge in &advance {
            let parts: i64 = charge.contributions.iter().map(|part| part.allocated.minor()).sum();
            prop_assert_eq!(parts, charge.net.minor());
        }
    }
}
