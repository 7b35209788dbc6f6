//! The order of the last complete listing of a scope: what positions refer to, and what guests compare hashes with.

use std::sync::Arc;

use counterfoil_model::ids::{ListingId, ResourceId, Scope, SourceId};

use super::order::Order;
use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

/// Rows of a chunk: the contract's number.
pub const CHUNK_ROWS: usize = 8192;
pub(crate) const CELL_BYTES: usize = 8;

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

    /// The rows of a base, for whoever compares hashes with them. None where the base has been replaced: then a full
    /// listing is due.
    pub fn previous(
        &self,
        source: SourceId,
        scope: &Scope,
        base: Base,
    ) -> Result<Option<Previous>, StoreError> {
        let key = ScopeKey {
            tenant: self.tenant.0,
            source: source.0,
            scope: scope.as_str(),
        };
        let read = self.read_bulk(|snapshot| self.orders.load(snapshot, key));
        let order = read.map_err(StoreError::during_bulk(
            "read the hashes of the last listing",
        ))?;
        Ok(order
            .filter(|order| order.listing == base.listing)
            .map(Previous))
    }
}

/// The rows of a base, in order.
#[derive(Debug, Clone)]
pub struct Previous(Arc<Order>);

impl Previous {
    /// The hashes of a chunk of `CHUNK_ROWS` rows, 8 bytes a row; empty after the last one.
    pub fn hashes(&self, chunk: u32) -> Vec<u8> {
        let rows = &self.0.rows;
        let first = (chunk as usize).saturating_mul(CHUNK_ROWS).min(rows.len());
        let last = first.saturating_add(CHUNK_ROWS).min(rows.len());
        let mut hashes = Vec::with_capacity((last - first) * CELL_BYTES);
        for (hash, _) in &rows[first..last] {
            hashes.extend(hash.0);
        }
        hashes
    }
}

/// Whose order it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScopeKey<'a> {
    pub(crate) tenant: i64,
    pub(crate) source: i64,
    pub(crate) scope: &'a str,
}

pub(crate) fn cells(bytes: &[u8]) -> impl Iterator<Item = [u8; CELL_BYTES]> + '_ {
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
