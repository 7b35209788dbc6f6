//! Which broken rows may be about a resource that nobody can name. While there are any, their listing proves no absence.

use std::collections::{HashMap, HashSet};

use super::listing::BrokenRow;

const UNTIL_THEN: &str = "until then nothing that this listing lacks ends";

/// How many rows there are of each sort.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    without_id: usize,
    repeated: usize,
    unknown: usize,
}

impl Doubts {
    /// Tells it to the rows, too. `present` are ids of rows that were read; `known` are those of resources that are known
    /// and were not: the only row with such an id is theirs.
    pub(super) fn of(
        broken: &mut [BrokenRow],
        present: &HashSet<String>,
        known: impl Fn(&str) -> bool,
    ) -> Self {
        let mut doubts = Self::default();
        let mut rows: HashMap<String, usize> = HashMap::new();
        for id in broken.iter().filter_map(|row| row.external_id.clone()) {
            *rows.entry(id).or_default() += 1;
        }
        for row in broken {
            let doubt = match &row.external_id {
                None => &mut doubts.without_id,
                Some(id) if rows[id] > 1 || present.contains(id) => &mut doubts.repeated,
                Some(id) if known(id) => continue,
                Some(_) => &mut doubts.unknown,
            };
            *doubt += 1;
            row.hint = Some(match row.hint.take() {
                Some(hint) => format!("{hint}; {UNTIL_THEN}"),
                None => format!("mend the row at the source; {UNTIL_THEN}"),
            });
        }
        doubts
    }

    pub(super) fn reason(&self) -> Option<String> {
        let sorts = [
            (self.without_id, "rows whose id cannot be read"),
            (self.repeated, "rows with an id that another row has"),
            (self.unknown, "broken rows with an id that is not known"),
        ];
        let told = sorts.into_iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> = told
            .map(|(count, what)| format!("{what}: {count}"))
            .collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}
