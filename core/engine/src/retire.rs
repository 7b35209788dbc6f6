//! Says that something is gone from the configuration for good. What still stands there is refused: the next run would bring
//! it back.

use counterfoil_model::ids::SourceId;
use counterfoil_store::{EntityType, Signed, StoreError, Vanished};
use thiserror::Error;

use crate::session::{Session, SessionError, entity_word};

#[derive(Debug, Error)]
pub enum RetireError {
    #[error("retire the {entity} `{name}`: it stands in the configuration")]
    Configured { entity: &'static str, name: String },
    #[error(
        "retire the {entity} `{name}`: it is not among what has history and is gone from the configuration"
    )]
    NotGone {
        entity: &'static str,
        name: String,
        /// What of its kind is.
        gone: Vec<String>,
    },
    #[error("look for what is gone from the configuration")]
    Session {
        #[source]
        source: SessionError,
    },
    #[error("retire the {entity} `{name}`")]
    Store {
        entity: &'static str,
        name: String,
        #[source]
        source: StoreError,
    },
}

impl RetireError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Configured { entity, .. } => Some(format!(
                "only what is gone for good is retired: take the {entity} out of the configuration first, then run this again"
            )),
            Self::NotGone { entity, gone, .. } if gone.is_empty() => Some(format!(
                "no {entity} is; one that never had a listing or a delivery, or was retired before, needs nothing"
            )),
            Self::NotGone { gone, .. } => Some(format!("name one of: {}", gone.join(", "))),
            Self::Session { .. } | Self::Store { .. } => None,
        }
    }

    /// Is it the command line or the configuration that is wrong?
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Configured { .. } | Self::NotGone { .. } => true,
            Self::Session { source } => crate::is_usage(source),
            Self::Store { .. } => false,
        }
    }
}

impl Session {
    /// What a source showed ends now; answers how many resources that were.
    pub async fn retire(
        &self,
        entity_type: EntityType,
        name: &str,
        signed: Signed<'_>,
    ) -> Result<u64, RetireError> {
        let vanished = self.vanished().await;
        let mut vanished = vanished.map_err(|source| RetireError::Session { source })?;
        vanished.retain(|gone| gone.entity_type == entity_type);
        let (entity, name) = (entity_word(entity_type), name.to_owned());
        let Some(gone) = vanished.iter().find(|gone| gone.name == name) else {
            return Err(if self.is_configured(entity_type, &name) {
                RetireError::Configured { entity, name }
            } else {
                let gone = vanished.into_iter().map(|gone| gone.name).collect();
                RetireError::NotGone { entity, name, gone }
            });
        };
        self.end(gone, signed)
            .await
            .map_err(|source| RetireError::Store {
                entity,
                name,
                source,
            })
    }

    async fn end(&self, gone: &Vanished, signed: Signed<'_>) -> Result<u64, StoreError> {
        match gone.entity_type {
            EntityType::Source => {
                let source = SourceId(gone.id);
                self.store.retire_source(source, signed).await
            }
            EntityType::Pipeline | EntityType::Sink | EntityType::Account => {
                self.store.retire(gone.id, signed).await?;
                Ok(0)
            }
        }
    }

    fn is_configured(&self, entity_type: EntityType, name: &str) -> bool {
        self.config.pipelines.iter().any(|(key, pipeline)| {
            let config = &pipeline.config;
            match entity_type {
                EntityType::Pipeline => key == name,
                EntityType::Source => config.source.iter().any(|source| source.name == name),
                EntityType::Sink => config.sink.iter().any(|sink| sink.name == name),
                EntityType::Account => pipeline.terms.classify.account.contains_key(name),
            }
        })
    }
}
