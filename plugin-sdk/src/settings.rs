//! The settings of this connection, as a type of the connector's own.

use serde::de::DeserializeOwned;

use crate::Error;

/// The `config` table of the pipeline. It was validated against the embedded schema before the call, so that an error here
/// means that the schema and the type disagree.
pub fn settings<T: DeserializeOwned>() -> Result<T, Error> {
    parse(&crate::bindings::settings::json())
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    serde_json::from_str(json)
        .map_err(|error| Error::misconfigured(format!("the settings do not fit: {error}")))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::ErrorKind;

    #[test]
    fn a_schema_that_allows_too_much_is_reported_as_misconfigured() {
        #[derive(Debug, serde::Deserialize)]
        struct Settings {
            url: String,
        }
        let settings: Settings = parse(r#"{"url": "https://x.example"}"#).unwrap();
        assert_eq!(settings.url, "https://x.example");
        let error = parse::<Settings>("{}").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Misconfigured);
        assert!(error.message.contains("url"), "{}", error.message);
    }
}
