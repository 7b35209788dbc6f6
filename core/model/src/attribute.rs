//! What a source declares about the attributes of its kinds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::Kind;

/// How values of an attribute are written and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueType {
    Text,
    Integer,
    Decimal,
    Boolean,
    Timestamp,
    Date,
}

/// What an attribute is for (design: inventory is state with duration).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeClass {
    /// Tells one resource from another. A change is suspicious.
    Identity,
    /// A change makes a new interval.
    Configuration,
    /// A level that moves by itself; kept as samples.
    Gauge,
    /// Neither compared nor kept.
    Ignored,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttributeDeclaration {
    /// A name that ends in `.*` declares every name with that beginning.
    pub name: String,
    pub value_type: ValueType,
    pub class: AttributeClass,
    /// UN/ECE Rec 20.
    pub unit: Option<String>,
    pub description: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KindDeclaration {
    pub kind: Kind,
    pub description: String,
    pub attributes: Vec<AttributeDeclaration>,
    /// Names that together tell a resource from every other one, best first.
    pub correlation: Vec<Vec<String>>,
}

impl KindDeclaration {
    /// The declaration that covers an attribute: its own, else the longest prefix with `.*`.
    pub fn attribute(&self, name: &str) -> Option<&AttributeDeclaration> {
        let covers = |declared: &str| match declared.strip_suffix('*') {
            Some(prefix) => name.len() > prefix.len() && name.starts_with(prefix),
            None => declared == name,
        };
        let exact = self
            .attributes
            .iter()
            .find(|declared| declared.name == name);
        exact.or_else(|| {
            let covering = self
                .attributes
                .iter()
                .filter(|declared| covers(&declared.name));
            covering.max_by_key(|declared| declared.name.len())
        })
    }
}
