//! The least that an account pays for several items: what is missing becomes a charge of its own (rule R21).

use std::collections::{BTreeMap, HashMap};

use num_traits::{Signed, Zero};

use super::RateInput;
use super::charged_period::PriceTable;
use super::counted::{Counted, Spreads};
use super::findings::Findings;
use super::settling::decimal_near;
use super::weights::Weights;
use super::zones::Zones;
use crate::agreed::{Commitment, PlacedCommitment};
use crate::charge::{
    COMMITMENT, Charge, ChargeKey, CommitmentExplained, Explanation, PriceChoice, PricedPart,
};
use crate::decimal::{Decimal, Rational};
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::{AccountId, AgreementKey, ItemKey};
use crate::language::LineWords;
use crate::money::{Currency, Money, round_money};
use crate::price::Proration;
use crate::time::{BillingPeriod, Cycle, Instant, Period, TimeZone};

/// UN/ECE Rec 20: one.
const ONE: &str = "C62";

/// What commitments lack, given the other charges. Of a billing period that is not over it is only told.
pub(super) fn true_ups(
    input: &RateInput<'_>,
    charges: &[Charge],
    spreads: &Spreads,
    table: &PriceTable<'_>,
    findings: &mut Findings,
) -> Vec<Charge> {
    let mut of_accounts: HashMap<AccountId, Vec<&Charge>> = HashMap::new();
    if !input.agreed.commitments.is_empty() {
        for charge in charges {
            of_accounts
                .entry(charge.key.account)
                .or_default()
                .push(charge);
        }
    }
    let mut true_ups = Vec::new();
    for placed in &input.agreed.commitments {
        let placed = &of_own_days(placed, input.billing_period.zone());
        let (Some(account), Some((_, terms))) =
            (input.accounts.get(&placed.account), placed.stretches.last())
        else {
            continue;
        };
        let own = of_accounts.get(&placed.account);
        let counted = Counted {
            charges: own.map_or(&[], Vec::as_slice),
            spreads,
            table,
        };
        let held = Held::of(placed, &counted);
        let missing = &held.due - &held.billed;
        if !missing.is_positive() {
            continue;
        }
        let rounding = table.book.rounding.of(account.currency);
        let Ok(net) = round_money(&missing, account.currency, rounding) else {
            findings.push(too_large(terms, placed.period.period().from()));
            continue;
        };
        if net.is_zero() {
            continue;
        }
        if input.agreed.is_final {
            true_ups.extend(charge(input, placed, terms, (&held, net), table));
        } else {
            findings.push(short(terms, net, &held, placed.period.period().to()));
        }
    }
    true_ups
}

/// A commitment against what is billed.
struct Held {
    /// The minimum of the time for which it holds.
    due: Rational,
    /// What counts towards it.
    billed: Rational,
}

impl Held {
    fn of(placed: &PlacedCommitment, counted: &Counted<'_>) -> Self {
        let months = months(&placed.period);
        let due = months.iter().map(|month| due(placed, month)).sum();
        let mut billed = Rational::zero();
        for charge in counted.charges {
            let counting = placed.stretches.iter().filter(|(_, terms)| {
                let agreement = terms.agreement.as_ref();
                terms.counts(&charge.key.item)
                    && agreement.is_none_or(|named| *named == charge.key.agreement)
            });
            let stretches: Vec<Period> = counting.map(|(period, _)| *period).collect();
            let part = counted.part(charge, &stretches, &placed.period);
            billed += charge.net.to_rational() * part;
        }
        Self { due, billed }
    }
}

/// A commitment begins and ends at the midnights of its account.
fn of_own_days(placed: &PlacedCommitment, zone: &TimeZone) -> PlacedCommitment {
    let zones = Zones {
        own: zone,
        other: placed.period.zone(),
    };
    let mut own = placed.clone();
    for (period, _) in &mut own.stretches {
        let (from, to) = (zones.day(period.from()), zones.day(period.to()));
        *period = Period::new(from, to).unwrap_or(*period);
    }
    own
}

/// Amounts are those of a period of the calendar; days that were asked for have their part of each of their months.
fn months(asked: &BillingPeriod) -> Vec<BillingPeriod> {
    let first = if asked.is_of_days() {
        BillingPeriod::of(Cycle::default(), asked.first_day(), asked.zone().clone()).ok()
    } else {
        None
    };
    first.map_or_else(
        || vec![asked.clone()],
        |first| first.covering(asked.period()),
    )
}

/// The minimum of the time in which a commitment holds within one of those.
fn due(placed: &PlacedCommitment, month: &BillingPeriod) -> Rational {
    let whole = month.period();
    let stretches = placed.stretches.iter();
    let stretches = stretches.filter_map(|(period, terms)| Some((period.intersect(whole)?, terms)));
    let stretches: Vec<_> = stretches.collect();
    let seconds: i64 = stretches.iter().map(|(period, _)| period.seconds()).sum();
    let is_throughout = seconds == whole.seconds();
    let mut due = Rational::zero();
    for (index, (period, terms)) in stretches.iter().enumerate() {
        let amount = terms.amount.to_rational();
        match terms.proration {
            // Once, however often its terms change within the period.
            Proration::None if index + 1 == stretches.len() => due += amount,
            Proration::None => {}
            proration => {
                let weights = Weights::new(proration, month);
                due += amount
                    * if is_throughout {
                        weights.fraction(proration, *period)
                    } else {
                        weights.part(proration, weights.units(*period), whole)
                    };
            }
        }
    }
    due
}

fn charge(
    input: &RateInput<'_>,
    placed: &PlacedCommitment,
    terms: &Commitment,
    (held, net): (&Held, Money),
    table: &PriceTable<'_>,
) -> Option<Charge> {
    let (first, last) = (placed.stretches.first()?, placed.stretches.last()?);
    let period = Period::new(first.0.from(), last.0.to())?;
    let zone = placed.period.zone();
    let last_second = Instant::from_seconds(period.to().seconds() - 1).ok()?;
    let unit_price = decimal_near(&net.to_rational())?;
    let missing = &held.due - &held.billed;
    let agreement: AgreementKey = placed.agreement.clone();
    let account = input.accounts.get(&placed.account)?;
    let words = account.spoken.words(&table.book.words, &agreement);
    Some(Charge {
        key: ChargeKey {
            account: placed.account,
            agreement,
            item: ItemKey::from(COMMITMENT),
            billing_period: placed.period.id(),
            period,
            dimensions: BTreeMap::from([(COMMITMENT.to_owned(), terms.name.clone())]),
            since: None,
        },
        customer: account.customer.clone(),
        description: description(terms, &words),
        words,
        quantity: Decimal::ONE,
        unit: ONE.to_owned(),
        unit_price,
        net,
        first_day: period.from().date(zone),
        last_day: last_second.date(zone),
        tax_category: terms.tax_category.clone(),
        account_code: terms.account_code.clone(),
        explanation: Box::new(Explanation {
            model: COMMITMENT.to_owned(),
            price: PriceChoice {
                level: format!("commitment {} of account {}", terms.name, terms.account),
                from: terms.from.clone(),
                place: terms.place.clone(),
                overruled: Vec::new(),
                ..PriceChoice::default()
            },
            proration: terms.proration.name().to_owned(),
            quantity_exact: "1".to_owned(),
            metered_exact: None,
            measured: None,
            manual: Vec::new(),
            commitment: Some(explained(terms, held, net.currency())),
            parts: vec![PricedPart {
                tier: None,
                quantity: "1".to_owned(),
                unit: None,
                unit_price,
                amount: missing.to_string(),
            }],
            contents: Vec::new(),
            net_exact: missing.to_string(),
            rounding: table.book.rounding.of(net.currency()),
            change: None,
            rounded_together: false,
            presumed_seconds: 0,
            change_at: None,
            handover: None,
        }),
        contributions: Vec::new(),
    })
}

fn description(terms: &Commitment, words: &LineWords) -> String {
    let own = terms.description.clone();
    own.unwrap_or_else(|| words.commitment(&terms.name))
}

fn explained(terms: &Commitment, held: &Held, currency: Currency) -> CommitmentExplained {
    CommitmentExplained {
        name: terms.name.clone(),
        amount: terms.amount,
        currency,
        due_exact: held.due.to_string(),
        billed_exact: held.billed.to_string(),
        items: terms.items.iter().cloned().collect(),
    }
}

fn shown(amount: &Rational, currency: Currency) -> String {
    let money = round_money(amount, currency, crate::money::Rounding::default());
    money.map_or_else(
        |_| format!("{amount} {currency}"),
        |money| money.to_string(),
    )
}

fn short(terms: &Commitment, net: Money, held: &Held, end: Instant) -> Finding {
    let currency = net.currency();
    Finding {
        code: FindingCode::CommitmentShort,
        severity: Severity::Note,
        subject: format!("commitment {}, account {}", terms.name, terms.account),
        message: format!(
            "{} of at least {} are reached so far: {net} would be due.",
            shown(&held.billed, currency),
            shown(&held.due, currency)
        ),
        next_step: format!(
            "nothing: what is missing when the period ends, at {end}, becomes a line"
        ),
        value: Some(net),
        since: None,
    }
}

fn too_large(terms: &Commitment, since: Instant) -> Finding {
    Finding {
        code: FindingCode::AmountOverflow,
        severity: Severity::Blocking,
        subject: format!("commitment {}, account {}", terms.name, terms.account),
        message: "What is missing to the commitment exceeds 64 bits of minor units.".to_owned(),
        next_step: format!("correct the amount ({})", terms.place),
        value: None,
        since: Some(since),
    }
}
