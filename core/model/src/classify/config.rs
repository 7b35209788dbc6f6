//! Rules, defaults and accounts as people write them. Nothing is judged here but shape.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::written::{ConditionConfig, TargetConfig};
use crate::validity::WrittenDate;

/// What decides whose a resource is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClassifyConfig {
    /// In order: for each target the first rule that matches and sets it wins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rule: Vec<RuleConfig>,
    /// What holds where no rule sets a target.
    #[serde(rename = "default")]
    pub defaults: DefaultConfig,
    /// The billing accounts by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub account: BTreeMap<String, AccountConfig>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// Makes it the same rule when its content changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The first local day on which it holds. Without it the rule holds since the first period that was open when
    /// it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WrittenDate>,
    /// The first local day on which it holds no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<WrittenDate>,
    /// All must hold. Keys are `kind`, `name`, `source`, `parent`, `id`, an attribute such as `cluster` or
    /// `tags.env`, or one of `has` (attributes that are all present) and `tag` (all of "env=prod" and the like).
    /// An empty table matches everything.
    pub when: BTreeMap<String, ConditionConfig>,
    pub set: SetConfig,
    /// Where it stands: "rules.toml:12". Filled by the loader.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(skip)]
    pub place: String,
}

/// What a rule says of the resources that it matches.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<TargetConfig>,
    /// Several customers with a share each, instead of `customer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owners: Option<Vec<OwnerConfig>>,
    /// Needed where a customer has several accounts. Names its customer, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<TargetConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<TargetConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<TargetConfig>,
    /// Instead of a customer, or before one: after `until` the rule's customer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub non_billable: Option<NonBillableConfig>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerConfig {
    pub customer: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// A fraction such as "1/3" or a decimal such as "0.25". The shares sum to 1.
    pub share: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NonBillableConfig {
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The first day on which it is billed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<WrittenDate>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    pub name: String,
    /// Whose account it is; the account's own key where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// ISO 4217.
    pub currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_group: Option<String>,
    /// What the buyer wants to read on the invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_reference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_terms_days: Option<u32>,
    /// The key that it had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// Its id at each sink, by the sink's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub remote: BTreeMap<String, String>,
    /// The plan of its one agreement, `standard`, for all time: instead of `agreement`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Absent: one agreement, `standard`, for all time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Vec<AgreementConfig>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementConfig {
    /// `standard` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WrittenDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<WrittenDate>,
}
