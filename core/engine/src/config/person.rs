//! The people who decide, and what each may decide, as they stand in TOML.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Somebody who decides, by the key that `--by` names: `[person.anna]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonConfig {
    /// As colleagues know the person.
    pub name: Option<String>,
    /// Where notifications reach the person: `to = "anna"` in a `[[notify]]` table.
    pub email: Option<String>,
    /// The user of the operating system who alone may decide in this person's name. Without it everybody who may run
    /// the command may name this person; the user is recorded in any case.
    pub login: Option<String>,
    /// What the person may decide; everything where absent.
    pub may: Option<BTreeSet<Right>>,
}

/// Something that a person may decide.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// That deliveries go.
    Approve,
    /// That an account is held back, or an approval withdrawn.
    Hold,
    /// That a parked delivery goes on.
    Release,
    /// That a pipeline's effects stop, and go on.
    Pause,
    /// Whether withheld endings happened.
    Withheld,
    /// That something is gone for good.
    Retire,
    /// What was billed elsewhere.
    Opening,
    /// Which customer of a sink an account is.
    Map,
    /// That a document which was voided at the sink stays so.
    Void,
    /// That a period is closed, and that a finding of it is in order.
    Close,
}

impl Right {
    /// As the configuration writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Pause => "pause",
            Self::Withheld => "withheld",
            Self::Retire => "retire",
            Self::Opening => "opening",
            Self::Map => "map",
            Self::Void => "void",
            Self::Close => "close",
        }
    }
}

impl Right {
    /// What it lets a person do, after "may not".
    pub fn deed(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Hold => "hold an account back",
            Self::Release => "release",
            Self::Pause => "pause",
            Self::Withheld => "settle withheld endings",
            Self::Retire => "retire",
            Self::Opening => "give an opening position",
            Self::Map => "confirm customers",
            Self::Void => "accept documents as void",
            Self::Close => "close periods",
        }
    }
}

impl PersonConfig {
    pub fn may(&self, right: Right) -> bool {
        self.may.as_ref().is_none_or(|may| may.contains(&right))
    }
}
