//! What could not be priced, and why: of a resource, or of the part that one item has of others.

use super::choosing::Unchosen;
use super::group::Buyer;
use crate::counted::counted;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::{AccountKey, AgreementKey, ItemKey, PlanKey};
use crate::money::Currency;
use crate::price::PriceItem;
use crate::time::Period;

/// What an item has no price for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unpriced {
    pub(super) account: AccountKey,
    pub(super) agreement: AgreementKey,
    pub(super) item: ItemKey,
    pub(super) currency: Currency,
    pub(super) plan: Option<PlanKey>,
    pub(super) period: Period,
    pub(super) why: Unchosen,
}

impl Unpriced {
    pub(super) fn new(buyer: &Buyer<'_>, item: &PriceItem, period: Period, why: Unchosen) -> Self {
        Self {
            account: buyer.terms.key.clone(),
            agreement: buyer.agreement.clone(),
            item: item.key.clone(),
            currency: buyer.terms.currency,
            plan: buyer.plan.cloned(),
            period,
            why,
        }
    }

    /// May it be that a price is there, and holds only later?
    pub(super) fn may_come(&self) -> bool {
        self.why == Unchosen::NoPrice
    }

    /// The finding that a part of other items' lines has no price.
    pub(super) fn of_lines(&self, lines: usize) -> Finding {
        let (message, next_step) = words(self, &format!("a part of {}", counted(lines, "line")));
        Finding {
            code: FindingCode::MissingPrice,
            severity: Severity::Blocking,
            subject: format!("item {}, account {}", self.item, self.account),
            message,
            next_step: next_step.to_owned(),
            value: None,
            since: Some(self.period.from()),
        }
    }
}

pub(super) fn words(of: &Unpriced, resources: &str) -> (String, &'static str) {
    let (item, currency, account) = (&of.item, of.currency, &of.account);
    let (from, to) = (of.period.from(), of.period.to());
    match &of.why {
        Unchosen::NoPrice => {
            let plan = of.plan.as_ref();
            let plan = plan.map_or(String::new(), |plan| format!(" on plan `{plan}`"));
            (
                format!(
                    "The item `{item}` has no price in {currency} for account `{account}`{plan} from {from} to {to}: {resources}."
                ),
                "add a price in the account's currency that holds then",
            )
        }
        Unchosen::NotSigned => (
            format!(
                "The item `{item}` has the price of the agreement's signing, and nobody says when the agreement `{}` of account `{account}` was signed: {resources}.",
                of.agreement
            ),
            "give the agreement a `signed` day, or a `from`",
        ),
        Unchosen::NoRate {
            from: other,
            on,
            turned,
        } => {
            let other_way = if *turned {
                format!(" There is one from {currency} to {other}, which is not turned round.")
            } else {
                String::new()
            };
            (
                format!(
                    "The item `{item}` has a price in {other} for account `{account}`, and there is no exchange rate from {other} to {currency} on or before {on}: {resources}.{other_way}"
                ),
                "add the rate, or a price in the account's currency",
            )
        }
        Unchosen::TooFine { from: other } => (
            format!(
                "The price of the item `{item}` in {other} has more than 28 digits in {currency}: {resources}."
            ),
            "give the price or the exchange rate with fewer decimals",
        ),
    }
}
