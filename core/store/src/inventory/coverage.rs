//! The coverage log: which scope was listed, when, how completely.

use counterfoil_model::ids::{ListingId, RecordingId, RunId, Scope, SourceId};
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
    /// When it was taken in.
    pub recorded: Instant,
    /// Its findings are not kept: they are what the run reported.
    pub outcome: ListingOutcome,
}

impl Listing {
    /// Does it tell of a whole day? What tells of no more than a moment cannot be listed again.
    pub fn is_of_a_day(&self) -> bool {
        self.covered_until > self.valid
    }

    /// Could it not be read to its end? It has no fingerprint then, so that it is asked for again; what shows no more than
    /// now never has one.
    pub fn is_failed(&self) -> bool {
        let is_of_a_day = self.is_of_a_day();
        let is_empty = self.outcome.seen == 0 && self.outcome.broken == 0;
        self.fingerprint.is_empty()
            && self.outcome.completeness == Completeness::Partial
            && (is_of_a_day || is_empty)
    }
}

/// How far the listings of a scope reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeCoverage {
    pub scope: Scope,
    /// When it was listed first, completely or not.
    pub first: Instant,
    /// Until when its complete listings vouch for what they show. None where there is no complete one.
    pub covered_until: Option<Instant>,
}

impl Store {
    /// The coverage log of a source, the earliest valid time first.
    pub async fn coverage_log(&self, source: SourceId) -> Result<Vec<Listing>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT l.*, r.at FROM listing l JOIN recording r USING (tenant_id, recording_id) \
                 WHERE tenant_id = ?1 AND source_id = ?2 ORDER BY valid_from, listing_id",
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

    /// The offers that could not be read when they were tried last, the earliest valid time first. Those that their source has
    /// no more are left out: nobody can mend them.
    pub async fn unread_listings(&self, source: SourceId) -> Result<Vec<Listing>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT l.*, r.at FROM listing l JOIN recording r USING (tenant_id, recording_id) \
                 WHERE tenant_id = ?1 AND l.source_id = ?2 AND l.fingerprint = '' AND l.completeness = 'partial' \
                 AND NOT EXISTS (SELECT 1 FROM offer_gone g WHERE g.tenant_id = l.tenant_id AND g.source_id = l.source_id \
                   AND g.scope = l.scope AND g.offer_key = l.offer_key) \
                 AND NOT EXISTS (SELECT 1 FROM listing n WHERE n.tenant_id = l.tenant_id AND n.source_id = l.source_id \
                   AND n.scope = l.scope AND n.offer_key = l.offer_key AND n.listing_id > l.listing_id) \
                 ORDER BY l.valid_from, l.listing_id",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter()
                .map(listing)
                .collect::<Result<Vec<Listing>, sqlx::Error>>()
        };
        let mut listings = read
            .await
            .map_err(StoreError::during("read what was not read"))?;
        listings.retain(Listing::is_failed);
        Ok(listings)
    }

    pub async fn listing(&self, id: ListingId) -> Result<Listing, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT l.*, r.at FROM listing l JOIN recording r USING (tenant_id, recording_id) \
                 WHERE tenant_id = ?1 AND listing_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(id.0)
            .fetch_optional(&self.reader)
            .await?;
            row.as_ref().map(listing).transpose()
        };
        let found = read.await.map_err(StoreError::during("read a listing"))?;
        found.ok_or_else(|| StoreError::NotFound {
            what: format!("listing {id}"),
        })
    }

    /// Was this very content the last that was taken in of an offer? What was put back to an earlier content is taken in again,
    /// and so is a listing that failed half-way: it has no fingerprint.
    pub async fn is_taken_in(
        &self,
        source: SourceId,
        scope: &Scope,
        key: &str,
        fingerprint: &str,
    ) -> Result<bool, StoreError> {
        sqlx::query_scalar(
            "SELECT coalesce((SELECT fingerprint = ?5 FROM listing WHERE tenant_id = ?1 AND source_id = ?2 \
             AND scope = ?3 AND offer_key = ?4 ORDER BY listing_id DESC LIMIT 1), 0)",
        )
        .bind(self.tenant.0)
        .bind(source.0)
        .bind(scope.as_str())
        .bind(key)
        .bind(fingerprint)
        .fetch_one(&self.reader)
        .await
        .map_err(StoreError::during("look for a listing"))
    }

    pub async fn listing_count(&self, source: SourceId, scope: &Scope) -> Result<u64, StoreError> {
        let count: Result<i64, sqlx::Error> = sqlx::query_scalar(
            "SELECT count(*) FROM listing WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
        )
        .bind(self.tenant.0)
        .bind(source.0)
        .bind(scope.as_str())
        .fetch_one(&self.reader)
        .await;
        let count = count.map_err(StoreError::during("count listings"))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The latest valid time of a listing of a scope.
    pub async fn latest_listing(
        &self,
        source: SourceId,
        scope: &Scope,
    ) -> Result<Option<Instant>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT max(valid_from) AS latest FROM listing \
                 WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .bind(scope.as_str())
            .fetch_one(&self.reader)
            .await?;
            row.optional_instant("latest")
        };
        read.await
            .map_err(StoreError::during("read the latest listing"))
    }

    /// Of every scope that was ever listed, how far its listings reach.
    pub async fn scope_coverage(&self, source: SourceId) -> Result<Vec<ScopeCoverage>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT scope, min(valid_from) AS first, \
                 max(CASE WHEN completeness = 'complete' THEN covered_until END) AS until \
                 FROM listing WHERE tenant_id = ?1 AND source_id = ?2 GROUP BY scope ORDER BY scope",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .fetch_all(&self.reader)
            .await?;
            let covered = rows.iter().map(|row| {
                Ok(ScopeCoverage {
                    scope: Scope::from(row.text("scope")?),
                    first: row.instant("first")?,
                    covered_until: row.optional_instant("until")?,
                })
            });
            covered.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the coverage of a source"))
    }
}

fn listing(row: &SqliteRow) -> Result<Listing, sqlx::Error> {
    let expected = row.optional_integer("expected")?;
    Ok(Listing {
        source: SourceId(row.integer("source_id")?),
        scope: Scope::from(row.text("scope")?),
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
        recorded: row.instant("at")?,
        outcome: ListingOutcome {
            listing: ListingId(row.integer("listing_id")?),
            recording: RecordingId(row.integer("recording_id")?),
            completeness: row.parsed("completeness")?,
            reason: row.optional_text("reason")?,
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
