//! Whatever becomes of a fee in advance, and in whatever order: it is billed in a few plans, or what waits is told, and no document
//! is credited beyond what it billed.

use proptest::prelude::*;

use super::super::sample::*;
use super::super::*;
use super::tests::fee;
use super::turned::growth;

/// More or less of the fee from three months on, never less than nothing of it in all.
fn changes() -> impl Strategy<Value = Vec<(i32, [i32; 3])>> {
    proptest::collection::vec((1..100i32, [-99..80i32, -99..80i32, -99..80i32]), 2..5)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn whatever_becomes_of_a_fee_is_billed_or_told_to_wait_and_credited_beyond_no_document(states in changes()) {
        let months = ["2026-04", "2026-05", "2026-06"];
        let mut input = input(Vec::new());
        for (known, (quantity, more)) in states.into_iter().enumerate() {
            input.periods.truncate(1);
            input.periods[0].charges = vec![fee(&quantity.to_string()), charge("vcpu", "10", "10")];
            let mut left = quantity;
            for (month, more) in months.iter().zip(more).take(known) {
                let more = more.max(-left);
                left += more;
                let mut charges = vec![charge_in(month, "vcpu", "3", "1")];
                if more != 0 {
                    charges.push(growth(month, 10, &more.to_string()));
                }
                input.periods.push(rated(month, charges));
            }
            let mut waiting = 0;
            let is_done = (0..8).any(|_| {
                let plan = plan(input.clone()).unwrap();
                apply_all(&mut input.confirmed, &plan);
                let findings = plan.findings.iter();
                waiting = findings.filter(|one| one.message.contains(" waits: ")).count();
                plan.effects().count() == 0
            });
            prop_assert!(is_done);
            for charge in input.periods.iter().flat_map(|period| &period.charges) {
                let net = net_of(&input.confirmed, &charge.key);
                prop_assert!(waiting > 0 || net == charge.net.minor());
            }
            let net = |one: &Confirmed| -> i64 {
                one.delivery.lines.iter().map(|line| line.billed.minor()).sum()
            };
            for document in input.confirmed.iter().filter(|one| net(one) > 0) {
                let naming = input.confirmed.iter();
                let naming = naming.filter(|one| {
                    one.delivery.corrects.as_ref() == Some(&document.delivery.reference)
                });
                prop_assert!(net(document) + naming.map(net).sum::<i64>() >= 0);
            }
        }
    }
}
