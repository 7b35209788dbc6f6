//! The history of one resource: everything that was ever known of it, and when it was known.

use counterfoil_model::ids::{RecordingId, ResourceId, SourceId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::time::Instant;

use super::intervals::of_resources;
use crate::columns::{Columns, json_array};
use crate::database::Store;
use crate::error::StoreError;

/// What people may mean by a text; ids at a source are looked for in each of the scopes that there are.
pub(super) const FIND_RESOURCES: &str = "SELECT resource_id FROM resource WHERE tenant_id = ?1 AND resource_id = ?3 \
     UNION SELECT i.resource_id FROM json_each(?4) s CROSS JOIN identity i ON i.tenant_id = ?1 \
       AND i.source_id = json_extract(s.value, '$[0]') AND i.scope = json_extract(s.value, '$[1]') \
       AND i.external_id = ?2 \
     UNION SELECT resource_id FROM resource_name WHERE tenant_id = ?1 AND name = ?2 \
     ORDER BY resource_id";

/// An interval and the recorded time in which it was what was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub interval: Interval,
    pub recorded_from: RecordingId,
    /// Superseded by this recording.
    pub recorded_to: Option<RecordingId>,
}

impl Store {
    /// The resources that people may mean by a text: a resource id, an id at a source, or a name it ever had.
    pub async fn find_resources(&self, text: &str) -> Result<Vec<ResourceId>, StoreError> {
        let number: Option<i64> = text.parse().ok();
        let scopes = self.scopes().await?;
        let ids: Result<Vec<i64>, sqlx::Error> = sqlx::query_scalar(FIND_RESOURCES)
            .bind(self.tenant.0)
            .bind(text)
            .bind(number)
            .bind(json_array(&scopes))
            .fetch_all(&self.reader)
            .await;
        let ids = ids.map_err(StoreError::during("look for resources"))?;
        Ok(ids.into_iter().map(ResourceId).collect())
    }

    /// Every scope that was ever listed, with its source.
    async fn scopes(&self) -> Result<Vec<(i64, String)>, StoreError> {
        sqlx::query_as("SELECT DISTINCT source_id, scope FROM listing WHERE tenant_id = ?1")
            .bind(self.tenant.0)
            .fetch_all(&self.reader)
            .await
            .map_err(StoreError::during("look for resources"))
    }

    /// All intervals of a resource, superseded ones included, in the order of valid time, then of recorded time.
    pub async fn history(&self, resource: ResourceId) -> Result<Vec<Known>, StoreError> {
        self.histories(&[resource]).await
    }

    /// The same of several resources, one after the other.
    #[expect(
        clippy::unused_async,
        reason = "it may wait, and its callers must let it"
    )]
    pub async fn histories(&self, resources: &[ResourceId]) -> Result<Vec<Known>, StoreError> {
        let read = self.read_bulk(|snapshot| of_resources(snapshot, self.tenant.0, resources));
        read.map_err(StoreError::during_bulk("read the history of a resource"))
    }

    /// The first instant that any listing of these sources speaks of. None where nothing was ever listed.
    pub async fn first_listed(&self, sources: &[SourceId]) -> Result<Option<Instant>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT min(valid_from) AS first FROM listing \
                 WHERE tenant_id = ?1 AND source_id IN (SELECT value FROM json_each(?2))",
            )
            .bind(self.tenant.0)
            .bind(json_array(sources))
            .fetch_one(&self.reader)
            .await?;
            row.optional_instant("first")
        };
        read.await
            .map_err(StoreError::during("look for the first listing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::tests::Fixture;

    /// A table is only scanned where it is the list that was asked for.
    #[tokio::test]
    async fn one_resource_is_found_by_indexes() {
        let fixture = Fixture::new().await;
        for sql in [
            FIND_RESOURCES,
            super::super::intervals::OF_RESOURCES,
            super::super::intervals::GAUGES_OF,
            crate::recording::RECORDED_AT,
        ] {
            for step in fixture.store.query_plan(sql).await {
                // By the tenant alone is a scan too: most stores have one.
                let scans = (step.starts_with("SCAN") && !step.contains("TABLE INDEX"))
                    || step.ends_with("(tenant_id=?)");
                assert!(!scans, "{sql}: {step}");
            }
        }
        let plan = fixture
            .store
            .query_plan(super::super::intervals::OF_RESOURCES)
            .await;
        let by_resource = "PRIMARY KEY (tenant_id=? AND resource_id=?)";
        assert!(
            plan.iter().any(|step| step.contains(by_resource)),
            "{plan:?}"
        );
    }
}
