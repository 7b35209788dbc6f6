//! Facts as a person writes them, in JSON or in the columns of a table. Values stay text until all of them can be judged.

use std::collections::BTreeMap;
use std::fmt;

use counterfoil_model::price::AttributeText;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// Facts that `counterfoil rate --facts` rates: an object with resources, their samples and accounts; or a list of resources.
#[derive(Debug)]
pub struct FactsDocument;

impl JsonSchema for FactsDocument {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Facts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (object, list) = (
            generator.subschema_for::<FactsFile>(),
            generator.subschema_for::<Vec<ResourceFacts>>(),
        );
        json_schema!({
            "description": "What `counterfoil rate --facts` rates.",
            "anyOf": [object, list],
        })
    }
}

/// Everything that is rated. Each list may be left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactsFile {
    /// The schema of this file, for editors. Not read.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// Accounts of which more is known than their key. Others need not be here.
    #[serde(default)]
    pub accounts: Vec<AccountFacts>,
    /// Stretches of resources.
    #[serde(default)]
    pub resources: Vec<ResourceFacts>,
    /// Samples of gauges.
    #[serde(default)]
    pub samples: Vec<SampleFacts>,
    /// Quantities that no source shows.
    #[serde(default)]
    pub quantities: Vec<QuantityFacts>,
}

/// A billing account.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountFacts {
    /// Its key, by which resources and prices name it.
    pub account: Word,
    /// Whose it is. Absent: the customer has the key of the account.
    #[serde(default)]
    pub customer: Option<Word>,
    /// An upper-case ISO 4217 code. Absent: that of `--currency`, or the only one of the price book.
    #[serde(default)]
    pub currency: Option<Word>,
    /// For people.
    #[serde(default)]
    pub name: Option<Word>,
    /// The agreement whose signing is said. Absent: `standard`.
    #[serde(default)]
    pub agreement: Option<Word>,
    /// The day on which it was signed, by which prices may be kept. An account may have a row for each agreement.
    #[serde(default)]
    pub signed: Option<Word>,
    /// An IANA name: whose midnights bound its charge periods. Absent: that of `--timezone`.
    #[serde(default)]
    pub timezone: Option<Word>,
    /// The charge periods of how long a time one document gathers: "month", "quarter" or "year". Absent: "month".
    #[serde(default)]
    pub billing_period: Option<Word>,
    /// A day on which its charge periods begin, of items without an anchor. Absent: by the calendar.
    #[serde(default)]
    pub anchor: Option<Word>,
    /// The least that it pays in the period, as an amount of its currency. An account with several has a row for each.
    #[serde(default)]
    pub commitment: Option<Number>,
    /// What tells it from another commitment of the account. Absent: `minimum`.
    #[serde(default)]
    pub commitment_name: Option<Word>,
    /// The items that count towards it, with `|` between them. Absent: all.
    #[serde(default)]
    pub commitment_items: Option<Word>,
    /// When it begins. Absent: before the period.
    #[serde(default)]
    pub commitment_from: Option<Word>,
    /// When it holds no more. Absent: after the period.
    #[serde(default)]
    pub commitment_to: Option<Word>,
    /// How a part of the period weighs: second (as where it is absent), actual-day, actual-360, strict-30-360 or none.
    #[serde(default)]
    pub commitment_proration: Option<Word>,
}

/// A quantity that no source shows: hours of consulting, licences that somebody counted.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantityFacts {
    /// The item of the price book: one whose meter is `{ manual = true }`.
    pub item: Word,
    /// In the unit of the item's meter.
    pub quantity: Number,
    /// What lines call it. Absent: the item's name.
    #[serde(default)]
    pub name: Option<Word>,
    /// Who pays. Absent: the customer of the account.
    #[serde(default)]
    pub customer: Option<Word>,
    /// The billing account. Absent: that of the customer; where no row names either, one called `customer`.
    #[serde(default)]
    pub account: Option<Word>,
    /// The agreement of the account. Absent: `standard`.
    #[serde(default)]
    pub agreement: Option<Word>,
    /// The currency of the account, where no list of accounts says it.
    #[serde(default)]
    pub currency: Option<Word>,
    /// The service level, by which prices may differ.
    #[serde(default)]
    pub plan: Option<Word>,
    /// What it is for.
    #[serde(default)]
    pub service: Option<Word>,
    /// When it begins. Absent: at the start of the period.
    #[serde(default)]
    pub from: Option<Word>,
    /// Its expiry: when it holds no more.
    #[serde(default)]
    pub to: Option<Word>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<Word>,
    /// Why it is billed.
    #[serde(default)]
    pub reason: Option<Word>,
}

/// A stretch of a resource: while it was like this, and whose. A resource that changed has several; one that several own has
/// one for each owner.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceFacts {
    /// The id of the resource.
    pub resource: Word,
    /// What it is, as items of the price book name it. Absent: the only kind of the price book, else `thing`.
    #[serde(default)]
    pub kind: Option<Word>,
    /// What lines call it. Absent: its id.
    #[serde(default)]
    pub name: Option<Word>,
    /// When it began: a local day such as 2026-03-15, a local time such as 2026-03-15T12:30, or an instant such as
    /// 2026-03-15T11:30:00Z. Absent: at the start of the period.
    #[serde(default)]
    pub from: Option<Word>,
    /// When it was like this no more. Absent, or 9999-12-31: the end of the period.
    #[serde(default)]
    pub to: Option<Word>,
    /// Who pays. Absent: the customer of the account.
    #[serde(default)]
    pub customer: Option<Word>,
    /// The billing account. Absent: that of the customer; where no row names either, one called `customer`.
    #[serde(default)]
    pub account: Option<Word>,
    /// The agreement of the account. Absent: `standard`.
    #[serde(default)]
    pub agreement: Option<Word>,
    /// The day on which the agreement was signed, where no list of accounts says it.
    #[serde(default)]
    pub signed: Option<Word>,
    /// The service level, by which prices may differ.
    #[serde(default)]
    pub plan: Option<Word>,
    /// What the resource is for. Items keep services apart in lines of their own.
    #[serde(default)]
    pub service: Option<Word>,
    /// The part of it that the account pays: "1/3" or "0.25". The shares of a resource sum to 1 at each moment. Absent: all.
    #[serde(default)]
    pub share: Option<Share>,
    /// The currency of the account, where no list of accounts says it.
    #[serde(default)]
    pub currency: Option<Word>,
    /// Nothing is charged for it on purpose, for this reason. There is no account then.
    #[serde(default)]
    pub non_billable: Option<Word>,
    /// Who answers for that. Needed with `non_billable`.
    #[serde(default)]
    pub non_billable_owner: Option<Word>,
    /// The first day on which it is billed again.
    #[serde(default)]
    pub non_billable_until: Option<Word>,
    /// `true`: nobody is known to pay for it. It is estimated at list prices. There is no account then.
    #[serde(default)]
    pub suspended: Option<AttributeText>,
    /// Until when it is proven that it was there; what lies beyond is presumed. Absent: until its end.
    #[serde(default)]
    pub covered_until: Option<Word>,
    /// Since when it may have been like this: until here something else was seen. `from` is when it was first seen then, and
    /// `--change-at` says which of the two counts. Absent: it began at `from`.
    #[serde(default)]
    pub from_earliest: Option<Word>,
    /// Since when it may have been like this no more: until here it was seen. Absent: it ended at `to`.
    #[serde(default)]
    pub to_earliest: Option<Word>,
    /// What the price book measures and compares, by name: `{ "vcpu": 4, "power": "on" }`. In a table each other column is one.
    #[serde(default)]
    pub attributes: BTreeMap<String, AttributeText>,
}

/// What a gauge showed, at a moment or over a stretch.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleFacts {
    /// The id of the resource.
    pub resource: Word,
    /// The name of the gauge, as meters of the price book name it.
    pub gauge: Word,
    /// A decimal number.
    pub value: Number,
    /// When it was taken. It holds until the next sample of the gauge, or for `every`.
    #[serde(default)]
    pub at: Option<Word>,
    /// Instead of `at`: the start of the stretch in which it holds.
    #[serde(default)]
    pub from: Option<Word>,
    /// With `from`: the end of that stretch.
    #[serde(default)]
    pub to: Option<Word>,
    /// With `at`: for how long it holds at most, such as "5m" or "1h". Absent: what `--sample` says, else until the next one.
    #[serde(default)]
    pub every: Option<Word>,
}

macro_rules! written {
    ($($(#[$doc:meta])* $name:ident, $expected:literal, $schema:tt;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $name(pub String);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(TextVisitor($expected)).map(Self)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )+};
}

written! {
    /// A key, a name, a day: text or a whole number.
    Word, "a text or a whole number", { "type": ["string", "integer"] };
    /// A part of a whole.
    Share, "a fraction such as \"1/3\" or a decimal", {
        "type": ["string", "number"],
        "pattern": "^[0-9]+(\\.[0-9]+|/[0-9]+)?$",
        "minimum": 0,
        "maximum": 1,
    };
    /// A decimal number whose digits are kept.
    Number, "a decimal number", { "type": ["string", "number"], "pattern": "^-?[0-9]+(\\.[0-9]+)?$" };
}

struct TextVisitor(&'static str);

impl Visitor<'_> for TextVisitor {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }
}
