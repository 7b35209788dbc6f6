//! Which offers a source has no more. Kept of those alone that could not be read, or not all of it.

use std::collections::{BTreeSet, HashSet};

use counterfoil_model::ids::SourceId;
use counterfoil_model::time::Instant;

use crate::columns::Columns;
use crate::database::Store;
use crate::error::StoreError;

const TROUBLED: &str = "SELECT DISTINCT scope, offer_key FROM listing WHERE tenant_id = ?1 AND source_id = ?2 AND broken > 0 \
    UNION SELECT DISTINCT scope, offer_key FROM listing WHERE tenant_id = ?1 AND source_id = ?2 \
    AND fingerprint = '' AND completeness = 'partial'";
const GONE: &str =
    "SELECT scope, offer_key FROM offer_gone WHERE tenant_id = ?1 AND source_id = ?2";

type Offers = BTreeSet<(String, String)>;

impl Store {
    /// Keeps what the source has no more: all that it has now is `offered`, by scope and key. Nothing is written where nothing changed.
    pub async fn note_offers<'a>(
        &self,
        source: SourceId,
        offered: impl IntoIterator<Item = (&'a str, &'a str)>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let offered: HashSet<(&str, &str)> = offered.into_iter().collect();
        let note = async {
            let mut gone = self.offers(TROUBLED, source).await?;
            gone.retain(|(scope, key)| !offered.contains(&(scope.as_str(), key.as_str())));
            let before = self.offers(GONE, source).await?;
            if gone == before {
                return Ok(());
            }
            let mut writing = self.begin().await?;
            for (scope, key) in before.difference(&gone) {
                sqlx::query(
                    "DELETE FROM offer_gone WHERE tenant_id = ?1 AND source_id = ?2 AND scope = ?3 AND offer_key = ?4",
                )
                .bind(self.tenant.0)
                .bind(source.0)
                .bind(scope)
                .bind(key)
                .execute(&mut *writing)
                .await?;
            }
            for (scope, key) in gone.difference(&before) {
                sqlx::query(
                    "INSERT INTO offer_gone (tenant_id, source_id, scope, offer_key, since) VALUES (?1, ?2, ?3, ?4, ?5)",
                )
                .bind(self.tenant.0)
                .bind(source.0)
                .bind(scope)
                .bind(key)
                .bind(now.seconds())
                .execute(&mut *writing)
                .await?;
            }
            writing.commit().await
        };
        note.await
            .map_err(StoreError::during("keep what a source offers"))
    }

    async fn offers(&self, sql: &'static str, source: SourceId) -> Result<Offers, sqlx::Error> {
        let rows = sqlx::query(sql)
            .bind(self.tenant.0)
            .bind(source.0)
            .fetch_all(&self.reader)
            .await?;
        rows.iter()
            .map(|row| Ok((row.text("scope")?, row.text("offer_key")?)))
            .collect()
    }
}
