//! Whatever is rated, posted or cut short, and in whatever order: what is confirmed becomes what is rated, once.

use proptest::prelude::*;

use super::sample::*;
use super::*;
use crate::charge::{Charge, ChargeKey};

const ITEMS: [&str; 5] = ["a", "b", "c", "d", "e"];

#[derive(Debug, Clone)]
enum Step {
    /// Quantity in thirds and price in cents of each item; nothing where the quantity is zero.
    Rate(Vec<(u8, u8)>),
    /// A person posts some drafts.
    Post(u8),
    /// A person voids some posted documents at the sink, and says that they stay so.
    Void(u8),
    /// Apply is cut off after so many effects.
    CutOff(u8),
    Finalize(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let priced = proptest::collection::vec((0..9u8, 1..=255u8), ITEMS.len());
    prop_oneof![
        4 => priced.prop_map(Step::Rate),
        2 => any::<u8>().prop_map(Step::Post),
        1 => any::<u8>().prop_map(Step::Void),
        1 => (0..3u8).prop_map(Step::CutOff),
        1 => any::<bool>().prop_map(Step::Finalize),
    ]
}

/// A sink that can do something of each kind.
fn abilities() -> impl Strategy<Value = Abilities> {
    let limits = (proptest::option::of(1..4u32), proptest::option::of(2..4u32));
    let ways = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (ways, limits).prop_map(
        |((update, void, credit_note, negative), limits)| Abilities {
            update: update || !void,
            void,
            credit_note: credit_note || !negative,
            negative_lines: negative,
            lines_max: limits.0,
            quantity_decimals: limits.1,
            ..able()
        },
    )
}

fn charges(rated: &[(u8, u8)]) -> Vec<Charge> {
    let items = ITEMS.iter().zip(rated).filter(|(_, rated)| rated.0 > 0);
    items
        .map(|(item, (thirds, cents))| {
            let price = format!("{}.{:02}", cents / 100, cents % 100);
            charge(item, &format!("{thirds}/3"), &price)
        })
        .collect()
}

fn key(item: &str) -> ChargeKey {
    charge(item, "1", "1").key
}

/// What later documents correct is not accepted as void before they are.
fn void_posted(confirmed: &mut [Confirmed], which: u8) {
    for index in (0..confirmed.len()).rev() {
        let chosen = which & (1 << (index % 8)) != 0;
        let own = confirmed[index].delivery.reference.clone();
        let is_corrected = confirmed.iter().any(|other| {
            other.state == RemoteState::Posted && other.delivery.corrects.as_ref() == Some(&own)
        });
        if chosen && confirmed[index].state == RemoteState::Posted && !is_corrected {
            confirmed[index].state = RemoteState::Void;
        }
    }
}

fn check_converged(input: &PlanInput) -> Result<(), TestCaseError> {
    let mut later = input.clone();
    later.issue_date = date(9, 9);
    let again = plan(later).unwrap();
    // Nothing is sent of charges that only exchange their amounts, and that is told.
    let exchanged = again.findings.iter().any(|one| {
        one.code == crate::finding::FindingCode::NotSent && one.message.contains("come to the same")
    });
    let mut left = 0;
    for item in ITEMS {
        let key = key(item);
        let rated = input.periods[0].charges.iter();
        let now: i64 = rated
            .filter(|charge| charge.key == key)
            .map(|charge| charge.net.minor())
            .sum();
        let confirmed = net_of(&input.confirmed, &key);
        prop_assert!(exchanged || confirmed == now, "{item}: {confirmed} {now}");
        left += now - confirmed;
    }
    prop_assert_eq!(left, 0);
    prop_assert_eq!(again.effects().count(), 0, "{:#?}", again);
    Ok(())
}

fn check_lines(plan: &Plan, abilities: &Abilities) -> Result<(), TestCaseError> {
    for planned in plan.effects() {
        let lines = &planned.delivery.lines;
        let most = abilities.lines_max.unwrap_or(u32::MAX) as usize;
        prop_assert!(lines.len() <= most);
        let ids: std::collections::BTreeSet<&str> =
            lines.iter().map(|line| line.id.as_str()).collect();
        prop_assert_eq!(ids.len(), lines.len());
        for line in lines {
            prop_assert!(!line.unit_price.is_negative());
            prop_assert!(abilities.negative_lines || !line.net.is_negative());
            let product = line.quantity.to_rational() * line.unit_price.to_rational();
            let computed = crate::money::round_money(
                &product,
                line.net.currency(),
                crate::money::Rounding::HalfUp,
            );
            prop_assert_eq!(computed.unwrap(), line.net);
            let most = abilities.quantity_decimals.unwrap_or(28);
            prop_assert!(line.quantity.decimals() <= most);
        }
    }
    Ok(())
}

/// Rule R33. Where a document was voided, what named it went to others; documents that are cut by their lines are judged
/// together.
fn check_credits(input: &PlanInput) -> Result<(), TestCaseError> {
    let is_void = |confirmed: &Confirmed| confirmed.state == RemoteState::Void;
    if input.confirmed.iter().any(is_void) || input.abilities.lines_max.is_some() {
        return Ok(());
    }
    let billed = |confirmed: &Confirmed| -> i64 {
        let lines = confirmed.delivery.lines.iter();
        lines.map(|line| line.billed.minor()).sum()
    };
    for one in &input.confirmed {
        let credits = input.confirmed.iter().filter(|other| {
            other.delivery.corrects.as_ref() == Some(&one.delivery.reference) && billed(other) < 0
        });
        let left = billed(one) + credits.map(billed).sum::<i64>();
        prop_assert!(
            billed(one) < 0 || left >= 0,
            "{} {left}",
            one.delivery.reference
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn confirmed_becomes_rated_and_stays_so(
        abilities in abilities(),
        steps in proptest::collection::vec(step(), 1..12),
    ) {
        let mut input = input(vec![]);
        input.abilities = abilities;
        input.finalize = Finalize::Draft;
        for step in steps {
            match step {
                Step::Rate(rated) => input.periods[0].charges = charges(&rated),
                Step::Finalize(post) => {
                    input.finalize = if post { Finalize::Post } else { Finalize::Draft };
                }
                Step::Post(which) => {
                    for (index, confirmed) in input.confirmed.iter_mut().enumerate() {
                        let chosen = which & (1 << (index % 8)) != 0;
                        if chosen && confirmed.state == RemoteState::Draft {
                            confirmed.state = RemoteState::Posted;
                        }
                    }
                }
                Step::Void(which) => void_posted(&mut input.confirmed, which),
                Step::CutOff(count) => {
                    let plan = plan(input.clone()).unwrap();
                    for planned in plan.effects().take(usize::from(count)) {
                        apply(&mut input.confirmed, planned);
                    }
                    continue;
                }
            }
            let planned = plan(input.clone()).unwrap();
            check_lines(&planned, &input.abilities)?;
            apply_all(&mut input.confirmed, &planned);
            // Lines that are cut into documents may be a credit beside what makes the room for it.
            if planned.findings.iter().any(|one| one.message.contains("waits")) {
                let again = plan(input.clone()).unwrap();
                apply_all(&mut input.confirmed, &again);
            }
            check_converged(&input)?;
            check_credits(&input)?;
        }
    }

    #[test]
    fn order_and_repetition_do_not_matter(
        rated in proptest::collection::vec((1..9u8, 1..=255u8), ITEMS.len()),
        before in proptest::collection::vec((1..9u8, 1..=255u8), ITEMS.len()),
        order in Just((0..ITEMS.len()).collect::<Vec<_>>()).prop_shuffle(),
        repeated in 0..ITEMS.len(),
    ) {
        let mut first = input(charges(&before));
        first.abilities.lines_max = Some(2);
        let issued = plan(first.clone()).unwrap();
        apply_all(&mut first.confirmed, &issued);
        first.periods[0].charges = charges(&rated);
        let mut mixed = first.clone();
        let sorted = first.periods[0].charges.clone();
        mixed.periods[0].charges = order.iter().map(|&index| sorted[index].clone()).collect();
        mixed.periods[0].charges.push(sorted[repeated].clone());
        mixed.confirmed.reverse();
        let text = |input| crate::digest::canonical_json(&plan(input).unwrap());
        prop_assert_eq!(text(first), text(mixed));
    }
}
