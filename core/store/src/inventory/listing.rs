//! What is taken in: one listing of one scope, and what became of it.

use std::collections::BTreeMap;

use counterfoil_model::attribute::KindDeclaration;
use counterfoil_model::finding::Finding;
use counterfoil_model::ids::{Kind, ListingId, RecordingId, RunId, Scope, SourceId};
use counterfoil_model::time::Instant;
use counterfoil_model::timeline::WithholdingThresholds;
use thiserror::Error;

use crate::columns::stored_as;
use crate::error::StoreError;

/// The first 64 bits of the connector's hash of a raw row: both halves little-endian, the first half first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowHash(pub [u8; 8]);

impl RowHash {
    pub fn from_halves(first: u32, second: u32) -> Self {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&first.to_le_bytes());
        bytes[4..].copy_from_slice(&second.to_le_bytes());
        Self(bytes)
    }
}

/// One thing, as the source shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The source's own id, unique within the scope.
    pub external_id: String,
    pub kind: Kind,
    pub name: String,
    pub parent: Option<String>,
    /// Canonical text. Which of them are gauges is the declaration's word.
    pub attributes: BTreeMap<String, String>,
    pub place: String,
    pub hash: RowHash,
}

/// A part of a listing, in the order in which the source gives its rows. Positions are those of the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListedRows {
    /// From this position on, so many rows are here again with the same hash.
    Unchanged { position: u32, count: u32 },
    Changed {
        position: u32,
        observation: Observation,
    },
    /// Without a position: found by its id, else new.
    New(Observation),
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRow {
    pub place: String,
    pub external_id: Option<String>,
    pub message: String,
    pub hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Completeness {
    Complete,
    /// Some rows are known to be missing.
    Partial,
    /// It cannot be told.
    Unknown,
}

stored_as!(Completeness {
    Complete => "complete",
    Partial => "partial",
    Unknown => "unknown",
});

/// What a listing covered. Only inside complete coverage does a resource end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    pub completeness: Completeness,
    /// How many rows the source said there are.
    pub expected: Option<u64>,
    /// Why it is not complete.
    pub reason: Option<String>,
}

#[derive(Debug, Clone)]
pub struct ListingIngest {
    pub source: SourceId,
    pub scope: Scope,
    /// When what it shows became so, as far as is known: the start of the day of a daily export, or now.
    pub valid: Instant,
    /// Until when it vouches for what it shows: the end of that day, or now. Not before `valid`.
    pub covered_until: Instant,
    pub key: String,
    pub fingerprint: String,
    pub coverage: Coverage,
    pub kinds: Vec<KindDeclaration>,
    /// The listing that positions are about: the one that `Store::base` named when the listing began. None where the
    /// connector was asked for a full listing.
    pub base: Option<ListingId>,
    pub rows: Vec<ListedRows>,
    pub broken: Vec<BrokenRow>,
    pub thresholds: WithholdingThresholds,
    pub run: Option<RunId>,
    /// The clock, for recorded time.
    pub now: Instant,
}

/// What became of a listing. Rows are counted; `new`, `changed` and `ended` count resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingOutcome {
    pub listing: ListingId,
    pub recording: RecordingId,
    /// As it was judged: an expected count that is not met makes a complete listing partial.
    pub completeness: Completeness,
    /// Why it is not complete.
    pub reason: Option<String>,
    pub seen: u64,
    pub new: u64,
    /// Its configuration is another one than before.
    pub changed: u64,
    pub unchanged: u64,
    pub ended: u64,
    pub withheld: u64,
    pub broken: u64,
    /// An unreliable connector, withheld endings.
    pub findings: Vec<Finding>,
}

#[derive(Debug, Error)]
pub enum IngestError {
    /// The connector contradicts itself. Nothing was stored.
    #[error("take in the listing: {}", problems.join("; "))]
    Refused { problems: Vec<String> },
    /// Another listing came in between. Nothing was stored; list again.
    #[error("take in the listing: the order that its positions refer to has been replaced")]
    BaseMoved,
    #[error(transparent)]
    Store(#[from] StoreError),
}
