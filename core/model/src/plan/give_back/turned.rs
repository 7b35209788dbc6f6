//! Changes of a fee in advance that turn out otherwise: more that becomes less, and less of what was never more.

use super::super::sample::*;
use super::super::*;
use super::tests::{april, begun, fee, settled, told, with_april};
use crate::charge::Charge;
use crate::time::{Instant, Period};

/// What is added to the fee from a day of a month on, or given back of it.
pub(super) fn growth(month: &str, day: i64, quantity: &str) -> Charge {
    let mut more = charge_in(month, "support", quantity, "12");
    let period = more.key.period;
    let since = Instant::from_seconds(period.from().seconds() + day * 86_400).unwrap();
    more.key.billing_period = fee("100").key.billing_period;
    more.key.since = Some(since);
    more.key.period = Period::new(since, period.to()).unwrap();
    more
}

/// April billed more of the fee; that it was less came late.
#[test]
fn what_turns_from_more_to_less_is_credited_to_what_billed_the_advance() {
    let mut input = with_april(
        &begun(),
        vec![growth("2026-04", 10, "20"), april("vcpu", "3")],
    );
    settled(&mut input);
    let mut late = with_april(
        &input,
        vec![growth("2026-04", 10, "-40"), april("vcpu", "3")],
    );
    let planned = settled(&mut late);
    assert_eq!(
        told(&planned, &late),
        [
            "credit note of 2026-04 part 1.1: 240.00 for 2026-04",
            "credit note of 2026-04 part 2.0: 480.00 for 2026-03",
        ]
    );
    // And more again after all.
    let mut again = with_april(&late, vec![growth("2026-04", 10, "5"), april("vcpu", "3")]);
    let planned = settled(&mut again);
    let amounts: Vec<_> = planned.iter().map(|one| one.amount.now.minor()).collect();
    assert_eq!(amounts, [6_000, 48_000]);
}

/// May gave back of what April added, and April added less: the rest of it is given back of what March billed.
#[test]
fn what_was_given_back_makes_room_where_its_document_shrinks() {
    let with_may = |input: &PlanInput, more: &str, less: &str| {
        let charges = vec![growth("2026-04", 10, more), april("vcpu", "3")];
        let mut next = with_april(input, charges);
        let may = vec![
            growth("2026-05", 10, less),
            charge_in("2026-05", "vcpu", "3", "1"),
        ];
        next.periods.push(rated("2026-05", may));
        next
    };
    let mut input = with_april(
        &begun(),
        vec![growth("2026-04", 10, "80"), april("vcpu", "3")],
    );
    settled(&mut input);
    let mut input = with_may(&input, "80", "-70");
    let planned = settled(&mut input);
    assert_eq!(
        told(&planned, &input),
        [
            "invoice of 2026-05 part 1.0: 3.00 for ",
            "credit note of 2026-05 part 2.0: 840.00 for 2026-04",
        ]
    );
    let mut late = with_may(&input, "20", "-60");
    let planned = settled(&mut late);
    assert_eq!(
        told(&planned, &late),
        [
            "invoice of 2026-05 part 2.1: 600.00 for 2026-04",
            "credit note of 2026-04 part 1.1: 720.00 for 2026-04",
            "credit note of 2026-05 part 2.2: 480.00 for 2026-03",
        ]
    );
}
