//! The order of the last complete listing of a scope: what positions refer to, and what guests compare hashes with.

use counterfoil_model::ids::{ListingId, ResourceId, Scope, SourceId};
use counterfoil_model::time::Instant;
use rusqlite::{Connection, OptionalExtension, params};

use super::listing::RowHash;
use crate::columns::{Cells, Columns};
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
    pub(crate) fn load(
        connection: &Connection,
        key: ScopeKey<'_>,
    ) -> rusqlite::Result<Option<Self>> {
        let mut query = connection.prepare_cached(
            "SELECT b.listing_id, b.row_count, l.valid_from FROM listing_base b \
             JOIN listing l USING (tenant_id, listing_id) \
             WHERE b.tenant_id = ?1 AND b.source_id = ?2 AND b.scope = ?3",
        )?;
        let of_scope = params![key.tenant, key.source, key.scope];
        let header = query.query_row(of_scope, |row| {
            let rows: i64 = row.integer(1)?;
            Ok((ListingId(row.integer(0)?), rows, row.instant(2)?))
        });
        let Some((listing, count, valid)) = header.optional()? else {
            return Ok(None);
        };
        let mut query = connection.prepare_cached(
            "SELECT hashes, resources FROM listing_order \
             WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 ORDER BY chunk",
        )?;
        let mut chunks = query.query(of_scope)?;
        let mut rows = Vec::with_capacity(usize::try_from(count).unwrap_or_default());
        while let Some(chunk) = chunks.next()? {
            let hashes = cells(chunk.get_ref(0)?.as_blob()?).map(RowHash);
            rows.extend(hashes.zip(resource_ids(chunk.get_ref(1)?.as_blob()?)));
        }
        Ok(Some(Self {
            listing,
            valid,
            rows,
        }))
    }

    /// Replaces the order of a scope. Chunks that stayed the same are not written.
    pub(crate) fn replace(
        connection: &Connection,
        key: ScopeKey<'_>,
        before: Option<&Self>,
        listing: ListingId,
        rows: &[(RowHash, ResourceId)],
    ) -> rusqlite::Result<()> {
        let before = before.map_or(&[][..], |order| &order.rows);
        let mut insert = connection.prepare_cached(
            "INSERT OR REPLACE INTO listing_order (tenant_id, source_id, scope, chunk, hashes, resources) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (number, chunk) in rows.chunks(CHUNK_ROWS).enumerate() {
            if before.chunks(CHUNK_ROWS).nth(number) == Some(chunk) {
                continue;
            }
            let mut hashes = Vec::with_capacity(chunk.len() * CELL_BYTES);
            for (hash, _) in chunk {
                hashes.extend(hash.0);
            }
            let resources = resource_cells(chunk.iter().map(|(_, resource)| *resource));
            insert.execute(params![
                key.tenant,
                key.source,
                key.scope,
                chunk_number(number),
                hashes,
                resources,
            ])?;
        }
        let mut delete = connection.prepare_cached(
            "DELETE FROM listing_order WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 AND chunk >= ?4",
        )?;
        let chunks = chunk_number(rows.len().div_ceil(CHUNK_ROWS));
        delete.execute(params![key.tenant, key.source, key.scope, chunks])?;
        let mut insert = connection.prepare_cached(
            "INSERT OR REPLACE INTO listing_base (tenant_id, source_id, scope, listing_id, row_count) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let count = chunk_number(rows.len());
        insert.execute(params![key.tenant, key.source, key.scope, listing.0, count])?;
        Ok(())
    }

    /// Forgets the order of a scope, so that its next listing is a full one.
    pub(crate) fn forget(connection: &Connection, key: ScopeKey<'_>) -> rusqlite::Result<()> {
        for statement in [
            "DELETE FROM listing_order WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
            "DELETE FROM listing_base WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
        ] {
            connection.execute(statement, params![key.tenant, key.source, key.scope])?;
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
    let mut cells = Vec::with_capacity(resources.size_hint().0 * CELL_BYTES);
    for resource in resources {
        cells.extend(resource.0.to_le_bytes());
    }
    cells
}

/// A position or chunk as the database counts.
pub(crate) fn chunk_number(number: usize) -> i64 {
    i64::try_from(number).expect("a listing has fewer rows than 64 bits count")
}
