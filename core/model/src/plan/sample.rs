//! Charges, sinks and a pretended apply for the tests of this module.

use std::collections::BTreeMap;

use super::*;
use crate::charge::{Charge, ChargeKey, Explanation, PriceChoice, PricedPart};
use crate::counterfoil::RemoteDocument;
use crate::decimal::Decimal;
use crate::document::Buyer;
use crate::ids::{AccountId, PipelineId, RecordingId, SinkId, TenantId};
use crate::language::LineWords;
use crate::money::{Money, Rounding, round_money};
use crate::time::{BillingPeriod, Date, TimeZone};

pub(crate) fn charge(item: &str, quantity: &str, price: &str) -> Charge {
    charge_in("2026-03", item, quantity, price)
}

pub(crate) fn charge_in(month: &str, item: &str, quantity: &str, price: &str) -> Charge {
    let period = BillingPeriod::parse(month, TimeZone::UTC).unwrap();
    let exact: crate::decimal::Rational = quantity.parse().unwrap();
    let unit_price: Decimal = price.parse().unwrap();
    let amount = &exact * unit_price.to_rational();
    let shown = crate::money::round_decimals(&exact, 6, Rounding::HalfUp);
    Charge {
        words: LineWords::default(),
        key: ChargeKey {
            account: AccountId(7),
            agreement: "standard".into(),
            item: item.into(),
            billing_period: month.to_owned(),
            period: period.period(),
            dimensions: BTreeMap::new(),
            since: None,
        },
        customer: "acme".into(),
        description: format!("{item} gold"),
        quantity: Decimal::from_rational(&shown).unwrap(),
        unit: "E34".to_owned(),
        unit_price,
        net: round_money(&amount, "EUR".parse().unwrap(), Rounding::HalfUp).unwrap(),
        first_day: period.first_day(),
        last_day: period.last_day(),
        tax_category: Some("standard".to_owned()),
        account_code: None,
        explanation: Box::new(Explanation {
            model: "unit".to_owned(),
            price: PriceChoice {
                level: "list".to_owned(),
                from: None,
                place: "price-book.toml:1".to_owned(),
                overruled: Vec::new(),
                ..PriceChoice::default()
            },
            proration: "second".to_owned(),
            quantity_exact: exact.to_string(),
            metered_exact: None,
            measured: None,
            manual: Vec::new(),
            commitment: None,
            contents: Vec::new(),
            parts: vec![part(None, quantity, price)],
            net_exact: amount.to_string(),
            rounding: Rounding::HalfUp,
            change: None,
            rounded_together: false,
            presumed_seconds: 0,
            change_at: None,
            handover: None,
        }),
        contributions: Vec::new(),
    }
}

pub(crate) fn graduated(item: &str, tiers: &[(&str, &str, &str)]) -> Charge {
    let parts: Vec<PricedPart> = tiers
        .iter()
        .map(|(tier, quantity, price)| part(Some(tier), quantity, price))
        .collect();
    let sum: crate::decimal::Rational = parts
        .iter()
        .map(|part| part.amount.parse::<crate::decimal::Rational>().unwrap())
        .sum();
    let mut charge = charge(item, "1", "1");
    charge.net = round_money(&sum, "EUR".parse().unwrap(), Rounding::HalfUp).unwrap();
    charge.explanation.parts = parts;
    charge
}

fn part(tier: Option<&str>, quantity: &str, price: &str) -> PricedPart {
    let exact: crate::decimal::Rational = quantity.parse().unwrap();
    let unit_price: Decimal = price.parse().unwrap();
    PricedPart {
        tier: tier.map(ToOwned::to_owned),
        quantity: exact.to_string(),
        unit: None,
        unit_price,
        amount: (exact * unit_price.to_rational()).to_string(),
    }
}

pub(crate) fn able() -> Abilities {
    Abilities {
        draft: true,
        post: true,
        update: true,
        void: true,
        credit_note: true,
        negative_lines: true,
        find: true,
        ..Abilities::default()
    }
}

pub(crate) fn input(charges: Vec<Charge>) -> PlanInput {
    let buyer = Buyer {
        account: "acme".into(),
        name: "Acme".to_owned(),
        remote_id: Some("6".to_owned()),
        reference: None,
    };
    let terms = BuyerTerms {
        buyer,
        invoice_group: "all".to_owned(),
        payment_days: Some(30),
        spoken: crate::language::Spoken::default(),
        words: crate::language::OwnWords::new(),
        tax: crate::einvoice::TaxTerms::default(),
        invoicing: None,
    };
    PlanInput {
        store: "store".to_owned(),
        tenant: TenantId(1),
        pipeline: PipelineId(2),
        sink: SinkId(3),
        billing_period: "2026-03".to_owned(),
        previous_period: Some("2026-02".to_owned()),
        periods: vec![rated("2026-03", charges)],
        confirmed: Vec::new(),
        open_effects: Vec::new(),
        buyers: BTreeMap::from([(AccountId(7), terms)]),
        abilities: able(),
        finalize: Finalize::Post,
        issue_date: date(4, 1),
        cutoff: RecordingId(99),
        config: Digest::of_bytes(b"config"),
        head: None,
    }
}

pub(crate) fn rated(month: &str, charges: Vec<Charge>) -> RatedPeriod {
    let period = BillingPeriod::parse(month, TimeZone::UTC).unwrap();
    RatedPeriod {
        billing_period: month.to_owned(),
        first_day: period.first_day(),
        last_day: period.last_day(),
        look_back: LookBack::Within,
        is_in_grace: false,
        charges,
    }
}

pub(crate) fn date(month: i8, day: i8) -> Date {
    jiff::civil::date(2026, month, day)
}

/// What the sink would hold afterwards. Panics where a plan creates what is there or changes what is posted.
pub(crate) fn apply(confirmed: &mut Vec<Confirmed>, planned: &PlannedDelivery) {
    let reference = &planned.delivery.reference;
    let position = confirmed
        .iter()
        .position(|one| one.delivery.reference == *reference);
    let state = if planned.action == PlannedAction::Void {
        RemoteState::Void
    } else if planned.delivery.post {
        RemoteState::Posted
    } else {
        RemoteState::Draft
    };
    let after = Confirmed {
        delivery: planned.delivery.clone(),
        remote: RemoteDocument {
            id: format!("remote {reference}"),
            number: None,
            url: None,
            version: None,
            lines: Vec::new(),
        },
        state,
    };
    match (planned.action, position) {
        (PlannedAction::Nothing, Some(_)) => {}
        (PlannedAction::Create, None) => confirmed.push(after),
        (PlannedAction::Update | PlannedAction::Void, Some(position)) => {
            assert_eq!(confirmed[position].state, RemoteState::Draft);
            confirmed[position] = after;
        }
        (action, position) => panic!("{action:?} of {reference} at {position:?}"),
    }
}

pub(crate) fn apply_all(confirmed: &mut Vec<Confirmed>, plan: &Plan) {
    for planned in plan.effects() {
        apply(confirmed, planned);
    }
}

pub(crate) fn net_of(confirmed: &[Confirmed], key: &ChargeKey) -> i64 {
    let live = confirmed
        .iter()
        .filter(|one| one.state != RemoteState::Void);
    live.flat_map(|one| &one.delivery.lines)
        .filter(|line| line.charge == *key)
        .map(|line| line.billed.minor())
        .sum()
}

/// One line of text for each line of a delivery.
pub(crate) fn shown(planned: &PlannedDelivery) -> Vec<String> {
    let lines = planned.delivery.lines.iter();
    lines
        .map(|line| {
            format!(
                "{}: {} x {} = {}",
                line.description,
                line.quantity,
                line.unit_price,
                line.net.amount()
            )
        })
        .collect()
}

pub(crate) fn minor(amount: Money) -> i64 {
    amount.minor()
}
