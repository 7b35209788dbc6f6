//! From JSON values with places to typed tables, piece by piece, so that one mistake does not hide the next.

use std::collections::BTreeMap;

use counterfoil_model::problem::Problem;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Deserializes one piece; a mistake is added to `problems` with its path.
pub(super) fn piece<T: DeserializeOwned>(
    value: Value,
    path: &[String],
    problems: &mut Vec<Problem>,
) -> Option<T> {
    match serde_path_to_error::deserialize(value) {
        Ok(piece) => Some(piece),
        Err(error) => {
            let mut full = path.to_vec();
            full.extend(error.path().iter().filter_map(|segment| match segment {
                serde_path_to_error::Segment::Map { key } => Some(key.clone()),
                serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
                serde_path_to_error::Segment::Enum { .. }
                | serde_path_to_error::Segment::Unknown => None,
            }));
            problems.push(explain(full, &error.into_inner().to_string()));
            None
        }
    }
}

/// Takes an array of tables out of a table and deserializes each element by itself.
pub(super) fn list<T: DeserializeOwned>(
    table: &mut Map<String, Value>,
    key: &str,
    path: &[String],
    problems: &mut Vec<Problem>,
) -> Vec<(Vec<String>, T)> {
    let list_path = extended(path, key);
    match table.remove(key) {
        None => Vec::new(),
        Some(Value::Array(items)) => {
            let parsed = items.into_iter().enumerate().filter_map(|(index, item)| {
                let item_path = extended(&list_path, &index.to_string());
                piece(item, &item_path, problems).map(|parsed| (item_path, parsed))
            });
            parsed.collect()
        }
        Some(_) => {
            let hint = format!("write each one under its own [[{}]]", list_path.join("."));
            problems.push(
                Problem::new(list_path, format!("`{key}` is a list of tables")).with_hint(hint),
            );
            Vec::new()
        }
    }
}

/// Takes a table of tables out of a table and deserializes each by itself.
pub(super) fn named<T: DeserializeOwned>(
    table: &mut Map<String, Value>,
    key: &str,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, T> {
    let path = vec![key.to_owned()];
    match table.remove(key) {
        None => BTreeMap::new(),
        Some(Value::Object(items)) => {
            let parsed = items.into_iter().filter_map(|(name, item)| {
                piece(item, &extended(&path, &name), problems).map(|parsed| (name, parsed))
            });
            parsed.collect()
        }
        Some(_) => {
            let hint = format!("write [{key}.NAME]");
            problems
                .push(Problem::new(path, format!("`{key}` holds named tables")).with_hint(hint));
            BTreeMap::new()
        }
    }
}

pub(super) fn extended(path: &[String], key: &str) -> Vec<String> {
    let mut longer = path.to_vec();
    longer.push(key.to_owned());
    longer
}

/// Turns serde's words for an unknown key into a place and a near miss.
fn explain(mut path: Vec<String>, message: &str) -> Problem {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let is_unknown_key = message.starts_with("unknown field");
    if is_unknown_key && let Some((unknown, known)) = quoted.split_first() {
        if path.last().map(String::as_str) != Some(*unknown) {
            path.push((*unknown).to_owned());
        }
        let problem = Problem::new(path, format!("unknown key `{unknown}`"));
        return match nearest(unknown, known) {
            Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
            None => problem.with_hint(format!("known keys: {}", known.join(", "))),
        };
    }
    Problem::new(path, message.to_owned())
}

/// The candidate that a person may have meant.
pub fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let scored = candidates
        .iter()
        .map(|&candidate| (strsim::damerau_levenshtein(word, candidate), candidate));
    let (distance, candidate) = scored.min()?;
    (distance <= word.len().max(3) / 3).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its errors are looked at")]
    struct Sample {
        timezone: String,
        count: u32,
    }

    #[test]
    fn an_unknown_key_names_its_near_miss() {
        let mut problems = Vec::new();
        let value = serde_json::json!({ "timezon": "UTC" });
        assert!(piece::<Sample>(value, &["pipeline".to_owned()], &mut problems).is_none());
        assert_eq!(problems[0].path, ["pipeline", "timezon"]);
        assert_eq!(
            problems[0].hint.as_deref(),
            Some("did you mean `timezone`?")
        );
    }

    #[test]
    fn each_element_is_read_by_itself() {
        let mut problems = Vec::new();
        let list =
            serde_json::json!([{ "timezone": 1, "count": 1 }, { "timezone": "UTC", "count": "x" }]);
        let mut table = Map::from_iter([("sample".to_owned(), list)]);
        let read: Vec<(Vec<String>, Sample)> =
            super::list(&mut table, "sample", &[], &mut problems);
        assert!(read.is_empty());
        assert_eq!(
            problems
                .iter()
                .map(|problem| problem.path.join("."))
                .collect::<Vec<_>>(),
            ["sample.0.timezone", "sample.1.count"]
        );
    }
}
