//! The configuration: TOML files and tables with places, resolved into what the engine uses. Every mistake is reported at
//! once.

mod agreed;
mod approval;
mod cells;
mod columns;
mod cost;
pub(crate) mod document;
mod draft;
mod draft_pipeline;
pub mod files;
mod given;
mod given_rules;
mod includes;
mod issuer;
mod json_path;
mod masking;
mod notify;
pub(crate) mod parse;
mod person;
mod pipeline;
mod places;
mod price_book;
mod problems;
mod schedules;
mod secrets;
mod service;
mod shadow;
pub(crate) mod table;
mod table_rows;
mod tables;
mod terms;
mod toml_values;
mod unsound;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterfoil_model::einvoice::Tax;
use counterfoil_model::time::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

pub use approval::{Approval, ApprovalTerms, ToleranceConfig};
pub use cost::{CompareConfig, CostBook};
pub use document::Document;
pub use draft::Draft;
pub use draft_pipeline::DraftPipeline;
pub(crate) use given::file_of;
pub(crate) use given_rules::GivenRules;
pub use issuer::{Issuer, IssuerConfig};
pub use notify::{EventKind, MailConfig, Notify, NotifyConfig, NotifyRule, Recipient, Recipients};
pub use person::{PersonConfig, Right};
pub use pipeline::{
    Finalize, GraceConfig, GrantConfig, PipelineConfig, Role, SinkConfig, SourceConfig,
    WithholdConfig,
};
pub(crate) use price_book::{GivenBook, given_rates};
pub use problems::{ConfigError, ConfigProblem, Severity, SourceFile};
pub use schedules::Schedules;
pub use secrets::{SecretError, expand, expand_known, expand_known_value, secret_problems};
pub use service::{ListenConfig, Service, TelemetryConfig};
pub use shadow::{ShadowColumns, ShadowConfig};
pub use table::DecimalMark;
pub use terms::{Terms, TermsBody};

/// Everything that the files say, checked.
#[derive(Debug)]
pub struct Config {
    /// The folder of the main file: paths are relative to it.
    pub folder: PathBuf,
    pub store: PathBuf,
    pub pipelines: BTreeMap<String, Pipeline>,
    /// Those who decide, by key; where there is none every name is taken.
    pub people: BTreeMap<String, PersonConfig>,
    pub service: Service,
    /// Who is told what.
    pub notify: Notify,
    /// What pages show of the sellers, by key.
    pub issuers: BTreeMap<String, IssuerConfig>,
    pub document: Document,
}

/// A pipeline with the terms that decide its money.
#[derive(Debug)]
pub struct Pipeline {
    pub name: String,
    pub zone: TimeZone,
    pub schedules: Schedules,
    pub config: PipelineConfig,
    pub approval: ApprovalTerms,
    pub terms: TermsBody,
    /// Its seller.
    pub issuer: IssuerConfig,
    /// What the tax categories of its items are.
    pub taxes: BTreeMap<String, Tax>,
    /// What everything costs, where the pipeline says it.
    pub cost: Option<CostBook>,
}

/// Where everything is kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// Of the database with history, effects and counterfoils: `sqlite:counterfoil.db`, relative to this file.
    pub url: String,
}

impl Config {
    /// Reads the main file, its includes and its tables.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Draft::read(path).finish()
    }

    /// What pages show of a seller; the key alone where the configuration says no more.
    pub fn issuer(&self, key: &str) -> Issuer {
        let written = self.issuers.get(key).cloned().unwrap_or_default();
        written.resolve(key)
    }
}

#[cfg(test)]
mod tests;
