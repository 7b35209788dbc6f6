//! What posted documents bill in advance, whatever it is called now: asked for each charge that gives something of it back.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::give_back::{Advance, advance_of, is_given_back};
use super::input::{Confirmed, PlanInput, RemoteState};
use super::rooms::bills;
use crate::charge::Charge;
use crate::document::Reference;
use crate::ids::AccountId;
use crate::money::Currency;

/// Of a plan. The lines are gone through when the first is asked for, since most plans give nothing back.
pub(super) struct Advances<'a> {
    input: &'a PlanInput,
    /// In the order of their slots.
    documents: BTreeMap<(AccountId, Currency), Vec<&'a Confirmed>>,
    found: OnceCell<Found<'a>>,
}

#[derive(Default)]
struct Found<'a> {
    posted: BTreeSet<Advance<'a>>,
    /// By the month in which it is rated, where what is posted of its charge period comes to the same: nothing is going to be sent
    /// of it.
    restated: BTreeMap<Advance<'a>, &'a str>,
    /// Those of posted documents and of what is taken off these.
    named: BTreeSet<(Currency, Advance<'a>)>,
}

/// What a month bills of a charge period: an account, the month, the currency and the charge period.
type Part<'a> = (AccountId, &'a str, Currency, &'a str);

impl<'a> Advances<'a> {
    pub(super) fn of(input: &'a PlanInput) -> Self {
        let mut documents: BTreeMap<_, Vec<&Confirmed>> = BTreeMap::new();
        for confirmed in posted(input) {
            let slot = &confirmed.delivery.slot;
            let of_account = documents.entry((slot.account, slot.currency));
            of_account.or_default().push(confirmed);
        }
        for documents in documents.values_mut() {
            documents.sort_by_key(|one| {
                let slot = &one.delivery.slot;
                (&slot.billing_period, slot.part, slot.correction)
            });
        }
        Self {
            input,
            documents,
            found: OnceCell::new(),
        }
    }

    /// The posted documents of an account, in their order.
    pub(super) fn documents(&self, account: AccountId, currency: Currency) -> &[&'a Confirmed] {
        let documents = self.documents.get(&(account, currency));
        documents.map_or(&[], Vec::as_slice)
    }

    /// The month that billed it under another name, of an agreement, a plan or an item, which has the same amounts as this one now.
    pub(super) fn restated_in(&self, advance: Advance<'_>) -> Option<&'a str> {
        let found = self.found();
        let month = found.restated.get(&advance).copied();
        month.filter(|_| !found.posted.contains(&advance))
    }

    /// Is something of it posted, whatever it was called?
    pub(super) fn are_posted(&self, advance: Advance<'_>, currency: Currency) -> bool {
        let named = self.found().named.contains(&(currency, advance));
        named || self.restated_in(advance).is_some()
    }

    fn found(&self) -> &Found<'a> {
        self.found.get_or_init(|| {
            let mut found = Found::default();
            let mut sums: BTreeMap<Part<'_>, i128> = BTreeMap::new();
            let billing = posted(self.input).filter(|one| bills(&one.delivery));
            let billing: BTreeSet<&Reference> =
                billing.map(|one| &one.delivery.reference).collect();
            for confirmed in posted(self.input) {
                let slot = &confirmed.delivery.slot;
                let delivery = &confirmed.delivery;
                let mut named = delivery.corrects.iter();
                let is_billing = bills(delivery) || named.any(|named| billing.contains(named));
                for line in &confirmed.delivery.lines {
                    let part = (slot.account, slot.billing_period.as_str(), slot.currency);
                    let part = (part.0, part.1, part.2, line.charge.billing_period.as_str());
                    *sums.entry(part).or_default() += i128::from(line.billed.minor());
                    let advance = advance_of(&line.charge);
                    if is_billing {
                        found.named.insert((slot.currency, advance));
                    }
                    if !line.billed.is_negative() {
                        found.posted.insert(advance);
                    }
                }
            }
            for period in &self.input.periods {
                let month = period.billing_period.as_str();
                let part = |charge: &'a Charge| -> Part<'a> {
                    let key = &charge.key;
                    (
                        key.account,
                        month,
                        charge.net.currency(),
                        &key.billing_period,
                    )
                };
                let mut rated: BTreeMap<Part<'_>, i128> = BTreeMap::new();
                for charge in &period.charges {
                    *rated.entry(part(charge)).or_default() += i128::from(charge.net.minor());
                }
                let stands = |charge: &&'a Charge| {
                    let part = part(charge);
                    rated.get(&part) == sums.get(&part)
                };
                let billing = period
                    .charges
                    .iter()
                    .filter(|one| !is_given_back(one) && !one.net.is_zero());
                let restated = billing.filter(stands);
                found
                    .restated
                    .extend(restated.map(|charge| (advance_of(&charge.key), month)));
            }
            found
        })
    }
}

fn posted(input: &PlanInput) -> impl Iterator<Item = &Confirmed> {
    let confirmed = input.confirmed.iter();
    confirmed.filter(|one| one.state == RemoteState::Posted)
}
