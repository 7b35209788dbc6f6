//! The shapes of answers: a name with a version, and the schema of the type behind it.

use std::marker::PhantomData;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value, json};

use super::Answer;

/// The form of an answer, such as `plan/1`. Keys may be added within a version; a key that goes, or means something else,
/// makes a new one.
pub(crate) struct Shape<T> {
    id: &'static str,
    about: &'static str,
    tables: &'static [&'static str],
    of: PhantomData<fn(&T)>,
}

impl<T: Serialize + JsonSchema> Shape<T> {
    /// `id` is a name and a version, `tables` the names of what can be exported, the main one first.
    pub(crate) const fn new(
        id: &'static str,
        about: &'static str,
        tables: &'static [&'static str],
    ) -> Self {
        Self {
            id,
            about,
            tables,
            of: PhantomData,
        }
    }

    pub(crate) fn answer<'a>(&self, data: &'a T) -> Answer<'a, T> {
        Answer::new(self.id, data)
    }

    /// For the list of shapes: which command answers it.
    pub(crate) const fn of(&self, command: &'static str) -> Described {
        Described {
            command,
            id: self.id,
            about: self.about,
            tables: self.tables,
            body: body::<T>,
        }
    }
}

/// A shape without its type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Described {
    /// As it is typed after `counterfoil`.
    pub(crate) command: &'static str,
    pub(crate) id: &'static str,
    pub(crate) about: &'static str,
    pub(crate) tables: &'static [&'static str],
    body: fn() -> Value,
}

impl Described {
    /// `plan/1` → `plan-1.schema.json`.
    pub(crate) fn file_name(&self) -> String {
        format!("{}.schema.json", self.id.replace('/', "-"))
    }

    /// The JSON Schema of the whole answer.
    pub(crate) fn schema(&self) -> Value {
        let mut schema = (self.body)();
        if let Some(object) = schema.as_object_mut() {
            object.insert(
                "$id".to_owned(),
                format!("urn:counterfoil:answer:{}", self.id).into(),
            );
            object.insert("title".to_owned(), self.id.into());
            object.insert("description".to_owned(), self.about.into());
            let properties = object.entry("properties").or_insert_with(|| json!({}));
            if let Some(properties) = properties.as_object_mut() {
                properties.insert("shape".to_owned(), json!({ "const": self.id }));
            }
            let required = object.entry("required").or_insert_with(|| json!([]));
            if let Some(required) = required.as_array_mut() {
                required.insert(0, "shape".into());
            }
        }
        schema
    }
}

/// As it is written, not as it would be read: what is always there is required.
fn body<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}
