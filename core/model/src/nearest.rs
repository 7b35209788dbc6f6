//! The name that a person may have meant.

use std::borrow::Borrow;

/// The candidate that is not further away than a mistake in typing.
pub fn nearest<'a, C>(asked: &str, candidates: C) -> Option<&'a str>
where
    C: IntoIterator,
    C::Item: Borrow<&'a str>,
{
    let candidates = candidates.into_iter().map(|one| {
        let one: &&'a str = one.borrow();
        *one
    });
    let scored = candidates.map(|one| (strsim::damerau_levenshtein(asked, one), one));
    let (distance, nearest) = scored.min()?;
    (distance <= asked.chars().count().max(3) / 3).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_away_a_name_may_be_is_counted_in_characters() {
        let names = ["Malmö", "Åmål"];
        assert_eq!(nearest("Malmo", &names), Some("Malmö"));
        assert_eq!(nearest("Åmål", names), Some("Åmål"));
        // Two of four characters, which are six bytes.
        assert_eq!(nearest("Åmåå", ["Ämål"]), None);
    }
}
