//! How the export of another system is read that a shadow run compares with.

use counterfoil_model::decimal::Decimal;
use counterfoil_model::price::WrittenDecimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::DecimalMark;

/// What a shadow run would otherwise have to be told each time; its options win.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShadowConfig {
    /// Which column of the export holds which field, where it is not called so.
    pub columns: ShadowColumns,
    /// The decimal mark of the export, where its numbers do not tell.
    pub decimal: Option<DecimalMark>,
    /// Amounts that differ by so much at most are the same.
    #[serde(deserialize_with = "amount")]
    #[schemars(with = "Option<WrittenDecimal>")]
    pub tolerance: Option<Decimal>,
}

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let Some(WrittenDecimal(text)) = Option::deserialize(deserializer)? else {
        return Ok(None);
    };
    match text.parse::<Decimal>() {
        Ok(amount) if !amount.is_negative() => Ok(Some(amount)),
        Ok(_) | Err(_) => {
            let message = format!("`{text}` is no amount; expected one such as \"0.05\"");
            Err(serde::de::Error::custom(message))
        }
    }
}

/// The names of columns, whatever their case.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShadowColumns {
    /// Whose line it is: an account, a customer, its name, or its id at the sink.
    pub customer: Option<String>,
    /// The key of the price item.
    pub item: Option<String>,
    /// The text of the line.
    pub description: Option<String>,
    /// How much.
    pub quantity: Option<String>,
    /// The price of one.
    pub unit_price: Option<String>,
    /// The amount before tax.
    pub net: Option<String>,
    /// An ISO 4217 code.
    pub currency: Option<String>,
}

impl ShadowColumns {
    /// Each field with its column, where one is named.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fields = [
            ("customer", &self.customer),
            ("item", &self.item),
            ("description", &self.description),
            ("quantity", &self.quantity),
            ("unit_price", &self.unit_price),
            ("net", &self.net),
            ("currency", &self.currency),
        ];
        fields
            .into_iter()
            .filter_map(|(field, column)| Some((field, column.as_deref()?)))
    }
}
