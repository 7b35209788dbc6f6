//! `${env:NAME}` and `${file:PATH}` in text values: read when a connection is made, never printed, never stored.

use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum SecretError {
    #[error("the environment variable {name} is not set")]
    NoVariable { name: String },
    #[error("the secret file {} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("`${{{text}}}` is neither ${{env:NAME}} nor ${{file:PATH}}")]
    UnknownForm { text: String },
    #[error("`${{` without its `}}`")]
    Unclosed,
}

impl SecretError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoVariable { name } => Some(format!(
                "export {name}=… before the command, or put it into the service's environment"
            )),
            Self::Unreadable { .. } => {
                Some("paths are relative to the folder of the main configuration file".to_owned())
            }
            Self::UnknownForm { .. } => {
                Some("${env:NAME} takes an environment variable, ${file:PATH} a file".to_owned())
            }
            Self::Unclosed => Some("write ${env:NAME}".to_owned()),
        }
    }
}

/// Every placeholder in a value that cannot be filled in, each with the path of the text that holds it.
pub fn secret_problems(value: &Value, folder: &Path) -> Vec<(Vec<String>, SecretError)> {
    let below = |key: String, inner: &Value| {
        let found = secret_problems(inner, folder).into_iter();
        found.map(move |(mut path, error)| {
            path.insert(0, key.clone());
            (path, error)
        })
    };
    match value {
        Value::String(text) => {
            let errors = expand_each(text, folder).1;
            errors
                .into_iter()
                .map(|error| (Vec::new(), error))
                .collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(index, item)| below(index.to_string(), item))
                .collect()
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .flat_map(|(key, item)| below(key.clone(), item))
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Replaces every placeholder in a text. Paths are relative to the folder of the configuration file.
pub fn expand(text: &str, folder: &Path) -> Result<String, SecretError> {
    let (expanded, errors) = expand_each(text, folder);
    match errors.into_iter().next() {
        None => Ok(expanded),
        Some(error) => Err(error),
    }
}

/// The text without the placeholders that cannot be filled in, and why those cannot.
fn expand_each(text: &str, folder: &Path) -> (String, Vec<SecretError>) {
    let mut expanded = String::with_capacity(text.len());
    let mut errors = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, inside) = rest.split_at(start);
        expanded.push_str(before);
        let Some(end) = inside.find('}') else {
            errors.push(SecretError::Unclosed);
            return (expanded, errors);
        };
        match value_of(&inside[2..end], folder) {
            Ok(value) => expanded.push_str(&value),
            Err(error) => errors.push(error),
        }
        rest = &inside[end + 1..];
    }
    expanded.push_str(rest);
    (expanded, errors)
}

/// A text whose placeholders that cannot be filled in are left out: [`secret_problems`] tells them.
pub fn expand_known(text: &str, folder: &Path) -> String {
    expand_each(text, folder).0
}

/// The same in every text of a JSON value.
pub fn expand_known_value(value: &Value, folder: &Path) -> Value {
    match value {
        Value::String(text) => Value::String(expand_known(text, folder)),
        Value::Array(items) => {
            let items = items.iter();
            Value::Array(items.map(|item| expand_known_value(item, folder)).collect())
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let expanded =
                fields.map(|(key, item)| (key.clone(), expand_known_value(item, folder)));
            Value::Object(expanded.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn value_of(placeholder: &str, folder: &Path) -> Result<String, SecretError> {
    if let Some(name) = placeholder.strip_prefix("env:") {
        return std::env::var(name).map_err(|_| SecretError::NoVariable {
            name: name.to_owned(),
        });
    }
    if let Some(path) = placeholder.strip_prefix("file:") {
        let path = folder.join(path);
        return match std::fs::read_to_string(&path) {
            // Editors end files with a line end, which is no part of a token.
            Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(source) => Err(SecretError::Unreadable { path, source }),
        };
    }
    Err(SecretError::UnknownForm {
        text: placeholder.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_relative_to_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "t0p\n").unwrap();
        assert_eq!(
            expand("Bearer ${file:token}!", folder.path()).unwrap(),
            "Bearer t0p!"
        );
        assert!(matches!(
            expand("${file:none}", folder.path()),
            Err(SecretError::Unreadable { .. })
        ));
    }

    #[test]
    fn mistakes_are_told_apart() {
        let folder = Path::new("");
        assert!(matches!(
            expand("${vault:x}", folder),
            Err(SecretError::UnknownForm { .. })
        ));
        assert!(matches!(
            expand("${env:COUNTERFOIL_NOT_SET_ANYWHERE}", folder),
            Err(SecretError::NoVariable { .. })
        ));
        assert!(matches!(
            expand("${env:X", folder),
            Err(SecretError::Unclosed)
        ));
        assert_eq!(expand("price $5 {x}", folder).unwrap(), "price $5 {x}");
    }
}
