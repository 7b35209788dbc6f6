//! What a document bills of some charges, and which part of that is one resource's.

use std::collections::BTreeMap;

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
    keys: &[&'k ChargeKey],
) -> Result<BTreeMap<&'k ChargeKey, DeliveredLine>, ReportError> {
    let mut lines: BTreeMap<&ChargeKey, DeliveredLine> = BTreeMap::new();
    for line in &counterfoil.delivery.lines {
        let Some(key) = keys.iter().find(|key| ***key == line.charge) else {
            continue;
        };
        if let Some(known) = lines.get_mut(key) {
            let billed = known.billed.checked_add(line.billed);
            known.billed = billed.map_err(amount_error)?;
            known.lines += 1;
        } else {
            let line_of = DeliveredLine {
                item: line.item.clone(),
                description: line.description.clone(),
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
struct Parts {
    net: Money,
    allocated: BTreeMap<ResourceId, Money>,
}

/// Whole periods, rated as they were known when a plan was made: a part of a line depends on everything that shares it.
#[derive(Default)]
pub(super) struct Shares {
    rated: BTreeMap<(String, RecordingId), BTreeMap<ChargeKey, Parts>>,
}

impl Shares {
    /// Tells how many resources share each line, and the part of one where the line bills the charge itself. What a
    /// correction bills is a difference, of which nobody's part is exact.
    pub(super) async fn tell(
        &mut self,
        (session, wired): (&Session, &Wired<'_>),
        (versions, cutoff): (&Versions, RecordingId),
        period: &BillingPeriod,
        resource: ResourceId,
        lines: &mut BTreeMap<&ChargeKey, DeliveredLine>,
    ) -> Result<(), ReportError> {
        let place = (period.id(), cutoff);
        if !self.rated.contains_key(&place) {
            let rated = rate_period(session, wired, versions, period, cutoff, Detail::Resources);
            let mut charges = BTreeMap::new();
            for charge in rated.await?.rated.charges {
                let mut allocated: BTreeMap<ResourceId, Money> = BTreeMap::new();
                for part in &charge.contributions {
                    let sum = allocated
                        .entry(part.resource)
                        .or_insert_with(|| Money::zero(charge.net.currency()));
                    *sum = sum.checked_add(part.allocated).map_err(amount_error)?;
                }
                let parts = Parts {
                    net: charge.net,
                    allocated,
                };
                charges.insert(charge.key, parts);
            }
            self.rated.insert(place.clone(), charges);
        }
        let charges = &self.rated[&place];
        for (key, line) in lines {
            let Some(parts) = charges.get(*key) else {
                continue;
            };
            line.resources = Some(parts.allocated.len());
            let share = parts.allocated.get(&resource).copied();
            line.share = share.filter(|_| parts.net == line.billed);
        }
        Ok(())
    }
}
