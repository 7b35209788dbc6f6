//! Writes documents and their lines within a transaction. Every change raises the version.

use super::{
    DocumentId, DocumentState, Header, LineContent, LineId, PracticeStoreError, PracticeTransaction,
};

impl PracticeTransaction {
    /// Adds a draft with its lines.
    pub async fn insert_document(
        &mut self,
        header: &Header,
        lines: &[LineContent],
        now: &str,
    ) -> Result<DocumentId, PracticeStoreError> {
        let done = sqlx::query(
            "INSERT INTO document (kind, state, reference, slot_digest, content_digest, customer_id, currency, \
             issue_date, due_date, first_day, last_day, buyer_reference, corrects_id, net_minor, version, \
             created, changed) \
             VALUES (?1, 'draft', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, 0, ?13, ?13)",
        )
        .bind(header.kind.as_str())
        .bind(&header.reference)
        .bind(&header.slot_digest)
        .bind(&header.content_digest)
        .bind(header.customer.0)
        .bind(&header.currency)
        .bind(&header.issue_date)
        .bind(&header.due_date)
        .bind(&header.first_day)
        .bind(&header.last_day)
        .bind(&header.buyer_reference)
        .bind(header.corrects.map(|id| id.0))
        .bind(now)
        .execute(&mut *self.inner)
        .await
        .map_err(PracticeStoreError::query("insert a document"))?;
        let id = DocumentId(done.last_insert_rowid());
        let lines: Vec<_> = lines.iter().map(|line| (None, line)).collect();
        self.write_lines(id, &lines, now).await?;
        Ok(id)
    }

    /// Replaces a document and its lines, whatever its state. A line with an id keeps it.
    pub async fn replace_document(
        &mut self,
        id: DocumentId,
        header: &Header,
        lines: &[(Option<LineId>, &LineContent)],
        now: &str,
    ) -> Result<(), PracticeStoreError> {
        sqlx::query(
            "UPDATE document SET kind = ?2, reference = ?3, slot_digest = ?4, content_digest = ?5, \
             customer_id = ?6, currency = ?7, issue_date = ?8, due_date = ?9, first_day = ?10, last_day = ?11, \
             buyer_reference = ?12, corrects_id = ?13 WHERE id = ?1",
        )
        .bind(id.0)
        .bind(header.kind.as_str())
        .bind(&header.reference)
        .bind(&header.slot_digest)
        .bind(&header.content_digest)
        .bind(header.customer.0)
        .bind(&header.currency)
        .bind(&header.issue_date)
        .bind(&header.due_date)
        .bind(&header.first_day)
        .bind(&header.last_day)
        .bind(&header.buyer_reference)
        .bind(header.corrects.map(|original| original.0))
        .execute(&mut *self.inner)
        .await
        .map_err(PracticeStoreError::query("replace a document"))?;
        self.write_lines(id, lines, now).await
    }

    /// Moves a document to another state; a number that it has stays where none is given.
    pub async fn set_state(
        &mut self,
        id: DocumentId,
        state: DocumentState,
        number: Option<&str>,
        now: &str,
    ) -> Result<(), PracticeStoreError> {
        sqlx::query(
            "UPDATE document SET state = ?2, number = coalesce(?3, number), version = version + 1, changed = ?4 \
             WHERE id = ?1",
        )
        .bind(id.0)
        .bind(state.as_str())
        .bind(number)
        .bind(now)
        .execute(&mut *self.inner)
        .await
        .map(drop)
        .map_err(PracticeStoreError::query("change the state of a document"))
    }

    /// Removes a document with its lines.
    pub async fn delete_document(&mut self, id: DocumentId) -> Result<(), PracticeStoreError> {
        sqlx::query("DELETE FROM document WHERE id = ?1")
            .bind(id.0)
            .execute(&mut *self.inner)
            .await
            .map(drop)
            .map_err(PracticeStoreError::query("delete a document"))
    }

    /// Writes all lines anew, then the sum, the version and the time of the change.
    async fn write_lines(
        &mut self,
        document: DocumentId,
        lines: &[(Option<LineId>, &LineContent)],
        now: &str,
    ) -> Result<(), PracticeStoreError> {
        let write = async {
            sqlx::query("DELETE FROM line WHERE document_id = ?1")
                .bind(document.0)
                .execute(&mut *self.inner)
                .await?;
            for (position, (id, line)) in (1_i64..).zip(lines) {
                sqlx::query(
                    "INSERT INTO line (id, document_id, position, line_reference, item, description, quantity, \
                     unit, unit_price, net_minor, first_day, last_day, tax_category, account_code) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                )
                .bind(id.map(|id| id.0))
                .bind(document.0)
                .bind(position)
                .bind(&line.line_reference)
                .bind(&line.item)
                .bind(&line.description)
                .bind(&line.quantity)
                .bind(&line.unit)
                .bind(&line.unit_price)
                .bind(line.net_minor)
                .bind(&line.first_day)
                .bind(&line.last_day)
                .bind(&line.tax_category)
                .bind(&line.account_code)
                .execute(&mut *self.inner)
                .await?;
            }
            sqlx::query(
                "UPDATE document SET version = version + 1, changed = ?2, net_minor = \
                 (SELECT coalesce(sum(net_minor), 0) FROM line WHERE document_id = ?1) WHERE id = ?1",
            )
            .bind(document.0)
            .bind(now)
            .execute(&mut *self.inner)
            .await
        };
        write
            .await
            .map(drop)
            .map_err(PracticeStoreError::query("write the lines of a document"))
    }
}
