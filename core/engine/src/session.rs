//! A configuration, its store and a clock: what every stage is called with. Names become ids here, once.

mod known;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use counterfoil_model::counted::{counted, counted_as};
use counterfoil_model::ids::{AccountId, AccountKey, PipelineId, RunId, SinkId, SourceId};
use counterfoil_model::nearest::nearest;
use counterfoil_model::time::{BillingPeriod, BillingPeriodError, Instant};
use counterfoil_store::{
    EntityType, NameError, Named, OpenError, OpenMode, Renamed, RunEnd, RunStatus, Store,
    StoreError, Vanished,
};

pub use self::known::Known;
use crate::config::{Config, ConfigError, Pipeline, SinkConfig, SourceConfig};
use crate::stop::Stop;

/// What the stages share.
#[derive(Debug)]
pub struct Session {
    pub config: Arc<Config>,
    pub store: Store,
    /// When the command was called, or what `--now` says.
    pub now: Instant,
    /// Stages end at their next safe point when this is asked.
    pub stop: Stop,
    started: std::time::Instant,
}

/// A pipeline whose names have their ids.
#[derive(Debug)]
pub struct Wired<'a> {
    pub id: PipelineId,
    pub pipeline: &'a Pipeline,
    pub sources: Vec<(SourceId, &'a SourceConfig)>,
    pub sinks: Vec<(SinkId, &'a SinkConfig)>,
    pub accounts: BTreeMap<AccountKey, AccountId>,
    /// Every source and account that there ever was, under every name that it has or had: facts and older versions
    /// of the configuration speak of them.
    pub known: Known,
}

impl<'a> Wired<'a> {
    /// Who has to approve is asked of the pipeline alone; giving its names ids would write.
    pub(crate) fn unnamed(id: PipelineId, pipeline: &'a Pipeline) -> Self {
        Self {
            id,
            pipeline,
            sources: Vec::new(),
            sinks: Vec::new(),
            accounts: BTreeMap::new(),
            known: Known::default(),
        }
    }

    /// Everything that the inventory holds was listed by one of these.
    pub fn every_source(&self) -> Vec<SourceId> {
        self.known.sources.keys().copied().collect()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("open the store")]
    Open { source: OpenError },
    #[error("there is no pipeline `{name}`")]
    NoPipeline { name: String, hint: String },
    #[error("the configuration has {count} pipelines, and none was named")]
    WhichPipeline { count: usize, hint: String },
    #[error("{message}")]
    Name {
        message: String,
        hint: Option<String>,
    },
    #[error("{entity} `{name}` has {held} in the store and is gone from the configuration")]
    Vanished {
        entity: &'static str,
        name: String,
        held: String,
    },
    #[error("read the period")]
    Period { source: BillingPeriodError },
    #[error("resolve the names of the configuration")]
    Store { source: StoreError },
}

impl SessionError {
    /// What the reader should do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoPipeline { hint, .. } | Self::WhichPipeline { hint, .. } => Some(hint.clone()),
            Self::Name { hint, .. } => hint.clone(),
            Self::Vanished { entity, name, .. } => Some(format!(
                "if it was renamed, write `renamed_from = \"{name}\"` in its new table; if it is gone for good, run \
                 `counterfoil inventory retire {entity} {name} --by NAME`"
            )),
            Self::Config(_) | Self::Open { .. } | Self::Period { .. } | Self::Store { .. } => None,
        }
    }
}

impl Session {
    /// Reads the configuration and opens its store, which is made where there is none.
    pub async fn open(config: &Path, now: Instant) -> Result<Self, SessionError> {
        Self::over(Config::read(config)?, now).await
    }

    /// The same with a configuration that was read already.
    pub async fn over(config: Config, now: Instant) -> Result<Self, SessionError> {
        let opened = Store::open(&config.store, OpenMode::Create).await;
        let store = opened.map_err(|source| SessionError::Open { source })?;
        Ok(Self::with(Arc::new(config), store, now, Stop::default()))
    }

    /// One more on a store that is open.
    pub fn with(config: Arc<Config>, store: Store, now: Instant, stop: Stop) -> Self {
        Self {
            config,
            store,
            now,
            stop,
            started: std::time::Instant::now(),
        }
    }

    /// `now` and what passed since: for waiting, and for times of effects.
    pub fn clock(&self) -> Instant {
        let passed_secs = i64::try_from(self.started.elapsed().as_secs()).unwrap_or(i64::MAX);
        Instant::from_seconds(self.now.seconds().saturating_add(passed_secs)).unwrap_or(self.now)
    }

    /// Passes on how a run ended. One that failed does not stay there as one that goes on.
    pub(crate) async fn ended<T, E: Error>(
        &self,
        run: RunId,
        outcome: Result<T, E>,
    ) -> Result<T, E> {
        if let Err(error) = &outcome {
            let end = RunEnd {
                run,
                status: RunStatus::Failed,
                detail: serde_json::json!({ "message": crate::chain(error) }),
                now: self.clock(),
            };
            // Where the store has failed, this fails too; the next run of the stage says so instead.
            if let Err(unkept) = self.store.end_run(end).await {
                tracing::debug!(
                    run.id = run.0,
                    "the end of a run is not kept: {}",
                    crate::chain(&unkept)
                );
            }
        }
        outcome
    }

    /// The pipeline that is named, or the only one.
    pub fn pipeline(&self, name: Option<&str>) -> Result<&Pipeline, SessionError> {
        let known: Vec<&str> = self.config.pipelines.keys().map(String::as_str).collect();
        match name {
            Some(name) => self
                .config
                .pipelines
                .get(name)
                .ok_or_else(|| SessionError::NoPipeline {
                    name: name.to_owned(),
                    hint: match nearest(name, &known) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("there are: {}", known.join(", ")),
                    },
                }),
            None => match self.config.pipelines.values().collect::<Vec<_>>()[..] {
                [only] => Ok(only),
                _ => Err(SessionError::WhichPipeline {
                    count: known.len(),
                    hint: format!("name one of: {}", known.join(", ")),
                }),
            },
        }
    }

    /// What has history and is gone from the configuration.
    pub async fn vanished(&self) -> Result<Vec<Vanished>, SessionError> {
        let mut configured = Vec::new();
        for pipeline in self.config.pipelines.values() {
            configured.extend(self.names_of(pipeline).await?.ids());
        }
        self.store
            .vanished(&configured)
            .await
            .map_err(|source| SessionError::Store { source })
    }

    /// Gives every name of the configuration its id, and refuses where something that has history is gone.
    pub async fn wire<'a>(&self, pipeline: &'a Pipeline) -> Result<Wired<'a>, SessionError> {
        if let Some(gone) = self.vanished().await?.into_iter().next() {
            let deliveries = |count| counted_as(count, "delivery", "deliveries");
            let held = match (gone.listings, gone.effects) {
                (0, effects) => deliveries(effects),
                (listings, 0) => counted(listings, "listing"),
                (listings, effects) => {
                    format!(
                        "{} and {}",
                        counted(listings, "listing"),
                        deliveries(effects)
                    )
                }
            };
            return Err(SessionError::Vanished {
                entity: entity_word(gone.entity_type),
                name: gone.name,
                held,
            });
        }
        let names = self.names_of(pipeline).await?;
        let known = self.known(names.id).await;
        Ok(Wired {
            known: known.map_err(|source| SessionError::Store { source })?,
            id: names.id,
            pipeline,
            sources: names
                .sources
                .into_iter()
                .zip(&pipeline.config.source)
                .collect(),
            sinks: names.sinks.into_iter().zip(&pipeline.config.sink).collect(),
            accounts: names.accounts,
        })
    }

    async fn known(&self, pipeline: PipelineId) -> Result<Known, StoreError> {
        let mut known = Known::default();
        let sources = EntityType::Source;
        for name in self.store.known_names(sources, Some(pipeline)).await? {
            let id = SourceId(name.id);
            if !name.is_former {
                known.sources.insert(id, name.name.clone());
            }
            known.directory.sources.insert(name.name, id);
        }
        for id in known.sources.keys() {
            let declared = self.store.declared_kinds(*id).await?;
            known.directory.declared.insert(*id, declared);
        }
        for name in self.store.known_names(EntityType::Account, None).await? {
            let (key, id) = (AccountKey::from(name.name.as_str()), AccountId(name.id));
            if !name.is_former {
                known.accounts.insert(id, key.clone());
            }
            known.directory.accounts.insert(key, id);
        }
        Ok(known)
    }

    async fn names_of(&self, pipeline: &Pipeline) -> Result<Names, SessionError> {
        fn renamed<'a>(name: &'a str, from: Option<&'a str>) -> Renamed<'a> {
            Renamed { name, from }
        }
        let config = &pipeline.config;
        let pipeline_id = self
            .store
            .pipeline_id(
                renamed(&pipeline.name, config.renamed_from.as_deref()),
                self.now,
            )
            .await;
        let id = pipeline_id.map_err(name_error)?;
        let mut names = Names {
            id,
            sources: Vec::new(),
            sinks: Vec::new(),
            accounts: BTreeMap::new(),
        };
        let entry = |entity_type, pipeline, name| Named {
            entity_type,
            pipeline,
            name,
        };
        let sources = config.source.iter().map(|source| {
            let name = renamed(&source.name, source.renamed_from.as_deref());
            entry(EntityType::Source, Some(id), name)
        });
        let sinks = config.sink.iter().map(|sink| {
            let name = renamed(&sink.name, sink.renamed_from.as_deref());
            entry(EntityType::Sink, Some(id), name)
        });
        let accounts = &pipeline.terms.classify.account;
        let account_names = accounts.iter().map(|(key, account)| {
            let name = renamed(key, account.renamed_from.as_deref());
            entry(EntityType::Account, None, name)
        });
        let every: Vec<Named<'_>> = sources.chain(sinks).chain(account_names).collect();
        let ids = self.store.resolve_names(&every, self.now).await;
        let mut ids = ids.map_err(name_error)?.into_iter();
        names.sources = ids
            .by_ref()
            .take(config.source.len())
            .map(SourceId)
            .collect();
        names.sinks = ids.by_ref().take(config.sink.len()).map(SinkId).collect();
        let keys = accounts.keys().map(|key| AccountKey::from(key.as_str()));
        names.accounts = keys.zip(ids.map(AccountId)).collect();
        Ok(names)
    }

    /// The period that is named, or the last one that has ended.
    pub fn period(
        &self,
        pipeline: &Pipeline,
        text: Option<&str>,
    ) -> Result<BillingPeriod, SessionError> {
        let zone = pipeline.zone.clone();
        let period = match text {
            Some(text) => BillingPeriod::parse(text, zone),
            None => {
                BillingPeriod::containing(self.now, zone).and_then(|current| current.previous())
            }
        };
        period.map_err(|source| SessionError::Period { source })
    }
}

struct Names {
    id: PipelineId,
    sources: Vec<SourceId>,
    sinks: Vec<SinkId>,
    accounts: BTreeMap<AccountKey, AccountId>,
}

impl Names {
    fn ids(&self) -> impl Iterator<Item = i64> {
        let sources = self.sources.iter().map(|id| id.0);
        let sinks = self.sinks.iter().map(|id| id.0);
        [self.id.0]
            .into_iter()
            .chain(sources)
            .chain(sinks)
            .chain(self.accounts.values().map(|id| id.0))
    }
}

fn name_error(error: NameError) -> SessionError {
    match error {
        NameError::Problem { problem } => SessionError::Name {
            message: problem.message,
            hint: problem.hint,
        },
        NameError::Store(source) => SessionError::Store { source },
    }
}

pub(crate) fn entity_word(entity_type: EntityType) -> &'static str {
    match entity_type {
        EntityType::Pipeline => "pipeline",
        EntityType::Source => "source",
        EntityType::Sink => "sink",
        EntityType::Account => "account",
    }
}
