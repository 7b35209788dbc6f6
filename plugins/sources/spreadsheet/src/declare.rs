//! Declares the kinds and attributes that the settings map.
//! Knows nothing of files.

use counterfoil_sdk::source::{
    AttributeClass, AttributeDeclaration, KindDeclaration, SourceInfo, ValueType,
};

use crate::mapping;
use crate::settings::{self, Attribute, Class, Settings};

pub(crate) fn declare(settings: &Settings) -> SourceInfo {
    let kinds = mapping::kinds(settings).into_iter();
    SourceInfo {
        kinds: kinds.map(|kind| declare_kind(kind, settings)).collect(),
        extras: vec![],
    }
}

fn declare_kind(kind: String, settings: &Settings) -> KindDeclaration {
    let has_it = |attribute: &Attribute| {
        let kinds = attribute.kinds.as_ref();
        kinds.is_none_or(|kinds| kinds.contains(&kind))
    };
    let mut attributes: Vec<AttributeDeclaration> = settings
        .attribute
        .iter()
        .filter(|(_, attribute)| has_it(attribute))
        .map(|(name, attribute)| declare_attribute(name, attribute))
        .collect();
    if let Some(tags) = &settings.tags {
        attributes.push(AttributeDeclaration {
            name: "tags.*".to_owned(),
            value_type: ValueType::Text,
            class: AttributeClass::Configuration,
            unit: None,
            description: format!("The tags of column {:?}.", tags.column),
        });
    }
    KindDeclaration {
        description: format!("A row of the export that is a {kind}."),
        correlation: settings.correlation.get(&kind).cloned().unwrap_or_default(),
        attributes,
        name: kind,
    }
}

fn declare_attribute(name: &str, attribute: &Attribute) -> AttributeDeclaration {
    let description = if attribute.description.is_empty() {
        format!("Column {:?}.", attribute.column)
    } else {
        attribute.description.clone()
    };
    AttributeDeclaration {
        name: name.to_owned(),
        value_type: match attribute.value_type {
            settings::ValueType::Text => ValueType::Text,
            settings::ValueType::Integer => ValueType::Integer,
            settings::ValueType::Decimal => ValueType::Decimal,
            settings::ValueType::Boolean => ValueType::Boolean,
            settings::ValueType::Date => ValueType::Date,
            settings::ValueType::Timestamp => ValueType::Timestamp,
        },
        class: match attribute.class {
            Class::Configuration => AttributeClass::Configuration,
            Class::Gauge => AttributeClass::Gauge,
            Class::Identity => AttributeClass::Identity,
            Class::Ignored => AttributeClass::Ignored,
        },
        unit: attribute.unit.clone(),
        description,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_attributes() {
        let settings = serde_json::from_str(
            r#"{"files": "*.csv", "id": "ID", "kind": {"column": "Type", "map": {"VM": "virtual-machine", "Disk": "disk"}},
                "attribute": {"disk_gb": {"column": "Size", "type": "decimal", "unit": "E34", "kinds": ["disk"]},
                              "owner": {"column": "Owner"}},
                "tags": {"column": "Tags"}, "correlation": {"disk": [["owner", "name"]]}}"#,
        )
        .unwrap();
        let info = declare(&settings);
        let names = |kind: &KindDeclaration| -> Vec<String> {
            kind.attributes.iter().map(|a| a.name.clone()).collect()
        };
        assert_eq!(info.kinds[0].name, "disk");
        assert_eq!(names(&info.kinds[0]), ["disk_gb", "owner", "tags.*"]);
        assert_eq!(names(&info.kinds[1]), ["owner", "tags.*"]);
        assert_eq!(info.kinds[0].correlation, [["owner", "name"]]);
        assert_eq!(info.kinds[0].attributes[0].unit.as_deref(), Some("E34"));
    }
}
