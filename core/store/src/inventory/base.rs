//! The order of the last complete listing of a scope: what positions refer to, and what guests compare hashes with.

use counterfoil_model::ids::{ListingId, ResourceId, Scope, SourceId};
use counterfoil_model::time::Instant;
use sqlx::{Row, SqliteConnection};

use super::listing::RowHash;
use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

/// Rows of a chunk: the contract's number.
pub const CHUNK_ROWS: usize = 8192;
const CELL_BYTES: usize = 8;

/// Which listing positions refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    pub listing: ListingId,
    pub rows: u64,
}

impl Store {
    /// The base of a scope. None where the next listing has to be a full one.
    pub async fn base(&self, source: SourceId, scope: &Scope) -> Result<Option<Base>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT listing_id, row_count FROM listing_base \
                 WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .bind(scope.as_str())
            .fetch_optional(&self.reader)
            .await?;
            row.map(|row| {
                Ok(Base {
                    listing: ListingId(row.integer("listing_id")?),
                    rows: row.count("row_count")?,
                })
            })
            .transpose()
        };
        read.await
            .map_err(StoreError::during("read the base of a scope"))
    }

    /// All hashes of a base, 8 bytes a row, in order. Empty where the base has been replaced: then a full listing is due.
    pub async fn all_previous_hashes(
        &self,
        source: SourceId,
        scope: &Scope,
        base: Base,
    ) -> Result<Vec<u8>, StoreError> {
        let read = async {
            let chunks: Vec<Vec<u8>> = sqlx::query_scalar(
                "SELECT o.hashes FROM listing_order o JOIN listing_base b USING (tenant_id, source_id, scope) \
                 WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 AND b.listing_id = ?4 ORDER BY o.chunk",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .bind(scope.as_str())
            .bind(base.listing.0)
            .fetch_all(&self.reader)
            .await?;
            Ok(chunks.concat())
        };
        read.await
            .map_err(StoreError::during("read the hashes of the last listing"))
    }

    /// The hashes of the base, 8 bytes a row, `CHUNK_ROWS` rows a chunk; nothing after the last one.
    pub async fn previous_hashes(
        &self,
        source: SourceId,
        scope: &Scope,
        chunk: u32,
    ) -> Result<Vec<u8>, StoreError> {
        let hashes: Result<Option<Vec<u8>>, sqlx::Error> = sqlx::query_scalar(
            "SELECT hashes FROM listing_order \
             WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 AND chunk = ?4",
        )
        .bind(self.tenant.0)
        .bind(source.0)
        .bind(scope.as_str())
        .bind(chunk)
        .fetch_optional(&self.reader)
        .await;
        hashes
            .map(Option::unwrap_or_default)
            .map_err(StoreError::during("read the hashes of the last listing"))
    }
}

/// The base as ingest needs it. A resource stands in it once.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) listing: ListingId,
    pub(crate) valid: Instant,
    pub(crate) rows: Vec<(RowHash, ResourceId)>,
}

/// Whose order it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScopeKey<'a> {
    pub(crate) tenant: i64,
    pub(crate) source: i64,
    pub(crate) scope: &'a str,
}

impl Order {
    pub(crate) async fn load(
        connection: &mut SqliteConnection,
        key: ScopeKey<'_>,
    ) -> Result<Option<Self>, sqlx::Error> {
        let header = sqlx::query(
            "SELECT b.listing_id, b.row_count, l.valid_from FROM listing_base b JOIN listing l USING (tenant_id, listing_id) \
             WHERE b.tenant_id = ?1 AND b.source_id = ?2 AND b.scope = ?3",
        )
        .bind(key.tenant)
        .bind(key.source)
        .bind(key.scope)
        .fetch_optional(&mut *connection)
        .await?;
        let Some(header) = header else {
            return Ok(None);
        };
        let chunks = sqlx::query(
            "SELECT hashes, resources FROM listing_order \
             WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 ORDER BY chunk",
        )
        .bind(key.tenant)
        .bind(key.source)
        .bind(key.scope)
        .fetch_all(connection)
        .await?;
        let mut rows = Vec::with_capacity(chunks.len() * CHUNK_ROWS);
        for chunk in &chunks {
            let hashes: &[u8] = chunk.try_get("hashes")?;
            let resources: &[u8] = chunk.try_get("resources")?;
            let hashes = cells(hashes).map(RowHash);
            rows.extend(hashes.zip(resource_ids(resources)));
        }
        Ok(Some(Self {
            listing: ListingId(header.integer("listing_id")?),
            valid: header.instant("valid_from")?,
            rows,
        }))
    }

    /// Replaces the order of a scope. Chunks that stayed the same are not written.
    pub(crate) async fn replace(
        connection: &mut SqliteConnection,
        key: ScopeKey<'_>,
        before: Option<&Self>,
        listing: ListingId,
        rows: &[(RowHash, ResourceId)],
    ) -> Result<(), sqlx::Error> {
        let before = before.map_or(&[][..], |order| &order.rows);
        for (number, chunk) in rows.chunks(CHUNK_ROWS).enumerate() {
            if before.chunks(CHUNK_ROWS).nth(number) == Some(chunk) {
                continue;
            }
            let hashes: Vec<u8> = chunk.iter().flat_map(|(hash, _)| hash.0).collect();
            let resources = chunk.iter().map(|(_, resource)| *resource);
            sqlx::query(
                "INSERT OR REPLACE INTO listing_order (tenant_id, source_id, scope, chunk, hashes, resources) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .bind(key.tenant)
            .bind(key.source)
            .bind(key.scope)
            .bind(chunk_number(number))
            .bind(hashes)
            .bind(resource_cells(resources))
            .execute(&mut *connection)
            .await?;
        }
        sqlx::query(
            "DELETE FROM listing_order WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 AND chunk >= ?4",
        )
        .bind(key.tenant)
        .bind(key.source)
        .bind(key.scope)
        .bind(chunk_number(rows.len().div_ceil(CHUNK_ROWS)))
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "INSERT OR REPLACE INTO listing_base (tenant_id, source_id, scope, listing_id, row_count) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(key.tenant)
        .bind(key.source)
        .bind(key.scope)
        .bind(listing.0)
        .bind(chunk_number(rows.len()))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Forgets the order of a scope, so that its next listing is a full one.
    pub(crate) async fn forget(
        connection: &mut SqliteConnection,
        key: ScopeKey<'_>,
    ) -> Result<(), sqlx::Error> {
        for statement in [
            "DELETE FROM listing_order WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
            "DELETE FROM listing_base WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
        ] {
            sqlx::query(statement)
                .bind(key.tenant)
                .bind(key.source)
                .bind(key.scope)
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }
}

fn cells(bytes: &[u8]) -> impl Iterator<Item = [u8; CELL_BYTES]> + '_ {
    bytes.as_chunks::<CELL_BYTES>().0.iter().copied()
}

/// Resource ids, 8 bytes each, little-endian.
pub(crate) fn resource_ids(bytes: &[u8]) -> impl Iterator<Item = ResourceId> + '_ {
    cells(bytes).map(|cell| ResourceId(i64::from_le_bytes(cell)))
}

pub(crate) fn resource_cells(resources: impl Iterator<Item = ResourceId>) -> Vec<u8> {
    resources.flat_map(|id| id.0.to_le_bytes()).collect()
}

/// A position or chunk as the database counts.
pub(crate) fn chunk_number(number: usize) -> i64 {
    i64::try_from(number).expect("a listing has fewer rows than 64 bits count")
}
