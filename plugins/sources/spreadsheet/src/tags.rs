//! Splits a cell such as "env=prod; cust=acme, backup" into tags.
//! Knows nothing of rows.

use std::collections::BTreeMap;

use counterfoil_sdk::source::attribute_part;

use crate::settings::Tags;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("has the tag {key:?} twice, as {first:?} and as {second:?}")]
pub(crate) struct TagError {
    pub(crate) key: String,
    pub(crate) first: String,
    pub(crate) second: String,
}

/// By key, in the order of the keys. A tag without a value has the empty text as its value.
pub(crate) fn parse(text: &str, settings: &Tags) -> Result<BTreeMap<String, String>, TagError> {
    let mut tags = BTreeMap::new();
    for part in text.split(|c| settings.separators.contains(c) || c == '\n') {
        let (key, value) = part
            .split_once(|c| settings.assign.contains(c))
            .unwrap_or((part, ""));
        let (key, value) = (attribute_part(key), value.trim().to_owned());
        if key.is_empty() {
            continue;
        }
        match tags.get(&key) {
            Some(first) if *first != value => {
                return Err(TagError {
                    key,
                    first: String::clone(first),
                    second: value,
                });
            }
            _ => tags.insert(key, value),
        };
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Result<Vec<(String, String)>, TagError> {
        let settings = serde_json::from_str(r#"{"column": "Tags"}"#).unwrap();
        Ok(parse(text, &settings)?.into_iter().collect())
    }

    #[test]
    fn splits_keys_and_values() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            tags(" Env=prod; cust : acme,backup;;Cost Centre=4=2\nenv=prod").unwrap(),
            [
                pair("backup", ""),
                pair("cost_centre", "4=2"),
                pair("cust", "acme"),
                pair("env", "prod")
            ]
        );
        assert_eq!(tags("").unwrap(), []);
    }

    #[test]
    fn two_values_for_one_key_are_refused() {
        let error = tags("cust=a;cust=b").unwrap_err();
        assert_eq!((error.key.as_str(), error.second.as_str()), ("cust", "b"));
    }
}
