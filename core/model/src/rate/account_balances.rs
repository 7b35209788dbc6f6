//! The completeness equation of each account: what it owned in a period of its own calendar is billed, not charged on purpose,
//! or could not be priced.

use std::collections::{BTreeMap, BTreeSet};

use super::billed::{BilledPiece, ByOwned, charged_to_all};
use super::charged_period::{Frame, PriceTable};
use super::completeness::{KindBalance, add_owned};
use super::findings::Findings;
use super::metering::meter;
use super::observed::Observed;
use super::settling::settle;
use super::{Detail, RateInput};
use crate::ids::{AccountId, Kind};
use crate::ownership::Ownership;
use crate::price::PriceBook;

/// Resource-seconds of the billing period, and resources in its last second, by owner. A resource of several owners counts
/// for each of them. What nobody owns is in suspense or not billable, and no account's.
pub fn account_balances(
    input: &RateInput<'_>,
    accounts: &BTreeSet<AccountId>,
) -> BTreeMap<AccountId, BTreeMap<Kind, KindBalance>> {
    let empty = PriceBook::default();
    let period = input.billing_period.period();
    let book = PriceBook::in_force(input.price_book, period.from()).unwrap_or(&empty);
    let observed = Observed::of(input);
    let frame = Frame {
        billing_period: input.billing_period,
        charged: period,
        own_cycles: true,
        billed_with: None,
    };
    let table = PriceTable::new(book, input, &frame);
    // What could not be priced was told when the bill was rated.
    let mut told = Findings::default();
    let metered = meter(input, &observed, (&table, None), &mut told);
    let billed = settle(&metered, &table, Detail::Lines, &mut told).billed;
    let mut billed = ByOwned::new(&billed);
    let mut balances: BTreeMap<AccountId, BTreeMap<Kind, KindBalance>> = BTreeMap::new();
    for (position, owned) in input.owned.iter().enumerate() {
        let Some(part) = owned.period.intersect(period) else {
            continue;
        };
        let pieces = billed.of(position);
        let Ownership::Owned { owners, .. } = &*owned.ownership else {
            continue;
        };
        for (index, owner) in owners.iter().enumerate() {
            if !accounts.contains(&owner.account) {
                continue;
            }
            let own: Vec<BilledPiece> = pieces
                .iter()
                .filter(|piece| piece.owner == index)
                .map(|piece| BilledPiece { owner: 0, ..*piece })
                .collect();
            let kinds = balances.entry(owner.account).or_default();
            let balance = kinds.entry(owned.kind.clone()).or_default();
            balance.seconds.discovered += part.seconds();
            balance.at_end.discovered += i64::from(part.to() == period.to());
            let charged = charged_to_all(&own, 1);
            let on_purpose = metered.not_charged[position];
            add_owned(balance, part, period.to(), &charged, on_purpose);
        }
    }
    balances
}
