//! One line of a document: what its charge comes to when it is rated again, and what each resource adds.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use counterfoil_model::document::Line;
use counterfoil_model::ids::ListingId;
use counterfoil_model::inventory::Interval;
use counterfoil_model::ownership::Because;
use counterfoil_store::inventory::Listing;

use super::made_with::Known;
use super::{ContributionExplained, EvidenceExplained, ExplainError, LineExplained, store_error};
use crate::filter::Narrow;
use crate::session::{Session, Wired};

/// The listings that were read already: many resources were seen by one.
#[derive(Default)]
pub(super) struct Listings {
    read: BTreeMap<ListingId, Listing>,
}

impl Listings {
    pub(super) async fn evidence(
        &mut self,
        session: &Session,
        wired: &Wired<'_>,
        interval: &Interval,
    ) -> Result<EvidenceExplained, ExplainError> {
        let listing = match self.read.entry(interval.evidence.listing) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => {
                let read = session.store.listing(interval.evidence.listing).await;
                unread.insert(read.map_err(store_error)?)
            }
        };
        let source = wired.known.sources.get(&interval.source);
        Ok(EvidenceExplained {
            source: source.map_or_else(|| interval.source.to_string(), String::clone),
            scope: interval.scope.to_string(),
            listing: listing.key.clone(),
            fingerprint: listing.fingerprint.clone(),
            place: interval.evidence.place.clone(),
            recorded: listing.recorded,
        })
    }
}

pub(super) async fn line_explained(
    (session, wired, listings): (&Session, &Wired<'_>, &mut Listings),
    (number, line): (usize, &Line),
    known: &Known,
    narrow: &Narrow,
) -> Result<LineExplained, ExplainError> {
    let charge = known.charge(&line.charge);
    let extremes = known.extremes.as_ref();
    let mut contributions = Vec::new();
    for contribution in charge
        .map(|charge| charge.contributions.as_slice())
        .unwrap_or_default()
    {
        let Some(interval) = known.interval(contribution.interval) else {
            continue;
        };
        let is_asked = narrow.is_since(Some(contribution.period.to()));
        if !is_asked || !narrow.is_kind(&interval.kind) {
            continue;
        }
        let owned = known.owned(contribution.interval, contribution.period);
        let parts = extremes.and_then(|it| it.parts(&line.charge, contribution.resource));
        contributions.push(ContributionExplained {
            uncertain: interval.uncertain.as_deref().copied(),
            allocated_if_earliest: parts.map(|(earliest, _)| earliest),
            allocated_if_latest: parts.map(|(_, latest)| latest),
            contribution: contribution.clone(),
            external_id: interval.external_id.clone(),
            evidence: listings.evidence(session, wired, interval).await?,
            because: owned.map(|owned| Because::clone(&owned.because)),
        });
    }
    let nets = extremes.and_then(|it| it.nets(&line.charge));
    Ok(LineExplained {
        net_if_earliest: nets.map(|(earliest, _)| earliest),
        net_if_latest: nets.map(|(_, latest)| latest),
        number,
        line: line.clone(),
        taken_back_from: None,
        difference: None,
        rated_again: None,
        charge_rated_again: charge.map(|charge| charge.net),
        explanation: charge.map(|charge| (*charge.explanation).clone()),
        contributions,
    })
}
