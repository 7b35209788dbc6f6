//! A newtype for each id, so that mixing them does not compile. Numbers are assigned by the store.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    )+};
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    )+};
}

// Cheap to clone: a few different ones are on very many records.
macro_rules! shared {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    )+};
}

numbered! {
    /// Whose Counterfoil this is.
    TenantId,
    /// A pipeline keeps its id when it is renamed with `renamed_from`.
    PipelineId,
    SourceId,
    SinkId,
    /// A billing account.
    AccountId,
    ResourceId,
    IntervalId,
    /// One listing of one scope: an entry of the coverage log.
    ListingId,
    /// One run of a stage.
    RunId,
    /// A point of recorded time: everything that one transaction made known. Greater is later, whatever the
    /// clock did. A cutoff is one of these.
    RecordingId,
    /// An intended change at a sink.
    EffectId,
}

impl ResourceId {
    /// Does it stand for a quantity by hand, in one rating alone? None of the store is negative.
    pub fn is_stand_in(self) -> bool {
        self.0 < 0
    }
}

shared! {
    /// The part of a source that is listed whole: absence is judged within it.
    Scope,
    /// What a resource is: "virtual-machine".
    Kind,
    /// A rule's name, or `rule 3` where it has none.
    RuleLabel,
    /// Where something stands in the configuration: "rules.toml:12".
    Place,
}

named! {
    /// The key of a customer in the configuration.
    CustomerKey,
    /// The key of an account in the configuration.
    AccountKey,
    /// What the customer gets: "web". Free text of the rules.
    ServiceKey,
    /// A service level: "gold".
    PlanKey,
    /// The key of an agreement within its account.
    AgreementKey,
    /// The key of a price item in the price book.
    ItemKey,
}
