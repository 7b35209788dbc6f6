//! What rules may read of a resource.

use std::fmt;

use crate::attribute::KindDeclaration;
use crate::inventory::{Configuration, Interval};

/// What a condition is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Kind,
    Name,
    /// By any of the names that it has had.
    Source,
    Parent,
    /// The source's own id of the resource.
    Id,
    Attribute(String),
}

impl Key {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "kind" => Self::Kind,
            "name" => Self::Name,
            "source" => Self::Source,
            "parent" => Self::Parent,
            "id" => Self::Id,
            attribute => Self::Attribute(attribute.to_owned()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Kind => "kind",
            Self::Name => "name",
            Self::Source => "source",
            Self::Parent => "parent",
            Self::Id => "id",
            Self::Attribute(name) => name,
        })
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) kind: &'a str,
    pub(super) sources: &'a [String],
    pub(super) external_id: &'a str,
    pub(super) configuration: &'a Configuration,
    /// What the source declares of the kind: how expressions read values.
    pub(super) declared: Option<&'a KindDeclaration>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        interval: &'a Interval,
        sources: &'a [String],
        declared: Option<&'a KindDeclaration>,
    ) -> Self {
        Self {
            kind: interval.kind.as_str(),
            sources,
            external_id: &interval.external_id,
            configuration: &interval.configuration,
            declared,
        }
    }

    /// Usually one or none. An empty text is none: a blank cell says nothing.
    pub(super) fn values(&self, key: &Key) -> impl Iterator<Item = &'a str> + use<'a> {
        let configuration = self.configuration;
        let (one, several): (Option<&'a str>, &'a [String]) = match key {
            Key::Kind => (Some(self.kind), &[]),
            Key::Name => (Some(&configuration.name), &[]),
            Key::Source => (None, self.sources),
            Key::Parent => (configuration.parent.as_deref(), &[]),
            Key::Id => (Some(self.external_id), &[]),
            Key::Attribute(name) => (configuration.attributes.get(name), &[]),
        };
        let values = one.into_iter().chain(several.iter().map(String::as_str));
        values.filter(|value| !value.is_empty())
    }
}
