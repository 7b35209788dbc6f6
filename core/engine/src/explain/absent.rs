//! What is known of a resource that is not in a period: an end, a beginning, a row that could not be read.

use counterfoil_model::ids::{RecordingId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::time::Instant;
use counterfoil_store::inventory::BrokenRowFound;

use super::why_not::{WhyNot, WhyNotCode, not_there};
use super::{Asked, ExplainError, ResourceExplained, evidence, store_error};
use crate::inventory;

impl Asked<'_> {
    /// The resource, if anything is known of it; else the name that was meant.
    pub(super) async fn absent(
        &self,
        cutoff: RecordingId,
        there: &[Interval],
    ) -> Result<ResourceExplained, ExplainError> {
        let store = &self.session.store;
        let sources = self.wired.every_source();
        let ids = store.find_resources(self.name).await.map_err(store_error)?;
        let known = store.histories(&ids).await.map_err(store_error)?;
        let known: Vec<_> = known
            .into_iter()
            .filter(|one| sources.contains(&one.interval.source))
            .filter(|one| self.narrow.is_kind(&one.interval.kind))
            .collect();
        let held: Vec<&Interval> = known
            .iter()
            .filter(|one| one.recorded_to.is_none_or(|to| to > cutoff))
            .map(|one| &one.interval)
            .collect();
        let mut why_not = Vec::new();
        if let Some(nearest) = self.nearest(&held) {
            why_not.push(self.not_there(nearest).await?);
        } else if !known.is_empty() {
            let text = "it was listed once, and a later listing of the same days, or a person, took that back";
            why_not.push(WhyNot::new(WhyNotCode::TakenBack, text).then(format!(
                "`counterfoil inventory history {}` shows what was known when",
                self.name
            )));
        }
        why_not.extend(self.unread_named(None).await?);
        let shown = held
            .last()
            .copied()
            .or(known.last().map(|one| &one.interval));
        if why_not.is_empty() {
            return Err(ExplainError::NoResource {
                name: self.name.to_owned(),
                period: self.period.id(),
                hint: inventory::resource_hint(self.name, there),
            });
        }
        Ok(ResourceExplained {
            resource: shown.map(|one| one.resource),
            name: shown.map_or_else(
                || self.name.to_owned(),
                |one| one.configuration.name.clone(),
            ),
            external_id: shown.map_or_else(|| self.name.to_owned(), |one| one.external_id.clone()),
            billing_period: self.period.id(),
            stretches: Vec::new(),
            charges: Vec::new(),
            why_not,
        })
    }

    /// The last interval before the end of the period, else the first one after it.
    fn nearest<'i>(&self, held: &[&'i Interval]) -> Option<&'i Interval> {
        let end = self.period.period().to();
        let begins = |one: &Interval| one.valid.from;
        let before = held.iter().copied();
        let before = before.filter(|one| begins(one).is_none_or(|from| from < end));
        let after = held.iter().copied();
        let after = after.filter(|one| begins(one).is_some_and(|from| from >= end));
        before
            .max_by_key(|one| begins(one))
            .or_else(|| after.min_by_key(|one| begins(one)))
    }

    async fn not_there(&self, interval: &Interval) -> Result<WhyNot, ExplainError> {
        let zone = &self.wired.pipeline.zone;
        let bill_from = self.wired.pipeline.config.bill_from;
        let start = bill_from.and_then(|day| Instant::start_of_day(day, zone).ok());
        let end = self.period.period().to();
        let ends = interval.valid.to;
        if let (Some(day), Some(start)) = (bill_from, start)
            && start > self.period.period().from()
            && ends.is_none_or(|to| to > self.period.period().from())
            && (start >= end || ends.is_some_and(|to| to <= start))
        {
            let text = format!("nothing is billed before {day}, where `bill_from` stands");
            return Ok(WhyNot::new(WhyNotCode::BeforeBilling, text));
        }
        let seen = evidence(self.session, self.wired, interval).await?;
        let listing = if seen.listing.is_empty() {
            seen.scope
        } else {
            seen.listing
        };
        let seen = format!(
            "{} showed it last so in {listing}, {}",
            seen.source, seen.place
        );
        Ok(not_there(interval, self.period, (&seen, zone)))
    }

    /// Rows of the resource that could not be read.
    pub(super) async fn unread(&self, resource: ResourceId) -> Result<Vec<WhyNot>, ExplainError> {
        self.unread_named(Some(resource)).await
    }

    async fn unread_named(
        &self,
        resource: Option<ResourceId>,
    ) -> Result<Vec<WhyNot>, ExplainError> {
        let rows = inventory::broken(self.session, self.wired, None).await;
        let period = self.period.period();
        let is_it = |row: &BrokenRowFound| {
            row.external_id.as_deref() == Some(self.name)
                || (resource.is_some() && row.resource == resource)
        };
        let rows = rows.map_err(store_error)?.into_iter();
        let is_recent = |row: &BrokenRowFound| resource.is_none() || row.valid >= period.from();
        let rows = rows.filter(|(_, row)| is_it(row) && is_recent(row) && row.valid < period.to());
        let Some((source, row)) = rows.max_by_key(|(_, row)| row.valid) else {
            return Ok(Vec::new());
        };
        let outcome = if row.resource.is_some() {
            "it goes on as it was before"
        } else {
            "it is no resource by it, and is not billed"
        };
        let listing = if row.key.is_empty() {
            row.scope.to_string()
        } else {
            row.key
        };
        let text = format!(
            "a row of it could not be read in {listing} of {source}, {}: {}; {outcome}",
            row.place, row.message
        );
        let told = WhyNot::new(WhyNotCode::BrokenRow, text);
        let next_step =
            "mend it at the source and list again; `counterfoil inventory broken` names all";
        Ok(vec![told.then(row.hint.as_deref().unwrap_or(next_step))])
    }

    /// Does its end wait for a person?
    pub(super) async fn withheld(
        &self,
        resource: ResourceId,
    ) -> Result<Option<WhyNot>, ExplainError> {
        for (id, name) in &self.wired.known.sources {
            let pending = self.session.store.withheld_pending(*id).await;
            for endings in pending.map_err(store_error)? {
                if endings.resources.contains(&resource) {
                    let text = format!(
                        "a listing of {name} missed it at {}, and its end waits for a person: it is billed on",
                        endings.valid
                    );
                    let told = WhyNot::new(WhyNotCode::EndWithheld, text);
                    return Ok(Some(
                        told.then("`counterfoil inventory withheld` shows what waits"),
                    ));
                }
            }
        }
        Ok(None)
    }
}
