//! Which billing periods something was delivered in, and which of them are closed because a document was posted.

use std::collections::BTreeSet;

use counterfoil_model::ids::{AccountId, PipelineId, RecordingId};
use sqlx::SqliteConnection;

use crate::database::Store;
use crate::error::StoreError;

const BILLED: &str = "SELECT DISTINCT billing_period FROM counterfoil WHERE tenant_id = ?1 AND pipeline_id = ?2 \
    ORDER BY billing_period";

const ISSUED_ACCOUNTS: &str = "SELECT DISTINCT json_extract(c.body, '$.delivery.slot.account') FROM counterfoil c \
    WHERE c.tenant_id = ?1 AND c.pipeline_id = ?2 AND c.action <> 'voided' AND json_extract(c.body, '$.posted') \
    AND NOT EXISTS (SELECT 1 FROM counterfoil n WHERE n.tenant_id = c.tenant_id AND n.pipeline_id = c.pipeline_id \
    AND n.sink_id = c.sink_id AND n.reference = c.reference AND n.number > c.number)";

impl Store {
    /// Periods with a posted document: an edit without a date does not reach into them. In no order.
    pub async fn issued_periods(&self, pipeline: PipelineId) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar(
            "SELECT billing_period FROM period_state WHERE tenant_id = ?1 AND pipeline_id = ?2 AND state = 'issued'",
        )
        .bind(self.tenant.0)
        .bind(pipeline.0)
        .fetch_all(&self.reader)
        .await
        .map_err(StoreError::during("read the issued periods"))
    }

    /// Accounts with a document that is posted by its last counterfoil.
    pub async fn issued_accounts(
        &self,
        pipeline: PipelineId,
    ) -> Result<BTreeSet<AccountId>, StoreError> {
        let accounts: Result<Vec<i64>, _> = sqlx::query_scalar(ISSUED_ACCOUNTS)
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_all(&self.reader)
            .await;
        let accounts = accounts.map_err(StoreError::during("read the accounts of documents"))?;
        Ok(accounts.into_iter().map(AccountId).collect())
    }

    /// Periods that something was delivered for, drafts included; oldest first.
    pub async fn billed_periods(&self, pipeline: PipelineId) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar(BILLED)
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .fetch_all(&self.reader)
            .await
            .map_err(StoreError::during("read the billed periods"))
    }
}

/// From here on the period is closed to edits without a date.
pub(super) async fn issue(
    connection: &mut SqliteConnection,
    store: &Store,
    pipeline: PipelineId,
    billing_period: &str,
    since: RecordingId,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO period_state (tenant_id, pipeline_id, billing_period, state, since) VALUES (?1, ?2, ?3, 'issued', ?4) \
         ON CONFLICT (tenant_id, pipeline_id, billing_period) DO UPDATE SET state = 'issued', since = excluded.since \
         WHERE state <> 'issued'",
    )
    .bind(store.tenant.0)
    .bind(pipeline.0)
    .bind(billing_period)
    .bind(since.0)
    .execute(connection)
    .await
    .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::tests::Fixture;

    #[tokio::test]
    async fn billed_periods_are_found_without_reading_what_was_billed() {
        let fixture = Fixture::new().await;
        let plan = fixture.store.query_plan(BILLED).await;
        let by_period = "SEARCH counterfoil USING COVERING INDEX counterfoil_by_period";
        assert!(plan[0].starts_with(by_period), "{plan:?}");
    }
}
