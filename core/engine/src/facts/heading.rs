//! A table that does not say which resources its rows are of: by its other columns it is one of resources.

use counterfoil_model::nearest::nearest;

use super::table::{ACCOUNT, ATTRIBUTE, Of, QUANTITY, RESOURCE, SAMPLE};
use crate::given::same_name;

/// What tells a table of resources.
pub(super) const ID: &str = "resource";
/// Of its beginning, to be an abbreviation of it.
const ID_LETTERS_MIN: usize = 3;

/// The column that shows that the table is one of resources, where it does not name them, and a hint.
pub(super) fn no_resource(
    columns: &[String],
    of: Of,
    is_named: &dyn Fn(&str) -> bool,
) -> Option<(Option<usize>, String)> {
    let is_word = |words: &[&str], name: &str| words.iter().any(|word| same_name(word, name));
    let (words, table): (&[&str], &str) = match of {
        Of::Accounts => (&ACCOUNT, "accounts"),
        Of::Quantities => (&QUANTITY, "quantities"),
        Of::Resources if columns.iter().any(|name| same_name(ID, name)) => return None,
        Of::Resources => (&[], ""),
        Of::Samples => return None,
    };
    let others = || {
        let columns = columns.iter().enumerate();
        columns.filter(|(_, name)| !name.is_empty() && !is_word(words, name))
    };
    let is_near = |name: &str| {
        let name = name.to_lowercase();
        let begins = name.len() >= ID_LETTERS_MIN && ID.starts_with(&name);
        let is_misspelt = name.starts_with('r') && nearest(&name, [ID]).is_some();
        begins || name.starts_with(ID) || is_misspelt
    };
    if let Some((index, name)) = others().find(|(_, name)| is_near(name)) {
        let hint = format!(
            "did you mean `{ID}` by `{name}`? It is the id, by which each row names its resource"
        );
        return Some((Some(index), hint));
    }
    let rows =
        "each row is a stretch of a resource, or a sample of its gauge, and names it by its id";
    if of == Of::Resources {
        return Some((None, rows.to_owned()));
    }
    let is_misspelt = |name: &str| nearest(&name.to_lowercase(), words).is_some();
    let tells = |name: &str| {
        let is_ours = is_word(&RESOURCE, name) || is_word(&SAMPLE, name);
        is_ours || name.starts_with(ATTRIBUTE) || is_named(name) && !is_misspelt(name)
    };
    let (index, name) = others().find(|(_, name)| tells(name))?;
    let hint = format!("{rows}; a table of {table} has no `{name}`");
    Some((Some(index), hint))
}
