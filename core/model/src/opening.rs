//! Opening positions: what was billed elsewhere of a period that is billed here. Each is a charge that takes its amount
//! off, so that the first bill is the difference and says why. Must not know how a table of them is read or kept.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::charge::{Charge, ChargeKey, Explanation, PriceChoice, PricedPart};
use crate::decimal::Decimal;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::{AccountId, AgreementKey, ItemKey};
use crate::language::LineWords;
use crate::money::{Money, MoneyError, Rounding};
use crate::price::PriceBook;
use crate::rate::AccountTerms;
use crate::time::{BillingPeriod, Instant};

/// Stands for the agreement and, where none is named, for the item.
const OPENING: &str = "opening-position";
/// UN/ECE Rec 20: one.
const ONE: &str = "C62";

/// A fact that a person gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpeningEntry {
    pub account: AccountId,
    /// Whose tax and revenue account the line gets. Absent: of the account as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemKey>,
    /// The civil id of the period in which it is taken off: "2026-03".
    pub billing_period: String,
    /// What was billed there, before tax, in the sign of an invoice.
    pub net: Money,
    /// What the customer can look up: the number of the earlier invoice. With the other keys it tells one entry from
    /// others.
    pub note: String,
    /// Where it was read: "opening.csv row 3".
    pub place: String,
    pub by: String,
    pub at: Instant,
}

impl OpeningEntry {
    /// Does it say the same? Who gave it when, and where it stood, does not count.
    pub fn says_same(&self, other: &Self) -> bool {
        self.identity() == other.identity() && self.net == other.net
    }

    /// What tells one entry from another.
    pub fn identity(&self) -> (AccountId, Option<&ItemKey>, &str, &str) {
        let (period, note) = (self.billing_period.as_str(), self.note.as_str());
        (self.account, self.item.as_ref(), period, note)
    }
}

/// Is it one of these?
pub fn takes_off(charge: &Charge) -> bool {
    charge.explanation.model == OPENING
}

/// The charges of a period that take off what was billed elsewhere, in the order of their keys. An entry of zero is
/// none.
///
/// They are charges of their own, and not a part of those that rating makes: nobody knows which of these, by service,
/// plan and price, an amount of another system was for.
pub fn charges(
    entries: &[OpeningEntry],
    period: &BillingPeriod,
    book: &PriceBook,
    accounts: &BTreeMap<AccountId, AccountTerms>,
) -> Vec<Charge> {
    let id = period.id();
    let of_period = entries
        .iter()
        .filter(|entry| entry.billing_period == id && !entry.net.is_zero());
    let mut charges: Vec<Charge> = of_period
        .filter_map(|entry| charge(entry, period, book, accounts.get(&entry.account)?))
        .collect();
    charges.sort_by(|a, b| a.key.cmp(&b.key));
    charges
}

fn charge(
    entry: &OpeningEntry,
    period: &BillingPeriod,
    book: &PriceBook,
    terms: &AccountTerms,
) -> Option<Charge> {
    let net = entry.net.checked_neg().ok()?;
    // One, taken back: as a correction takes lines back, so that prices stay positive.
    let quantity = Decimal::from(if net.is_negative() { -1 } else { 1 });
    let unit_price = Decimal::from_rational(&(net.to_rational() / quantity.to_rational()))?;
    let known = entry
        .item
        .as_ref()
        .and_then(|key| book.items.iter().find(|item| item.key == *key));
    let item = entry.item.clone();
    let mut dimensions = BTreeMap::new();
    if !entry.note.is_empty() {
        dimensions.insert("note".to_owned(), entry.note.clone());
    }
    let agreement = AgreementKey::from(OPENING);
    let words = terms.spoken.words(&book.words, &agreement);
    Some(Charge {
        key: ChargeKey {
            account: entry.account,
            agreement,
            item: item.unwrap_or_else(|| ItemKey::from(OPENING)),
            billing_period: period.id(),
            period: period.period(),
            dimensions,
            since: None,
        },
        customer: terms.customer.clone(),
        description: description(entry, &words),
        words,
        quantity,
        unit: ONE.to_owned(),
        unit_price,
        net,
        first_day: period.first_day(),
        last_day: period.last_day(),
        tax_category: known.and_then(|item| item.tax_category.clone()),
        account_code: known.and_then(|item| item.account_code.clone()),
        explanation: Box::new(Explanation {
            model: OPENING.to_owned(),
            price: PriceChoice {
                level: format!("given by {} at {}", entry.by, entry.at),
                from: None,
                place: entry.place.clone(),
                overruled: Vec::new(),
                ..PriceChoice::default()
            },
            proration: "none".to_owned(),
            quantity_exact: quantity.to_string(),
            metered_exact: None,
            measured: None,
            manual: Vec::new(),
            commitment: None,
            contents: Vec::new(),
            parts: vec![PricedPart {
                tier: None,
                quantity: quantity.to_string(),
                unit: None,
                unit_price,
                amount: net.to_rational().to_string(),
            }],
            net_exact: net.to_rational().to_string(),
            rounding: Rounding::default(),
            change: None,
            rounded_together: false,
            presumed_seconds: 0,
            change_at: None,
            handover: None,
        }),
        contributions: Vec::new(),
    })
}

fn description(entry: &OpeningEntry, words: &LineWords) -> String {
    let mut text = words.already_billed().to_owned();
    if let Some(item) = &entry.item {
        text.push_str(&format!(": {item}"));
    }
    if !entry.note.is_empty() {
        text.push_str(&format!(" ({})", entry.note));
    }
    text
}

/// Is it one of ours?
pub fn is_opening(key: &ChargeKey) -> bool {
    key.agreement.as_str() == OPENING
}

/// Accounts of which more was billed elsewhere than is rated: they would get money back that this bill never took.
pub fn exceeding(
    charges: &[Charge],
    accounts: &BTreeMap<AccountId, AccountTerms>,
) -> Result<Vec<Finding>, MoneyError> {
    let mut sums: BTreeMap<AccountId, (Money, Money)> = BTreeMap::new();
    for charge in charges {
        let zero = Money::zero(charge.net.currency());
        let (rated, opening) = sums.entry(charge.key.account).or_insert((zero, zero));
        let sum = if is_opening(&charge.key) {
            opening
        } else {
            rated
        };
        *sum = sum.checked_add(charge.net)?;
    }
    let mut findings = Vec::new();
    for (account, (rated, opening)) in sums {
        let left = rated.checked_add(opening)?;
        if opening.is_zero() || !left.is_negative() {
            continue;
        }
        let key = accounts
            .get(&account)
            .map_or_else(|| account.to_string(), |terms| terms.key.to_string());
        findings.push(Finding {
            code: FindingCode::OpeningExceeds,
            severity: Severity::Blocking,
            subject: format!("account {key}"),
            message: format!(
                "Elsewhere {} was billed, and {rated} is rated: the bill would give money back.",
                opening.checked_neg()?
            ),
            next_step: format!(
                "look at `counterfoil opening list`, and import what belongs to a later period under that period; \
                 `counterfoil explain --account {key}` shows what is rated of it"
            ),
            value: Some(left),
            since: None,
        });
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CustomerKey;
    use crate::plan::sample::charge as rated_charge;
    use crate::time::TimeZone;

    fn month() -> BillingPeriod {
        BillingPeriod::parse("2026-03", TimeZone::UTC).unwrap()
    }

    fn entry(net: &str) -> OpeningEntry {
        OpeningEntry {
            account: AccountId(7),
            item: Some(ItemKey::from("rack")),
            billing_period: "2026-03".to_owned(),
            net: Money::parse(net, "EUR".parse().unwrap()).unwrap(),
            note: "invoice 4711".to_owned(),
            place: "opening.csv row 2".to_owned(),
            by: "anna".to_owned(),
            at: "2026-04-01T06:00:00Z".parse().unwrap(),
        }
    }

    fn accounts() -> BTreeMap<AccountId, AccountTerms> {
        let terms = AccountTerms {
            key: "acme".into(),
            name: "Acme".to_owned(),
            customer: CustomerKey::from("acme"),
            signings: Vec::new(),
            renewals: Vec::new(),
            spoken: crate::language::Spoken::default(),
            currency: "EUR".parse().unwrap(),
        };
        BTreeMap::from([(AccountId(7), terms)])
    }

    fn of(entries: &[OpeningEntry]) -> Vec<Charge> {
        charges(entries, &month(), &PriceBook::default(), &accounts())
    }

    #[test]
    fn what_was_billed_is_one_line_taken_back() {
        let [charge] = of(&[entry("120.00")]).try_into().unwrap();
        assert_eq!(charge.net.amount(), "-120.00");
        assert_eq!(charge.quantity.to_string(), "-1");
        assert_eq!(charge.unit_price.to_string(), "120");
        assert_eq!(charge.description, "Already billed: rack (invoice 4711)");
        assert_eq!(charge.explanation.price.place, "opening.csv row 2");
    }

    #[test]
    fn a_credit_that_was_given_elsewhere_is_taken_back_too() {
        let [charge] = of(&[entry("-5.00")]).try_into().unwrap();
        assert_eq!(charge.net.amount(), "5.00");
        assert_eq!(charge.quantity.to_string(), "1");
        assert_eq!(charge.unit_price.to_string(), "5");
    }

    #[test]
    fn another_period_another_account_and_nothing_are_no_charge() {
        let later = OpeningEntry {
            billing_period: "2026-04".to_owned(),
            ..entry("1.00")
        };
        let stranger = OpeningEntry {
            account: AccountId(8),
            ..entry("1.00")
        };
        assert_eq!(of(&[later, stranger, entry("0.00")]), []);
    }

    #[test]
    fn two_notes_are_two_charges() {
        let second = OpeningEntry {
            note: "invoice 4712".to_owned(),
            ..entry("3.00")
        };
        let charges = of(&[second, entry("2.00")]);
        let nets: Vec<String> = charges.iter().map(|charge| charge.net.amount()).collect();
        assert_eq!(nets, ["-2.00", "-3.00"]);
        assert_ne!(charges[0].key, charges[1].key);
    }

    #[test]
    fn more_than_is_rated_blocks() {
        let mut all = vec![rated_charge("rack", "10", "10.00")];
        all.extend(of(&[entry("100.00")]));
        assert_eq!(exceeding(&all, &accounts()).unwrap(), []);
        all.pop();
        all.extend(of(&[entry("100.01")]));
        let [finding] = exceeding(&all, &accounts()).unwrap().try_into().unwrap();
        assert_eq!(finding.severity, Severity::Blocking);
        assert_eq!(finding.value.unwrap().amount(), "-0.01");
    }
}
