//! Inventory as rating sees it: bitemporal intervals with a place where each was read, and gauge samples.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attributes::Attributes;
use crate::decimal::Decimal;
use crate::ids::{IntervalId, Kind, ListingId, ResourceId, Scope, SourceId};
use crate::time::{Instant, Period, Validity};

/// What a source said of a resource and what changes its bill: everything but gauges.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Configuration {
    pub name: String,
    /// The source's id of what it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Identity and configuration attributes in canonical text.
    pub attributes: Attributes,
}

/// Where an interval's configuration was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    pub listing: ListingId,
    /// For people: "inventory-2026-03-05.csv row 17".
    pub place: String,
}

/// A resource had this configuration for this long, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    pub id: IntervalId,
    pub resource: ResourceId,
    pub kind: Kind,
    pub source: SourceId,
    pub scope: Scope,
    /// The source's own id of the resource.
    pub external_id: String,
    /// Valid time. No end: it was there at the last complete listing.
    pub valid: Validity,
    /// Until when coverage proves it. What lies beyond is presumed.
    pub covered_until: Instant,
    pub configuration: Arc<Configuration>,
    pub evidence: Evidence,
    /// When its bounds may have been, where that was asked for and is not certain.
    pub uncertain: Option<Box<Uncertain>>,
}

impl Interval {
    pub fn uncertain_from(&self) -> Option<Between> {
        self.uncertain.as_ref()?.from
    }

    pub fn uncertain_to(&self) -> Option<Between> {
        self.uncertain.as_ref()?.to
    }
}

/// The bounds of an interval that lie between two observations. Absent where one is certain, or nobody looked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Uncertain {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Between>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Between>,
}

/// When a change happened: after the last observation that showed the old state, and not later than the first that showed
/// the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Between {
    pub earliest: Instant,
    /// When it was first seen.
    pub latest: Instant,
}

/// A gauge had this value from one sample to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GaugeRun {
    pub resource: ResourceId,
    pub name: String,
    pub period: Period,
    pub value: Decimal,
}
