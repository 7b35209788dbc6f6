//! Reads customers and documents, one at a time or by page. Pages are ordered by id, so that a cursor stays
//! right while documents are added.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{
    Customer, CustomerContent, CustomerId, Document, DocumentId, DocumentKind, DocumentState,
    Header, Line, LineContent, LineId, PracticeStore, PracticeStoreError,
};

/// Which documents a listing is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentFilter {
    /// The caller's reference, exactly.
    Reference(String),
    /// Issue dates from the first to the last day, both included; no day, no bound.
    Issued {
        first_day: Option<String>,
        last_day: Option<String>,
    },
}

impl PracticeStore {
    pub async fn customer(&self, id: CustomerId) -> Result<Option<Customer>, PracticeStoreError> {
        sqlx::query("SELECT * FROM customer WHERE id = ?1")
            .bind(id.0)
            .fetch_optional(&self.reader)
            .await
            .and_then(|row| row.as_ref().map(customer).transpose())
            .map_err(PracticeStoreError::query("read a customer"))
    }

    /// Customers after an id, at most `limit`; only the one with this reference if it is given.
    pub async fn customers(
        &self,
        reference: Option<&str>,
        after: CustomerId,
        limit: u32,
    ) -> Result<Vec<Customer>, PracticeStoreError> {
        sqlx::query(
            "SELECT * FROM customer WHERE id > ?1 AND (?2 IS NULL OR reference = ?2) ORDER BY id LIMIT ?3",
        )
        .bind(after.0)
        .bind(reference)
        .bind(limit)
        .fetch_all(&self.reader)
        .await
        .and_then(|rows| rows.iter().map(customer).collect())
        .map_err(PracticeStoreError::query("list customers"))
    }

    pub async fn document(&self, id: DocumentId) -> Result<Option<Document>, PracticeStoreError> {
        let operation = PracticeStoreError::query("read a document");
        match self.reader.acquire().await {
            Ok(mut connection) => read_document(&mut connection, id).await.map_err(operation),
            Err(source) => Err(operation(source)),
        }
    }

    /// Documents after an id, at most `limit`, void ones included.
    pub async fn documents(
        &self,
        filter: &DocumentFilter,
        after: DocumentId,
        limit: u32,
    ) -> Result<Vec<Document>, PracticeStoreError> {
        let operation = PracticeStoreError::query("list documents");
        match self.reader.begin().await {
            Ok(mut snapshot) => list_documents(&mut snapshot, filter, after, limit)
                .await
                .map_err(operation),
            Err(source) => Err(operation(source)),
        }
    }
}

pub(super) async fn read_document(
    connection: &mut SqliteConnection,
    id: DocumentId,
) -> Result<Option<Document>, sqlx::Error> {
    let Some(row) = sqlx::query("SELECT * FROM document WHERE id = ?1")
        .bind(id.0)
        .fetch_optional(&mut *connection)
        .await?
    else {
        return Ok(None);
    };
    let mut documents = vec![document(&row)?];
    read_lines(connection, &mut documents).await?;
    Ok(documents.pop())
}

async fn list_documents(
    connection: &mut SqliteConnection,
    filter: &DocumentFilter,
    after: DocumentId,
    limit: u32,
) -> Result<Vec<Document>, sqlx::Error> {
    let query = match filter {
        DocumentFilter::Reference(reference) => sqlx::query(
            "SELECT * FROM document WHERE id > ?1 AND reference = ?3 ORDER BY id LIMIT ?2",
        )
        .bind(after.0)
        .bind(limit)
        .bind(reference),
        DocumentFilter::Issued {
            first_day,
            last_day,
        } => sqlx::query(
            "SELECT * FROM document WHERE id > ?1 AND (?3 IS NULL OR issue_date >= ?3) \
             AND (?4 IS NULL OR issue_date <= ?4) ORDER BY id LIMIT ?2",
        )
        .bind(after.0)
        .bind(limit)
        .bind(first_day)
        .bind(last_day),
    };
    let rows = query.fetch_all(&mut *connection).await?;
    let mut documents = rows.iter().map(document).collect::<Result<Vec<_>, _>>()?;
    read_lines(connection, &mut documents).await?;
    Ok(documents)
}

/// Fills in the lines of all documents with one query.
async fn read_lines(
    connection: &mut SqliteConnection,
    documents: &mut [Document],
) -> Result<(), sqlx::Error> {
    let ids: Vec<i64> = documents.iter().map(|document| document.id.0).collect();
    let ids = serde_json::to_string(&ids).expect("a list of integers is always JSON");
    let rows = sqlx::query(
        "SELECT * FROM line WHERE document_id IN (SELECT value FROM json_each(?1)) \
         ORDER BY document_id, position",
    )
    .bind(ids)
    .fetch_all(connection)
    .await?;
    let mut lines: HashMap<i64, Vec<Line>> = HashMap::new();
    for row in &rows {
        lines
            .entry(row.try_get("document_id")?)
            .or_default()
            .push(line(row)?);
    }
    for document in documents {
        document.lines = lines.remove(&document.id.0).unwrap_or_default();
    }
    Ok(())
}

fn customer(row: &SqliteRow) -> Result<Customer, sqlx::Error> {
    Ok(Customer {
        id: CustomerId(row.try_get("id")?),
        content: CustomerContent {
            reference: row.try_get("reference")?,
            name: row.try_get("name")?,
            email: row.try_get("email")?,
        },
        created: row.try_get("created")?,
    })
}

fn document(row: &SqliteRow) -> Result<Document, sqlx::Error> {
    let kind: &str = row.try_get("kind")?;
    let state: &str = row.try_get("state")?;
    Ok(Document {
        id: DocumentId(row.try_get("id")?),
        header: Header {
            kind: *DocumentKind::ALL
                .iter()
                .find(|known| known.as_str() == kind)
                .expect("the table's CHECK admits the known kinds alone"),
            reference: row.try_get("reference")?,
            slot_digest: row.try_get("slot_digest")?,
            content_digest: row.try_get("content_digest")?,
            customer: CustomerId(row.try_get("customer_id")?),
            currency: row.try_get("currency")?,
            issue_date: row.try_get("issue_date")?,
            due_date: row.try_get("due_date")?,
            first_day: row.try_get("first_day")?,
            last_day: row.try_get("last_day")?,
            buyer_reference: row.try_get("buyer_reference")?,
            corrects: row
                .try_get::<Option<i64>, _>("corrects_id")?
                .map(DocumentId),
        },
        state: *DocumentState::ALL
            .iter()
            .find(|known| known.as_str() == state)
            .expect("the table's CHECK admits the known states alone"),
        number: row.try_get("number")?,
        net_minor: row.try_get("net_minor")?,
        version: row.try_get("version")?,
        created: row.try_get("created")?,
        changed: row.try_get("changed")?,
        lines: Vec::new(),
    })
}

fn line(row: &SqliteRow) -> Result<Line, sqlx::Error> {
    Ok(Line {
        id: LineId(row.try_get("id")?),
        content: LineContent {
            line_reference: row.try_get("line_reference")?,
            item: row.try_get("item")?,
            description: row.try_get("description")?,
            quantity: row.try_get("quantity")?,
            unit: row.try_get("unit")?,
            unit_price: row.try_get("unit_price")?,
            net_minor: row.try_get("net_minor")?,
            first_day: row.try_get("first_day")?,
            last_day: row.try_get("last_day")?,
            tax_category: row.try_get("tax_category")?,
            account_code: row.try_get("account_code")?,
        },
    })
}
