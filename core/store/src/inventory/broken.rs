//! Rows that could not be read, as listings met them.

use counterfoil_model::ids::{ListingId, ResourceId, Scope, SourceId};
use counterfoil_model::time::{Instant, Period};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteRow;

use crate::columns::{Columns, json_array};
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

/// Broken rows of no known resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRows {
    pub first: BrokenRowFound,
    pub count: u64,
    pub listings: Vec<ListingId>,
}

/// Broken rows of several listings: what each of them has is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRows {
    pub first: BrokenRowFound,
    pub count: u64,
    pub listings: u64,
    /// One of the listings is of a day, and still offered: it can be listed again, and then holds from its day.
    pub can_be_mended: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrokenWithin {
    pub unread: Option<BrokenRows>,
    /// Those whose id another row of their listing has, which counts.
    pub repeated: Option<BrokenRows>,
}

/// Here and below, joins are in a given order: without it all broken rows that there ever were may be read.
///
/// `unknown`: rows of no known resource, of the last listing of each scope that showed anything.
const UNKNOWN: &str = "WITH scopes AS MATERIALIZED (SELECT DISTINCT scope FROM listing WHERE tenant_id = ?1 AND source_id = ?2), \
    unknown AS (SELECT b.*, l.scope, l.offer_key, l.valid_from FROM scopes s CROSS JOIN listing l ON l.tenant_id = ?1 \
      AND l.listing_id = (SELECT n.listing_id FROM listing n WHERE n.tenant_id = ?1 AND n.source_id = ?2 AND n.scope = s.scope \
        AND (n.completeness = 'complete' OR n.seen > 0 OR n.broken > 0) ORDER BY n.valid_from DESC, n.listing_id DESC LIMIT 1) \
      CROSS JOIN broken_row b ON b.tenant_id = ?1 AND b.listing_id = l.listing_id WHERE b.resource_id IS NULL)";

/// `told`: the broken rows that listings leave in the period from ?3 to ?4. `whole` is the last complete listing of each scope,
/// `again` what could not be read there either, `last` the last one within the period that showed anything; `heard` are the
/// listings that count.
const TOLD: &str = "WITH scopes AS MATERIALIZED (SELECT DISTINCT scope FROM listing WHERE tenant_id = ?1 AND source_id = ?2), \
    whole AS MATERIALIZED (SELECT l.scope, l.listing_id, l.valid_from FROM scopes s CROSS JOIN listing l ON l.tenant_id = ?1 \
      AND l.listing_id = (SELECT n.listing_id FROM listing n WHERE n.tenant_id = ?1 AND n.source_id = ?2 AND n.scope = s.scope \
        AND n.completeness = 'complete' ORDER BY n.valid_from DESC, n.listing_id DESC LIMIT 1)), \
    again AS MATERIALIZED (SELECT w.scope, coalesce(b.external_id, b.place) AS what FROM whole w \
      CROSS JOIN broken_row b ON b.tenant_id = ?1 AND b.listing_id = w.listing_id), \
    last AS MATERIALIZED (SELECT (SELECT n.listing_id FROM listing n WHERE n.tenant_id = ?1 AND n.source_id = ?2 \
      AND n.scope = s.scope AND n.valid_from < ?4 AND (n.completeness = 'complete' OR n.seen > 0 OR n.broken > 0) \
      ORDER BY n.valid_from DESC, n.listing_id DESC LIMIT 1) AS listing_id FROM scopes s), \
    heard AS MATERIALIZED (SELECT l.*, l.covered_until > l.valid_from AND NOT EXISTS (SELECT 1 FROM offer_gone g \
        WHERE g.tenant_id = ?1 AND g.source_id = ?2 AND g.scope = l.scope AND g.offer_key = l.offer_key) AS can_be_mended \
      FROM listing l WHERE l.tenant_id = ?1 AND l.source_id = ?2 AND l.broken > 0 AND l.valid_from < ?4 \
      AND (l.covered_until > l.valid_from OR l.listing_id IN (SELECT listing_id FROM last)) \
      AND NOT EXISTS (SELECT 1 FROM listing n INDEXED BY listing_by_offer \
        WHERE n.tenant_id = ?1 AND n.source_id = ?2 AND n.scope = l.scope AND n.offer_key = l.offer_key \
        AND n.listing_id > l.listing_id AND n.valid_from = l.valid_from \
        AND (n.fingerprint <> '' OR n.seen + n.broken >= l.seen + l.broken)) \
      AND NOT EXISTS (SELECT 1 FROM listing n WHERE n.tenant_id = ?1 AND n.source_id = ?2 AND n.scope = l.scope \
        AND n.valid_from > l.valid_from AND n.valid_from <= ?3 \
        AND (n.completeness = 'complete' OR n.seen > 0 OR n.broken > 0))), \
    told AS (SELECT b.*, h.scope, h.offer_key, h.valid_from, h.can_be_mended, coalesce(b.external_id, b.place) AS what, \
        b.resource_id IS NULL AND EXISTS (SELECT 1 FROM identity i WHERE i.tenant_id = ?1 AND i.source_id = ?2 \
          AND i.scope = h.scope AND i.external_id = b.external_id AND i.recorded_from <= h.recording_id \
          AND (i.recorded_to IS NULL OR i.recorded_to > h.recording_id)) AS is_repeated \
      FROM heard h CROSS JOIN broken_row b ON b.tenant_id = ?1 AND b.listing_id = h.listing_id \
      WHERE NOT (b.resource_id IS NULL AND h.listing_id IN (SELECT value FROM json_each(?5))) \
      AND (h.can_be_mended OR (h.scope, coalesce(b.external_id, b.place)) IN (SELECT scope, what FROM again) \
        OR NOT EXISTS (SELECT 1 FROM whole w WHERE w.scope = h.scope \
          AND (w.valid_from, w.listing_id) > (h.valid_from, h.listing_id))))";

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

    /// The rows of the latest listing of each scope that showed anything which are of no known resource: what is to be mended
    /// now. A listing that could not be read at all mends nothing.
    pub async fn unknown_rows(&self, source: SourceId) -> Result<Vec<BrokenRowFound>, StoreError> {
        let read = async {
            let sql = format!("{UNKNOWN} SELECT * FROM unknown ORDER BY scope, number");
            let rows = self.of_source(sql, source).await?;
            rows.iter().map(found).collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read what is broken now"))
    }

    /// How many of these there are, and the first of them: there may be many, and people are told one.
    pub async fn unknown_now(&self, source: SourceId) -> Result<Option<UnknownRows>, StoreError> {
        let read = async {
            let first = format!("{UNKNOWN} SELECT * FROM unknown ORDER BY scope, number LIMIT 1");
            let first = self.of_source(first, source).await?;
            let Some(first) = first.first().map(found).transpose()? else {
                return Ok(None);
            };
            let mut unknown = UnknownRows {
                first,
                count: 0,
                listings: Vec::new(),
            };
            let counted = format!(
                "{UNKNOWN} SELECT listing_id, count(*) AS told FROM unknown GROUP BY listing_id"
            );
            for row in &self.of_source(counted, source).await? {
                unknown.count += row.count("told")?;
                unknown.listings.push(ListingId(row.integer("listing_id")?));
            }
            Ok(Some(unknown))
        };
        read.await
            .map_err(StoreError::during("count what is broken now"))
    }

    async fn of_source(
        &self,
        sql: String,
        source: SourceId,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        sqlx::query(AssertSqlSafe(sql))
            .bind(self.tenant.0)
            .bind(source.0)
            .fetch_all(&self.reader)
            .await
    }

    /// The broken rows that listings leave in a period. A listing of a day holds until the next of its scope that showed
    /// anything, and is mended where it was taken in again, as far as it went before; of those that show no more than what is
    /// there then, the last within the period speaks for all. Where nothing can be listed again, a later complete listing
    /// that has the row settles it. Rows of no known resource are left out of the listings that are told `besides`.
    pub async fn broken_within(
        &self,
        source: SourceId,
        period: Period,
        besides: &[ListingId],
    ) -> Result<BrokenWithin, StoreError> {
        let besides = json_array(besides);
        let (from, to) = (period.from().seconds(), period.to().seconds());
        let read = async {
            let counted = sqlx::query(AssertSqlSafe(format!("{TOLD} SELECT is_repeated, count(DISTINCT scope || char(31) || what) AS told, \
                 count(DISTINCT scope || char(31) || offer_key || char(31) || valid_from) AS listings, max(can_be_mended) AS can_be_mended \
                 FROM told GROUP BY is_repeated")))
            .bind(self.tenant.0)
            .bind(source.0)
            .bind(from)
            .bind(to)
            .bind(&besides)
            .fetch_all(&self.reader)
            .await?;
            let mut within = BrokenWithin::default();
            for row in &counted {
                let is_repeated = row.integer("is_repeated")?;
                let first = sqlx::query(AssertSqlSafe(format!("{TOLD} SELECT * FROM told WHERE is_repeated = ?6 ORDER BY valid_from, listing_id, number LIMIT 1")))
                .bind(self.tenant.0)
                .bind(source.0)
                .bind(from)
                .bind(to)
                .bind(&besides)
                .bind(is_repeated)
                .fetch_one(&self.reader)
                .await?;
                let rows = Some(BrokenRows {
                    first: found(&first)?,
                    count: row.count("told")?,
                    listings: row.count("listings")?,
                    can_be_mended: row.integer("can_be_mended")? != 0,
                });
                match is_repeated {
                    0 => within.unread = rows,
                    _ => within.repeated = rows,
                }
            }
            Ok(within)
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
