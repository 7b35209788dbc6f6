//! Whatever becomes of fees in advance, and in whatever order: they are billed as they are rated within a few plans, and no document
//! is credited beyond what it billed, with all that adds to it.

use proptest::prelude::*;

use super::super::sample::*;
use super::super::*;
use super::tests::fee;
use super::turned::growth;
use crate::charge::Charge;
use crate::document::Reference;

const MONTHS: [&str; 3] = ["2026-04", "2026-05", "2026-06"];
/// Plans until all is billed.
const PLANS: usize = 3;

/// How much there is of a fee, and how much more or less from three months on: never less than nothing in all.
type State = (i32, [i32; 3]);

fn state() -> impl Strategy<Value = State> {
    (0..100i32, [-99..80i32, -99..80i32, -99..80i32])
}

/// With an account code of its own: what moves from one item to another is sent.
fn of_item(item: &str, mut charge: Charge) -> Charge {
    charge.key.item = item.into();
    charge.account_code = Some(item.to_owned());
    charge
}

/// What March and the months known by then come to.
fn periods(states: [State; 2], known: usize) -> Vec<RatedPeriod> {
    let items = ["backup", "support"];
    let mut march = vec![charge("vcpu", "10", "10")];
    for (item, (quantity, _)) in items.iter().zip(states) {
        march.push(of_item(item, fee(&quantity.to_string())));
    }
    let mut periods = vec![rated("2026-03", march)];
    let mut left = states.map(|(quantity, _)| quantity);
    for (place, month) in MONTHS.iter().enumerate().take(known) {
        let mut charges = vec![charge_in(month, "vcpu", "3", "1")];
        for ((item, left), (_, more)) in items.iter().zip(&mut left).zip(states) {
            let more = more[place].max(-*left);
            *left += more;
            if more != 0 {
                charges.push(of_item(item, growth(month, 10, &more.to_string())));
            }
        }
        periods.push(rated(month, charges));
    }
    periods
}

fn net(confirmed: &Confirmed) -> i64 {
    let lines = confirmed.delivery.lines.iter();
    lines.map(|line| line.billed.minor()).sum()
}

/// With what names it; where `is_all`, with what names these.
fn left(confirmed: &[Confirmed], document: &Confirmed, is_all: bool) -> i64 {
    let names =
        |one: &&Confirmed, reference: &Reference| one.delivery.corrects.as_ref() == Some(reference);
    let reference = &document.delivery.reference;
    let naming = confirmed.iter().filter(|one| names(one, reference));
    let left = |one: &Confirmed| {
        if is_all && net(one) > 0 {
            left(confirmed, one, true)
        } else {
            net(one)
        }
    };
    net(document) + naming.map(left).sum::<i64>()
}

/// Plans and applies until nothing is left to do; `false` where that is not so after so many.
pub(super) fn settle(input: &mut PlanInput, plans: usize) -> bool {
    (0..=plans).any(|_| {
        let plan = plan(input.clone()).unwrap();
        apply_all(&mut input.confirmed, &plan);
        plan.effects().count() == 0
    })
}

pub(super) fn check_credits(confirmed: &[Confirmed]) -> Result<(), TestCaseError> {
    for document in confirmed.iter().filter(|one| net(one) > 0) {
        for is_all in [false, true] {
            prop_assert!(left(confirmed, document, is_all) >= 0);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_becomes_of_fees_is_billed_and_no_document_credited_beyond_what_it_billed(
        states in proptest::collection::vec([state(), state()], 2..6),
        negative_lines in any::<bool>(),
    ) {
        let mut input = input(Vec::new());
        input.abilities.negative_lines = negative_lines;
        for (known, states) in states.into_iter().enumerate() {
            input.periods = periods(states, known);
            prop_assert!(settle(&mut input, PLANS));
            for charge in input.periods.iter().flat_map(|period| &period.charges) {
                prop_assert_eq!(net_of(&input.confirmed, &charge.key), charge.net.minor());
            }
            check_credits(&input.confirmed)?;
        }
    }
}
