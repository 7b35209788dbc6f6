//! What sources declared of their kinds: rules are checked against it when no source can be asked.

use counterfoil_model::attribute::KindDeclaration;
use counterfoil_model::digest::canonical_json;
use counterfoil_model::ids::SourceId;
use counterfoil_model::time::Instant;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

impl Store {
    /// Keeps what a source declares now. A kind that it declared before stays: its resources are still there.
    pub async fn declare_kinds(
        &self,
        source: SourceId,
        kinds: &[KindDeclaration],
        now: Instant,
    ) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            for kind in kinds {
                sqlx::query(
                    "INSERT INTO declared_kind (tenant_id, source_id, kind, declaration, declared_at) \
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (tenant_id, source_id, kind) \
                     DO UPDATE SET declaration = excluded.declaration, declared_at = excluded.declared_at \
                     WHERE declaration <> excluded.declaration",
                )
                .bind(self.tenant.0)
                .bind(source.0)
                .bind(kind.kind.as_str())
                .bind(canonical_json(kind))
                .bind(now.seconds())
                .execute(&mut *writing)
                .await?;
            }
            writing.commit().await
        };
        write
            .await
            .map_err(StoreError::during("keep what a source declares"))
    }

    pub async fn declared_kinds(
        &self,
        source: SourceId,
    ) -> Result<Vec<KindDeclaration>, StoreError> {
        let read = async {
            let rows = sqlx::query(
                "SELECT declaration FROM declared_kind WHERE tenant_id = ?1 AND source_id = ?2 ORDER BY kind",
            )
            .bind(self.tenant.0)
            .bind(source.0)
            .fetch_all(&self.reader)
            .await?;
            let kinds = rows.iter().map(|row| row.json("declaration"));
            kinds.collect::<Result<_, sqlx::Error>>()
        };
        read.await
            .map_err(StoreError::during("read what a source declared"))
    }
}
