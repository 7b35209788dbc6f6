//! Turns a table's rows into the entries that TOML would have, each value with the place of its cell.

use std::collections::BTreeMap;

use counterfoil_model::nearest::nearest;
use serde_json::Value;

use super::cells::read_cell;
use super::columns::{CellType, Column, Step, names};
use super::document::{Document, KeyPath, Place};
use super::json_path::{Segment, get, key_path, length, put};
use super::problems::ConfigProblem;
use super::table::{Cell, DecimalMark, Row, Table, evidence};

/// Where rows go, and which of them belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entries {
    /// Each row is an element of a list.
    List,
    /// Rows with the same `name` are one element of a list.
    NamedList,
    /// Rows with the same `key` are one table.
    Keyed,
}

/// Where an element of a list within an entry stands, and its own cells: the next row may go on with it.
type Elements = BTreeMap<KeyPath, (usize, BTreeMap<usize, Value>)>;

pub(super) struct Writer<'a> {
    pub(super) document: &'a mut Document,
    pub(super) problems: &'a mut Vec<ConfigProblem>,
    table: &'a Table,
    /// By position; none where the header does not name a key.
    columns: Vec<Option<Column>>,
    /// The position of the column that names the entry.
    identity: Option<usize>,
    entries: Entries,
    base: Vec<Segment>,
    mark: Option<DecimalMark>,
    elements: Elements,
    current: Option<Vec<Segment>>,
}

/// The cells of a row that hold something, by the position of their column.
type Values = BTreeMap<usize, Value>;

/// Is this the name of a column? Finds the separator of a text file.
pub(super) fn is_column(schema: &Value, entries: Entries, name: &str) -> bool {
    (entries == Entries::Keyed && name == "key") || Column::of(schema, name).is_some()
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        document: &'a mut Document,
        problems: &'a mut Vec<ConfigProblem>,
        table: &'a Table,
        schema: &Value,
        entries: Entries,
        base: Vec<Segment>,
    ) -> Self {
        let mut columns = Vec::with_capacity(table.file.columns.len());
        let mut identity = None;
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, name) in table.file.columns.iter().enumerate() {
            let at = |message: String| table.file.problem(table.header_row, Some(index), message);
            let is_identity = matches!(
                (entries, name.as_str()),
                (Entries::Keyed, "key") | (Entries::NamedList, "name")
            );
            if is_identity {
                identity = Some(index);
            }
            let column =
                Column::of(schema, name).filter(|_| entries != Entries::Keyed || name != "key");
            if !is_meant(name) {
                columns.push(None);
                continue;
            }
            if seen.insert(name, index).is_some() {
                problems.push(
                    at(format!("two columns are called `{name}`")).with_hint("keep one of them"),
                );
            } else if column.is_none() && !is_identity {
                let mut known = names(schema);
                known.extend((entries == Entries::Keyed).then(|| "key".to_owned()));
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let hint = match nearest(name, &known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "columns are called after the keys in TOML: {}",
                        known.join(", ")
                    ),
                };
                problems.push(at(format!("unknown column `{name}`")).with_hint(hint));
            }
            columns.push(column);
        }
        let mark = decimal_mark(table, &columns);
        Self {
            document,
            problems,
            table,
            columns,
            identity,
            entries,
            base,
            mark,
            elements: Elements::new(),
            current: None,
        }
    }

    /// Writes every row. Answers whether all of them could be read.
    pub(super) fn write(mut self) -> bool {
        let is_header_known = self
            .table
            .file
            .columns
            .iter()
            .zip(&self.columns)
            .enumerate()
            .all(|(index, (name, column))| {
                !is_meant(name) || column.is_some() || self.identity == Some(index)
            });
        if self.entries != Entries::List && self.identity.is_none() {
            let name = if self.entries == Entries::Keyed {
                "key"
            } else {
                "name"
            };
            let message = format!("the table has no column `{name}`");
            let problem = self
                .table
                .file
                .problem(self.table.header_row, None, message);
            self.problems
                .push(problem.with_hint("it tells which rows belong together"));
            return false;
        }
        let mut is_whole = is_header_known;
        for row in &self.table.rows {
            is_whole &= self.row(row);
        }
        is_whole
    }

    fn row(&mut self, row: &Row) -> bool {
        let mut values = Values::new();
        let mut is_readable = true;
        for (index, cell) in row.cells.iter().enumerate() {
            let Some(column) = &self.columns[index] else {
                continue;
            };
            match read_cell(cell, column.cell_type, self.mark) {
                Ok(None) => {}
                Ok(Some(value)) => {
                    values.insert(index, value);
                }
                Err((message, hint)) => {
                    is_readable = false;
                    let problem = self.table.file.problem(row.number, Some(index), message);
                    self.problems.push(problem.with_hint(hint));
                }
            }
        }
        if !is_readable {
            return false;
        }
        let is_own = |index: &usize| {
            let column = self.columns[*index].as_ref();
            column.is_some_and(|column| !column.steps.contains(&Step::Element))
        };
        let own: Values = values
            .iter()
            .filter(|(index, _)| is_own(index))
            .map(|(index, value)| (*index, value.clone()))
            .collect();
        let name = self.identity.and_then(|index| match row.cells.get(index) {
            None | Some(Cell::Empty) => None,
            Some(cell) => Some(cell.shown().to_owned()),
        });
        if own.is_empty() && name.is_none() && values.is_empty() {
            return true;
        }
        let Some(entry) = self.entry(row, &own, name) else {
            return false;
        };
        self.current = Some(entry.clone());
        for (index, value) in &own {
            let column = self.columns[*index].clone();
            let steps = column.into_iter().flat_map(|column| column.steps);
            let path: Vec<Segment> = entry
                .iter()
                .cloned()
                .chain(steps.filter_map(segment))
                .collect();
            self.put(row, *index, &path, value);
        }
        self.lists(row, &entry, 0, &values);
        true
    }

    /// The entry that the row begins or goes on with.
    fn entry(&mut self, row: &Row, own: &Values, name: Option<String>) -> Option<Vec<Segment>> {
        let goes_on = match self.entries {
            Entries::List => own.is_empty(),
            Entries::NamedList | Entries::Keyed => name.is_none(),
        };
        if goes_on {
            if self.current.is_none() {
                let message = "the row goes on with an entry, and none stands above it";
                let problem = self.table.file.problem(row.number, self.identity, message);
                self.problems
                    .push(problem.with_hint("fill in what the entry begins with"));
            }
            return self.current.clone();
        }
        let mut entry = self.base.clone();
        let is_new = match (self.entries, name) {
            (Entries::Keyed, Some(key)) => {
                entry.push(Segment::Key(key));
                get(&self.document.root, &entry).is_none()
            }
            (Entries::NamedList, Some(name)) => {
                let list = get(&self.document.root, &self.base).and_then(Value::as_array);
                let found = list
                    .into_iter()
                    .flatten()
                    .position(|item| item["name"] == name.as_str());
                let next = length(&self.document.root, &self.base);
                entry.push(Segment::Index(found.unwrap_or(next)));
                found.is_none()
            }
            (Entries::List | Entries::NamedList | Entries::Keyed, _) => {
                entry.push(Segment::Index(length(&self.document.root, &self.base)));
                true
            }
        };
        if is_new {
            let place = self.place(row, None);
            self.document.put_place(&key_path(&entry), place);
            put(
                &mut self.document.root,
                &entry,
                Value::Object(serde_json::Map::new()),
            );
        }
        Some(entry)
    }

    /// Writes the row's cells of the lists within an entry, or within an element of such a list.
    fn lists(&mut self, row: &Row, container: &[Segment], depth: usize, values: &Values) {
        let mut groups: BTreeMap<KeyPath, (Vec<Segment>, Values, Values)> = BTreeMap::new();
        for (index, value) in values {
            let Some(column) = &self.columns[*index] else {
                continue;
            };
            let parts: Vec<&[Step]> = column.steps.split(|step| *step == Step::Element).collect();
            if parts.len() < depth + 2 {
                continue;
            }
            let steps = parts[depth].iter().cloned().filter_map(segment);
            let list: Vec<Segment> = container.iter().cloned().chain(steps).collect();
            let group = groups
                .entry(key_path(&list))
                .or_insert_with(|| (list, Values::new(), Values::new()));
            let is_deeper = parts.len() > depth + 2;
            let cells = if is_deeper {
                &mut group.2
            } else {
                &mut group.1
            };
            cells.insert(*index, value.clone());
        }
        for (path, (list, own, deeper)) in groups {
            let goes_on = self
                .elements
                .get(&path)
                .is_some_and(|(_, last)| !deeper.is_empty() && (own.is_empty() || own == *last));
            let position = if goes_on {
                self.elements[&path].0
            } else {
                length(&self.document.root, &list)
            };
            let mut element = list;
            element.push(Segment::Index(position));
            if !goes_on {
                let place = self.place(row, None);
                self.document.put_place(&key_path(&element), place);
                for (index, value) in &own {
                    let column = self.columns[*index].clone();
                    let steps = column.into_iter().flat_map(|column| column.steps);
                    let last = steps.collect::<Vec<_>>();
                    let last = last
                        .rsplit(|step| *step == Step::Element)
                        .next()
                        .unwrap_or_default();
                    let last = last.iter().cloned().filter_map(segment);
                    let path: Vec<Segment> = element.iter().cloned().chain(last).collect();
                    self.put(row, *index, &path, value);
                }
                self.elements.insert(path, (position, own));
            }
            self.lists(row, &element, depth + 1, &deeper);
        }
    }

    /// Sets a value; where another one stands already, that is a mistake.
    fn put(&mut self, row: &Row, column: usize, path: &[Segment], value: &Value) {
        let keys = key_path(path);
        if let Some(there) = get(&self.document.root, path) {
            if there != value {
                let shown = |value: &Value| match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let message = format!(
                    "`{}` is `{}` at {}, and `{}` here",
                    self.table.file.columns[column],
                    shown(there),
                    self.document.place(&keys),
                    shown(value)
                );
                let problem = self.table.file.problem(row.number, Some(column), message);
                self.problems
                    .push(problem.with_hint("leave it blank where the rows are of one entry"));
            }
            return;
        }
        put(&mut self.document.root, path, value.clone());
        let place = self.place(row, Some(column));
        self.document.put_place(&keys, place);
    }

    fn place(&self, row: &Row, column: Option<usize>) -> Place {
        Place::Cell {
            table: std::sync::Arc::clone(&self.table.file),
            row: row.number,
            column,
        }
    }
}

/// Columns without a name, and those whose name begins with `#`, are remarks.
fn is_meant(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('#')
}

fn segment(step: Step) -> Option<Segment> {
    match step {
        Step::Key(key) => Some(Segment::Key(key)),
        Step::Index(index) => Some(Segment::Index(index)),
        Step::Element => None,
    }
}

/// The mark of the table's numbers, where they agree.
fn decimal_mark(table: &Table, columns: &[Option<Column>]) -> Option<DecimalMark> {
    let mut marks = table.rows.iter().flat_map(|row| {
        row.cells
            .iter()
            .zip(columns)
            .filter_map(|(cell, column)| match (cell, column) {
                (Cell::Text(text), Some(column))
                    if matches!(column.cell_type, CellType::Decimal | CellType::Rate) =>
                {
                    evidence(text)
                }
                _ => None,
            })
    });
    let first = marks.next()?;
    marks.all(|mark| mark == first).then_some(first)
}
