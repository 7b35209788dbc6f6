//! How the order of a scope is kept: whole now and then, and in between as what each listing changed of it, so that a
//! listing in which little changed writes little.

use std::sync::{Arc, Mutex, PoisonError};

use counterfoil_model::ids::{ListingId, ResourceId};
use counterfoil_model::time::Instant;
use rusqlite::{Connection, OptionalExtension, params};

use super::base::{
    CELL_BYTES, CHUNK_ROWS, ScopeKey, cells, chunk_number, resource_cells, resource_ids,
};
use super::listing::RowHash;
use super::order_change::{OrderChange, UnfitChange};
use crate::columns::Cells;

/// With more changes it is written whole: each of them has to be gone through by whoever reads it.
const CHANGES_MAX: u32 = 24;
/// So is one whose changes have a quarter of its size.
const SHARE_MAX: usize = 4;

pub(crate) type Row = (RowHash, ResourceId);

/// The base as ingest needs it. A resource stands in it once.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) listing: ListingId,
    pub(crate) valid: Instant,
    pub(crate) rows: Vec<Row>,
    stored: Stored,
}

/// What of an order is kept as changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Stored {
    changes: u32,
    bytes: usize,
}

/// The order that was written or read last. A listing has one order, which never changes.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    last: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    source: i64,
    scope: String,
    order: Arc<Order>,
}

impl Orders {
    pub(crate) fn load(
        &self,
        connection: &Connection,
        key: ScopeKey<'_>,
    ) -> rusqlite::Result<Option<Arc<Order>>> {
        let Some(header) = Header::load(connection, key)? else {
            return Ok(None);
        };
        if let Some(known) = self.known(key, header.listing) {
            return Ok(Some(known));
        }
        let order = Arc::new(header.order(connection, key)?);
        self.keep(key, Arc::clone(&order));
        Ok(Some(order))
    }

    /// Only what is durable may be kept.
    pub(crate) fn keep(&self, key: ScopeKey<'_>, order: Arc<Order>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Kept {
            source: key.source,
            scope: key.scope.to_owned(),
            order,
        });
    }

    fn known(&self, key: ScopeKey<'_>, listing: ListingId) -> Option<Arc<Order>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = last.as_ref()?;
        let same =
            kept.source == key.source && kept.scope == key.scope && kept.order.listing == listing;
        same.then(|| Arc::clone(&kept.order))
    }
}

struct Header {
    listing: ListingId,
    count: usize,
    valid: Instant,
}

impl Header {
    fn load(connection: &Connection, key: ScopeKey<'_>) -> rusqlite::Result<Option<Self>> {
        let mut query = connection.prepare_cached(
            "SELECT b.listing_id, b.row_count, l.valid_from FROM listing_base b \
             JOIN listing l USING (tenant_id, listing_id) \
             WHERE b.tenant_id = ?1 AND b.source_id = ?2 AND b.scope = ?3",
        )?;
        let of_scope = params![key.tenant, key.source, key.scope];
        let header = query.query_row(of_scope, |row| {
            Ok(Self {
                listing: ListingId(row.integer(0)?),
                count: usize::try_from(row.integer(1)?).unwrap_or_default(),
                valid: row.instant(2)?,
            })
        });
        header.optional()
    }

    fn order(self, connection: &Connection, key: ScopeKey<'_>) -> rusqlite::Result<Order> {
        let of_scope = params![key.tenant, key.source, key.scope];
        let mut query = connection.prepare_cached(
            "SELECT hashes, resources FROM listing_order \
             WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 ORDER BY chunk",
        )?;
        let mut chunks = query.query(of_scope)?;
        let mut rows = Vec::with_capacity(self.count);
        while let Some(chunk) = chunks.next()? {
            let hashes = cells(chunk.get_ref(0)?.as_blob()?).map(RowHash);
            rows.extend(hashes.zip(resource_ids(chunk.get_ref(1)?.as_blob()?)));
        }
        let mut query = connection.prepare_cached(
            "SELECT change FROM listing_order_change \
             WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 ORDER BY number",
        )?;
        let mut changes = query.query(of_scope)?;
        let mut stored = Stored::default();
        while let Some(change) = changes.next()? {
            let bytes = change.get_ref(0)?.as_blob()?;
            rows = OrderChange::apply(bytes, &rows).map_err(crate::columns::damaged)?;
            stored.changes += 1;
            stored.bytes += bytes.len();
        }
        if rows.len() != self.count {
            return Err(crate::columns::damaged(UnfitChange));
        }
        Ok(Order {
            listing: self.listing,
            valid: self.valid,
            rows,
            stored,
        })
    }
}

impl Order {
    /// Makes this the order of a scope. `change` leads to it from the one before.
    pub(crate) fn replace(
        connection: &Connection,
        key: ScopeKey<'_>,
        before: Option<(&Self, OrderChange)>,
        (listing, valid): (ListingId, Instant),
        rows: Vec<Row>,
    ) -> rusqlite::Result<Self> {
        let whole = rows.len() * 2 * CELL_BYTES;
        let after = before.map(|(before, change)| {
            let stored = Stored {
                changes: before.stored.changes + 1,
                bytes: before.stored.bytes + change.bytes().len(),
            };
            (stored, change)
        });
        let few =
            |stored: &Stored| stored.changes <= CHANGES_MAX && stored.bytes * SHARE_MAX <= whole;
        let stored = match after {
            Some((stored, change)) if few(&stored) => {
                let mut insert = connection.prepare_cached(
                    "INSERT INTO listing_order_change (tenant_id, source_id, scope, number, change) \
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?;
                insert.execute(params![
                    key.tenant,
                    key.source,
                    key.scope,
                    stored.changes,
                    change.bytes()
                ])?;
                stored
            }
            Some(_) | None => {
                write_whole(connection, key, &rows)?;
                Stored::default()
            }
        };
        let mut insert = connection.prepare_cached(
            "INSERT OR REPLACE INTO listing_base (tenant_id, source_id, scope, listing_id, row_count) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let count = chunk_number(rows.len());
        insert.execute(params![key.tenant, key.source, key.scope, listing.0, count])?;
        Ok(Self {
            listing,
            valid,
            rows,
            stored,
        })
    }

    /// Forgets the order of a scope, so that its next listing is a full one.
    pub(crate) fn forget(connection: &Connection, key: ScopeKey<'_>) -> rusqlite::Result<()> {
        for statement in [
            "DELETE FROM listing_order WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
            "DELETE FROM listing_order_change WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
            "DELETE FROM listing_base WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
        ] {
            connection.execute(statement, params![key.tenant, key.source, key.scope])?;
        }
        Ok(())
    }
}

fn write_whole(connection: &Connection, key: ScopeKey<'_>, rows: &[Row]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO listing_order (tenant_id, source_id, scope, chunk, hashes, resources) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (number, chunk) in rows.chunks(CHUNK_ROWS).enumerate() {
        let mut hashes = Vec::with_capacity(chunk.len() * CELL_BYTES);
        for (hash, _) in chunk {
            hashes.extend(hash.0);
        }
        insert.execute(params![
            key.tenant,
            key.source,
            key.scope,
            chunk_number(number),
            hashes,
            resource_cells(chunk.iter().map(|(_, resource)| *resource)),
        ])?;
    }
    let mut delete = connection.prepare_cached(
        "DELETE FROM listing_order WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 AND chunk >= ?4",
    )?;
    let chunks = chunk_number(rows.len().div_ceil(CHUNK_ROWS));
    delete.execute(params![key.tenant, key.source, key.scope, chunks])?;
    let mut delete = connection.prepare_cached(
        "DELETE FROM listing_order_change WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3",
    )?;
    delete.execute(params![key.tenant, key.source, key.scope])?;
    Ok(())
}
