//! Rows that could not be read, as listings met them.

use counterfoil_model::ids::{ListingId, ResourceId, Scope, SourceId};
use counterfoil_model::time::{Instant, Period};
use sqlx::sqlite::SqliteRow;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

/// A broken row that a listing met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRowFound {
    pub listing: ListingId,
    pub scope: Scope,
    /// The key of the listing: a path. Empty where the source shows no more than what is there now.
    pub key: String,
    /// From when on the listing tells.
    pub valid: Instant,
    pub place: String,
    pub external_id: Option<String>,
    /// What it kept alive.
    pub resource: Option<ResourceId>,
    pub message: String,
    pub hint: Option<String>,
}

impl Store {
    pub async fn broken_rows(&self, listing: ListingId) -> Result<Vec<BrokenRowFound>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT b.*, l.scope, l.offer_key, l.valid_from FROM broken_row b JOIN listing l USING (tenant_id, listing_id) \
                 WHERE tenant_id = ?1 AND listing_id = ?2 ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(listing.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(found).collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read broken rows"))
    }

    /// The broken rows of the latest listing of each scope that showed anything: what is to be mended now. A listing that
    /// could not be read at all mends nothing.
    pub async fn broken_now(&self, source: SourceId) -> Result<Vec<BrokenRowFound>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT b.*, l.scope, l.offer_key, l.valid_from FROM broken_row b JOIN listing l USING (tenant_id, listing_id) \
                 WHERE tenant_id = ?1 AND l.source_id = ?2 AND NOT EXISTS (SELECT 1 FROM listing n \
                   WHERE n.tenant_id = l.tenant_id AND n.source_id = l.source_id AND n.scope = l.scope \
                   AND (n.completeness = 'complete' OR n.seen > 0 OR n.broken > 0) \
                   AND (n.valid_from, n.listing_id) > (l.valid_from, l.listing_id)) \
                 ORDER BY l.scope, b.number",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(found).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read what is broken now"))
    }

    /// The broken rows of every listing that tells of a part of the period: it holds until the next of its scope that showed
    /// anything. Rows of a listing that was taken in again since, to its end, are mended or broken anew there.
    pub async fn broken_within(
        &self,
        source: SourceId,
        period: Period,
    ) -> Result<Vec<BrokenRowFound>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT b.*, l.scope, l.offer_key, l.valid_from FROM listing l JOIN broken_row b USING (tenant_id, listing_id) \
                 WHERE tenant_id = ?1 AND l.source_id = ?2 AND l.broken > 0 AND l.valid_from < ?4 \
                 AND NOT EXISTS (SELECT 1 FROM listing n WHERE n.tenant_id = l.tenant_id \
                   AND n.source_id = l.source_id AND n.scope = l.scope AND n.offer_key = l.offer_key \
                   AND n.listing_id > l.listing_id AND n.valid_from = l.valid_from AND n.fingerprint <> '') \
                 AND NOT EXISTS (SELECT 1 FROM listing n WHERE n.tenant_id = l.tenant_id \
                   AND n.source_id = l.source_id AND n.scope = l.scope \
                   AND n.valid_from > l.valid_from AND n.valid_from <= ?3 \
                   AND (n.completeness = 'complete' OR n.seen > 0 OR n.broken > 0)) \
                 ORDER BY l.valid_from, l.listing_id, b.number",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .bind(period.from().seconds())
            .bind(period.to().seconds())
            .fetch_all(&self.reader)
            .await?;
            rows.iter().map(found).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read what was broken within a period"))
    }
}

fn found(row: &SqliteRow) -> Result<BrokenRowFound, sqlx::Error> {
    Ok(BrokenRowFound {
        listing: ListingId(row.integer("listing_id")?),
        scope: Scope::from(row.text("scope")?),
        key: row.text("offer_key")?,
        valid: row.instant("valid_from")?,
        place: row.text("place")?,
        external_id: row.optional_text("external_id")?,
        resource: row.optional_integer("resource_id")?.map(ResourceId),
        message: row.text("message")?,
        hint: row.optional_text("hint")?,
    })
}
