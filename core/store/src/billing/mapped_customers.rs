//! Which customer of a sink each account is, as a person confirmed it, and what was confirmed at a cutoff.

use std::collections::BTreeMap;

use counterfoil_model::counted::counted;
use counterfoil_model::customer_match::MappedCustomer;
use counterfoil_model::ids::{AccountId, PipelineId, RecordingId, SinkId};

use super::decisions::{DecisionKind, Signed, keep};
use super::effects::json;
use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;
use crate::recording::begin_recording;

/// By sink and account.
pub type MappedCustomers = BTreeMap<(SinkId, AccountId), MappedCustomer>;

impl Store {
    /// Keeps what a person confirmed of a sink's customers, all or none of it; none stands for an account that is to be
    /// mapped no more.
    pub async fn map_customers(
        &self,
        (pipeline, sink): (PipelineId, SinkId),
        confirmed: &BTreeMap<AccountId, Option<MappedCustomer>>,
        signed: Signed<'_>,
    ) -> Result<(), StoreError> {
        if confirmed.is_empty() {
            return Ok(());
        }
        let write = async {
            let mut writing = self.begin().await?;
            let recording =
                begin_recording(&mut writing, self.tenant, signed.now, "map", None).await?;
            let subject = format!("{} of sink {sink}", counted(confirmed.len(), "customer"));
            let what = (pipeline.0, DecisionKind::Map, subject.as_str());
            keep(&mut writing, self.tenant, what, signed).await?;
            for (account, mapped) in confirmed {
                sqlx::query(
                    "UPDATE mapped_customer SET recorded_to = ?4 WHERE tenant_id = ?1 AND sink_id = ?2 \
                     AND account_id = ?3 AND recorded_to IS NULL",
                )
                .bind(self.tenant.0)
                .bind(sink.0)
                .bind(account.0)
                .bind(recording.0)
                .execute(&mut *writing)
                .await?;
                let Some(mapped) = mapped else { continue };
                sqlx::query(
                    "INSERT INTO mapped_customer (tenant_id, sink_id, account_id, recorded_from, body) \
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )
                .bind(self.tenant.0)
                .bind(sink.0)
                .bind(account.0)
                .bind(recording.0)
                .bind(json(mapped))
                .execute(&mut *writing)
                .await?;
            }
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("keep the confirmed customers"))
    }

    /// What was confirmed at a cutoff, or is now.
    pub async fn mapped_customers(
        &self,
        cutoff: Option<RecordingId>,
    ) -> Result<MappedCustomers, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT sink_id, account_id, body FROM mapped_customer WHERE tenant_id = ?1 AND recorded_from <= ?2 \
                 AND (recorded_to IS NULL OR recorded_to > ?2)",
            )
            .bind(self.tenant.0)
            .bind(cutoff.map_or(i64::MAX, |cutoff| cutoff.0))
            .fetch_all(&self.reader)
            .await?;
            let mapped = rows.iter().map(|row| {
                let sink = SinkId(row.integer("sink_id")?);
                let account = AccountId(row.integer("account_id")?);
                Ok(((sink, account), row.json("body")?))
            });
            mapped.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read the confirmed customers"))
    }
}
