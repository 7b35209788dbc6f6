//! Splits an observation by its declaration: configuration, gauges, and the values that tell resources apart.
//! A row that its declaration does not cover is a broken row, not a failed listing.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use counterfoil_model::attribute::{AttributeClass, KindDeclaration};
use counterfoil_model::decimal::Decimal;
use counterfoil_model::digest::Digest;
use counterfoil_model::ids::{Kind, SourceId};
use counterfoil_model::inventory::Configuration;

use super::listing::{BrokenRow, Observation, RowHash};

/// An observation that has been understood.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Its position in the base, if the connector matched it.
    pub(crate) position: Option<usize>,
    pub(crate) external_id: String,
    pub(crate) kind: Kind,
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) gauges: BTreeMap<String, Decimal>,
    /// Best first.
    pub(crate) keys: Vec<CorrelationKey>,
    pub(crate) place: String,
    pub(crate) hash: RowHash,
}

/// The values of one attribute set that tells resources of a kind apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CorrelationKey {
    pub(crate) attribute_set: String,
    pub(crate) value: Digest,
}

pub(crate) struct Declarations<'a> {
    source: SourceId,
    kinds: HashMap<&'a str, Declared<'a>>,
}

struct Declared<'a> {
    kind: &'a KindDeclaration,
    /// As they were asked for: looking through the declaration for each row is slow.
    classes: HashMap<String, Option<AttributeClass>>,
}

impl Declared<'_> {
    fn class(&mut self, name: &str) -> Option<AttributeClass> {
        if let Some(known) = self.classes.get(name) {
            return *known;
        }
        let class = self.kind.attribute(name).map(|declared| declared.class);
        self.classes.insert(name.to_owned(), class);
        class
    }
}

impl<'a> Declarations<'a> {
    pub(crate) fn new(source: SourceId, kinds: &'a [KindDeclaration]) -> Self {
        let by_name = kinds.iter().map(|kind| {
            let classes = HashMap::new();
            (kind.kind.as_str(), Declared { kind, classes })
        });
        Self {
            source,
            kinds: by_name.collect(),
        }
    }

    pub(crate) fn read(
        &mut self,
        position: Option<usize>,
        observation: &Observation,
    ) -> Result<Reading, BrokenRow> {
        let broken = |message: String, hint: &str| BrokenRow {
            place: observation.place.clone(),
            external_id: Some(observation.external_id.clone()),
            message,
            hint: Some(hint.to_owned()),
        };
        let Some(declared) = self.kinds.get_mut(observation.kind.as_str()) else {
            let message = format!(
                "the kind `{}` is not declared by the source",
                observation.kind
            );
            return Err(broken(
                message,
                "the connector has to declare the kinds that it reports",
            ));
        };
        let mut attributes = Vec::with_capacity(observation.attributes.len());
        let mut gauges = BTreeMap::new();
        for (name, value) in &observation.attributes {
            let Some(class) = declared.class(name) else {
                let message = format!("the attribute `{name}` is not declared by the source");
                return Err(broken(
                    message,
                    "the connector has to declare the attributes that it reports",
                ));
            };
            match class {
                AttributeClass::Identity | AttributeClass::Configuration => {
                    attributes.push((name, value));
                }
                AttributeClass::Gauge => {
                    let Ok(value) = value.parse() else {
                        let message =
                            format!("the gauge `{name}` is `{value}`, which is no decimal number");
                        return Err(broken(message, "mend the value at the source"));
                    };
                    gauges.insert(name.clone(), value);
                }
                AttributeClass::Ignored => {}
            }
        }
        Ok(Reading {
            position,
            external_id: observation.external_id.clone(),
            kind: observation.kind.clone(),
            configuration: Arc::new(Configuration {
                name: observation.name.clone(),
                parent: observation.parent.clone(),
                attributes: attributes.into_iter().collect(),
            }),
            gauges,
            keys: keys(self.source, declared.kind, observation),
            place: observation.place.clone(),
            hash: observation.hash,
        })
    }
}

/// A set counts where each of its attributes has a value that is not empty.
fn keys(
    source: SourceId,
    kind: &KindDeclaration,
    observation: &Observation,
) -> Vec<CorrelationKey> {
    let value_of = |name: &String| {
        let value = match observation.attributes.get(name) {
            None if name == "name" => Some(&observation.name),
            value => value,
        };
        value.filter(|value| !value.is_empty())
    };
    let mut keys = Vec::new();
    let mut everywhere = Vec::new();
    for names in &kind.correlation {
        let values: Option<Vec<&String>> = names.iter().map(value_of).collect();
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            continue;
        };
        let said = (source, kind.kind.as_str(), names, &values);
        keys.push(CorrelationKey {
            attribute_set: names.join(","),
            value: Digest::of_json(&said),
        });
        // A serial number tells resources apart everywhere, a name only at its source.
        if !names.iter().any(|name| name == "name") {
            everywhere.push(CorrelationKey {
                attribute_set: format!("{} at any source", names.join(",")),
                value: Digest::of_json(&(kind.kind.as_str(), names, &values)),
            });
        }
    }
    keys.append(&mut everywhere);
    keys
}
