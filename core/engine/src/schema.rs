//! The JSON Schemas of what is written and read as files, generated from the types. What the files mean is not known here.

mod settings;
mod shape;
#[cfg(test)]
mod tests;

use counterfoil_host::{Cassette, Manifest, wire};
use counterfoil_model::finding::Finding;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

pub use settings::{Settings, with_settings};

use crate::config::files::{AccountsFile, MainFile, PriceBookFile, RulesFile};
use crate::facts::words::FactsDocument;
use crate::plan::PlanReport;

/// A schema that comes with the binary.
#[derive(Debug, Clone, Copy)]
pub struct PublishedSchema {
    /// "price-book": the file is `price-book.schema.json`.
    pub name: &'static str,
    /// Raised when a document that was valid no longer is.
    pub version: &'static str,
    pub title: &'static str,
    generate: fn() -> Schema,
}

/// All of them, in the order of the book.
pub const SCHEMAS: [PublishedSchema; 10] = [
    PublishedSchema {
        name: "counterfoil",
        version: "1",
        title: "Counterfoil configuration",
        generate: read::<MainFile>,
    },
    PublishedSchema {
        name: "rules",
        version: "1",
        title: "Counterfoil rules",
        generate: read::<RulesFile>,
    },
    PublishedSchema {
        name: "accounts",
        version: "1",
        title: "Counterfoil accounts",
        generate: read::<AccountsFile>,
    },
    PublishedSchema {
        name: "price-book",
        version: "1",
        title: "Counterfoil price book",
        generate: read::<PriceBookFile>,
    },
    PublishedSchema {
        name: "facts",
        version: "1",
        title: "Counterfoil facts, as `counterfoil rate --facts` reads them",
        generate: read_json::<FactsDocument>,
    },
    PublishedSchema {
        name: "connector",
        version: "1",
        title: "Counterfoil connector manifest (connector.toml)",
        generate: read::<Manifest>,
    },
    PublishedSchema {
        name: "wire",
        version: counterfoil_host::CONTRACT_VERSION,
        title: "Counterfoil wire records: what crosses between engine and connectors",
        generate: || wire::schema(written_settings().into_generator()),
    },
    PublishedSchema {
        name: "recording",
        version: "1",
        title: "Counterfoil recording of a connector's exchanges",
        generate: written::<Cassette>,
    },
    PublishedSchema {
        name: "plan",
        version: "1",
        title: "Counterfoil plan, as `counterfoil plan --json` answers",
        generate: written::<PlanReport>,
    },
    PublishedSchema {
        name: "findings",
        version: "1",
        title: "Counterfoil findings, as every command with `--json` lists them",
        generate: written::<Vec<Finding>>,
    },
];

/// The schema of this name.
pub fn published(name: &str) -> Option<PublishedSchema> {
    SCHEMAS.into_iter().find(|schema| schema.name == name)
}

impl PublishedSchema {
    /// "price-book.schema.json".
    pub fn file_name(&self) -> String {
        format!("{}.schema.json", self.name)
    }

    /// Names this version of the schema for ever; it is no place on the net.
    pub fn id(&self) -> String {
        format!("urn:counterfoil:schema:{}:{}", self.name, self.version)
    }

    /// The schema itself.
    pub fn schema(&self) -> Value {
        let mut schema = (self.generate)();
        shape::tidy(&mut schema);
        shape::head(schema, &self.id(), self.title)
    }

    /// As it is kept in a file: indented, with a line end.
    pub fn text(&self) -> String {
        text(&self.schema())
    }

    /// The same with the settings of connectors in it, where that is what it describes.
    pub fn text_with(&self, settings: &[Settings]) -> String {
        if self.name == "counterfoil" {
            text(&with_settings(self.schema(), settings.to_vec()))
        } else {
            self.text()
        }
    }
}

fn text(schema: &Value) -> String {
    let mut text =
        serde_json::to_string_pretty(schema).expect("a schema has text keys and finite numbers");
    text.push('\n');
    text
}

/// Of what people write and the engine reads: what has a default may be left out.
fn read<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    shape::without_null(&mut schema);
    schema
}

/// Of what people write as JSON, where nothing may be written for what is left out.
fn read_json<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// Of what the engine writes: what is always there is required.
fn written<T: JsonSchema>() -> Schema {
    written_settings()
        .into_generator()
        .into_root_schema_for::<T>()
}

fn written_settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().for_serialize()
}
