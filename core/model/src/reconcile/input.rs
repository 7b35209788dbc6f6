//! The four views that have to agree, for the periods that are reconciled.

use std::collections::BTreeMap;

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
    /// Effects whose outcome is not known yet: their documents are counted and told, and not compared.
    pub open_effects: &'a BTreeMap<Reference, Open>,
    /// When each billing period ended.
    pub period_ends: &'a BTreeMap<String, Instant>,
    /// When what is reconciled ends, where that is to come: nothing of it can be planned before.
    pub not_ended: Option<Instant>,
    pub abilities: &'a Abilities,
    pub now: Instant,
}

#[derive(Debug, Clone)]
pub struct Sent {
    pub confirmed: Confirmed,
    /// When the sink confirmed it.
    pub since: Instant,
}

/// An effect that may or may not have been applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    pub since: Instant,
    /// What is at stake, in the sign of an invoice.
    pub value: Money,
    /// It goes on only when a person says so.
    pub is_parked: bool,
}
