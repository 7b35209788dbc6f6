//! Which tables the configuration names, and where their rows go: rules, accounts, price books, exchange rates and the maps of rules.

use std::collections::BTreeMap;

use counterfoil_model::classify::{AccountConfig, RuleConfig};
use counterfoil_model::price::{ExchangeRateConfig, ItemConfig};
use counterfoil_model::tables::TableNames;
use schemars::schema_for;
use serde_json::{Map, Value};

use super::document::{Document, KeyPath, Place};
use super::json_path::{Segment, get, key_path, length, put};
use super::parse;
use super::problems::ConfigProblem;
use super::table::{self, Cell};
use super::table_rows::{Entries, Writer, is_column};

/// What the tables hold is put into the document, as if it stood in TOML. Rows come after what stands there.
pub(super) fn expand(document: &mut Document, problems: &mut Vec<ConfigProblem>) {
    let mut is_whole = true;
    for (path, base, kind) in named_tables(document) {
        let mut found = Vec::new();
        let names = take(&mut document.root, &path).and_then(|value| {
            parse::piece::<TableNames>(value, &key_path(&path), &mut found).value
        });
        is_whole &= found.is_empty();
        problems.extend(document.locate_all(&found));
        for (index, name) in names.iter().flat_map(|names| names.0.iter().enumerate()) {
            let mut at = key_path(&path);
            at.push(index.to_string());
            is_whole &= write(document, problems, name, &at, &base, kind);
        }
    }
    is_whole &= maps(document, problems);
    document.is_partial |= !is_whole;
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Rules,
    Accounts,
    Items,
    Rates,
}

/// The key that names tables, where their rows go, and what they hold. Accounts and items first: rules speak of them.
fn named_tables(document: &Document) -> Vec<(Vec<Segment>, Vec<Segment>, Kind)> {
    let mut named = Vec::new();
    let path =
        |parts: &[&str]| -> Vec<Segment> { parts.iter().map(|part| Segment::key(part)).collect() };
    if document.root.contains_key("account_table") {
        named.push((path(&["account_table"]), path(&["account"]), Kind::Accounts));
    }
    let with_key = |outer: &str, key: &str| -> Vec<String> {
        let tables = document.root.get(outer).and_then(Value::as_object);
        let tables = tables.into_iter().flatten();
        tables
            .filter(|(_, table)| table.get(key).is_some())
            .map(|(name, _)| name.clone())
            .collect()
    };
    for name in with_key("price_book", "table") {
        let base = path(&["price_book", &name, "item"]);
        named.push((path(&["price_book", &name, "table"]), base, Kind::Items));
    }
    for name in with_key("price_book", "exchange_rate_table") {
        let base = path(&["price_book", &name, "exchange_rate"]);
        let key = path(&["price_book", &name, "exchange_rate_table"]);
        named.push((key, base, Kind::Rates));
    }
    for name in with_key("pipeline", "rule_table") {
        let base = path(&["pipeline", &name, "rule"]);
        named.push((path(&["pipeline", &name, "rule_table"]), base, Kind::Rules));
    }
    named
}

fn take(root: &mut Map<String, Value>, path: &[Segment]) -> Option<Value> {
    let (last, outer) = path.split_last()?;
    let Segment::Key(last) = last else {
        return None;
    };
    let mut table = root;
    for segment in outer {
        let Segment::Key(key) = segment else {
            return None;
        };
        table = table.get_mut(key)?.as_object_mut()?;
    }
    table.remove(last)
}

/// Answers whether the whole table could be read.
fn write(
    document: &mut Document,
    problems: &mut Vec<ConfigProblem>,
    name: &str,
    at: &KeyPath,
    base: &[Segment],
    kind: Kind,
) -> bool {
    let (schema, entries) = match kind {
        Kind::Rules => (schema_for!(RuleConfig), Entries::List),
        Kind::Accounts => (schema_for!(AccountConfig), Entries::Keyed),
        Kind::Items => (schema_for!(ItemConfig), Entries::NamedList),
        Kind::Rates => (schema_for!(ExchangeRateConfig), Entries::List),
    };
    let schema = schema.as_value();
    let folder = document.folder_of(at);
    let place = document.find_place(at).cloned();
    let before = problems.len();
    let known = |name: &str| is_column(schema, entries, name);
    document.tables.push(table::path_of(&folder, name));
    let Some(table) = table::read(&folder, name, place.as_ref(), &known, problems) else {
        return false;
    };
    let first = length(&document.root, base);
    let is_whole = Writer::new(document, problems, &table, schema, entries, base.to_vec()).write();
    if matches!(kind, Kind::Rules) {
        conditions(document, problems, base, first);
    }
    is_whole && problems.len() == before
}

/// A row without a condition would match everything, which nobody means by leaving cells blank.
fn conditions(
    document: &mut Document,
    problems: &mut Vec<ConfigProblem>,
    base: &[Segment],
    first: usize,
) {
    for index in first..length(&document.root, base) {
        let entry: Vec<Segment> = base
            .iter()
            .cloned()
            .chain([Segment::Index(index)])
            .collect();
        let when: Vec<Segment> = entry
            .iter()
            .cloned()
            .chain([Segment::key("when")])
            .collect();
        if get(&document.root, &when).is_none() {
            let message = "the rule has no condition, and would match everything";
            let hint = "fill in a column such as when.kind; `*` in it matches every kind";
            problems.push(document.locate(&key_path(&entry), message, Some(hint)));
            put(&mut document.root, &when, Value::Object(Map::new()));
        }
    }
}

/// `set.customer = { from = "…", map = "customers.csv" }`: the file takes the place of the map.
fn maps(document: &mut Document, problems: &mut Vec<ConfigProblem>) -> bool {
    let mut named: Vec<(Vec<Segment>, String)> = Vec::new();
    let pipelines = document.root.get("pipeline").and_then(Value::as_object);
    for (pipeline, table) in pipelines.into_iter().flatten() {
        let rules = table.get("rule").and_then(Value::as_array);
        for (index, rule) in rules.into_iter().flatten().enumerate() {
            let targets = rule.get("set").and_then(Value::as_object);
            for (target, value) in targets.into_iter().flatten() {
                if let Some(Value::String(file)) = value.get("map") {
                    let mut path = ["pipeline", pipeline, "rule"].map(Segment::key).to_vec();
                    path.push(Segment::Index(index));
                    path.extend(["set", target, "map"].map(Segment::key));
                    named.push((path, file.clone()));
                }
            }
        }
    }
    let mut is_whole = true;
    for (path, file) in named {
        let at = key_path(&path);
        let folder = document.folder_of(&at);
        let place = document.find_place(&at).cloned();
        let known = |name: &str| MAP_COLUMNS.contains(&name);
        document.tables.push(table::path_of(&folder, &file));
        let read = table::read(&folder, &file, place.as_ref(), &known, problems);
        let map = read.and_then(|table| map_of(&table, problems));
        is_whole &= map.is_some();
        let (map, rows) = map.unwrap_or_default();
        put(&mut document.root, &path, Value::Object(map));
        for (value, place) in rows {
            let mut inner = at.clone();
            inner.push(value);
            document.put_place(&inner, place);
        }
    }
    is_whole
}

/// The columns of a map's table: the attribute's value, and what it becomes.
const MAP_COLUMNS: [&str; 2] = ["value", "to"];

type MapOf = (Map<String, Value>, BTreeMap<String, Place>);

/// None where something is wrong with it.
fn map_of(table: &table::Table, problems: &mut Vec<ConfigProblem>) -> Option<MapOf> {
    let file = &table.file;
    let position = |name: &str| file.columns.iter().position(|column| column == name);
    let (Some(value), Some(to)) = (position("value"), position("to")) else {
        let message = format!(
            "the table has no columns `value` and `to`; it has {}",
            file.columns.join(", ")
        );
        let problem = file.problem(table.header_row, None, message);
        problems
            .push(problem.with_hint("`value` is what the attribute holds, `to` what it becomes"));
        return None;
    };
    let mut map = Map::new();
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    let before = problems.len();
    for row in &table.rows {
        let mut refuse = |column, message: String, hint: &str| {
            problems.push(
                file.problem(row.number, Some(column), message)
                    .with_hint(hint),
            );
        };
        let (from, target) = (&row.cells[value], &row.cells[to]);
        if let Some((column, Cell::Error(error))) = [(value, from), (to, target)]
            .iter()
            .find(|(_, cell)| matches!(cell, Cell::Error(_)))
        {
            refuse(
                *column,
                format!("the cell holds the error {error}"),
                "mend the formula",
            );
            continue;
        }
        match (from.shown(), target.shown()) {
            ("", "") => {}
            ("", _) => refuse(
                value,
                "the row has no `value`".to_owned(),
                "say what is mapped",
            ),
            (text, "") => refuse(
                to,
                format!("`{text}` becomes nothing"),
                "leave the row out, or fill in `to`",
            ),
            (text, shown) => {
                if let Some(Place::Cell { row: first, .. }) = places.get(text) {
                    refuse(
                        value,
                        format!("`{text}` stands in row {first} already"),
                        "keep one of them",
                    );
                    continue;
                }
                map.insert(text.to_owned(), Value::String(shown.to_owned()));
                let place = Place::Cell {
                    table: std::sync::Arc::clone(file),
                    row: row.number,
                    column: Some(to),
                };
                places.insert(text.to_owned(), place);
            }
        }
    }
    (problems.len() == before).then_some((map, places))
}
