//! What each kind of configuration file may hold, for its schema. Reading does not go by these: it joins all files first.

use std::collections::BTreeMap;

use counterfoil_model::classify::{AccountConfig, DefaultConfig, RuleConfig};
use counterfoil_model::einvoice::TaxConfig;
use counterfoil_model::price::PriceBookConfig;
use counterfoil_model::tables::TableNames;
use schemars::JsonSchema;

use super::{
    IssuerConfig, ListenConfig, MailConfig, NotifyConfig, PersonConfig, PipelineConfig,
    StoreConfig, TelemetryConfig,
};

/// The main file, `counterfoil.toml`. Files that it includes are joined with it, so that any of its tables may stand in a
/// file of its own.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MainFile {
    /// The schema of this file, for editors. Not read.
    #[schemars(rename = "$schema", default)]
    pub schema: String,
    /// More files of the configuration, relative to this one: `["rules.toml", "price-book.toml"]`.
    #[schemars(default)]
    pub include: Vec<String>,
    pub store: StoreConfig,
    #[schemars(default)]
    pub listen: ListenConfig,
    #[schemars(default)]
    pub telemetry: TelemetryConfig,
    /// The pipelines by name: `[pipeline.north]`.
    pub pipeline: BTreeMap<String, PipelineConfig>,
    /// Those who decide, by the key that `--by` names: `[person.anna]`. Where there is none, every name is taken.
    #[schemars(default)]
    pub person: BTreeMap<String, PersonConfig>,
    /// The billing accounts by key: `[account.acme]`.
    #[schemars(default)]
    pub account: BTreeMap<String, AccountConfig>,
    /// Tables of accounts, after those written here: `accounts.csv`, or a list. Rows with the same `key` are one account,
    /// each with an agreement of it.
    #[schemars(default)]
    pub account_table: TableNames,
    /// The price books by name: `[price_book.standard]`.
    #[schemars(default)]
    pub price_book: BTreeMap<String, PriceBookConfig>,
    /// What pages and e-invoices say of the sellers, by the key that `issuer` of a pipeline names: `[issuer.hosting-ab]`.
    #[schemars(default)]
    pub issuer: BTreeMap<String, IssuerConfig>,
    /// What the tax categories of price items are on e-invoices: `[tax.standard]`.
    #[schemars(default)]
    pub tax: BTreeMap<String, TaxConfig>,
    /// Who is told what: `[[notify]]`.
    #[schemars(default)]
    pub notify: Vec<NotifyConfig>,
    /// The server that takes mail for those who are told.
    pub mail: Option<MailConfig>,
}

/// An included file with rules: whose each resource is, and under which service and plan.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RulesFile {
    /// More files of the configuration, relative to this one.
    #[schemars(default)]
    pub include: Vec<String>,
    /// The pipelines that the rules belong to, by name.
    pub pipeline: BTreeMap<String, RulesOfPipeline>,
}

/// The part of a pipeline that classifies.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RulesOfPipeline {
    /// In order: for each target the first rule that matches and sets it wins.
    #[schemars(default)]
    pub rule: Vec<RuleConfig>,
    /// Tables of rules, one a row: `rules.csv`, or a list. They are tried after the rules written here.
    #[schemars(default)]
    pub rule_table: TableNames,
    #[schemars(default)]
    pub default: DefaultConfig,
}

/// An included file with the billing accounts.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AccountsFile {
    /// More files of the configuration, relative to this one.
    #[schemars(default)]
    pub include: Vec<String>,
    /// The billing accounts by key: `[account.acme]`.
    #[schemars(default)]
    pub account: BTreeMap<String, AccountConfig>,
    /// Tables of accounts: `accounts.csv`, or a list. Rows with the same `key` are one account, each with an agreement of it.
    #[schemars(default)]
    pub account_table: TableNames,
}

/// An included file with price books.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PriceBookFile {
    /// More files of the configuration, relative to this one.
    #[schemars(default)]
    pub include: Vec<String>,
    /// The price books by name: `[price_book.standard]`.
    pub price_book: BTreeMap<String, PriceBookConfig>,
}
