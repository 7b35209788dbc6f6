//! The charges that a change is part of, and what it adds to each.

use std::collections::BTreeMap;

use counterfoil_model::charge::{ChargeKey, Contribution};
use counterfoil_model::ids::{AccountId, ItemKey, ResourceId};

use super::delivery::{Asked, Edge};

/// What each resource adds to which charges.
pub(super) type Parts = BTreeMap<ResourceId, Vec<(ChargeKey, Contribution)>>;

/// The charges that a change is part of: what begins with it or ends, and what is charged anew while it lasts.
pub(super) fn keys_of(parts: &Parts, asked: &Asked) -> Vec<ChargeKey> {
    let mut keys: Vec<ChargeKey> = own(parts, asked).map(|(key, _)| key.clone()).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Is the change part of a charge?
pub(super) fn is_part(parts: &Parts, key: &ChargeKey, asked: &Asked) -> bool {
    own(parts, asked).any(|(of, _)| of == key)
}

/// Was an account charged for the change as it is now? Charges may be cut otherwise, or priced: what counts is what was
/// charged from its edge on, or, where nothing was and nothing is, in all the time that it lasts.
pub(super) fn is_same(then: &Parts, now: &Parts, asked: &Asked, account: AccountId) -> bool {
    let edge_only = Asked {
        lasts: None,
        ..*asked
    };
    let (before, after) = (
        added(then, &edge_only, account),
        added(now, &edge_only, account),
    );
    let whole = || added(then, asked, account) == added(now, asked, account);
    before == after && (!before.is_empty() || whole())
}

fn own<'p>(parts: &'p Parts, asked: &Asked) -> impl Iterator<Item = &'p (ChargeKey, Contribution)> {
    let asked = *asked;
    let of_resource = parts.get(&asked.resource).into_iter().flatten();
    of_resource.filter(move |(key, part)| {
        let is_asked = asked.account.is_none_or(|account| account == key.account);
        is_asked && (is_edge(part, &asked) || begins_within(part, &asked))
    })
}

fn is_edge(part: &Contribution, asked: &Asked) -> bool {
    match asked.edge {
        Edge::Start => part.period.from() == asked.at && !is_given_back(part),
        Edge::End if is_given_back(part) => part.period.from() == asked.at,
        Edge::End => part.period.to() == asked.at,
    }
}

/// What was billed in advance is given back from the end of its resource on.
fn is_given_back(part: &Contribution) -> bool {
    part.weighted.starts_with('-')
}

fn begins_within(part: &Contribution, asked: &Asked) -> bool {
    asked.lasts.is_some_and(|lasts| {
        let begins = part.period.from();
        !is_given_back(part)
            && lasts.from.is_none_or(|from| from <= begins)
            && lasts.to.is_none_or(|to| begins < to)
    })
}

type Added<'p> = (&'p ItemKey, &'p BTreeMap<String, String>, &'p str, String);

/// In one order, and each once: a charge that is cut adds the same in every piece.
fn added<'p>(parts: &'p Parts, asked: &Asked, account: AccountId) -> Vec<Added<'p>> {
    let of_account = own(parts, asked).filter(|(key, _)| key.account == account);
    let mut added: Vec<Added<'p>> = of_account
        .map(|(key, part)| {
            let quantity = part.quantity.to_string();
            (&key.item, &key.dimensions, part.share.as_str(), quantity)
        })
        .collect();
    added.sort();
    added.dedup();
    added
}
