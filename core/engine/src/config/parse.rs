//! From JSON values with places to typed tables, piece by piece, so that one mistake does not hide the next.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::nearest::nearest;
use counterfoil_model::problem::Problem;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::words;

/// What could be read of a piece.
#[derive(Debug)]
pub(crate) struct Piece<T> {
    /// Mistaken keys left out, and absent ones filled in with something: enough to look for further mistakes.
    pub(crate) value: Option<T>,
    /// Nothing was wrong with it.
    pub(crate) is_sound: bool,
}

impl<T> Piece<T> {
    /// The piece, if nothing is wrong with it.
    pub(crate) fn sound(self) -> Option<T> {
        self.value.filter(|_| self.is_sound)
    }
}

/// Tables with a name, such as `pipeline.north`, are joined from several files: one that cannot be read may have the key.
const JOINED_DEPTH: usize = 2;
/// Keys that are told of a table that is expected.
const KEYS_MAX: usize = 8;
/// Mistakes of one piece that are told.
const MISTAKES_MAX: usize = 50;

/// Deserializes one piece; every mistake in it is added to `problems` with its path. A mistaken value is taken out, and
/// an absent one is stood in for, so that the next mistake is found too.
pub(crate) fn piece<T: DeserializeOwned>(
    mut value: Value,
    path: &[String],
    problems: &mut Vec<Problem>,
) -> Piece<T> {
    let mut is_sound = true;
    let mut stand_ins: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut taken_out: BTreeSet<Vec<String>> = BTreeSet::new();
    for _ in 0..MISTAKES_MAX {
        let error = match serde_path_to_error::deserialize::<_, T>(&value) {
            Ok(piece) => {
                let value = Some(piece);
                return Piece { value, is_sound };
            }
            Err(error) => error,
        };
        is_sound = false;
        let within: Vec<String> = error
            .path()
            .iter()
            .filter_map(|segment| match segment {
                serde_path_to_error::Segment::Map { key } => Some(key.clone()),
                serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
                serde_path_to_error::Segment::Enum { .. }
                | serde_path_to_error::Segment::Unknown => None,
            })
            .collect();
        let message = error.into_inner().to_string();
        let quoted = message.split('`').nth(1).unwrap_or_default();
        let (target, is_absent) = if message.starts_with("missing field") {
            (extended(&within, quoted), true)
        } else if message.starts_with("unknown field")
            && within.last().map(String::as_str) != Some(quoted)
        {
            (extended(&within, quoted), false)
        } else {
            (within.clone(), false)
        };
        // What stands in for an absent value may be of the wrong type; so may what is around it.
        let stand_in = (0..=target.len())
            .rev()
            .map(|length| &target[..length])
            .find(|path| stand_ins.contains_key(*path));
        if let Some(stand_in) = stand_in.map(<[String]>::to_vec) {
            let tried = stand_ins.entry(stand_in.clone()).or_default();
            *tried += 1;
            let Some(other) = stand_in_value(*tried) else {
                return Piece {
                    value: None,
                    is_sound,
                };
            };
            set(&mut value, &stand_in, other);
            continue;
        }
        // What was taken out and is needed is stood in for, and its absence is no mistake of its own.
        let was_taken_out = is_absent && taken_out.contains(&target);
        if !was_taken_out {
            let full: Vec<String> = path.iter().chain(&within).cloned().collect();
            let keys = if words::wants_table(&message) {
                keys_at::<T>(&value, &within)
            } else {
                Vec::new()
            };
            problems.push(explain(full, &message, &keys));
        }
        if is_absent {
            let first = stand_in_value(0).expect("there is a first one");
            set(&mut value, &target, first);
            stand_ins.insert(target, 0);
        } else if take_out(&mut value, &target) {
            taken_out.insert(target);
        } else {
            break;
        }
    }
    Piece {
        value: None,
        is_sound,
    }
}

/// The keys of the table that is expected at a place: what would be said of a key that no table has.
fn keys_at<T: DeserializeOwned>(value: &Value, path: &[String]) -> Vec<String> {
    const NO_KEY: &str = "?";
    let mut asked = value.clone();
    let table = Value::Object(Map::from_iter([(NO_KEY.to_owned(), Value::Null)]));
    match path {
        [] => asked = table,
        _ => set(&mut asked, path, table),
    }
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&asked) else {
        return Vec::new();
    };
    let message = error.into_inner().to_string();
    if !message.starts_with(&format!("unknown field `{NO_KEY}`")) {
        return Vec::new();
    }
    let quoted = message.split('`').skip(1).step_by(2).skip(1);
    quoted.take(KEYS_MAX).map(str::to_owned).collect()
}

/// Values of each type, tried one after the other.
fn stand_in_value(number: usize) -> Option<Value> {
    let values = [
        Value::String(String::new()),
        Value::Object(Map::new()),
        Value::Array(Vec::new()),
        Value::from(1),
        Value::Bool(false),
    ];
    values.into_iter().nth(number)
}

fn descend<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Object(fields) => fields.get_mut(key),
        Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

fn set(value: &mut Value, path: &[String], to: Value) {
    let Some((last, outer)) = path.split_last() else {
        return;
    };
    match descend(value, outer) {
        Some(Value::Object(fields)) => {
            fields.insert(last.clone(), to);
        }
        Some(Value::Array(items)) => {
            let item = last.parse::<usize>().ok().and_then(|at| items.get_mut(at));
            if let Some(item) = item {
                *item = to;
            }
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {}
    }
}

/// Removes the value at a path, or the nearest one around it that can be removed.
fn take_out(value: &mut Value, path: &[String]) -> bool {
    let Some((last, outer)) = path.split_last() else {
        return false;
    };
    match descend(value, outer) {
        Some(Value::Object(fields)) => fields.remove(last).is_some(),
        Some(Value::Array(items)) => match last.parse::<usize>() {
            Ok(index) if index < items.len() => {
                items.remove(index);
                true
            }
            Ok(_) | Err(_) => false,
        },
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
            take_out(value, outer)
        }
    }
}

/// Takes an array of tables out of a table and deserializes each element by itself.
pub(super) fn list<T: DeserializeOwned>(
    table: &mut Map<String, Value>,
    key: &str,
    path: &[String],
    problems: &mut Vec<Problem>,
) -> Vec<(Vec<String>, Piece<T>)> {
    let list_path = extended(path, key);
    let items = elements(table, key, path, problems).into_iter();
    let parsed = items.enumerate().map(|(index, item)| {
        let item_path = extended(&list_path, &index.to_string());
        let parsed = piece(item, &item_path, problems);
        (item_path, parsed)
    });
    parsed.collect()
}

/// Takes an array of tables out of a table.
pub(super) fn elements(
    table: &mut Map<String, Value>,
    key: &str,
    path: &[String],
    problems: &mut Vec<Problem>,
) -> Vec<Value> {
    match table.remove(key) {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(_) => {
            let list_path = extended(path, key);
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
) -> BTreeMap<String, Piece<T>> {
    let path = vec![key.to_owned()];
    let items = tables(table, key, problems).into_iter();
    let parsed = items.map(|(name, item)| {
        let parsed = piece(item, &extended(&path, &name), problems);
        (name, parsed)
    });
    parsed.collect()
}

/// Takes a table of tables out of a table.
pub(super) fn tables(
    table: &mut Map<String, Value>,
    key: &str,
    problems: &mut Vec<Problem>,
) -> Map<String, Value> {
    let path = vec![key.to_owned()];
    match table.remove(key) {
        None => Map::new(),
        Some(Value::Object(items)) => items,
        Some(_) => {
            let hint = format!("write [{key}.NAME]");
            problems
                .push(Problem::new(path, format!("`{key}` holds named tables")).with_hint(hint));
            Map::new()
        }
    }
}

pub(super) fn extended(path: &[String], key: &str) -> Vec<String> {
    let mut longer = path.to_vec();
    longer.push(key.to_owned());
    longer
}

/// Turns serde's words for an unknown key into a place and a near miss.
fn explain(mut path: Vec<String>, message: &str, keys: &[String]) -> Problem {
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
    if let ("unknown variant", Some((unknown, known))) =
        (message.get(..15).unwrap_or_default(), quoted.split_first())
    {
        let message = format!("`{unknown}` is not one of {}", known.join(", "));
        let problem = Problem::new(path, message);
        return match nearest(unknown, known) {
            Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
            None => problem,
        };
    }
    if message.starts_with("missing field") {
        let key = quoted.first().copied().unwrap_or_default();
        let is_joined = path.len() <= JOINED_DEPTH;
        let problem = Problem::new(path, missing_key(key));
        return if is_joined {
            problem.of_absence()
        } else {
            problem
        };
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let is_secret = path
        .iter()
        .any(|key| ["credential", "password", "secret"].contains(&key.as_str()));
    let told = words::human(message, &keys, is_secret);
    Problem::new(path, told.unwrap_or_else(|| message.to_owned()))
}

/// What is said of the table that lacks a key.
pub(super) fn missing_key(key: &str) -> String {
    format!("the key `{key}` is missing")
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
        let read = piece::<Sample>(value, &["pipeline".to_owned()], &mut problems);
        assert!(!read.is_sound);
        assert_eq!(problems[0].path, ["pipeline", "timezon"]);
        assert_eq!(
            problems[0].hint.as_deref(),
            Some("did you mean `timezone`?")
        );
    }

    #[test]
    fn every_mistake_of_a_piece_is_told() {
        let mut problems = Vec::new();
        let value = serde_json::json!({ "timezon": "UTC", "count": "many", "cuont": 1, "other": { "a": 1 } });
        let read = piece::<Sample>(value, &[], &mut problems);
        assert!(!read.is_sound);
        let mut told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        told.sort();
        assert_eq!(
            told,
            [
                ": the key `timezone` is missing",
                "count: expected a whole number that is not negative, not the text \"many\"",
                "cuont: unknown key `cuont` (hint: did you mean `count`?)",
                "other: unknown key `other` (hint: known keys: timezone, count)",
                "timezon: unknown key `timezon` (hint: did you mean `timezone`?)",
            ]
        );
    }

    #[test]
    fn each_element_is_read_by_itself() {
        let mut problems = Vec::new();
        let list =
            serde_json::json!([{ "timezone": 1, "count": 1 }, { "timezone": "UTC", "count": "x" }]);
        let mut table = Map::from_iter([("sample".to_owned(), list)]);
        let read: Vec<(Vec<String>, Piece<Sample>)> =
            super::list(&mut table, "sample", &[], &mut problems);
        assert!(read.iter().all(|(_, piece)| !piece.is_sound));
        assert_eq!(
            problems
                .iter()
                .map(|problem| problem.path.join("."))
                .collect::<Vec<_>>(),
            ["sample.0.timezone", "sample.1.count"]
        );
    }
}
