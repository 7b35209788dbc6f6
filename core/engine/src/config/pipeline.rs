//! The tables of a pipeline as they stand in TOML.

use std::collections::BTreeMap;
use std::path::PathBuf;

use counterfoil_model::between::{ChangeAt, Handover};
use counterfoil_model::classify::{DefaultConfig, RuleConfig};
use counterfoil_model::money::Currency;
use counterfoil_model::price::WrittenDecimal;
use counterfoil_model::tables::TableNames;
use counterfoil_model::time::Date;
use counterfoil_model::validity::WrittenDate;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::approval::{Approval, ToleranceConfig};
use super::cost::CompareConfig;
use super::shadow::ShadowConfig;

/// A pipeline: from discovery to the ledger, for one issuer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineConfig {
    /// The earlier name, so that a renamed pipeline stays the same one.
    pub renamed_from: Option<String>,
    /// The seller, as it stands on documents.
    pub issuer: String,
    /// Do its accounts get e-invoices? An account may say otherwise. Documents are checked before they are sent then.
    #[serde(default)]
    pub einvoice: bool,
    /// An IANA time zone such as `Europe/Stockholm`: months and days are those of this zone.
    pub timezone: String,
    /// When its sources are listed: a cron expression with seconds, such as "0 0 * * * *" for every hour.
    pub discover: Option<String>,
    /// When the periods that have ended are planned, and what is approved of them sent: "0 0 6 1 * *" is the first of each
    /// month at 06:00.
    pub bill: Option<String>,
    /// When the sinks are read back and compared, besides after each bill.
    pub reconcile: Option<String>,
    /// The first day that is billed. What ran before it is history, and no backlog.
    #[serde(default, deserialize_with = "day")]
    pub bill_from: Option<Date>,
    /// Who lets a plan be sent.
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
    /// Of which accounts `plan` tells why they differ from the period before: those that differ by more. 5 % where it is
    /// left out.
    pub review: Option<ToleranceConfig>,
    /// The name of the price book that prices it: `standard` is `[price_book.standard]`.
    pub price_book: String,
    /// The name of the price book of its costs: `report margin` sets it against what is billed.
    pub cost_book: Option<String>,
    /// What is provisioned against what is consumed, for `report usage`.
    #[serde(default)]
    pub compare: Vec<CompareConfig>,
    /// The currency in which the value of suspense is estimated: an ISO 4217 code.
    pub estimate_currency: Option<Currency>,
    /// When a change counts that happened between two observations of a source.
    #[serde(default)]
    pub change_at: ChangeAt,
    /// Who pays for a resource that changes hands within a billing period.
    #[serde(default)]
    pub handover: Handover,
    /// How many closed periods are rated again to find corrections.
    #[serde(default = "three")]
    pub look_back_periods: u32,
    /// For how long after the end of a period late facts still belong to its drafts.
    #[serde(default)]
    pub grace: GraceConfig,
    /// Beyond so many hours without coverage nothing is approved automatically, and a finding says so.
    #[serde(default = "two_days")]
    pub staleness_hours_max: u32,
    /// When the endings of a listing wait for a person.
    #[serde(default)]
    pub withhold: WithholdConfig,
    /// How `counterfoil shadow` reads the invoices of another system.
    #[serde(default)]
    pub shadow: ShadowConfig,
    /// Where resources come from.
    #[serde(default)]
    pub source: Vec<SourceConfig>,
    /// Whose is what. In order: for each target the first rule that matches and sets it wins.
    #[serde(default)]
    pub rule: Vec<RuleConfig>,
    /// Tables of rules, one a row: `rules.csv`, or a list. They are tried after the rules written here.
    #[serde(default)]
    pub rule_table: TableNames,
    /// What holds where no rule sets a target.
    #[serde(default)]
    pub default: DefaultConfig,
    /// Where documents go. One of them has the role `ledger`.
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

/// For how long after the end of a period late facts still belong to its drafts: nothing of it is posted before, and `bill`
/// waits for it.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GraceConfig {
    /// So many days, to a midnight of the pipeline's zone.
    #[schemars(range(max = 31))]
    pub days: u32,
}

impl GraceConfig {
    pub(crate) const DAYS_MAX: u32 = 31;
}

/// When the endings of a listing wait for a person: above both thresholds. Below, a resource that is gone from a complete
/// listing ends by itself.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WithholdConfig {
    /// So many percent of the resources known in the scope.
    pub share_percent: u32,
    /// So many resources.
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

/// A source: a connector, what it may reach, and its settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Unique within the pipeline. History hangs on it.
    pub name: String,
    /// The earlier name, so that a renamed source stays the same one.
    pub renamed_from: Option<String>,
    /// A bundled connector's name, such as `spreadsheet` or `nautobot`, or the path of a component.
    pub plugin: String,
    /// SHA-256 of the component in hexadecimal; another one is refused.
    pub digest: Option<String>,
    /// What it may reach. Nothing unless it is said.
    #[serde(default)]
    pub grant: GrantConfig,
    /// Credentials by the name that the connector's manifest asks for: `api = { token = "${env:TOKEN}" }`. The connector
    /// never sees them; the host adds them to its requests.
    #[serde(default)]
    pub credential: BTreeMap<String, BTreeMap<String, String>>,
    /// The connector's settings, validated against its own JSON Schema.
    #[serde(default = "empty_table", deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub config: Value,
}

/// A sink: a connector that delivers, what it may reach, and its settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SinkConfig {
    /// Unique within the pipeline. What was billed hangs on it.
    pub name: String,
    /// The earlier name, so that a renamed sink stays the same one.
    pub renamed_from: Option<String>,
    /// A bundled connector's name, such as `odoo` or `practice`, or the path of a component.
    pub plugin: String,
    /// SHA-256 of the component in hexadecimal; another one is refused.
    pub digest: Option<String>,
    /// Does it define what is already billed?
    #[serde(default)]
    pub role: Role,
    /// What it is asked to leave behind.
    #[serde(default)]
    pub finalize: Finalize,
    /// Days from issue to due date, where the account does not say.
    #[serde(default = "thirty")]
    pub payment_terms_days: u32,
    /// What it may reach. Nothing unless it is said.
    #[serde(default)]
    pub grant: GrantConfig,
    /// Credentials by the name that the connector's manifest asks for: `api = { token = "${env:TOKEN}" }`.
    #[serde(default)]
    pub credential: BTreeMap<String, BTreeMap<String, String>>,
    /// The connector's settings, validated against its own JSON Schema.
    #[serde(default = "empty_table", deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub config: Value,
}

fn thirty() -> u32 {
    30
}

/// A table, which `Value` alone would not ask for.
fn table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    serde_json::Map::deserialize(deserializer).map(Value::Object)
}

/// A day that does not exist is told as that of a price is.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let written = Option::<WrittenDate>::deserialize(deserializer)?;
    let date = written.map(|written| written.date(&[])).transpose();
    date.map_err(|problem| D::Error::custom(problem.message))
}

fn empty_table() -> Value {
    Value::Object(serde_json::Map::new())
}

/// What a sink decides.
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
    /// A posted document.
    Post,
}

/// What a connector may reach.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GrantConfig {
    /// Origins such as `https://netbox.example.net`; others are refused, whatever the connector asks for.
    pub http: Vec<String>,
    /// A folder, read-only; relative to the configuration file.
    pub files: Option<PathBuf>,
}
