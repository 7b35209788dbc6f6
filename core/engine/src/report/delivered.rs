//! When a change of a resource was delivered: what became of it, when that was seen, and which document bills it.

use std::sync::Arc;

use counterfoil_model::ids::{IntervalId, ResourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::ownership::{OwnedInterval, Ownership};
use counterfoil_model::time::{Instant, Period};
use counterfoil_model::timeline::{AttributeChange, attribute_changes};
use schemars::JsonSchema;
use serde::Serialize;

use super::delivery::{Asked, Edge, Lasting, Sighting, Way};
use super::lines::Shares;
use super::tracks::Tracks;
use super::{ReportError, store_error};
use crate::classify::suspense_text;
use crate::filter::Narrow;
use crate::inventory::no_resource;
use crate::rating::classify_all;
use crate::session::{Session, Wired};
use crate::terms::{Keep, Versions, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveredReport {
    pub pipeline: String,
    pub events: Vec<Event>,
}

/// Something that happened to a resource.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Event {
    pub event: EventKind,
    pub at: Instant,
    pub kind: String,
    pub external_id: String,
    pub name: String,
    pub attributes: Vec<AttributeChange>,
    /// Whose it is from then on: customers with service and plan, or why it is not billed.
    pub standing: String,
    /// Absent where a rule, an agreement or its date made it.
    pub seen: Option<Sighting>,
    #[serde(flatten)]
    pub way: Way,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    New,
    Changed,
    Reclassified,
    Gone,
}

/// All events of what people call so, the earliest first; or those since a time.
pub async fn delivered(
    session: &Session,
    wired: &Wired<'_>,
    name: &str,
    narrow: &Narrow,
) -> Result<DeliveredReport, ReportError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let resources = session.store.find_resources(name).await;
    let resources = resources.map_err(store_error)?;
    let mut tracks = Tracks::load(session, wired, &versions, &resources).await?;
    tracks.shares = Some(Shares::default());
    // A number may be the store's id of another pipeline's resource.
    let sources = wired.every_source();
    let mut intervals = tracks.intervals(None);
    intervals.retain(|interval| sources.contains(&interval.source));
    if intervals.is_empty() {
        return Err(no_resource(session, wired, name).await.into());
    }
    intervals.retain(|interval| narrow.is_kind(&interval.kind));
    let mut events = Vec::new();
    for resource in resources {
        let of_resource = intervals.iter().filter(|one| one.resource == resource);
        let of_resource: Vec<Interval> = of_resource.cloned().collect();
        let steps = steps(session, wired, &versions, &of_resource)?;
        let starts: Vec<Instant> = steps.iter().map(|step| step.at).collect();
        for (place, step) in steps.into_iter().enumerate() {
            // What was known of the time before the first one belongs to it.
            let lasts = Lasting {
                from: (place > 0).then_some(step.at),
                to: starts.get(place + 1).copied(),
            };
            if narrow.is_since(Some(step.at)) && narrow.is_owner(&step.ownership) {
                events.push(event(&mut tracks, resource, step, lasts).await?);
            }
        }
    }
    Ok(DeliveredReport {
        pipeline: wired.pipeline.name.clone(),
        events,
    })
}

struct Step {
    event: EventKind,
    at: Instant,
    interval: Interval,
    attributes: Vec<AttributeChange>,
    ownership: Arc<Ownership>,
}

/// The stretches in which neither the configuration nor the owner changes; and the gaps between them.
fn steps(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    intervals: &[Interval],
) -> Result<Vec<Step>, ReportError> {
    let starts = intervals.iter().filter_map(|interval| interval.valid.from);
    let Some(whole) = starts
        .min()
        .and_then(|first| Period::new(first, session.now))
    else {
        return Ok(Vec::new());
    };
    let mut owned = classify_all(wired, versions, intervals, whole)?;
    owned.sort_by_key(|owned| owned.period);
    let find = |id: IntervalId| intervals.iter().find(|interval| interval.id == id);
    let mut steps: Vec<Step> = Vec::new();
    let mut last: Option<(&OwnedInterval, &Interval)> = None;
    for next in &owned {
        let Some(interval) = find(next.interval) else {
            continue;
        };
        let continues = last.filter(|(before, _)| before.period.to() == next.period.from());
        let (event, attributes) = match continues {
            None => {
                steps.extend(last.map(|(before, was)| gone(before, was)));
                (EventKind::New, Vec::new())
            }
            Some((before, was)) => {
                let attributes = attribute_changes(&was.configuration, &interval.configuration);
                let is_same = before.ownership == next.ownership;
                match (is_same, attributes.is_empty()) {
                    (true, true) => {
                        last = Some((next, interval));
                        continue;
                    }
                    (true, false) => (EventKind::Changed, attributes),
                    (false, _) => (EventKind::Reclassified, attributes),
                }
            }
        };
        steps.push(Step {
            event,
            at: next.period.from(),
            interval: interval.clone(),
            attributes,
            ownership: Arc::clone(&next.ownership),
        });
        last = Some((next, interval));
    }
    if let Some((before, was)) = last
        && before.period.to() < whole.to()
    {
        steps.push(gone(before, was));
    }
    Ok(steps)
}

fn gone(last: &OwnedInterval, interval: &Interval) -> Step {
    Step {
        event: EventKind::Gone,
        at: last.period.to(),
        interval: interval.clone(),
        attributes: Vec::new(),
        ownership: Arc::clone(&last.ownership),
    }
}

pub(super) fn standing(ownership: &Ownership) -> String {
    match ownership {
        Ownership::Owned {
            owners,
            service,
            plan,
        } => {
            let customers: Vec<&str> = owners.iter().map(|one| one.customer.as_str()).collect();
            let mut words = vec![customers.join(", ")];
            words.extend(service.as_ref().map(ToString::to_string));
            words.extend(plan.as_ref().map(ToString::to_string));
            words.join(" · ")
        }
        Ownership::NonBillable(terms) => format!("not billed: {} ({})", terms.reason, terms.owner),
        Ownership::Suspended(why) => format!("in suspense: {}", suspense_text(why)),
    }
}

async fn event(
    tracks: &mut Tracks<'_>,
    resource: ResourceId,
    step: Step,
    lasts: Lasting,
) -> Result<Event, ReportError> {
    let asked = Asked {
        resource,
        at: step.at,
        edge: match step.event {
            EventKind::Gone => Edge::End,
            EventKind::New | EventKind::Changed | EventKind::Reclassified => Edge::Start,
        },
        account: None,
        lasts: Some(lasts),
    };
    let seen = tracks.sighting(&asked, &step.interval);
    Ok(Event {
        event: step.event,
        at: step.at,
        kind: step.interval.kind.to_string(),
        external_id: step.interval.external_id.clone(),
        name: step.interval.configuration.name.clone(),
        attributes: step.attributes,
        standing: standing(&step.ownership),
        seen,
        way: tracks.way(&asked).await?,
    })
}
