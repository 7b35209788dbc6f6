//! Certificates of closed periods: appended to a chain of their own, whole or not at all, and never edited.

use counterfoil_model::close::{Sealed, Written};
use counterfoil_model::digest::canonical_json;
use counterfoil_model::ids::{PipelineId, TenantId};
use counterfoil_model::time::Instant;
use counterfoil_model::verify::Anchor;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::chain::head_within;
use super::decisions::{DecisionKind, Signed, keep};
use super::periods::issue;
use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::begin_recording;

/// How a period was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodClose {
    pub billing_period: String,
    /// The number of the certificate that holds.
    pub certificate: i64,
    pub closed: Instant,
    pub by: String,
    /// Findings that somebody answers for.
    pub accepted: u64,
    /// Was anything delivered of it since?
    pub is_changed: bool,
}

impl Store {
    /// All of a pipeline, in the order of their numbers, and where they are kept to end. A copy that an earlier version made
    /// has none.
    pub async fn certificates(
        &self,
        pipeline: PipelineId,
    ) -> Result<(Vec<Written>, Option<Anchor>), StoreError> {
        let read = async {
            let tables: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'certificate'",
            )
            .fetch_one(&self.reader)
            .await?;
            if tables == 0 {
                return Ok((Vec::new(), None));
            }
            let mut reading = self.reader.acquire().await?;
            let end = end_within(&mut reading, self.tenant, pipeline).await?;
            drop(reading);
            let rows = sqlx::query(
                "SELECT * FROM certificate WHERE tenant_id = ?1 AND pipeline_id = ?2 ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_all(&self.reader)
            .await?;
            let all = rows
                .iter()
                .map(written)
                .collect::<Result<_, sqlx::Error>>()?;
            Ok((all, end))
        };
        read.await
            .map_err(StoreError::during("read the certificates"))
    }

    /// The one by which a period is closed now, as it was sealed.
    pub async fn latest_certificate(
        &self,
        pipeline: PipelineId,
        billing_period: &str,
    ) -> Result<Option<Sealed>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT * FROM certificate WHERE tenant_id = ?1 AND pipeline_id = ?2 AND billing_period = ?3 \
                 ORDER BY number DESC LIMIT 1",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(billing_period)
            .fetch_optional(&self.reader)
            .await?;
            row.as_ref().map(sealed).transpose()
        };
        read.await
            .map_err(StoreError::during("read the certificate of a period"))
    }

    /// One by its number.
    pub async fn certificate(
        &self,
        pipeline: PipelineId,
        number: i64,
    ) -> Result<Option<Sealed>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT * FROM certificate WHERE tenant_id = ?1 AND pipeline_id = ?2 AND number = ?3",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(number)
            .fetch_optional(&self.reader)
            .await?;
            row.as_ref().map(sealed).transpose()
        };
        read.await.map_err(StoreError::during("read a certificate"))
    }

    /// Where the certificates are kept to end.
    pub async fn certificate_head(
        &self,
        pipeline: PipelineId,
    ) -> Result<Option<Anchor>, StoreError> {
        let read = async {
            let mut reading = self.reader.acquire().await?;
            end_within(&mut reading, self.tenant, pipeline).await
        };
        read.await
            .map_err(StoreError::during("read where the certificates end"))
    }

    /// By which certificate each period is closed, and whether anything was delivered of it since; oldest first.
    pub async fn closes(&self, pipeline: PipelineId) -> Result<Vec<PeriodClose>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT c.billing_period, c.number, json_extract(c.body, '$.closed') AS closed, \
                 json_extract(c.body, '$.by') AS by, \
                 json_array_length(c.body, '$.statement.accepted') AS accepted, EXISTS \
                 (SELECT 1 FROM counterfoil f WHERE f.tenant_id = ?1 AND f.pipeline_id = ?2 \
                  AND f.billing_period = c.billing_period \
                  AND f.number > coalesce(json_extract(c.body, '$.chain.number'), 0)) AS is_changed \
                 FROM certificate c WHERE c.tenant_id = ?1 AND c.pipeline_id = ?2 AND c.number = (SELECT max(number) \
                 FROM certificate WHERE tenant_id = ?1 AND pipeline_id = ?2 AND billing_period = c.billing_period) \
                 ORDER BY c.billing_period",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_all(&self.reader)
            .await?;
            let closes = rows.iter().map(|row| {
                Ok(PeriodClose {
                    billing_period: row.text("billing_period")?,
                    certificate: row.integer("number")?,
                    closed: row.parsed("closed")?,
                    by: row.text("by")?,
                    accepted: row.count("accepted")?,
                    is_changed: row.integer("is_changed")? != 0,
                })
            });
            closes.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read which periods are closed"))
    }

    /// Periods that are closed by a certificate; oldest first.
    pub async fn certified_periods(&self, pipeline: PipelineId) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar(
            "SELECT DISTINCT billing_period FROM certificate WHERE tenant_id = ?1 AND pipeline_id = ?2 ORDER BY billing_period",
        )
        .bind(self.tenant.0)
        .bind(pipeline.0)
        .fetch_all(&self.reader)
        .await
        .map_err(StoreError::during("read the closed periods"))
    }

    /// Closes a period by a certificate, and keeps who decided it; both or neither. False where another process wrote a
    /// certificate or a counterfoil since it was made: then nothing is kept.
    pub async fn close_period(
        &self,
        pipeline: PipelineId,
        certificate: &Sealed,
        signed: Signed<'_>,
    ) -> Result<bool, StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            let said = &certificate.certificate;
            let end = end_within(&mut writing, self.tenant, pipeline).await?;
            let chain = head_within(&mut writing, self.tenant, pipeline).await?;
            let is_next = end.map_or(0, |end| end.number) + 1 == said.number
                && end.map(|end| end.digest) == said.previous
                && chain.as_ref().map(Anchor::from) == said.chain;
            if !is_next {
                return Ok(false);
            }
            let recording =
                begin_recording(&mut writing, self.tenant, signed.now, "close", None).await?;
            let subject = format!("{}, certificate {}", said.billing_period, said.number);
            let what = (pipeline.0, DecisionKind::Close, subject.as_str());
            keep(&mut writing, self.tenant, what, signed).await?;
            sqlx::query(
                "INSERT INTO certificate (tenant_id, pipeline_id, number, billing_period, digest, body, recording_id) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(said.number)
            .bind(&said.billing_period)
            .bind(&certificate.digest.as_bytes()[..])
            .bind(canonical_json(said))
            .bind(recording.0)
            .execute(&mut *writing)
            .await?;
            sqlx::query(
                "INSERT INTO certificate_head (tenant_id, pipeline_id, count, digest) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (tenant_id, pipeline_id) DO UPDATE SET count = excluded.count, digest = excluded.digest",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(said.number)
            .bind(&certificate.digest.as_bytes()[..])
            .execute(&mut *writing)
            .await?;
            issue(
                &mut writing,
                self,
                pipeline,
                &said.billing_period,
                recording,
            )
            .await?;
            writing.commit().await?;
            Ok(true)
        };
        write.await.map_err(StoreError::during("close a period"))
    }
}

async fn end_within(
    connection: &mut SqliteConnection,
    tenant: TenantId,
    pipeline: PipelineId,
) -> Result<Option<Anchor>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT count, digest FROM certificate_head WHERE tenant_id = ?1 AND pipeline_id = ?2",
    )
    .bind(tenant.0)
    .bind(pipeline.0)
    .fetch_optional(connection)
    .await?;
    let anchor = |row: SqliteRow| {
        Ok(Anchor {
            number: row.integer("count")?,
            digest: row.digest("digest")?,
        })
    };
    row.map(anchor).transpose()
}

fn written(row: &SqliteRow) -> Result<Written, sqlx::Error> {
    Ok(Written {
        number: row.integer("number")?,
        billing_period: row.text("billing_period")?,
        digest: row.digest("digest")?,
        body: row.text("body")?,
    })
}

fn sealed(row: &SqliteRow) -> Result<Sealed, sqlx::Error> {
    Ok(Sealed {
        digest: row.digest("digest")?,
        certificate: row.json("body")?,
    })
}
