//! What the store knows of sources that the configuration has or had: their names and what they declared. It is only
//! looked at; without a store nothing is known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use counterfoil_model::attribute::KindDeclaration;
use counterfoil_model::ids::{AccountId, AccountKey, PipelineId, SourceId};
use counterfoil_model::time::Instant;
use counterfoil_store::{EntityType, Store, StoreError, StoredConfig};

use crate::config::TermsBody;

/// Of one pipeline.
#[derive(Debug, Default)]
pub struct Past {
    pub declared: Vec<KindDeclaration>,
    /// Every name that a source has or had.
    pub sources: BTreeSet<String>,
    /// Every key that an account has or had.
    pub accounts: BTreeMap<AccountKey, AccountId>,
    /// Those with a document that is posted.
    pub issued_accounts: BTreeSet<AccountId>,
    /// What decided money, as it was stored, with since when.
    pub versions: Vec<(Option<Instant>, TermsBody)>,
    /// Months of which documents were issued.
    pub issued: Vec<String>,
}

impl Past {
    /// Nothing where the store is absent, older than this version, or in use in a way that keeps readers out.
    pub(super) async fn of(store: Option<&Path>, pipeline: &str) -> Self {
        let Some(path) = store else {
            return Self::default();
        };
        let Ok(store) = Store::look(path).await else {
            return Self::default();
        };
        let past = Self::read(&store, pipeline).await.unwrap_or_default();
        store.close().await;
        past
    }

    async fn read(store: &Store, pipeline: &str) -> Result<Self, StoreError> {
        let mut past = Self::default();
        let accounts = store.known_names(EntityType::Account, None).await?;
        let accounts = accounts.into_iter();
        past.accounts
            .extend(accounts.map(|known| (AccountKey(known.name), AccountId(known.id))));
        let pipelines = store.known_names(EntityType::Pipeline, None).await?;
        let Some(id) = pipelines.iter().find(|known| known.name == pipeline) else {
            return Ok(past);
        };
        let id = PipelineId(id.id);
        past.issued = store.issued_periods(id).await?;
        past.issued_accounts = store.issued_accounts(id).await?;
        let versions = store.config_versions(id, None).await?.into_iter();
        let read = |stored: StoredConfig| {
            let body = serde_json::from_str(&stored.body).ok()?;
            Some((stored.effective_from, body))
        };
        past.versions = versions.filter_map(read).collect();
        let sources = store.known_names(EntityType::Source, Some(id)).await?;
        let ids: BTreeSet<i64> = sources.iter().map(|known| known.id).collect();
        past.sources
            .extend(sources.into_iter().map(|known| known.name));
        for id in ids {
            past.declared
                .extend(store.declared_kinds(SourceId(id)).await?);
        }
        Ok(past)
    }
}
