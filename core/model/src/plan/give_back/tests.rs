//! Fees in advance that are given back: whom the credit names, and what later plans make of it.

use super::super::sample::*;
use super::super::*;
use super::turned::growth;
use crate::charge::Charge;
use crate::document::DocumentKind;

/// A fee of the year from April, due with March.
pub(super) fn fee(quantity: &str) -> Charge {
    let mut fee = charge_in("2026-03", "support", quantity, "12");
    fee.key.billing_period = "2026-04/2027-04".to_owned();
    fee
}

/// A part of the fee that is given back with April.
fn back(day: i64, quantity: &str) -> Charge {
    growth("2026-04", day, quantity)
}

pub(super) fn april(item: &str, quantity: &str) -> Charge {
    charge_in("2026-04", item, quantity, "1")
}

/// With what March brought: 1200 in advance, and 100 of usage.
pub(super) fn begun() -> PlanInput {
    let mut input = input(vec![fee("100"), charge("vcpu", "10", "10")]);
    let plan = plan(input.clone()).unwrap();
    apply_all(&mut input.confirmed, &plan);
    input
}

pub(super) fn with_april(input: &PlanInput, charges: Vec<Charge>) -> PlanInput {
    let mut next = input.clone();
    next.periods.truncate(1);
    next.periods.push(rated("2026-04", charges));
    next
}

/// Plans and applies; nothing is left to do then, and what stands there is what is rated.
pub(super) fn settled(input: &mut PlanInput) -> Vec<PlannedDelivery> {
    let plan = plan(input.clone()).unwrap();
    apply_all(&mut input.confirmed, &plan);
    let again = super::super::plan(input.clone()).unwrap();
    assert_eq!(again.effects().count(), 0, "{:?}", again.deliveries);
    for charge in input.periods.iter().flat_map(|period| &period.charges) {
        assert_eq!(net_of(&input.confirmed, &charge.key), charge.net.minor());
    }
    plan.effects().cloned().collect()
}

pub(super) fn told<'a>(
    planned: impl IntoIterator<Item = &'a PlannedDelivery>,
    input: &PlanInput,
) -> Vec<String> {
    let name = |reference: &crate::document::Reference| {
        let mut known = input.confirmed.iter();
        let named = known.find(|one| one.delivery.reference == *reference);
        named.unwrap().delivery.slot.billing_period.clone()
    };
    let one = |planned: &PlannedDelivery| {
        let delivery = &planned.delivery;
        let kind = match delivery.kind {
            DocumentKind::Invoice => "invoice",
            DocumentKind::CreditNote => "credit note",
        };
        let slot = &delivery.slot;
        let named = delivery.corrects.as_ref().map(name);
        let place = format!(
            "{} part {}.{}",
            slot.billing_period, slot.part, slot.correction
        );
        format!(
            "{kind} of {place}: {} for {}",
            delivery.net.amount(),
            named.unwrap_or_default()
        )
    };
    planned.into_iter().map(one).collect()
}

#[test]
fn it_is_credited_to_what_billed_the_advance() {
    let mut input = with_april(&begun(), vec![back(10, "-290/3"), april("vcpu", "3")]);
    let planned = settled(&mut input);
    assert_eq!(
        told(&planned, &input),
        [
            "invoice of 2026-04 part 1.0: 3.00 for ",
            "credit note of 2026-04 part 2.0: 1160.00 for 2026-03",
        ]
    );
    assert_eq!(
        shown(&planned[1]),
        ["support gold: 96.666667 x 12 = 1160.00"]
    );
    assert!(planned[1].corrects_remote.is_some());
    // It went five days later: the difference is charged, and names the same invoice.
    let mut later = with_april(&input, vec![back(15, "-95"), april("vcpu", "3")]);
    let planned = settled(&mut later);
    assert_eq!(
        told(&planned, &later),
        ["invoice of 2026-04 part 2.1: 20.00 for 2026-03"]
    );
    // It went earlier after all: what was charged again is given back first.
    let mut earlier = with_april(&later, vec![back(5, "-98"), april("vcpu", "3")]);
    let planned = settled(&mut earlier);
    assert_eq!(
        told(&planned, &earlier),
        [
            "credit note of 2026-04 part 2.2: 20.00 for 2026-04",
            "credit note of 2026-04 part 2.3: 16.00 for 2026-03",
        ]
    );
}

/// However much the month of the change charges, its invoice keeps the room for what it bills in advance itself.
#[test]
fn an_invoice_is_not_lessened_by_what_another_one_billed() {
    let fee_of_may = |quantity| {
        let mut fee = charge_in("2026-04", "support", quantity, "12");
        fee.key.billing_period = "2027-04/2028-04".to_owned();
        fee
    };
    let mut input = with_april(&begun(), vec![back(10, "-70"), fee_of_may("80")]);
    let planned = settled(&mut input);
    assert_eq!(
        told(&planned, &input),
        [
            "invoice of 2026-04 part 1.0: 960.00 for ",
            "credit note of 2026-04 part 2.0: 840.00 for 2026-03",
        ]
    );
    let mut gone = charge_in("2026-05", "support", "-79", "12");
    gone.key.billing_period = "2027-04/2028-04".to_owned();
    gone.key.since = Some(gone.key.period.from());
    input.periods.push(rated("2026-05", vec![gone]));
    let planned = settled(&mut input);
    assert_eq!(
        told(&planned, &input),
        ["credit note of 2026-05 part 1.0: 948.00 for 2026-04"]
    );
}

/// The first month bills an advance of its own, and something of it is gone at once: that is one invoice.
#[test]
fn what_is_billed_and_given_back_at_once_are_lines_of_one_invoice() {
    let mut first = with_april(&input(vec![]), vec![back(10, "-5"), april("vcpu", "3")]);
    let mut fee = fee("100");
    fee.key.period = first.periods[1].charges[1].key.period;
    first.periods[1].charges.push(fee);
    first.periods.remove(0);
    let planned = settled(&mut first);
    assert_eq!(
        told(&planned, &first),
        ["invoice of 2026-04 part 1.0: 1143.00 for "]
    );
}

fn renamed(mut charge: Charge) -> Charge {
    charge.key.agreement = crate::ids::AgreementKey("frame".to_owned());
    charge
}

/// Before what is given back is sent, and after it.
#[test]
fn an_advance_that_goes_by_another_name_now_is_credited_all_the_same() {
    for is_sent_before in [false, true] {
        let mut input = begun();
        if is_sent_before {
            input = with_april(&input, vec![back(10, "-50"), april("vcpu", "3")]);
            settled(&mut input);
        }
        let mut other = with_april(&input, vec![renamed(back(10, "-50")), april("vcpu", "3")]);
        other.periods[0].charges = vec![renamed(fee("100")), charge("vcpu", "10", "10")];
        let plan = plan(other.clone()).unwrap();
        let planned: Vec<_> = plan.effects().cloned().collect();
        let expected: &[&str] = if is_sent_before {
            &[]
        } else {
            &[
                "invoice of 2026-04 part 1.0: 3.00 for ",
                "credit note of 2026-04 part 2.0: 600.00 for 2026-03",
            ]
        };
        assert_eq!(told(&planned, &other), expected);
        assert!(
            plan.findings
                .iter()
                .all(|one| one.severity == crate::finding::Severity::Note)
        );
        apply_all(&mut other.confirmed, &plan);
        let again = super::super::plan(other.clone()).unwrap();
        assert_eq!(again.effects().count(), 0, "{:?}", again.deliveries);
    }
}

#[test]
fn what_is_given_back_after_the_invoice_names_what_billed_the_advance() {
    let mut first = with_april(&begun(), vec![april("vcpu", "2000")]);
    settled(&mut first);
    let mut next = with_april(&first, vec![back(10, "-50"), april("vcpu", "2000")]);
    let planned = settled(&mut next);
    assert_eq!(
        told(&planned, &next),
        ["credit note of 2026-04 part 2.0: 600.00 for 2026-03"]
    );
}

#[test]
fn no_document_is_credited_more_than_it_billed() {
    let mut input = begun();
    // Another machine came: a correction of March billed 600 more.
    input.periods[0].charges[0] = fee("150");
    settled(&mut input);
    let mut next = with_april(&input, vec![back(10, "-150")]);
    let planned = settled(&mut next);
    let told = told(&planned, &next);
    assert_eq!(
        told,
        [
            "credit note of 2026-04 part 1.0: 600.00 for 2026-03",
            "credit note of 2026-04 part 1.1: 1200.00 for 2026-03",
        ]
    );
    let named: Vec<_> = planned.iter().map(|one| &one.delivery.corrects).collect();
    assert_ne!(named[0], named[1]);
}

#[test]
fn it_waits_while_the_invoice_that_billed_the_advance_is_a_draft() {
    let mut input = begun();
    for one in &mut input.confirmed {
        one.state = RemoteState::Draft;
        one.delivery.post = false;
    }
    input.finalize = Finalize::Draft;
    let input = with_april(&input, vec![back(10, "-290/3"), april("vcpu", "3")]);
    let plan = plan(input.clone()).unwrap();
    let planned: Vec<_> = plan.effects().cloned().collect();
    assert_eq!(
        told(&planned, &input),
        ["invoice of 2026-04 part 1.0: 3.00 for "]
    );
    let finding = plan
        .findings
        .iter()
        .find(|one| one.message.contains("waits"));
    assert_eq!(finding.unwrap().value.unwrap().amount(), "-1160.00");
}

#[test]
fn a_sink_without_negative_lines_gets_a_credit_note() {
    let mut input = begun();
    input.abilities.negative_lines = false;
    let mut input = with_april(&input, vec![back(10, "-50"), april("vcpu", "700")]);
    let planned = settled(&mut input);
    assert_eq!(
        told(&planned, &input),
        [
            "invoice of 2026-04 part 1.0: 700.00 for ",
            "credit note of 2026-04 part 2.0: 600.00 for 2026-03",
        ]
    );
    let mut later = with_april(&input, vec![back(15, "-40"), april("vcpu", "700")]);
    settled(&mut later);
}

/// Back-dated, with April rated again: what it gave back of the advance is less, and makes the room for the credit.
#[test]
fn a_price_that_sinks_after_a_give_back_adds_before_it_credits() {
    let mut input = with_april(&begun(), vec![back(10, "-97"), april("vcpu", "3")]);
    settled(&mut input);
    let mut cheaper = with_april(&input, vec![back(10, "-97/2"), april("vcpu", "3")]);
    cheaper.periods[0].charges[0] = fee("50");
    let planned = settled(&mut cheaper);
    assert_eq!(
        told(&planned, &cheaper),
        [
            "invoice of 2026-04 part 2.1: 582.00 for 2026-03",
            "credit note of 2026-03 part 1.1: 600.00 for 2026-03",
        ]
    );
    // March has 118 left, and what was added the rest.
    let mut free = with_april(&cheaper, vec![back(10, "0"), april("vcpu", "3")]);
    free.periods[0].charges[0] = fee("0");
    let planned = settled(&mut free);
    let amounts: Vec<_> = planned.iter().map(|one| one.amount.now.minor()).collect();
    assert_eq!(amounts, [58_200, -11_800, -48_200]);
}

/// March alone is planned: what April gave back is not rated again, and the invoice has no room for all of it.
#[test]
fn a_credit_waits_for_what_a_later_month_adds_to_what_it_names() {
    let mut input = with_april(&begun(), vec![back(10, "-97"), april("vcpu", "3")]);
    settled(&mut input);
    let mut march = input.clone();
    march.periods.truncate(1);
    march.periods[0].charges[0] = fee("50");
    let plan = plan(march.clone()).unwrap();
    assert_eq!(plan.effects().count(), 0, "{:?}", plan.deliveries);
    let finding = &plan.findings[0];
    assert!(
        finding
            .message
            .starts_with("A credit of 600.00 EUR of 2026-03 waits: 136.00 EUR is left of CF-"),
        "{finding:?}"
    );
    assert_eq!(finding.value.unwrap().amount(), "-600.00");
    // What fits goes out.
    march.periods[0].charges[0] = fee("90");
    assert_eq!(
        told(&settled(&mut march), &march),
        ["credit note of 2026-03 part 1.1: 120.00 for 2026-03"]
    );
}

/// Nothing of March is sent: a customer that was on hold.
#[test]
fn what_was_billed_to_nobody_yet_is_not_given_back() {
    let mut input = with_april(&input(vec![]), vec![back(10, "-5"), april("vcpu", "3")]);
    input.periods.remove(0);
    for usage in ["3", "300"] {
        input.periods[0].charges[1] = april("vcpu", usage);
        let plan = plan(input.clone()).unwrap();
        let planned: Vec<_> = plan.effects().cloned().collect();
        let expected = format!("invoice of 2026-04 part 1.0: {usage}.00 for ");
        assert_eq!(told(&planned, &input), [expected]);
        assert_eq!(plan.findings[0].value.unwrap().amount(), "-60.00");
        assert!(plan.findings[0].message.contains("waits"));
    }
    // It goes out once March has billed the advance.
    let mut late = input.clone();
    late.periods = vec![rated("2026-03", vec![fee("100")])];
    settled(&mut late);
    late.periods.push(input.periods.remove(0));
    assert_eq!(
        told(&settled(&mut late), &late),
        [
            "invoice of 2026-04 part 1.0: 300.00 for ",
            "credit note of 2026-04 part 2.0: 60.00 for 2026-03",
        ]
    );
}

/// The machine went a day earlier than April's credit says: that is one more credit of the same invoice.
#[test]
fn what_is_given_back_from_another_day_on_is_one_difference() {
    let mut input = with_april(&begun(), vec![back(10, "-50"), april("vcpu", "700")]);
    settled(&mut input);
    let mut earlier = with_april(&input, vec![back(9, "-51"), april("vcpu", "700")]);
    let planned = settled(&mut earlier);
    assert_eq!(
        told(&planned, &earlier),
        ["credit note of 2026-04 part 2.1: 12.00 for 2026-03"]
    );
    // Where it comes to the same nothing is sent.
    let same = with_april(&earlier, vec![back(8, "-51"), april("vcpu", "700")]);
    let plan = plan(same.clone()).unwrap();
    assert_eq!(plan.effects().count(), 0, "{:?}", plan.deliveries);
    assert_eq!(plan.findings[0].severity, crate::finding::Severity::Note);
}
