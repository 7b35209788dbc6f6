//! Receipts: what passed between a connector and its system. Bodies are kept once, by content.

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::RunId;
use counterfoil_model::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::SqliteConnection;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

/// What is about to be sent.
#[derive(Debug, Clone)]
pub struct ExchangeBegin {
    pub run: RunId,
    /// The delivery that it carries.
    pub reference: Option<String>,
    pub method: String,
    pub url: String,
    /// Without credentials: the host adds them later.
    pub body: Vec<u8>,
    pub started: Instant,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct ExchangeEnd {
    pub id: i64,
    pub status: Option<u16>,
    pub body: Vec<u8>,
    pub failure: Option<String>,
    pub duration_ms: u64,
}

/// For people: what was exchanged about a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Receipt {
    pub id: i64,
    pub method: String,
    pub url: String,
    pub started: Instant,
    pub status: Option<i64>,
    pub failure: Option<String>,
    pub request_digest: Option<Digest>,
    pub response_digest: Option<Digest>,
}

impl Store {
    /// Durable when this returns: before the first byte is sent.
    pub async fn begin_exchange(&self, begin: ExchangeBegin) -> Result<i64, StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            let body = keep_body(&mut writing, self, &begin.body).await?;
            let id: i64 = sqlx::query_scalar(
                "INSERT INTO exchange (tenant_id, exchange_id, run_id, reference, number, method, url, started, \
                 request_body) \
                 SELECT ?1, coalesce(max(exchange_id), 0) + 1, ?2, ?3, 1, ?4, ?5, ?6, ?7 FROM exchange \
                 WHERE tenant_id = ?1 RETURNING exchange_id",
            )
            .bind(self.tenant.0)
            .bind(begin.run.0)
            .bind(&begin.reference)
            .bind(&begin.method)
            .bind(&begin.url)
            .bind(begin.started.seconds())
            .bind(body.map(|digest| digest.as_bytes().to_vec()))
            .fetch_one(&mut *writing)
            .await?;
            writing.commit().await?;
            Ok(id)
        };
        write
            .await
            .map_err(StoreError::during("keep what is about to be sent"))
    }

    pub async fn end_exchange(&self, end: ExchangeEnd) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            let body = keep_body(&mut writing, self, &end.body).await?;
            sqlx::query(
                "UPDATE exchange SET status = ?3, response_body = ?4, failure = ?5, duration_ms = ?6 \
                 WHERE tenant_id = ?1 AND exchange_id = ?2",
            )
            .bind(self.tenant.0)
            .bind(end.id)
            .bind(end.status)
            .bind(body.map(|digest| digest.as_bytes().to_vec()))
            .bind(&end.failure)
            .bind(i64::try_from(end.duration_ms).unwrap_or(i64::MAX))
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("keep what was answered"))
    }

    /// What was exchanged about a delivery, oldest first.
    pub async fn receipts(&self, reference: &str) -> Result<Vec<Receipt>, StoreError> {
        let read = async {
            let rows =
                sqlx::query("SELECT * FROM exchange WHERE tenant_id = ?1 AND reference = ?2 ORDER BY exchange_id")
                    .bind(self.tenant.0)
                    .bind(reference)
                    .fetch_all(&self.reader)
                    .await?;
            let receipts = rows.iter().map(|row| {
                Ok(Receipt {
                    id: row.integer("exchange_id")?,
                    method: row.text("method")?,
                    url: row.text("url")?,
                    started: row.instant("started")?,
                    status: row.optional_integer("status")?,
                    failure: row.optional_text("failure")?,
                    request_digest: row.optional_digest("request_body")?,
                    response_digest: row.optional_digest("response_body")?,
                })
            });
            receipts.collect::<Result<_, sqlx::Error>>()
        };
        read.await.map_err(StoreError::during("read receipts"))
    }
}

async fn keep_body(
    connection: &mut SqliteConnection,
    store: &Store,
    body: &[u8],
) -> Result<Option<Digest>, sqlx::Error> {
    if body.is_empty() {
        return Ok(None);
    }
    let digest = Digest::of_bytes(body);
    sqlx::query(
        "INSERT OR IGNORE INTO exchange_body (tenant_id, digest, body) VALUES (?1, ?2, ?3)",
    )
    .bind(store.tenant.0)
    .bind(&digest.as_bytes()[..])
    .bind(body)
    .execute(connection)
    .await?;
    Ok(Some(digest))
}
