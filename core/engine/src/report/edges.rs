//! The charges that a change is part of, and what it adds to each.

use std::collections::BTreeMap;

use counterfoil_model::charge::{ChargeKey, Contribution};
use counterfoil_model::ids::ResourceId;
use counterfoil_model::time::Instant;

use super::delivery::{Asked, Edge};

/// What each resource adds to which charges.
pub(super) type Parts = BTreeMap<ResourceId, Vec<(ChargeKey, Contribution)>>;

/// The charges that a change is part of: what begins with it, or ends.
pub(super) fn keys_of(parts: &Parts, asked: &Asked) -> Vec<ChargeKey> {
    let own = parts.get(&asked.resource).into_iter().flatten();
    let mut keys: Vec<ChargeKey> = own
        .filter(|(key, part)| {
            is_edge(part, asked) && asked.account.is_none_or(|account| account == key.account)
        })
        .map(|(key, _)| key.clone())
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

fn is_edge(part: &Contribution, asked: &Asked) -> bool {
    match asked.edge {
        Edge::Start => part.period.from() == asked.at,
        Edge::End => part.period.to() == asked.at,
    }
}

/// What the change adds to a charge: its edge and its quantity.
pub(super) fn adds<'p>(
    parts: &'p Parts,
    key: &ChargeKey,
    asked: &Asked,
) -> Vec<(Instant, &'p str, String)> {
    let own = parts.get(&asked.resource).into_iter().flatten();
    let own = own.filter(|(of, part)| of == key && is_edge(part, asked));
    own.map(|(_, part)| (asked.at, part.share.as_str(), part.quantity.to_string()))
        .collect()
}
