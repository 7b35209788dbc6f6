//! A recording of exchanges as a JSON file, to be replayed without a network. It holds what the recorder was given, and so no
//! secret.

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exchange::{Answer, Answered, ExchangeIntent, ExchangeKey, ExchangeResult, Memory};

/// The version of the file's form.
const VERSION: u32 = 1;

/// A connector's exchanges in the order in which they began, without credentials: they can be replayed without a network.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Cassette {
    /// Of the form of this file.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// In the order in which they began.
    pub(crate) exchanges: Vec<RecordedExchange>,
}

/// One attempt with its end.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct RecordedExchange {
    /// "POST".
    pub method: String,
    /// As the connector gave it, without a credential.
    pub url: String,
    /// SHA-256 of the request's body in lower-case hexadecimal.
    pub body_digest: String,
    /// The request's body, for people: text, or `base64:` and what is no text.
    #[serde(with = "body")]
    #[schemars(with = "String")]
    pub body: Vec<u8>,
    pub answer: RecordedAnswer,
}

/// How an exchange ended.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum RecordedAnswer {
    /// The remote answered, with any status.
    Answered {
        status: u16,
        /// Names and values, without cookies.
        headers: Vec<(String, String)>,
        /// Text, or `base64:` and what is no text.
        #[serde(with = "body")]
        #[schemars(with = "String")]
        body: Vec<u8>,
    },
    /// It never reached the remote.
    NotSent { reason: String },
    /// It may have reached the remote.
    Interrupted { reason: String },
}

/// Failed to read or write a recording.
#[derive(Debug, thiserror::Error)]
pub enum CassetteError {
    #[error("read the recording {path:?}")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("write the recording {path:?}")]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("understand the recording {path:?}")]
    Form {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("understand the recording {path:?}: it has version {version}, this is {VERSION}")]
    Version { path: PathBuf, version: u32 },
}

impl Cassette {
    /// What a recorder in memory has kept.
    pub fn of(memory: &Memory) -> Self {
        let results = memory.results();
        let exchanges = memory
            .intents()
            .into_iter()
            .map(|intent| join(intent, &results))
            .collect();
        Self {
            version: VERSION,
            exchanges,
        }
    }

    pub fn load(path: &Path) -> Result<Self, CassetteError> {
        let at = || path.to_owned();
        let text =
            std::fs::read(path).map_err(|source| CassetteError::Read { path: at(), source })?;
        let cassette: Self = serde_json::from_slice(&text)
            .map_err(|source| CassetteError::Form { path: at(), source })?;
        if cassette.version != VERSION {
            return Err(CassetteError::Version {
                path: at(),
                version: cassette.version,
            });
        }
        Ok(cassette)
    }

    pub fn save(&self, path: &Path) -> Result<(), CassetteError> {
        let at = || path.to_owned();
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|source| CassetteError::Form { path: at(), source })?;
        text.push(b'\n');
        std::fs::write(path, text).map_err(|source| CassetteError::Write { path: at(), source })
    }

    pub fn exchanges(&self) -> &[RecordedExchange] {
        &self.exchanges
    }
}

/// An intent without a result is an interrupted exchange.
fn join(intent: ExchangeIntent, results: &[ExchangeResult]) -> RecordedExchange {
    let answer = match result_of(intent.key, results) {
        Some(Answer::Answered(Answered {
            status,
            headers,
            body,
            ..
        })) => RecordedAnswer::Answered {
            status,
            headers,
            body: body.to_vec(),
        },
        Some(Answer::NotSent(unanswered)) => RecordedAnswer::NotSent {
            reason: unanswered.reason,
        },
        Some(Answer::Interrupted(unanswered)) => RecordedAnswer::Interrupted {
            reason: unanswered.reason,
        },
        None => RecordedAnswer::Interrupted {
            reason: "no end was recorded".to_owned(),
        },
    };
    RecordedExchange {
        method: intent.method,
        url: intent.url,
        body_digest: intent.body_digest,
        body: intent.body.to_vec(),
        answer,
    }
}

fn result_of(key: ExchangeKey, results: &[ExchangeResult]) -> Option<Answer> {
    results
        .iter()
        .find(|result| result.key == key)
        .map(|result| result.answer.clone())
}

/// Text where the bytes are text, so that people can read a recording; else "base64:…".
mod body {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use super::BASE64;

    const MARK: &str = "base64:";

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.starts_with(MARK) => serializer.serialize_str(text),
            _ => serializer.serialize_str(&format!("{MARK}{}", BASE64.encode(bytes))),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.strip_prefix(MARK) {
            Some(encoded) => BASE64.decode(encoded.as_bytes()).map_err(de::Error::custom),
            None => Ok(text.into_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_written_as_its_schema_says() {
        let answers = [
            RecordedAnswer::Answered {
                status: 201,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: vec![0xff, 0xfe],
            },
            RecordedAnswer::NotSent {
                reason: "refused".to_owned(),
            },
            RecordedAnswer::Interrupted {
                reason: "cut off".to_owned(),
            },
        ];
        let exchanges = answers.map(|answer| RecordedExchange {
            method: "POST".to_owned(),
            url: "https://erp.example.net/invoices".to_owned(),
            body_digest: "00".to_owned(),
            body: b"{}".to_vec(),
            answer,
        });
        let cassette = Cassette {
            version: VERSION,
            exchanges: exchanges.to_vec(),
        };
        let schema = schemars::schema_for!(Cassette).to_value();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut written = serde_json::to_value(&cassette).unwrap();
        assert!(validator.is_valid(&written), "{written:#}");
        assert_eq!(
            written["exchanges"][0]["answer"]["answered"]["body"],
            "base64://4="
        );
        written["version"] = 2.into();
        assert!(!validator.is_valid(&written));
    }
}
