//! Turns one row of an answer into an observation, or says what is wrong with it.
//! Knows nothing of pages.

use std::collections::BTreeMap;

use counterfoil_sdk::decimal;
use counterfoil_sdk::source::{BrokenRow, Observation, ValueType, attribute_part};
use serde_json::Value;

use crate::fields::Field;
use crate::scope::Scope;
use crate::settings::Settings;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum RowError {
    #[error("the answer has no field {0:?}")]
    NoField(String),
    #[error("{0:?} is no value that can be read")]
    Unreadable(String),
}

/// The id of a row, if it has one.
pub(crate) fn id(row: &Value) -> Option<&str> {
    row.get("id")?.as_str().filter(|id| !id.is_empty())
}

/// None for a machine without a disk in the scope of disks. The hash is the listing's to fill in.
pub(crate) fn observe(
    scope: Scope,
    settings: &Settings,
    row: &Value,
    place: &str,
) -> Result<Option<Observation>, BrokenRow> {
    let Some(id) = id(row) else {
        return Err(broken(None, place, "the row has no id".to_owned()));
    };
    let own_id = match scope {
        Scope::Disks => format!("{id}/disk"),
        Scope::Tenants
        | Scope::VirtualMachines
        | Scope::InventoryDisks
        | Scope::Interfaces
        | Scope::Devices
        | Scope::IpAddresses => id.to_owned(),
    };
    if scope == Scope::Disks && has_no_disk(row) {
        return Ok(None);
    }
    attributes(scope, settings, row)
        .and_then(|attributes| {
            Ok(Observation {
                kind: scope.kind().name().to_owned(),
                name: name(scope, row)?,
                parent: parent(scope, row),
                attributes,
                place: place.to_owned(),
                hash: (0, 0),
                id: own_id.clone(),
            })
        })
        .map(Some)
        .map_err(|error| broken(Some(own_id), place, error.to_string()))
}

fn broken(id: Option<String>, place: &str, message: String) -> BrokenRow {
    BrokenRow {
        place: place.to_owned(),
        id,
        message,
        hint: Some("check that the Nautobot is a 3.x, and look at the object there".to_owned()),
    }
}

/// The number is there and is nothing; a machine whose number is not there at all is broken instead.
fn has_no_disk(row: &Value) -> bool {
    row.get("disk")
        .is_some_and(|disk| disk.is_null() || disk.as_u64() == Some(0))
}

fn name(scope: Scope, row: &Value) -> Result<String, RowError> {
    let field = match scope {
        Scope::IpAddresses => "address",
        Scope::Tenants
        | Scope::VirtualMachines
        | Scope::Disks
        | Scope::InventoryDisks
        | Scope::Interfaces
        | Scope::Devices => "name",
    };
    // A device may be without a name; what Nautobot displays then is made of its type.
    let named = [field, "display"]
        .iter()
        .find_map(|field| row.get(*field)?.as_str());
    named
        .map(str::to_owned)
        .ok_or_else(|| RowError::NoField(field.to_owned()))
}

fn parent(scope: Scope, row: &Value) -> Option<String> {
    let pointer = match scope {
        Scope::Disks => "/id",
        Scope::InventoryDisks => "/device/id",
        Scope::Interfaces => "/virtual_machine/id",
        Scope::Tenants | Scope::VirtualMachines | Scope::Devices | Scope::IpAddresses => {
            return None;
        }
    };
    row.pointer(pointer)?.as_str().map(str::to_owned)
}

fn attributes(
    scope: Scope,
    settings: &Settings,
    row: &Value,
) -> Result<Vec<(String, String)>, RowError> {
    let mut attributes = Vec::new();
    for field in scope.fields() {
        if let Some(value) = value(row, field)? {
            attributes.push((field.name.to_owned(), value));
        }
    }
    if let (Scope::InventoryDisks, Some(disks)) = (scope, &settings.inventory_disks) {
        attributes.extend(size(row, &disks.size)?.map(|size| ("disk_gb".to_owned(), size)));
    }
    attributes.extend(tags(row)?);
    attributes.extend(custom_fields(row)?);
    Ok(attributes)
}

/// A reference that is null has no name; a field that the answer does not know at all would silently change the bill.
fn value(row: &Value, field: &Field) -> Result<Option<String>, RowError> {
    let mut found = row;
    for key in field.path {
        if found.is_null() {
            return Ok(None);
        }
        found = found
            .get(key)
            .ok_or_else(|| RowError::NoField(field.path.join(".")))?;
    }
    let unreadable = || RowError::Unreadable(field.path.join("."));
    match (field.value_type, found) {
        (_, Value::Null) => Ok(None),
        (ValueType::Text, Value::String(text)) => Ok((!text.is_empty()).then(|| text.clone())),
        (ValueType::Text, Value::Number(number)) => Ok(Some(number.to_string())),
        (ValueType::Boolean, Value::Bool(value)) => Ok(Some(value.to_string())),
        (ValueType::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => {
            Ok(Some(number.to_string()))
        }
        (ValueType::Decimal, value) => decimal::from_json(value)
            .map(Some)
            .map_err(|_| unreadable()),
        (
            ValueType::Text
            | ValueType::Boolean
            | ValueType::Integer
            | ValueType::Timestamp
            | ValueType::Date,
            _,
        ) => Err(unreadable()),
    }
}

fn size(row: &Value, custom_field: &str) -> Result<Option<String>, RowError> {
    match row.pointer(&format!("/custom_fields/{custom_field}")) {
        None => Err(RowError::NoField(format!("custom_fields.{custom_field}"))),
        Some(Value::Null) => Ok(None),
        Some(value) => decimal::from_json(value)
            .map(Some)
            .map_err(|_| RowError::Unreadable(format!("custom_fields.{custom_field}"))),
    }
}

/// "cust=acme" and "cust:acme" are a key and a value, other tags a key with the empty value. Several values of one key
/// are joined in their order.
fn tags(row: &Value) -> Result<Vec<(String, String)>, RowError> {
    let list = row.get("tags").and_then(Value::as_array);
    let list = list.ok_or_else(|| RowError::NoField("tags".to_owned()))?;
    let mut by_key: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for tag in list {
        let name = tag.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| RowError::NoField("tags.name".to_owned()))?;
        let (key, value) = name.split_once(['=', ':']).unwrap_or((name, ""));
        by_key
            .entry(attribute_part(key))
            .or_default()
            .push(value.trim());
    }
    let joined = by_key
        .into_iter()
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, mut values)| {
            values.sort_unstable();
            values.dedup();
            (format!("tags.{key}"), values.join(","))
        });
    Ok(joined.collect())
}

fn custom_fields(row: &Value) -> Result<Vec<(String, String)>, RowError> {
    let fields = row.get("custom_fields").and_then(Value::as_object);
    let fields = fields.ok_or_else(|| RowError::NoField("custom_fields".to_owned()))?;
    let mut values = BTreeMap::new();
    for (key, value) in fields {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            Value::Bool(value) => value.to_string(),
            Value::Number(_) => decimal::from_json(value)
                .map_err(|_| RowError::Unreadable(format!("custom_fields.{key}")))?,
            // Several choices; anything else keeps its JSON.
            Value::Array(choices) => choices
                .iter()
                .map(|choice| {
                    choice
                        .as_str()
                        .map_or_else(|| choice.to_string(), str::to_owned)
                })
                .collect::<Vec<_>>()
                .join(","),
            Value::Object(_) => value.to_string(),
        };
        values.insert(format!("cf.{}", attribute_part(key)), text);
    }
    Ok(values.into_iter().collect())
}

#[cfg(test)]
#[path = "observe_tests.rs"]
mod tests;
