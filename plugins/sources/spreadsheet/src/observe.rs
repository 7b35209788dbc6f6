//! Turns one row into an observation, or says everything that is wrong with it.
//! Knows nothing of the other rows.

use counterfoil_sdk::source::{BrokenRow, Observation};

use crate::grid::{CellRef, RowView};
use crate::header::Header;
use crate::mapping::{AttributeRule, KindRule, Mapping};
use crate::rows;
use crate::settings::{Class, Empty};
use crate::tags;
use crate::value::{self, Notation};

/// A cell is shown in a message up to so many characters.
const SHOWN_CHARACTERS_MAX: usize = 60;

/// What a row is read with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lens<'a> {
    pub(crate) header: &'a Header,
    pub(crate) mapping: &'a Mapping,
    pub(crate) notation: &'a Notation,
}

#[derive(Debug, Default)]
struct Problems {
    messages: Vec<String>,
    hint: Option<String>,
}

impl Problems {
    fn add(&mut self, message: String, hint: Option<&str>) {
        self.messages.push(message);
        if self.hint.is_none() {
            self.hint = hint.map(str::to_owned);
        }
    }
}

/// The hash is the listing's to fill in.
pub(crate) fn observe(
    row: &RowView<'_>,
    id: &str,
    place: String,
    lens: Lens<'_>,
) -> Result<Observation, BrokenRow> {
    let mut problems = Problems::default();
    let kind = kind(row, lens, &mut problems);
    let name = lens
        .mapping
        .name
        .and_then(|column| text(row, column, lens, &mut problems));
    let parent = lens
        .mapping
        .parent
        .and_then(|column| text(row, column, lens, &mut problems));
    let mut attributes = Vec::new();
    if let Some(kind) = &kind {
        for rule in &lens.mapping.attributes {
            let has_it = rule
                .settings
                .kinds
                .as_ref()
                .is_none_or(|kinds| kinds.contains(kind));
            if has_it && rule.settings.class != Class::Ignored {
                attributes.extend(attribute(row, rule, lens, &mut problems));
            }
        }
    }
    attributes.extend(tag_attributes(row, lens, &mut problems));
    match kind {
        Some(kind) if problems.messages.is_empty() => Ok(Observation {
            id: id.to_owned(),
            kind,
            name: name.unwrap_or_else(|| id.to_owned()),
            parent,
            attributes,
            place,
            hash: (0, 0),
        }),
        _ => Err(BrokenRow {
            place,
            id: Some(id.to_owned()),
            message: problems.messages.join("; "),
            hint: problems.hint,
        }),
    }
}

fn kind(row: &RowView<'_>, lens: Lens<'_>, problems: &mut Problems) -> Option<String> {
    let (column, map) = match &lens.mapping.kind {
        KindRule::Constant(kind) => return Some(kind.clone()),
        KindRule::Mapped { column, map } => (*column, map),
    };
    let label = &lens.mapping.columns[column].name;
    let cell = rows::mapped(row, lens.header, column);
    let Some(shown) = cell.shown() else {
        problems.add(format!("{label} tells no kind"), None);
        return None;
    };
    let kind = map
        .get(shown.as_ref())
        .or_else(|| map.get(&shown.to_lowercase()));
    if kind.is_none() {
        let known: Vec<&str> = map.keys().map(String::as_str).collect();
        let hint = format!("add it to kind.map, which has {}", known.join(", "));
        problems.add(
            format!("{label} {:?} is no kind that is mapped", short(&shown)),
            Some(&hint),
        );
    }
    kind.cloned()
}

/// The text of a cell; None where it is empty.
fn text(
    row: &RowView<'_>,
    column: usize,
    lens: Lens<'_>,
    problems: &mut Problems,
) -> Option<String> {
    let cell = rows::mapped(row, lens.header, column);
    let value = value::canonical(cell, crate::settings::ValueType::Text, lens.notation);
    value.unwrap_or_else(|error| {
        problems.add(
            described(cell, column, lens, &error.to_string()),
            error.hint(),
        );
        None
    })
}

fn attribute(
    row: &RowView<'_>,
    rule: &AttributeRule,
    lens: Lens<'_>,
    problems: &mut Problems,
) -> Option<(String, String)> {
    let cell = rows::mapped(row, lens.header, rule.column);
    match value::canonical(cell, rule.settings.value_type, lens.notation) {
        Ok(Some(value)) => Some((rule.name.clone(), value)),
        Ok(None) => match rule.settings.empty {
            Empty::Absent => None,
            Empty::Zero => Some((rule.name.clone(), "0".to_owned())),
        },
        Err(error) => {
            problems.add(
                described(cell, rule.column, lens, &error.to_string()),
                error.hint(),
            );
            None
        }
    }
}

fn tag_attributes(
    row: &RowView<'_>,
    lens: Lens<'_>,
    problems: &mut Problems,
) -> Vec<(String, String)> {
    let Some(rule) = &lens.mapping.tags else {
        return Vec::new();
    };
    let Some(text) = text(row, rule.column, lens, problems) else {
        return Vec::new();
    };
    match tags::parse(&text, &rule.settings) {
        Ok(tags) => tags
            .into_iter()
            .map(|(key, value)| (format!("tags.{key}"), value))
            .collect(),
        Err(error) => {
            let label = &lens.mapping.columns[rule.column].name;
            problems.add(format!("{label} {error}"), None);
            Vec::new()
        }
    }
}

fn described(cell: CellRef<'_>, column: usize, lens: Lens<'_>, error: &str) -> String {
    let label = &lens.mapping.columns[column].name;
    let shown = match cell {
        CellRef::Error(text) => text.to_owned(),
        other => other.shown().unwrap_or_default().into_owned(),
    };
    format!("{label} {:?} {error}", short(&shown))
}

fn short(text: &str) -> String {
    if text.chars().count() <= SHOWN_CHARACTERS_MAX {
        return text.to_owned();
    }
    let start: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
    format!("{start}…")
}
