//! The tables of a pipeline as they stand in TOML.

use std::collections::BTreeMap;
use std::path::PathBuf;

use counterfoil_model::classify::{DefaultConfig, RuleConfig};
use counterfoil_model::money::Currency;
use counterfoil_model::price::WrittenDecimal;
use counterfoil_model::time::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::approval::{Approval, ToleranceConfig};

/// From discovery to the ledger, for one issuer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineConfig {
    /// The earlier name, so that a renamed pipeline stays the same one.
    pub renamed_from: Option<String>,
    /// The seller.
    pub issuer: String,
    /// An IANA time zone: months and days are those of this zone.
    pub timezone: String,
    /// When its sources are listed: a cron expression with seconds, such as "0 0 * * * *" for every hour.
    pub discover: Option<String>,
    /// When the periods that have ended are planned, and what is approved of them sent: "0 0 6 1 * *" is the first of each
    /// month at 06:00.
    pub bill: Option<String>,
    /// When the sinks are read back and compared, besides after each bill.
    pub reconcile: Option<String>,
    /// Nothing before this day is billed.
    pub bill_from: Option<Date>,
    #[serde(default)]
    pub approval: Approval,
    /// How many different people approve an account before it is sent. Where it is more than one the last of them is
    /// nobody who changed what the plan is made from.
    #[serde(default = "one")]
    pub approvers: u32,
    /// Up to this change of an account one person is enough, by currency: { EUR = 500 }.
    #[serde(default)]
    pub one_approver_up_to: BTreeMap<String, WrittenDecimal>,
    /// What `approval = "automatic-within-tolerance"` lets go without a person.
    pub tolerance: Option<ToleranceConfig>,
    /// The price book that prices it.
    pub price_book: String,
    /// In which the value of suspense is estimated.
    pub estimate_currency: Option<Currency>,
    /// How many closed periods are rated again to find corrections.
    #[serde(default = "three")]
    pub look_back_periods: u32,
    /// Beyond so many hours without coverage nothing is approved automatically, and a finding says so.
    #[serde(default = "two_days")]
    pub staleness_hours_max: u32,
    #[serde(default)]
    pub withhold: WithholdConfig,
    #[serde(default)]
    pub source: Vec<SourceConfig>,
    #[serde(default)]
    pub rule: Vec<RuleConfig>,
    #[serde(default)]
    pub default: DefaultConfig,
    #[serde(default)]
    pub sink: Vec<SinkConfig>,
}

fn one() -> u32 {
    1
}

fn three() -> u32 {
    3
}

fn two_days() -> u32 {
    48
}

/// Above both thresholds the endings of a listing wait for a person.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WithholdConfig {
    /// In percent of the resources known in the scope.
    pub share_percent: u32,
    pub resources: u32,
}

impl Default for WithholdConfig {
    fn default() -> Self {
        Self {
            share_percent: 10,
            resources: 10,
        }
    }
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    pub name: String,
    pub renamed_from: Option<String>,
    /// A bundled connector's name, or a path to a component.
    pub plugin: String,
    /// SHA-256 of the component; another one is refused.
    pub digest: Option<String>,
    #[serde(default)]
    pub grant: GrantConfig,
    /// By the name that the connector's manifest asks for.
    #[serde(default)]
    pub credential: BTreeMap<String, BTreeMap<String, String>>,
    /// Validated against the connector's own JSON Schema.
    #[serde(default = "empty_table")]
    pub config: Value,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SinkConfig {
    pub name: String,
    pub renamed_from: Option<String>,
    pub plugin: String,
    pub digest: Option<String>,
    #[serde(default)]
    pub role: Role,
    #[serde(default)]
    pub finalize: Finalize,
    /// Days from issue to due date, where the account does not say.
    #[serde(default = "thirty")]
    pub payment_terms_days: u32,
    #[serde(default)]
    pub grant: GrantConfig,
    #[serde(default)]
    pub credential: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default = "empty_table")]
    pub config: Value,
}

fn thirty() -> u32 {
    30
}

fn empty_table() -> Value {
    Value::Object(serde_json::Map::new())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Defines what is already billed. Exactly one for each account.
    #[default]
    Ledger,
    /// Gets the same documents, and decides nothing.
    Mirror,
}

/// What the sink leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Finalize {
    /// A draft that a person posts.
    #[default]
    Draft,
    Post,
}

/// What a connector may reach.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GrantConfig {
    /// Origins such as `https://netbox.example.net`.
    pub http: Vec<String>,
    /// A folder, read-only; relative to the configuration file.
    pub files: Option<PathBuf>,
}
