//! What two resources may have in common, and how a rule asks for it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::classify::glob::has_wildcard;
use crate::classify::written::{ConditionConfig, Scalar, Scalars, TestsConfig};
use crate::inventory::Interval;

/// A beginning of a name is told apart from the rest by these.
const SEPARATORS: [char; 7] = ['-', '_', '.', '/', ':', ' ', '@'];
/// A shorter beginning tells nothing.
const LETTERS_MIN: usize = 3;

/// In the order of how plain they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "same")]
pub enum Likeness {
    /// An attribute has the same value.
    Attribute { attribute: String, value: String },
    /// They belong to the same thing.
    Parent { parent: String },
    /// Their names begin alike.
    Name { prefix: String },
}

impl Likeness {
    /// Everything that a resource could have in common with others.
    pub(super) fn all_of(
        interval: &Interval,
        is_text: &dyn Fn(&Interval, &str) -> bool,
    ) -> Vec<Self> {
        let configuration = &interval.configuration;
        let mut all: Vec<Self> = prefixes(&configuration.name)
            .map(|prefix| Self::Name {
                prefix: prefix.to_owned(),
            })
            .collect();
        let parent = configuration.parent.iter();
        all.extend(
            parent
                .filter(|parent| is_plain(parent))
                .map(|parent| Self::Parent {
                    parent: parent.clone(),
                }),
        );
        let attributes = configuration.attributes.iter();
        let told = attributes.filter(|(name, value)| is_plain(value) && is_text(interval, name));
        all.extend(told.map(|(attribute, value)| Self::Attribute {
            attribute: attribute.to_owned(),
            value: value.to_owned(),
        }));
        all
    }

    /// As a rule's `when` has it.
    pub(super) fn condition(&self) -> (String, ConditionConfig) {
        match self {
            Self::Attribute { attribute, value } => (attribute.clone(), exactly(value)),
            Self::Parent { parent } => ("parent".to_owned(), exactly(parent)),
            Self::Name { prefix }
                if has_wildcard(prefix) || prefix.contains(['[', ']', '{', '}']) =>
            {
                let tests = TestsConfig {
                    prefix: Some(one(prefix)),
                    ..TestsConfig::default()
                };
                ("name".to_owned(), ConditionConfig::Tests(Box::new(tests)))
            }
            Self::Name { prefix } => (
                "name".to_owned(),
                ConditionConfig::AnyOf(one(&format!("{prefix}*"))),
            ),
        }
    }

    /// What all likenesses of one sort have in common: whether values of it tell customers apart is asked of them all.
    pub(super) fn sort(&self) -> &str {
        match self {
            Self::Attribute { attribute, .. } => attribute,
            Self::Parent { .. } => "parent",
            Self::Name { .. } => "name",
        }
    }

    /// The word in it that may be a customer's.
    pub(super) fn word(&self) -> &str {
        match self {
            Self::Attribute { value, .. } => value,
            Self::Parent { parent } => parent,
            Self::Name { prefix } => prefix.trim_end_matches(SEPARATORS),
        }
    }
}

fn one(text: &str) -> Scalars {
    Scalars(vec![Scalar(text.to_owned())])
}

fn exactly(value: &str) -> ConditionConfig {
    if has_wildcard(value) {
        let tests = TestsConfig {
            eq: Some(one(value)),
            ..TestsConfig::default()
        };
        ConditionConfig::Tests(Box::new(tests))
    } else {
        ConditionConfig::AnyOf(one(value))
    }
}

/// Can it be written into a rule, and read there?
fn is_plain(value: &str) -> bool {
    const LENGTH_MAX: usize = 100;
    !value.is_empty() && value.len() <= LENGTH_MAX && !value.chars().any(char::is_control)
}

/// `acme-web-01` begins with `acme-` and `acme-web-`; `db7` with `db` would be too short.
pub(super) fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let cuts = name.char_indices().filter_map(|(at, character)| {
        let next = name[at..].chars().nth(1)?;
        let is_end =
            SEPARATORS.contains(&character) || (character.is_alphabetic() && next.is_ascii_digit());
        is_end.then(|| &name[..at + character.len_utf8()])
    });
    cuts.filter(|prefix| {
        let letters = prefix.chars().filter(|one| one.is_alphanumeric());
        letters.count() >= LETTERS_MIN && is_plain(prefix)
    })
}
