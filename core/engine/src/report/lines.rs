//! What a document bills of some charges, and which part of that is one resource's.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::counterfoil::Counterfoil;
use counterfoil_model::ids::{RecordingId, ResourceId};
use counterfoil_model::money::Money;
use counterfoil_model::rate::Detail;
use counterfoil_model::time::BillingPeriod;

use super::delivery::DeliveredLine;
use super::{ReportError, amount_error};
use crate::rating::rate_period;
use crate::session::{Session, Wired};
use crate::terms::Versions;

/// By charge, the net that is billed of it.
pub(super) fn lines<'k>(
    counterfoil: &Counterfoil,
    keys: &'k BTreeSet<ChargeKey>,
) -> Result<BTreeMap<&'k ChargeKey, DeliveredLine>, ReportError> {
    let mut lines: BTreeMap<&ChargeKey, DeliveredLine> = BTreeMap::new();
    for line in &counterfoil.delivery.lines {
        let Some(key) = keys.get(&line.charge) else {
            continue;
        };
        if let Some(known) = lines.get_mut(key) {
            let billed = known.billed.checked_add(line.billed);
            // Where a line is taken back and another one is added, it is called as that one.
            if known.billed.is_negative() && !line.billed.is_negative() {
                known.description.clone_from(&line.description);
            }
            known.billed = billed.map_err(amount_error)?;
            known.lines += 1;
        } else {
            let line_of = DeliveredLine {
                item: line.item.clone(),
                description: line.description.clone(),
                first_day: line.first_day,
                last_day: line.last_day,
                billed: line.billed,
                lines: 1,
                share: None,
                resources: None,
            };
            lines.insert(key, line_of);
        }
    }
    Ok(lines)
}

/// A charge and what each resource has of it; together they are its net.
struct Allocated {
    net: Money,
    by_resource: BTreeMap<ResourceId, Money>,
}

/// Whole periods, rated as they were known when a plan was made: a part of a line depends on everything that shares it. Kept
/// are the charges that are looked for.
#[derive(Default)]
pub(super) struct Shares {
    rated: BTreeMap<(String, RecordingId), BTreeMap<ChargeKey, Allocated>>,
}

impl Shares {
    /// Was a period rated with this knowledge?
    pub(super) fn holds(&self, period: &BillingPeriod, cutoff: RecordingId) -> bool {
        self.rated.contains_key(&(period.id(), cutoff))
    }

    /// Rates a period, and keeps some charges of it.
    pub(super) async fn rate(
        &mut self,
        (session, wired): (&Session, &Wired<'_>),
        (versions, cutoff): (&Versions, RecordingId),
        (period, keys): (&BillingPeriod, &BTreeSet<&ChargeKey>),
    ) -> Result<(), ReportError> {
        let rated = rate_period(session, wired, versions, period, cutoff, Detail::Resources);
        let mut charges = BTreeMap::new();
        let mut rated = rated.await?.rated.charges;
        rated.retain(|charge| keys.contains(&charge.key));
        for charge in rated {
            let mut by_resource: BTreeMap<ResourceId, Money> = BTreeMap::new();
            for part in &charge.contributions {
                let sum = by_resource
                    .entry(part.resource)
                    .or_insert_with(|| Money::zero(charge.net.currency()));
                *sum = sum.checked_add(part.allocated).map_err(amount_error)?;
            }
            let allocated = Allocated {
                net: charge.net,
                by_resource,
            };
            charges.insert(charge.key, allocated);
        }
        self.rated.insert((period.id(), cutoff), charges);
        Ok(())
    }

    /// Tells how many resources share what a document bills of a charge, and the part of one. A document bills what the
    /// charge came to by its knowledge, less what it came to by that of the document before; so each resource has the
    /// difference of its parts, and together they have the line to the cent. Both have to be rated.
    pub(super) fn tell(
        &self,
        period: &BillingPeriod,
        (then, before): (RecordingId, Option<RecordingId>),
        key: &ChargeKey,
        resource: ResourceId,
        line: &mut DeliveredLine,
    ) -> Result<(), ReportError> {
        let of = |cutoff| self.rated.get(&(period.id(), cutoff))?.get(key);
        let (new, old) = (of(then), before.and_then(of));
        let sharing: BTreeSet<ResourceId> = new
            .into_iter()
            .chain(old)
            .flat_map(|allocated| allocated.by_resource.keys().copied())
            .collect();
        let zero = Money::zero(line.billed.currency());
        let net = |allocated: Option<&Allocated>| allocated.map_or(zero, |one| one.net);
        let part = |allocated: Option<&Allocated>| {
            let own = allocated.and_then(|one| one.by_resource.get(&resource));
            own.copied().unwrap_or(zero)
        };
        let less = |new: Money, old: Money| new.checked_sub(old).map_err(amount_error);
        let is_exact = less(net(new), net(old))? == line.billed;
        line.share = is_exact.then_some(less(part(new), part(old))?);
        line.resources = (!sharing.is_empty()).then_some(sharing.len());
        Ok(())
    }
}
