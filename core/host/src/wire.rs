//! The contract's records as JSON, for logs and for the tests of connectors: their schema, and a trace of what crossed. The
//! contract itself is `plugin-sdk/wit`, and nothing is decided by its JSON.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use crate::bindings::{sink, source, types};

/// One record of any kind under its name, such as `{"observation": {…}}`.
pub fn schema(mut generator: SchemaGenerator) -> Schema {
    let records = [
        record::<source::SourceInfo>(&mut generator, "source-info"),
        record::<source::Offer>(&mut generator, "offer"),
        record::<source::Run>(&mut generator, "run"),
        record::<source::Observation>(&mut generator, "observation"),
        record::<source::BrokenRow>(&mut generator, "broken-row"),
        record::<source::Coverage>(&mut generator, "coverage"),
        record::<sink::SinkInfo>(&mut generator, "sink-info"),
        record::<sink::Delivery>(&mut generator, "delivery"),
        record::<sink::Pushed>(&mut generator, "pushed"),
        record::<sink::RemoteDocument>(&mut generator, "remote-document"),
        record::<sink::RemoteCustomer>(&mut generator, "remote-customer"),
        record::<types::Error>(&mut generator, "error"),
    ];
    json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": "One record of the contract under its name in `plugin-sdk/wit`. Fields are written with `_` for `-`; \
            an option that is absent is null; a variant is its name, or an object of its name and what it carries.",
        "oneOf": records,
        "$defs": generator.take_definitions(true),
    })
}

fn record<T: JsonSchema>(generator: &mut SchemaGenerator, name: &str) -> Value {
    let schema = generator.subschema_for::<T>();
    json!({
        "type": "object",
        "title": name,
        "properties": { name: schema },
        "required": [name],
        "additionalProperties": false,
    })
}

/// Tells a record at level trace: `--log counterfoil_host::wire=trace` shows a connector's author what crossed.
pub(crate) fn trace<T: Serialize>(function: &str, name: &str, record: &T) {
    if tracing::enabled!(tracing::Level::TRACE) {
        let record = json!({ name: record });
        tracing::trace!(function, %record, "a record crossed between engine and connector");
    }
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::*;

    fn validator() -> jsonschema::Validator {
        let generator = SchemaSettings::draft2020_12()
            .for_serialize()
            .into_generator();
        jsonschema::validator_for(schema(generator).as_value()).unwrap()
    }

    fn observation() -> source::Observation {
        source::Observation {
            id: "VM-1".to_owned(),
            kind: "virtual-machine".to_owned(),
            name: "web".to_owned(),
            parent: None,
            attributes: vec![("vcpu".to_owned(), "2".to_owned())],
            place: "row 17".to_owned(),
            hash: (1, u32::MAX),
        }
    }

    #[test]
    fn records_are_written_as_the_schema_says() {
        let validator = validator();
        let failure = types::Error {
            kind: types::ErrorKind::RateLimited,
            message: "slow down".to_owned(),
            remote_code: Some("429".to_owned()),
            field: None,
            retry_after_ms: Some(500),
        };
        let pushed = sink::Pushed {
            outcome: sink::Outcome::Deferred(failure.clone()),
            lines: vec![("1".to_owned(), "9".to_owned())],
        };
        for record in [
            json!({ "observation": observation() }),
            json!({ "run": source::Run::Changed((17, observation())) }),
            json!({ "run": source::Run::Unchanged((0, 140)) }),
            json!({ "pushed": pushed }),
            json!({ "error": failure }),
        ] {
            let problems: Vec<String> = validator
                .iter_errors(&record)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(problems.is_empty(), "{record:#}: {problems:#?}");
        }
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let validator = validator();
        let mut halved = serde_json::to_value(observation()).unwrap();
        halved["hash"] = json!([1]);
        for record in [
            json!({ "observation": halved }),
            json!({ "observation": {} }),
            json!({ "row": {} }),
            json!({ "run": "Unchanged" }),
        ] {
            assert!(!validator.is_valid(&record), "{record}");
        }
    }

    #[test]
    fn the_contract_s_own_words_describe_the_records() {
        let schema = schema(SchemaSettings::draft2020_12().into_generator()).to_value();
        let place = &schema["$defs"]["Observation"]["properties"]["place"]["description"];
        assert!(
            place.as_str().unwrap().contains("Where it was read"),
            "{place}"
        );
    }
}
