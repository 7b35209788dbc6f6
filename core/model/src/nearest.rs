//! The name that a person may have meant.

/// The candidate that is not further away than a mistake in typing.
pub(crate) fn nearest<'a>(
    asked: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let candidates = candidates.into_iter();
    let scored = candidates.map(|one| (strsim::damerau_levenshtein(asked, one), one));
    let (distance, nearest) = scored.min()?;
    (distance <= asked.chars().count().max(3) / 3).then_some(nearest)
}
