//! The contract's records as the vocabulary has them.

use counterfoil_host::source::{
    AttributeClass as HostClass, AttributeDeclaration as HostAttribute,
    Completeness as HostCompleteness, Coverage as HostCoverage, KindDeclaration as HostKind,
    ValueType as HostType,
};
use counterfoil_model::attribute::{
    AttributeClass, AttributeDeclaration, KindDeclaration, ValueType,
};
use counterfoil_model::ids::Kind;
use counterfoil_store::inventory::{Completeness, Coverage};

pub(crate) fn kind(declared: HostKind) -> KindDeclaration {
    KindDeclaration {
        kind: Kind::from(declared.name),
        description: declared.description,
        attributes: declared.attributes.into_iter().map(attribute).collect(),
        correlation: declared.correlation,
    }
}

fn attribute(declared: HostAttribute) -> AttributeDeclaration {
    let value_type = match declared.value_type {
        HostType::Text => ValueType::Text,
        HostType::Integer => ValueType::Integer,
        HostType::Decimal => ValueType::Decimal,
        HostType::Boolean => ValueType::Boolean,
        HostType::Timestamp => ValueType::Timestamp,
        HostType::Date => ValueType::Date,
    };
    let class = match declared.class {
        HostClass::Identity => AttributeClass::Identity,
        HostClass::Configuration => AttributeClass::Configuration,
        HostClass::Gauge => AttributeClass::Gauge,
        HostClass::Ignored => AttributeClass::Ignored,
    };
    AttributeDeclaration {
        name: declared.name,
        value_type,
        class,
        unit: declared.unit,
        description: declared.description,
    }
}

pub(super) fn coverage(coverage: &HostCoverage) -> Coverage {
    let completeness = match coverage.completeness {
        HostCompleteness::Complete => Completeness::Complete,
        HostCompleteness::Partial => Completeness::Partial,
        HostCompleteness::Unknown => Completeness::Unknown,
    };
    Coverage {
        completeness,
        expected: coverage.expected.map(u64::from),
        reason: coverage.reason.clone(),
    }
}

pub(super) fn completeness_word(completeness: Completeness) -> &'static str {
    match completeness {
        Completeness::Complete => "complete",
        Completeness::Partial => "partial",
        Completeness::Unknown => "unknown",
    }
}
