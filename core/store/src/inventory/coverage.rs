//! The coverage log: which scope was listed, when, how completely, and what could not be read.

use counterfoil_model::ids::{ListingId, RecordingId, ResourceId, RunId, Scope, SourceId};
use counterfoil_model::time::Instant;
use sqlx::sqlite::SqliteRow;

use super::listing::{Completeness, Coverage, ListingOutcome};
use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

/// An entry of the coverage log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub source: SourceId,
    pub scope: Scope,
    pub valid: Instant,
    pub covered_until: Instant,
    pub key: String,
    pub fingerprint: String,
    pub coverage: Coverage,
    pub run: Option<RunId>,
    /// Its findings are not kept: they are what the run reported.
    pub outcome: ListingOutcome,
}

/// A broken row that a listing met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRowFound {
    pub listing: ListingId,
    pub place: String,
    pub external_id: Option<String>,
    /// What it kept alive.
    pub resource: Option<ResourceId>,
    pub message: String,
    pub hint: Option<String>,
}

/// An offer that has been taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenIn {
    pub scope: Scope,
    pub key: String,
    pub fingerprint: String,
    pub completeness: Completeness,
}

impl Store {
    /// The coverage log of a source, the earliest valid time first.
    pub async fn coverage_log(&self, source: SourceId) -> Result<Vec<Listing>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM listing WHERE tenant_id = ?1 AND source_id = ?2 ORDER BY valid_from, listing_id",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(listing).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the coverage log"))
    }

    pub async fn listing(&self, id: ListingId) -> Result<Option<Listing>, StoreError> {
        let read = async {
            let row = sqlx::query("SELECT * FROM listing WHERE tenant_id = ?1 AND listing_id = ?2")
                .bind(self.tenant.0)
                .bind(id.0)
                .fetch_optional(&self.reader)
                .await?;
            row.as_ref().map(listing).transpose()
        };
        read.await.map_err(StoreError::during("read a listing"))
    }

    /// Offers that need not be listed again: same scope, key and fingerprint. One that was taken in partly says so.
    pub async fn taken_in(&self, source: SourceId) -> Result<Vec<TakenIn>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT scope, offer_key, fingerprint, completeness FROM listing \
                 WHERE tenant_id = ?1 AND source_id = ?2 ORDER BY listing_id",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .fetch_all(&self.reader)
            .await?;
            let taken = rows.iter().map(|row| {
                Ok(TakenIn {
                    scope: Scope(row.text("scope")?),
                    key: row.text("offer_key")?,
                    fingerprint: row.text("fingerprint")?,
                    completeness: row.parsed("completeness")?,
                })
            });
            taken.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read which offers were taken in"))
    }

    pub async fn broken_rows(&self, listing: ListingId) -> Result<Vec<BrokenRowFound>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM broken_row WHERE tenant_id = ?1 AND listing_id = ?2 ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(listing.0)
            .fetch_all(&self.reader)
            .await?;
            let found = rows.iter().map(|row| {
                Ok(BrokenRowFound {
                    listing,
                    place: row.text("place")?,
                    external_id: row.optional_text("external_id")?,
                    resource: row.optional_integer("resource_id")?.map(ResourceId),
                    message: row.text("message")?,
                    hint: row.optional_text("hint")?,
                })
            });
            found.collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read broken rows"))
    }
}

fn listing(row: &SqliteRow) -> Result<Listing, sqlx::Error> {
    let expected = row.optional_integer("expected")?;
    Ok(Listing {
        source: SourceId(row.integer("source_id")?),
        scope: Scope(row.text("scope")?),
        valid: row.instant("valid_from")?,
        covered_until: row.instant("covered_until")?,
        key: row.text("offer_key")?,
        fingerprint: row.text("fingerprint")?,
        coverage: Coverage {
            completeness: row.parsed("completeness")?,
            expected: expected.and_then(|expected| u64::try_from(expected).ok()),
            reason: row.optional_text("reason")?,
        },
        run: row.optional_integer("run_id")?.map(RunId),
        outcome: ListingOutcome {
            listing: ListingId(row.integer("listing_id")?),
            recording: RecordingId(row.integer("recording_id")?),
            completeness: row.parsed("completeness")?,
            seen: row.count("seen")?,
            new: row.count("new")?,
            changed: row.count("changed")?,
            unchanged: row.count("unchanged")?,
            ended: row.count("ended")?,
            withheld: row.count("withheld")?,
            broken: row.count("broken")?,
            findings: Vec::new(),
        },
    })
}
