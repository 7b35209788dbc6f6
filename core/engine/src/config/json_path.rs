//! Reads and writes values at a path of keys and positions.

use serde_json::{Map, Value};

use super::document::KeyPath;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Key(String),
    Index(usize),
}

impl Segment {
    pub(super) fn key(text: &str) -> Self {
        Self::Key(text.to_owned())
    }
}

pub(super) fn key_path(path: &[Segment]) -> KeyPath {
    path.iter()
        .map(|segment| match segment {
            Segment::Key(key) => key.clone(),
            Segment::Index(index) => index.to_string(),
        })
        .collect()
}

pub(super) fn get<'a>(root: &'a Map<String, Value>, path: &[Segment]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let Segment::Key(key) = first else {
        return None;
    };
    rest.iter()
        .try_fold(root.get(key)?, |value, segment| match segment {
            Segment::Key(key) => value.get(key),
            Segment::Index(index) => value.get(index),
        })
}

/// How many elements the list at a path has.
pub(super) fn length(root: &Map<String, Value>, path: &[Segment]) -> usize {
    get(root, path)
        .and_then(Value::as_array)
        .map_or(0, Vec::len)
}

/// Sets a value and makes the tables and lists that lead to it. What is neither is left alone: its own mistake is told
/// where it is read.
pub(super) fn put(root: &mut Map<String, Value>, path: &[Segment], value: Value) {
    let Some((Segment::Key(key), rest)) = path.split_first() else {
        return;
    };
    let mut slot = root.entry(key.clone()).or_insert(Value::Null);
    for segment in rest {
        slot = match segment {
            Segment::Key(key) => {
                if slot.is_null() {
                    *slot = Value::Object(Map::new());
                }
                let Some(object) = slot.as_object_mut() else {
                    return;
                };
                object.entry(key.clone()).or_insert(Value::Null)
            }
            Segment::Index(index) => {
                if slot.is_null() {
                    *slot = Value::Array(Vec::new());
                }
                let Some(list) = slot.as_array_mut() else {
                    return;
                };
                while list.len() <= *index {
                    list.push(Value::Null);
                }
                &mut list[*index]
            }
        };
    }
    *slot = value;
}
