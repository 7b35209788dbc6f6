//! The origins that a manifest asks for: literal ones, and settings that hold a URL. Granting them is not decided here.

use serde_json::Value;

use crate::grant::Origin;

/// What is wrong with an entry of `http.origins`.
pub(super) fn problem(entry: &str) -> Option<String> {
    match (setting(entry), entry.parse::<Origin>()) {
        (Some(_), _) | (None, Ok(_)) => None,
        (None, Err(error)) => Some(format!(
            "http.origins: {entry:?} is neither a setting such as \"{{config.url}}\" nor an origin ({error})"
        )),
    }
}

/// The origins that are asked for under these settings. A setting that is absent asks for nothing; what holds no URL is
/// left out, for the schema or the connector to complain about.
pub(crate) fn asked_origins(entries: &[String], config: &Value) -> Vec<Origin> {
    let mut origins: Vec<Origin> = entries
        .iter()
        .flat_map(|entry| resolve(entry, config))
        .collect();
    origins.sort();
    origins.dedup();
    origins
}

fn resolve(entry: &str, config: &Value) -> Vec<Origin> {
    let Some(path) = setting(entry) else {
        return entry.parse().into_iter().collect();
    };
    let value = path
        .split('.')
        .try_fold(config, |value, key| value.get(key));
    match value {
        Some(Value::String(url)) => Origin::of(url).into_iter().collect(),
        Some(Value::Array(urls)) => urls
            .iter()
            .filter_map(Value::as_str)
            .filter_map(|url| Origin::of(url).ok())
            .collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
            Vec::new()
        }
    }
}

/// "url" of "{config.url}".
fn setting(entry: &str) -> Option<&str> {
    let path = entry.strip_prefix("{config.")?.strip_suffix('}')?;
    path.split('.').all(|key| !key.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_literals_become_origins() {
        let entries = [
            "{config.url}",
            "{config.mirrors}",
            "{config.a.b}",
            "https://api.example.com",
        ];
        let config = serde_json::json!({
            "url": "https://erp.example.net/odoo",
            "mirrors": ["http://127.0.0.1:8069/x", "nonsense"],
        });
        let asked = asked_origins(&entries.map(String::from), &config);
        let texts: Vec<String> = asked.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "http://127.0.0.1:8069",
                "https://api.example.com",
                "https://erp.example.net"
            ]
        );
    }
}
