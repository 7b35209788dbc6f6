//! A transaction that writes: what the API decides between reading and committing sees no other writer.

use sqlx::{Sqlite, Transaction};

use super::reading::read_document;
use super::{Customer, CustomerContent, CustomerId, Document, DocumentId, PracticeStoreError};

/// Writes of one request. Dropped without a commit, nothing of it stays.
#[derive(Debug)]
pub struct PracticeTransaction {
    pub(super) inner: Transaction<'static, Sqlite>,
}

impl PracticeTransaction {
    pub(super) fn new(inner: Transaction<'static, Sqlite>) -> Self {
        Self { inner }
    }

    /// Makes the writes durable.
    pub async fn commit(self) -> Result<(), PracticeStoreError> {
        self.inner
            .commit()
            .await
            .map_err(PracticeStoreError::query("commit"))
    }

    /// Adds a customer; a reference that is taken is refused.
    pub async fn insert_customer(
        &mut self,
        content: CustomerContent,
        now: &str,
    ) -> Result<Customer, PracticeStoreError> {
        let inserted = sqlx::query(
            "INSERT INTO customer (reference, name, email, created) VALUES (?1, ?2, ?3, ?4)",
        )
        .bind(&content.reference)
        .bind(&content.name)
        .bind(&content.email)
        .bind(now)
        .execute(&mut *self.inner)
        .await;
        match inserted {
            Ok(done) => Ok(Customer {
                id: CustomerId(done.last_insert_rowid()),
                content,
                created: now.to_owned(),
            }),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(PracticeStoreError::ReferenceTaken {
                    reference: content.reference,
                })
            }
            Err(source) => Err(PracticeStoreError::query("insert a customer")(source)),
        }
    }

    pub async fn customer_exists(&mut self, id: CustomerId) -> Result<bool, PracticeStoreError> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM customer WHERE id = ?1)")
            .bind(id.0)
            .fetch_one(&mut *self.inner)
            .await
            .map_err(PracticeStoreError::query("look for a customer"))
    }

    pub async fn document(
        &mut self,
        id: DocumentId,
    ) -> Result<Option<Document>, PracticeStoreError> {
        read_document(&mut self.inner, id)
            .await
            .map_err(PracticeStoreError::query("read a document"))
    }

    /// The youngest document that is not void.
    pub async fn latest_document(&mut self) -> Result<Option<DocumentId>, PracticeStoreError> {
        sqlx::query_scalar::<_, Option<i64>>("SELECT max(id) FROM document WHERE state <> 'void'")
            .fetch_one(&mut *self.inner)
            .await
            .map(|id| id.map(DocumentId))
            .map_err(PracticeStoreError::query("look for the latest document"))
    }

    /// What live credit notes take from an original, less what live invoices that correct it add, in minor units.
    /// The document `except` is left out of the sum.
    pub async fn credited_minor(
        &mut self,
        original: DocumentId,
        except: Option<DocumentId>,
    ) -> Result<i64, PracticeStoreError> {
        sqlx::query_scalar(
            "SELECT coalesce(sum(CASE kind WHEN 'credit-note' THEN net_minor ELSE -net_minor END), 0) FROM document \
             WHERE corrects_id = ?1 AND state <> 'void' AND (?2 IS NULL OR id <> ?2)",
        )
        .bind(original.0)
        .bind(except.map(|id| id.0))
        .fetch_one(&mut *self.inner)
        .await
        .map_err(PracticeStoreError::query("sum the credit notes of a document"))
    }

    /// How many live documents correct this one.
    pub async fn corrections(&mut self, original: DocumentId) -> Result<i64, PracticeStoreError> {
        sqlx::query_scalar(
            "SELECT count(*) FROM document WHERE corrects_id = ?1 AND state <> 'void'",
        )
        .bind(original.0)
        .fetch_one(&mut *self.inner)
        .await
        .map_err(PracticeStoreError::query(
            "count the corrections of a document",
        ))
    }

    /// The next number of a series. The number is lost only with the whole transaction.
    pub async fn next_number(&mut self, series: &str) -> Result<i64, PracticeStoreError> {
        sqlx::query_scalar(
            "INSERT INTO series (name, last) VALUES (?1, 1) \
             ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last",
        )
        .bind(series)
        .fetch_one(&mut *self.inner)
        .await
        .map_err(PracticeStoreError::query("take a number"))
    }
}
