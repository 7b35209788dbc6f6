//! The checked mapping from columns to what is reported. Every mistake in the settings is found here, all at once.
//! Knows nothing of files.

use std::collections::{BTreeMap, BTreeSet};

use crate::decoding::EncodingChoice;
use crate::glob::Glob;
use crate::settings::{
    Attribute, Class, DateOrder, DecimalChoice, Empty, HeaderChoice, KindChoice, Settings, Tags,
    ValueType,
};

/// A column that the mapping reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Older files may be without it.
    pub(crate) optional: bool,
}

/// Which kind a row is of. Columns are positions in [`Mapping::columns`].
#[derive(Debug, Clone)]
pub(crate) enum KindRule {
    Constant(String),
    Mapped {
        column: usize,
        /// By the cell's text in lower case.
        map: BTreeMap<String, String>,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct AttributeRule {
    pub(crate) name: String,
    pub(crate) column: usize,
    pub(crate) settings: Attribute,
}

#[derive(Debug, Clone)]
pub(crate) struct TagsRule {
    pub(crate) column: usize,
    pub(crate) settings: Tags,
}

#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub(crate) columns: Vec<Column>,
    pub(crate) id: usize,
    pub(crate) name: Option<usize>,
    pub(crate) kind: KindRule,
    pub(crate) parent: Option<usize>,
    pub(crate) attributes: Vec<AttributeRule>,
    pub(crate) tags: Option<TagsRule>,
    pub(crate) header: HeaderChoice,
    pub(crate) separator: Option<u8>,
    pub(crate) encoding: EncodingChoice,
    pub(crate) decimal: DecimalChoice,
    pub(crate) date_order: DateOrder,
    pub(crate) totals: Vec<Glob>,
    pub(crate) sheet: Option<String>,
    pub(crate) final_newline: bool,
}

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("use the settings: {}", problems.join("; "))]
pub(crate) struct MappingError {
    pub(crate) problems: Vec<String>,
}

impl Mapping {
    pub(crate) fn new(settings: &Settings) -> Result<Self, MappingError> {
        let problems = problems(settings);
        let Some(encoding) = EncodingChoice::new(&settings.encoding) else {
            let unknown = format!("encoding {:?} is not known", settings.encoding);
            return Err(MappingError {
                problems: [problems, vec![unknown]].concat(),
            });
        };
        if !problems.is_empty() {
            return Err(MappingError { problems });
        }
        let mut columns = Vec::new();
        let id = position(&mut columns, &settings.id, false);
        let name = column(&mut columns, settings.name.as_ref());
        let kind = match &settings.kind {
            KindChoice::Constant(kind) => KindRule::Constant(kind.clone()),
            KindChoice::Mapped { column, map } => KindRule::Mapped {
                column: position(&mut columns, column, false),
                map: map
                    .iter()
                    .map(|(text, kind)| (text.trim().to_lowercase(), kind.clone()))
                    .collect(),
            },
        };
        let parent = column(&mut columns, settings.parent.as_ref());
        let attributes = settings
            .attribute
            .iter()
            .map(|(name, attribute)| AttributeRule {
                name: name.clone(),
                column: position(&mut columns, &attribute.column, attribute.optional),
                settings: attribute.clone(),
            });
        let attributes = attributes.collect();
        let tags = settings.tags.as_ref().map(|tags| TagsRule {
            column: position(&mut columns, &tags.column, false),
            settings: tags.clone(),
        });
        Ok(Self {
            columns,
            id,
            name,
            kind,
            parent,
            attributes,
            tags,
            header: settings.header,
            separator: settings.separator.byte(),
            encoding,
            decimal: settings.decimal,
            date_order: settings.date_order,
            totals: settings
                .totals
                .iter()
                .map(|pattern| Glob::new(&pattern.to_lowercase()))
                .collect(),
            sheet: settings.sheet.clone(),
            final_newline: settings.final_newline,
        })
    }
}

/// The kinds that rows can be of.
pub(crate) fn kinds(settings: &Settings) -> BTreeSet<String> {
    match &settings.kind {
        KindChoice::Constant(kind) => BTreeSet::from([kind.clone()]),
        KindChoice::Mapped { map, .. } => map.values().cloned().collect(),
    }
}

fn column(columns: &mut Vec<Column>, name: Option<&String>) -> Option<usize> {
    name.map(|name| position(columns, name, false))
}

/// A column that is mapped twice is read once, and is optional only if every use of it is.
fn position(columns: &mut Vec<Column>, name: &str, optional: bool) -> usize {
    if let Some(found) = columns.iter().position(|column| column.name == name) {
        columns[found].optional &= optional;
        return found;
    }
    columns.push(Column {
        name: name.to_owned(),
        optional,
    });
    columns.len() - 1
}

fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    let kinds = kinds(settings);
    if kinds.is_empty() {
        problems.push("kind.map maps nothing".to_owned());
    }
    for (name, attribute) in &settings.attribute {
        attribute_problems(name, attribute, &kinds, &mut problems);
    }
    for (kind, keys) in &settings.correlation {
        if !kinds.contains(kind) {
            problems.push(format!("correlation.{kind}: there is no such kind"));
        }
        for key in keys.iter().flatten() {
            let has_it = settings.attribute.get(key).is_some_and(|attribute| {
                attribute
                    .kinds
                    .as_ref()
                    .is_none_or(|kinds| kinds.contains(kind))
            });
            if key != "name" && !has_it {
                problems.push(format!("correlation.{kind}: it has no attribute {key:?}"));
            }
        }
    }
    if settings.tags.is_some() {
        let taken = settings
            .attribute
            .keys()
            .filter(|name| name.starts_with("tags."));
        problems.extend(taken.map(|name| format!("attribute.{name}: `tags` gives such names")));
    }
    if settings
        .date
        .as_ref()
        .is_some_and(|date| date.matches("{date}").count() != 1)
    {
        problems.push("date: the pattern needs {date} exactly once".to_owned());
    }
    problems
}

fn attribute_problems(
    name: &str,
    attribute: &Attribute,
    kinds: &BTreeSet<String>,
    problems: &mut Vec<String>,
) {
    let numeric = matches!(
        attribute.value_type,
        ValueType::Integer | ValueType::Decimal
    );
    if attribute.empty == Empty::Zero && !numeric {
        problems.push(format!(
            "attribute.{name}: only a number can be zero where it is empty"
        ));
    }
    if attribute.class == Class::Gauge && !numeric {
        problems.push(format!(
            "attribute.{name}: a gauge is an integer or a decimal"
        ));
    }
    for kind in attribute.kinds.iter().flatten() {
        if !kinds.contains(kind) {
            problems.push(format!("attribute.{name}: there is no kind {kind:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(json: &str) -> Result<Mapping, MappingError> {
        Mapping::new(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn reports_every_problem_at_once() {
        let error = mapping(
            r#"{"files": "*.csv", "id": "ID", "kind": "disk", "date": "x.csv", "encoding": "klingon",
                "attribute": {"a": {"column": "A", "empty": "zero", "kinds": ["tape"]}, "b": {"column": "B", "class": "gauge"}},
                "correlation": {"tape": [["uuid"]]}}"#,
        )
        .unwrap_err();
        assert_eq!(error.problems.len(), 7, "{error}");
    }

    #[test]
    fn a_column_that_is_mapped_twice_is_read_once() {
        let mapping = mapping(
            r#"{"files": ["*.csv"], "id": "ID", "name": "ID", "kind": {"column": "Type", "map": {"VM": "virtual-machine"}},
                "attribute": {"type": {"column": "Type", "optional": true}}}"#,
        )
        .unwrap();
        let names: Vec<&str> = mapping.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["ID", "Type"]);
        assert!(!mapping.columns[1].optional);
    }

    #[test]
    fn the_totals_that_are_known_without_settings() {
        let mapping = mapping(r#"{"files": "*.csv", "id": "ID", "kind": "disk"}"#).unwrap();
        let total = |text: &str| mapping.totals.iter().any(|glob| glob.matches(text));
        for text in ["total", "summa:", "sum: 45", "total (45 rows)"] {
            assert!(total(text), "{text}");
        }
        assert!(!total("total recall"));
    }
}
