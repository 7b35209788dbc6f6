//! What a sink showed when it was read back. The newest of a reference is the last that was observed.

use counterfoil_model::document::Reference;
use counterfoil_model::ids::SinkId;
use counterfoil_model::time::Instant;
use serde::Serialize;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

impl Store {
    /// When what stands under a reference was first read back as it was read back last. None where it never was.
    pub async fn read_back_at(
        &self,
        sink: SinkId,
        reference: &Reference,
    ) -> Result<Option<Instant>, StoreError> {
        let read = async {
            let row = sqlx::query(
                "SELECT at FROM read_back WHERE tenant_id = ?1 AND sink_id = ?2 AND reference = ?3 \
                 ORDER BY number DESC LIMIT 1",
            )
            .bind(self.tenant.0)
            .bind(sink.0)
            .bind(&reference.0)
            .fetch_optional(&self.reader)
            .await?;
            row.map(|row| row.instant("at")).transpose()
        };
        read.await
            .map_err(StoreError::during("read when a reference was read back"))
    }

    /// Keeps an observation if it differs from the last one under its reference.
    pub async fn put_read_back<T: Serialize>(
        &self,
        sink: SinkId,
        reference: &Reference,
        observed: &T,
        now: Instant,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_string(observed)
            .expect("the model's records have text keys and no floats");
        let write = async {
            let mut writing = self.begin().await?;
            sqlx::query(
                "INSERT INTO read_back (tenant_id, sink_id, reference, at, number, observed) \
                 SELECT ?1, ?2, ?3, ?4, coalesce(max(number), 0) + 1, ?5 FROM read_back \
                 WHERE tenant_id = ?1 AND sink_id = ?2 AND reference = ?3 \
                 HAVING ?5 IS NOT (SELECT observed FROM read_back WHERE tenant_id = ?1 AND sink_id = ?2 \
                 AND reference = ?3 ORDER BY number DESC LIMIT 1)",
            )
            .bind(self.tenant.0)
            .bind(sink.0)
            .bind(&reference.0)
            .bind(now.seconds())
            .bind(text)
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("keep what was read back"))
    }
}
