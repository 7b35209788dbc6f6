//! Rules, defaults and accounts as people write them. Nothing is judged here but shape.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::written::{ConditionConfig, TargetConfig};
use crate::agreed::{CommitmentConfig, QuantityConfig};
use crate::einvoice::{Address, Contact, Endpoint};
use crate::language::{LanguageTag, Texts};
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

/// A rule: what it says (`set`) of the resources that it matches (`when`), and for which days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// Makes it the same rule when its content changes, and names it in explanations.
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
    /// `tags.env`, or one of `has` (attributes that are all present), `tag` (all of "env=prod" and the like) and `cel`.
    /// An empty table matches everything.
    ///
    /// `cel` is a CEL expression, or a list that must all hold, asked where the other conditions hold. It reads
    /// `resource.kind`, `resource.name`, `resource.parent`, `resource.id` and `resource.ATTRIBUTE` as the source declares
    /// it: text, whole number, decimal (a double: of up to 15 digits) or boolean. Of an absent attribute
    /// `has(resource.ATTRIBUTE)` is asked first. Where it fails, what the rule would have set is in suspense.
    pub when: BTreeMap<String, ConditionConfig>,
    /// What holds for them. What it leaves out is left to later rules.
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
    /// Whose it is: a customer of an account, or the attribute that tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<TargetConfig>,
    /// Several customers with a share each, instead of `customer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owners: Option<Vec<OwnerConfig>>,
    /// Needed where a customer has several accounts. Names its customer, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<TargetConfig>,
    /// What the customer gets, as lines name it: `hosting`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<TargetConfig>,
    /// The service level, instead of the agreement's: `gold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<TargetConfig>,
    /// Instead of a customer, or before one: after `until` the rule's customer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub non_billable: Option<NonBillableConfig>,
}

/// One of several customers that share a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerConfig {
    /// Who pays this share.
    pub customer: String,
    /// Needed where the customer has several accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// A fraction such as "1/3" or a decimal such as "0.25". The shares sum to 1.
    pub share: String,
}

/// Not billed, on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NonBillableConfig {
    /// Why, for whoever asks in a year.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The first day on which it is billed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<WrittenDate>,
}

/// What holds where no rule sets a target.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultConfig {
    /// Where absent, what no rule gives a customer is in suspense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// What lines call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The service level where neither a rule nor the agreement says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// A billing account: who pays, in which currency, under which plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    /// As documents address it.
    pub name: String,
    /// Whose account it is; the account's own key where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// An upper-case ISO 4217 code, or one's own with its decimals, XTK/6: everything that it is billed is in this currency.
    #[schemars(regex(pattern = "^[A-Z]{3}(/[0-9])?$"))]
    pub currency: String,
    /// Tells its documents from others of the account; a change of it starts documents of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_group: Option<String>,
    /// What the buyer wants to read on the invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_reference: Option<String>,
    /// Days from issue to due date; the sink's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_terms_days: Option<u32>,
    /// Does it get e-invoices? As the pipeline says where absent. Its documents are checked before they are sent then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub einvoice: Option<bool>,
    /// The legal name of the buyer, where `name` is not it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_name: Option<String>,
    /// The buyer's number in the register of companies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_id: Option<String>,
    /// Which register that is: a code of ISO 6523, such as 0007 for Sweden's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_id_scheme: Option<String>,
    /// The buyer's VAT id with the prefix of its country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<String>,
    /// The buyer's postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Where the buyer takes e-invoices: `{ scheme = "0007", id = "5560001231" }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// Whom to ask at the buyer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The buyer's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_reference: Option<String>,
    /// The tax category of lines whose price item says none: the name of a table `[tax.NAME]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_category: Option<String>,
    /// What tax categories of price items are for this account: { standard = "reverse-charge" }.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tax_instead: BTreeMap<String, String>,
    /// The language of its documents, a BCP 47 tag such as "sv" or "sv-FI"; the issuer's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageTag>,
    /// What its e-invoices say besides their lines; one text, or one for each language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_text: Option<Texts>,
    /// The key that it had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// An IANA name: whose midnights bound its charge periods and agreements. The pipeline's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The charge periods of how long a time one document gathers: `month`, `quarter` or `year`, by the calendar or from the
    /// anchor. `month` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["month", "quarter", "year", null]))]
    pub billing_period: Option<String>,
    /// A day on which its charge periods begin, of items without an anchor: the 15th of each month from 2026-01-15. Absent: by
    /// the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<WrittenDate>,
    /// Its id at each sink, by the sink's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub remote: BTreeMap<String, String>,
    /// The plan of its one agreement, `standard`, for all time: instead of `agreement`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Its agreements, one after the other. Absent: one agreement, `standard`, for all time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Vec<AgreementConfig>>,
    /// Quantities that no source shows, each with who answers for it and until when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantity: Vec<QuantityConfig>,
    /// The least that it pays for several items in a billing period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commitment: Vec<CommitmentConfig>,
}

impl AccountConfig {
    /// Where something stands is no content.
    pub fn forget_places(&mut self) {
        for quantity in &mut self.quantity {
            quantity.place = None;
        }
        for commitment in &mut self.commitment {
            commitment.place = None;
        }
    }
}

/// What was agreed with an account, for which days.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementConfig {
    /// `standard` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name that it had before. The old name is of no other agreement of the account ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// The service level: `gold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// The day on which it was signed, by which prices may be kept. `from` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<WrittenDate>,
    /// The first day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WrittenDate>,
    /// The first day on which it holds no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<WrittenDate>,
    /// The language of its lines and of its text, a BCP 47 tag; the account's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageTag>,
    /// What e-invoices with lines of it say besides; one text, or one for each language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_text: Option<Texts>,
}
