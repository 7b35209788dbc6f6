//! Counts what is held by reference: the other side's answer to "was it delivered once?".

use sqlx::Row;

use super::{PracticeStore, PracticeStoreError};

/// What is held under one reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceCount {
    pub reference: String,
    pub draft: i64,
    pub posted: i64,
    pub void: i64,
}

/// What is held under all references, one page of them in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Documents that are not void, with or without a reference.
    pub live: i64,
    /// References with more than one live document.
    pub repeated: i64,
    /// Ordered by reference.
    pub page: Vec<ReferenceCount>,
}

impl PracticeStore {
    /// Counts documents. The page starts after a reference and holds at most `limit`.
    pub async fn counts(&self, after: &str, limit: u32) -> Result<Counts, PracticeStoreError> {
        self.count(after, limit)
            .await
            .map_err(PracticeStoreError::query("count documents"))
    }

    async fn count(&self, after: &str, limit: u32) -> Result<Counts, sqlx::Error> {
        let mut snapshot = self.reader.begin().await?;
        let totals = sqlx::query(
            "SELECT coalesce(sum(live), 0) AS live, coalesce(sum(live > 1 AND reference IS NOT NULL), 0) AS repeated \
             FROM (SELECT reference, count(*) AS live FROM document WHERE state <> 'void' GROUP BY reference)",
        )
        .fetch_one(&mut *snapshot)
        .await?;
        let rows = sqlx::query(
            "SELECT reference, sum(state = 'draft') AS draft, sum(state = 'posted') AS posted, \
             sum(state = 'void') AS void FROM document WHERE reference > ?1 \
             GROUP BY reference ORDER BY reference LIMIT ?2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *snapshot)
        .await?;
        let page = rows
            .iter()
            .map(|row| {
                Ok(ReferenceCount {
                    reference: row.try_get("reference")?,
                    draft: row.try_get("draft")?,
                    posted: row.try_get("posted")?,
                    void: row.try_get("void")?,
                })
            })
            .collect::<Result<_, sqlx::Error>>()?;
        Ok(Counts {
            live: totals.try_get("live")?,
            repeated: totals.try_get("repeated")?,
            page,
        })
    }
}
