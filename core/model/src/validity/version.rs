//! A version of the configuration, and what its items must tell to be laid over older versions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::time::{Instant, Validity};

/// The terms as they were edited at one time. Versions are kept oldest first; the first is in force from the
/// beginning of time and each later one from the start of the period that was the first open one at its edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigVersion<T> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Instant>,
    pub terms: T,
}

impl<T> ConfigVersion<T> {
    /// The same version of a part of its terms.
    pub fn project<'a, U>(&'a self, part: impl FnOnce(&'a T) -> U) -> ConfigVersion<U> {
        ConfigVersion {
            effective_from: self.effective_from,
            terms: part(&self.terms),
        }
    }
}

/// An item of a configuration that may carry dates.
pub trait Dated {
    /// What makes two items of different versions the same one: a name, else a digest of the content without dates.
    fn identity(&self) -> String;

    /// Only what was written: an undated item holds always.
    fn validity(&self) -> Validity;

    /// Of what at most one holds at a time, whatever its name: what a later version states takes the place of the other.
    fn alone_of(&self) -> Option<&str> {
        None
    }

    /// Is everything equal that decides money, dates included? Where an item stands in a file does not count.
    fn same(&self, other: &Self) -> bool;
}

impl<D: Dated> Dated for Arc<D> {
    fn identity(&self) -> String {
        D::identity(self)
    }

    fn validity(&self) -> Validity {
        D::validity(self)
    }

    fn alone_of(&self) -> Option<&str> {
        D::alone_of(self)
    }

    fn same(&self, other: &Self) -> bool {
        D::same(self, other)
    }
}
