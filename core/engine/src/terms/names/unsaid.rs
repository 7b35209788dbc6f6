//! What may be called otherwise by now without saying so, and what says that it was called what nothing was.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::last_names::LastNames;
use counterfoil_model::problem::Problem;
use counterfoil_model::time::Date;

use super::entries::{Entry, Name, agreements, commitments, items, quantities};
use crate::config::TermsBody;

/// Of names that no version had before the last one: what begins by a day while another one is gone, and what was called what nothing
/// was. The oldest version comes first; all have the names of the last one.
pub(crate) fn unsaid(bodies: &[TermsBody], last_day: Option<Date>) -> Vec<Problem> {
    let none = LastNames::default();
    let versions = (bodies, last_day);
    let told = [
        of_kind("item", versions, items),
        of_kind("agreement", versions, agreements),
        of_kind("commitment", versions, commitments),
        of_kind("quantity", versions, |body| quantities(&none, body)),
    ];
    told.concat()
}

fn of_kind(
    kind: &str,
    (bodies, last_day): (&[TermsBody], Option<Date>),
    entries: impl Fn(&TermsBody) -> Vec<Entry>,
) -> Vec<Problem> {
    let Some((present, before @ [.., last])) = bodies.split_last() else {
        return Vec::new();
    };
    let had: BTreeSet<Name> = before
        .iter()
        .flat_map(&entries)
        .map(|one| one.name)
        .collect();
    let present = entries(present);
    let has: BTreeSet<&Name> = present.iter().map(|one| &one.name).collect();
    let mut gone: BTreeMap<(String, String), String> = BTreeMap::new();
    for Entry { name, .. } in entries(last) {
        if !has.contains(&name) {
            gone.entry((name.account, name.item)).or_insert(name.own);
        }
    }
    let new = present.iter().filter(|one| !had.contains(&one.name));
    let told = new.filter_map(|new| {
        let name = new.name.shown(kind);
        let gone = gone.get(&(new.name.account.clone(), new.name.item.clone()));
        let say = gone.map(|gone| format!("`renamed_from = \"{gone}\"`"));
        let (message, hint) = match (&new.former, say) {
            (Some(former), say) => (
                format!("the {name} was never `{}`", former.own),
                match say {
                    Some(say) => format!("write {say} where it is that one, or leave it out for a new one"),
                    None => "leave `renamed_from` out for a new one".to_owned(),
                },
            ),
            (None, Some(say)) if new.first_day.is_some_and(|day| Some(day) <= last_day) => (
                format!("the {name} begins in a month that was issued, and another one is gone"),
                format!("write {say} where it is that one under a new name; else it counts in that month, too"),
            ),
            (None, _) => return None,
        };
        Some(Problem::new(new.path.clone(), message).with_hint(hint))
    });
    told.collect()
}
