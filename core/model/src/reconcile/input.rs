//! The four views that have to agree, for the periods that are reconciled.

use std::collections::{BTreeMap, BTreeSet};

use crate::charge::Charge;
use crate::document::Reference;
use crate::effect::ObservedDocument;
use crate::money::Money;
use crate::plan::{Abilities, Confirmed, PlannedDelivery};
use crate::time::Instant;

#[derive(Debug, Clone)]
pub struct ReconcileInput<'a> {
    /// Rated now.
    pub expected: &'a [Charge],
    /// Estimates of what is discovered and has no owner.
    pub suspended: &'a [Money],
    /// The deliveries of a plan that was made now.
    pub planned: &'a [PlannedDelivery],
    /// The latest counterfoil of each reference.
    pub sent: &'a [Sent],
    /// What was found under these references, and what the window holds besides; those without our prefix are left
    /// alone.
    pub observed: &'a [ObservedDocument],
    /// References of effects whose outcome is not known yet: they are not judged.
    pub open_effects: &'a BTreeSet<Reference>,
    /// When each billing period ended.
    pub period_ends: &'a BTreeMap<String, Instant>,
    pub abilities: &'a Abilities,
    pub now: Instant,
}

#[derive(Debug, Clone)]
pub struct Sent {
    pub confirmed: Confirmed,
    /// When the sink confirmed it.
    pub since: Instant,
}
