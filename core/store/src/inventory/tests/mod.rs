//! Listings against a real file: absence, identity, withholding, and history in whatever order listings arrive.

mod absence;
mod broken;
mod full;
mod identity;
mod order;
mod upgrade;

use std::collections::BTreeMap;

use counterfoil_model::attribute::{
    AttributeClass, AttributeDeclaration, KindDeclaration, ValueType,
};
use counterfoil_model::ids::{Kind, RecordingId, ResourceId, Scope, SourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::time::{Instant, Period};
use counterfoil_model::timeline::WithholdingThresholds;

use super::{
    Completeness, Coverage, ListedRows, ListingIngest, ListingOutcome, Observation, RowHash,
};
use crate::{OpenMode, Renamed, Signature, Signed, Store};

pub(super) fn at(seconds: i64) -> Instant {
    Instant::from_seconds(seconds).unwrap()
}

/// Someone decides.
pub(super) fn signed(signature: &Signature, second: i64) -> Signed<'_> {
    Signed {
        signature,
        reason: None,
        now: at(second),
    }
}

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(super) source: SourceId,
    _folder: tempfile::TempDir,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.db"), OpenMode::Create)
            .await
            .unwrap();
        let name = |name| Renamed { name, from: None };
        let pipeline = store.pipeline_id(name("north"), at(0)).await.unwrap();
        let source = store
            .source_id(pipeline, name("netbox"), at(0))
            .await
            .unwrap();
        Self {
            store,
            source,
            _folder: folder,
        }
    }

    /// Of a store that is there already.
    pub(super) fn of(store: Store, source: SourceId, folder: tempfile::TempDir) -> Self {
        Self {
            store,
            source,
            _folder: folder,
        }
    }

    /// A complete full listing; edit it before it is taken in.
    pub(super) fn listing(&self, valid: i64, rows: Vec<Observation>) -> ListingIngest {
        ListingIngest {
            source: self.source,
            scope: Scope::from("all"),
            valid: at(valid),
            covered_until: at(valid),
            key: format!("{valid}.csv"),
            fingerprint: String::new(),
            coverage: Coverage {
                completeness: Completeness::Complete,
                expected: None,
                reason: None,
            },
            kinds: vec![machine()],
            base: None,
            rows: rows.into_iter().map(ListedRows::New).collect(),
            broken: Vec::new(),
            thresholds: WithholdingThresholds::default(),
            run: None,
            now: at(valid),
        }
    }

    pub(super) async fn ingest(&self, listing: &ListingIngest) -> ListingOutcome {
        self.store.ingest(listing).await.unwrap()
    }

    pub(super) async fn list(&self, valid: i64, rows: Vec<Observation>) -> ListingOutcome {
        self.ingest(&self.listing(valid, rows)).await
    }

    pub(super) async fn base(&self) -> super::Base {
        let scope = Scope::from("all");
        self.store.base(self.source, &scope).await.unwrap().unwrap()
    }

    pub(super) async fn intervals_at(&self, cutoff: RecordingId) -> Vec<Interval> {
        let period = Period::new(at(0), at(1_000_000)).unwrap();
        let sources = [self.source];
        self.store
            .intervals(&sources, period, cutoff)
            .await
            .unwrap()
    }

    /// "external id size from–to (covered until)".
    pub(super) async fn shown(&self) -> Vec<String> {
        let cutoff = self.store.cutoff().await.unwrap();
        let intervals = self.intervals_at(cutoff).await;
        let seconds = |instant: Option<Instant>| {
            instant.map_or(String::new(), |instant| instant.seconds().to_string())
        };
        let show = |interval: &Interval| {
            format!(
                "{} {} {}–{} ({})",
                interval.external_id,
                &interval.configuration.attributes["size"],
                seconds(interval.valid.from),
                seconds(interval.valid.to),
                interval.covered_until.seconds(),
            )
        };
        intervals.iter().map(show).collect()
    }

    /// By external id, what was there at an instant.
    pub(super) async fn as_of(&self, instant: i64) -> BTreeMap<String, (ResourceId, String)> {
        let cutoff = self.store.cutoff().await.unwrap();
        let there = self
            .store
            .as_of(&[self.source], at(instant), cutoff)
            .await
            .unwrap();
        let there = there.into_iter().map(|interval| {
            let size = interval.configuration.attributes["size"].to_owned();
            (interval.external_id, (interval.resource, size))
        });
        there.collect()
    }
}

fn machine() -> KindDeclaration {
    let attribute = |name: &str, class| AttributeDeclaration {
        name: name.to_owned(),
        value_type: ValueType::Text,
        class,
        unit: None,
        description: String::new(),
    };
    KindDeclaration {
        kind: Kind::from("machine"),
        description: String::new(),
        attributes: vec![
            attribute("size", AttributeClass::Configuration),
            attribute("serial", AttributeClass::Identity),
            attribute("used", AttributeClass::Gauge),
            attribute("seen_at", AttributeClass::Ignored),
        ],
        correlation: vec![vec!["serial".to_owned()]],
    }
}

pub(super) fn row(id: &str, size: &str) -> Observation {
    let mut bytes = [0; 8];
    for (index, byte) in format!("{id}/{size}").bytes().enumerate() {
        bytes[index % 8] ^= byte.rotate_left(u32::try_from(index / 8).unwrap());
    }
    Observation {
        external_id: id.to_owned(),
        kind: Kind::from("machine"),
        name: id.to_owned(),
        parent: None,
        attributes: BTreeMap::from([("size".to_owned(), size.to_owned())]),
        place: format!("row of {id}"),
        hash: RowHash(bytes),
    }
}

pub(super) fn with(mut row: Observation, attribute: &str, value: &str) -> Observation {
    row.attributes
        .insert(attribute.to_owned(), value.to_owned());
    row
}

/// Machines `m0`, `m1`, … of size 1.
pub(super) fn machines(count: usize) -> Vec<Observation> {
    (0..count)
        .map(|number| row(&format!("m{number}"), "1"))
        .collect()
}
