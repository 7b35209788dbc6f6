//! What a person has to look at after a listing.

use std::collections::HashMap;

use counterfoil_model::counted::counted_as;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::ResourceId;
use counterfoil_model::timeline::Withheld;

use super::absence::Absence;
use super::base::ScopeKey;
use super::listing::{ListingIngest, RowHash};
use super::order::Order;
use super::reading::Reading;
use super::resolve::Resolved;
use super::timelines::Timelines;

/// In a full listing: rows with the hash of the last one and another content. The connector would have called them
/// unchanged.
pub(crate) fn unreliable(
    base: Option<&Order>,
    readings: &[Reading],
    resolved: &Resolved,
    timelines: &Timelines,
    key: ScopeKey<'_>,
) -> Option<Finding> {
    let base = base?;
    let hashes: HashMap<ResourceId, RowHash> = base
        .rows
        .iter()
        .map(|(hash, resource)| (*resource, *hash))
        .collect();
    let differs = |(reading, resource): &(&Reading, &Option<ResourceId>)| {
        let Some(resource) = **resource else {
            return false;
        };
        let then = timelines.at(resource, key, base.valid);
        hashes.get(&resource) == Some(&reading.hash)
            && then.is_some_and(|then| then.held.configuration != reading.configuration)
    };
    let pairs = readings.iter().zip(&resolved.resources);
    let mut lies = pairs.filter(differs).map(|(reading, _)| reading);
    let first = lies.next()?;
    let count = lies.count() + 1;
    Some(Finding {
        code: FindingCode::UnreliableConnector,
        severity: Severity::Blocking,
        subject: key.scope.to_owned(),
        message: format!(
            "{} `{}` ({})",
            counted_as(
                count,
                "row changed while its hash stayed the same:",
                "rows changed while their hash stayed the same; the first is"
            ),
            first.external_id,
            first.place
        ),
        next_step: "have the connector mended: its hash leaves out a part of the row".to_owned(),
        value: None,
        since: None,
    })
}

pub(crate) fn withheld(absence: &Absence, listing: &ListingIngest) -> Option<Finding> {
    let absent = absence.absent;
    let known = absence.known;
    let message = match absence.why? {
        Withheld::EmptyListing => {
            let known = counted_as(known, "resource was", "resources were");
            format!("the listing is empty, and {known} known; none was ended")
        }
        Withheld::AboveThresholds => {
            let known = counted_as(known, "resource", "resources");
            let are = if absent == 1 { "is" } else { "are" };
            format!("{absent} of {known} {are} not in the listing; none was ended")
        }
    };
    Some(Finding {
        code: FindingCode::WithheldEndings,
        severity: Severity::Warning,
        subject: listing.scope.to_string(),
        message,
        next_step: "look at the source, then approve the endings up to a ceiling, or list again"
            .to_owned(),
        value: None,
        since: Some(listing.valid),
    })
}
