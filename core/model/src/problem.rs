//! A mistake in what a person wrote: configuration, rules, price book. All of them are reported at once.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// What is wrong, where, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// The path of keys to the value at fault: `["pipeline", "north", "rule", "3", "when", "name"]`.
    pub path: Vec<String>,
    /// A lower-case fragment: what is wrong and what was expected.
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Something is missing that may stand where nobody could read it.
    #[serde(skip)]
    pub is_of_absence: bool,
}

/// What was found by looking over something that can be used as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// What must be mended.
    pub errors: Vec<Problem>,
    /// What may be meant.
    pub warnings: Vec<Problem>,
}

impl Review {
    /// The same findings, seen from a table further out.
    #[must_use]
    pub fn below<P: Into<String> + Clone>(
        self,
        outer: &(impl IntoIterator<Item = P> + Clone),
    ) -> Self {
        let below = |problems: Vec<Problem>| -> Vec<Problem> {
            let problems = problems.into_iter();
            problems
                .map(|problem| problem.below(outer.clone()))
                .collect()
        };
        Self {
            errors: below(self.errors),
            warnings: below(self.warnings),
        }
    }

    pub fn extend(&mut self, other: Self) {
        self.errors.extend(other.errors);
        self.warnings.extend(other.warnings);
    }
}

impl Problem {
    pub fn new<P: Into<String>>(
        path: impl IntoIterator<Item = P>,
        message: impl Into<String>,
    ) -> Self {
        let path = path.into_iter().map(Into::into).collect();
        Self {
            path,
            message: message.into(),
            hint: None,
            is_of_absence: false,
        }
    }

    /// Marks it as one that says that something is not there: no mistake while a part cannot be read.
    #[must_use]
    pub fn of_absence(mut self) -> Self {
        self.is_of_absence = true;
        self
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem, seen from a table further out.
    #[must_use]
    pub fn below<P: Into<String>>(mut self, outer: impl IntoIterator<Item = P>) -> Self {
        let mut path: Vec<String> = outer.into_iter().map(Into::into).collect();
        path.append(&mut self.path);
        self.path = path;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path.join("."), self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}
