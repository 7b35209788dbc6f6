//! Fees in advance of several charge periods and months, renamed, growing and shrinking twice a month, sent in documents of few
//! lines, some of them drafts first.

use std::collections::BTreeMap;
use std::fmt;

use proptest::prelude::*;

use super::super::sample::*;
use super::super::*;
use super::properties::{check_credits, settle};
use super::tests::fee;
use super::turned::growth;
use crate::charge::Charge;

const MONTHS: [&str; 4] = ["2026-03", "2026-04", "2026-05", "2026-06"];
const DAYS: [i64; 2] = [10, 20];
/// Each with the month that bills it and its charge period.
const FEES: [(&str, usize, &str); 4] = [
    ("backup", 0, "2026-04/2027-04"),
    ("support", 0, "2026-04/2027-04"),
    ("care", 1, "2026-05/2027-05"),
    ("watch", 0, "2026-05/2027-05"),
];
/// Plans until all is billed.
const PLANS: usize = 8;

#[derive(Clone, Copy)]
struct State {
    quantity: i32,
    is_renamed: bool,
    more: [[i32; DAYS.len()]; MONTHS.len()],
}

fn state() -> impl Strategy<Value = State> {
    let more = || prop_oneof![2 => Just(0), 3 => -99..80i32];
    let of_month = || [more(), more()];
    let more = [of_month(), of_month(), of_month(), of_month()];
    let renamed = prop_oneof![4 => Just(false), 1 => Just(true)];
    (0..100i32, renamed, more).prop_map(|(quantity, is_renamed, more)| State {
        quantity,
        is_renamed,
        more,
    })
}

/// On one line, so that a case that fails can be read.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renamed = if self.is_renamed { " renamed" } else { "" };
        write!(f, "{}{renamed} {:?}", self.quantity, self.more)
    }
}

#[derive(Debug, Clone, Copy)]
struct Ways {
    negative_lines: bool,
    lines_max: Option<u32>,
    own_codes: bool,
    grace: bool,
}

fn ways() -> impl Strategy<Value = Ways> {
    let lines_max = proptest::option::of(2..4u32);
    (any::<bool>(), lines_max, any::<bool>(), any::<bool>()).prop_map(
        |(negative_lines, lines_max, own_codes, grace)| Ways {
            negative_lines,
            lines_max,
            own_codes,
            grace,
        },
    )
}

fn charges(states: &[State], known: usize, ways: Ways) -> Vec<Vec<Charge>> {
    let mut charges: Vec<Vec<Charge>> = (0..=known)
        .map(|month| vec![charge_in(MONTHS[month], "vcpu", "10", "10")])
        .collect();
    for ((item, billed_in, charge_period), state) in FEES.into_iter().zip(states) {
        let named = |mut charge: Charge| {
            charge.key.item = item.into();
            charge.key.billing_period = charge_period.to_owned();
            if state.is_renamed {
                charge.key.agreement = "frame".into();
            }
            charge.account_code = ways.own_codes.then(|| item.to_owned());
            charge
        };
        let mut left = state.quantity;
        for month in billed_in..=known {
            if month == billed_in {
                let mut first = fee(&state.quantity.to_string());
                first.key.period = charge_in(MONTHS[month], "vcpu", "1", "1").key.period;
                charges[month].push(named(first));
                continue;
            }
            for (day, more) in DAYS.into_iter().zip(state.more[month]) {
                let more = more.max(-left);
                left += more;
                if more != 0 {
                    charges[month].push(named(growth(MONTHS[month], day, &more.to_string())));
                }
            }
        }
    }
    charges
}

/// By what may take the place of each other.
fn sums<'a>(lines: impl Iterator<Item = (&'a str, i64)>, ways: Ways) -> BTreeMap<&'a str, i64> {
    let mut sums = BTreeMap::new();
    for (item, amount) in lines {
        let of = if ways.own_codes { item } else { "" };
        *sums.entry(of).or_default() += amount;
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wild_fees_are_billed_and_no_document_credited_beyond_what_it_billed(
        steps in proptest::collection::vec(
            proptest::collection::vec(state(), FEES.len()), 2..6),
        ways in ways(),
    ) {
        let mut input = input(Vec::new());
        input.abilities.negative_lines = ways.negative_lines;
        input.abilities.lines_max = ways.lines_max;
        for (step, states) in steps.iter().enumerate() {
            let known = step.min(MONTHS.len() - 1);
            let is_last = step + 1 == steps.len();
            let periods = charges(states, known, ways).into_iter().zip(MONTHS);
            input.periods = periods.map(|(charges, month)| rated(month, charges)).collect();
            input.periods[known].is_in_grace = ways.grace && !is_last;
            let is_settled = settle(&mut input, PLANS);
            // A month in grace may need more plans: its drafts, and what waits for them, change with each.
            prop_assert!(is_settled || input.periods[known].is_in_grace, "step {step}");
            let live = |one: &&Confirmed| one.state != RemoteState::Void;
            let live: Vec<Confirmed> = input.confirmed.iter().filter(live).cloned().collect();
            check_credits(&live)?;
            let told = plan(input.clone()).unwrap().findings;
            let waits = told.iter().any(|one| one.message.contains("waits"));
            let rated = input.periods.iter().flat_map(|period| &period.charges);
            let rated = sums(rated.map(|one| (one.key.item.as_str(), one.net.minor())), ways);
            let billed = live.iter().flat_map(|one| &one.delivery.lines);
            let billed = sums(billed.map(|line| (line.charge.item.as_str(), line.billed.minor())), ways);
            prop_assert!(rated == billed || (ways.grace && waits && !is_last), "step {step}");
        }
    }
}
