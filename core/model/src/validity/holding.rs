//! Since when an item of the last version holds.

use super::{ConfigVersion, Dated};
use crate::time::Instant;

/// Since when an item holds as the last version has it: its own `from`, else the start of the version that brought it.
/// `None` where that is the beginning.
pub fn holds_from<D, T>(versions: &[ConfigVersion<T>], item: &D) -> Option<Instant>
where
    D: Dated,
    T: AsRef<[D]>,
{
    if let Some(from) = item.validity().from {
        return Some(from);
    }
    let identity = item.identity();
    let has_it = |version: &&ConfigVersion<T>| {
        let items = version.terms.as_ref().iter();
        items
            .filter(|one| one.same(item))
            .any(|one| one.identity() == identity)
    };
    let with_it = versions.iter().rev().take_while(has_it);
    with_it.last()?.effective_from
}
