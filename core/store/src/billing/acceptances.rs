//! Findings of a period that a person answers for: which, as they were, and why. Nothing is ever edited.

use std::collections::BTreeMap;

use counterfoil_model::close::{Acceptance, Reason};
use counterfoil_model::digest::Digest;
use counterfoil_model::ids::PipelineId;

use super::decisions::{DecisionKind, Signed, keep};
use super::effects::json;
use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

impl Store {
    /// What stands: the last word on each finding, by the digest of what it says.
    pub async fn accepted_findings(
        &self,
        pipeline: PipelineId,
        billing_period: &str,
    ) -> Result<BTreeMap<Digest, Acceptance>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT * FROM finding_acceptance WHERE tenant_id = ?1 AND pipeline_id = ?2 AND billing_period = ?3 \
                 ORDER BY number",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(billing_period)
            .fetch_all(&self.reader)
            .await?;
            let mut standing = BTreeMap::new();
            for row in &rows {
                let digest = row.digest("digest")?;
                if row.integer("accepted")? == 0 {
                    standing.remove(&digest);
                    continue;
                }
                let acceptance = Acceptance {
                    by: row.text("by")?,
                    login: row.optional_text("login")?,
                    reason: row.text("reason")?,
                    at: row.instant("at")?,
                };
                standing.insert(digest, acceptance);
            }
            Ok(standing)
        };
        read.await
            .map_err(StoreError::during("read which findings are accepted"))
    }

    /// Keeps that a person answers for findings of a period, or does so no more; all of them or none. Of an older month it is kept
    /// with that.
    pub async fn answer_for(
        &self,
        (pipeline, billing_period): (PipelineId, &str),
        findings: &[&Reason],
        is_accepted: bool,
        signed: Signed<'_>,
    ) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            for reason in findings {
                let billing_period = reason.older_period.as_deref().unwrap_or(billing_period);
                let kind = if is_accepted {
                    DecisionKind::AcceptFinding
                } else {
                    DecisionKind::WithdrawAcceptance
                };
                let finding = &reason.finding;
                let value = finding.value.map(|value| format!(", {value}"));
                let subject = format!(
                    "{billing_period}, {} {}{}",
                    reason.id,
                    finding.subject,
                    value.unwrap_or_default()
                );
                let what = (pipeline.0, kind, subject.as_str());
                keep(&mut writing, self.tenant, what, signed).await?;
                sqlx::query(
                    "INSERT INTO finding_acceptance (tenant_id, pipeline_id, number, billing_period, digest, finding, accepted, \
                     by, login, reason, at) SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 \
                     FROM finding_acceptance WHERE tenant_id = ?1 AND pipeline_id = ?2",
                )
                .bind(self.tenant.0)
                .bind(pipeline.0)
                .bind(billing_period)
                .bind(&reason.digest.as_bytes()[..])
                .bind(json(finding))
                .bind(is_accepted)
                .bind(&signed.signature.by)
                .bind(&signed.signature.login)
                .bind(signed.reason.unwrap_or_default())
                .bind(signed.now.seconds())
                .execute(&mut *writing)
                .await?;
            }
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("keep who answers for findings"))
    }
}
