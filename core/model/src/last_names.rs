//! What things of a configuration were called before. Each version of it says what has a new name, and all versions are read under
//! the names of the last one.

use std::collections::{BTreeMap, BTreeSet};

/// The names that a version has, with what those were called before, as it says.
pub type Named<K> = BTreeMap<K, BTreeSet<K>>;

/// The last name of what has another one by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastNames<K>(BTreeMap<K, K>);

/// Two names of one thing, in a version that has both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BothThere<K>(pub K, pub K);

impl<K: Ord + Clone> LastNames<K> {
    /// Of all versions, the newest one first. A name is of one thing for ever, also when that is called otherwise by now.
    pub fn of(versions: &[Named<K>]) -> Result<Self, BothThere<K>> {
        let present = versions.first().into_iter().flat_map(BTreeMap::keys);
        let mut last: BTreeMap<K, K> = present.map(|name| (name.clone(), name.clone())).collect();
        for named in versions {
            link(&mut last, named)?;
            for name in named.keys() {
                last.entry(name.clone()).or_insert_with(|| name.clone());
            }
            are_apart(&last, named)?;
        }
        last.retain(|name, now| name != now);
        Ok(Self(last))
    }

    /// The earlier names of what is called so by now.
    pub fn former<'a>(&'a self, name: &'a K) -> impl Iterator<Item = &'a K> {
        let all = self.0.iter().filter(move |(_, last)| *last == name);
        all.map(|(former, _)| former)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `None` where it is called so still.
    pub fn get(&self, name: &K) -> Option<&K> {
        self.0.get(name)
    }
}

/// What a name and its former ones are called by now is the same.
fn link<K: Ord + Clone>(last: &mut BTreeMap<K, K>, named: &Named<K>) -> Result<(), BothThere<K>> {
    for (name, formers) in named {
        for former in formers {
            let known = (last.get(name), last.get(former));
            if let (Some(one), Some(other)) = known
                && one != other
            {
                return Err(BothThere(name.clone(), former.clone()));
            }
            let known = known.0.or(known.1).unwrap_or(name).clone();
            last.insert(name.clone(), known.clone());
            last.insert(former.clone(), known);
        }
    }
    Ok(())
}

fn are_apart<K: Ord + Clone>(last: &BTreeMap<K, K>, named: &Named<K>) -> Result<(), BothThere<K>> {
    let mut own: BTreeMap<&K, &K> = BTreeMap::new();
    for name in named.keys() {
        if let Some(other) = last.get(name).and_then(|now| own.insert(now, name)) {
            return Err(BothThere(name.clone(), other.clone()));
        }
    }
    Ok(())
}

impl<K> Default for LastNames<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `"b<a c"`: b, which was called a, and c; `"b<a|d"`: b, which was called a and d.
    fn last(versions: &[&str]) -> Result<String, BothThere<String>> {
        let named = |version: &&str| -> Named<String> {
            let names = version.split_whitespace();
            let names = names.map(|one| {
                let (name, former) = one.split_once('<').unwrap_or((one, ""));
                let former = former.split('|').filter(|one| !one.is_empty());
                (name.to_owned(), former.map(str::to_owned).collect())
            });
            names.collect()
        };
        let versions: Vec<Named<String>> = versions.iter().rev().map(named).collect();
        let last = LastNames::of(&versions)?.0;
        let shown = last.iter().map(|(name, now)| format!("{name}:{now}"));
        Ok(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_name_leads_to_the_last_one() {
        for (versions, expected) in [
            (&["a"][..], ""),
            (&["a", "b"], ""),
            (&["a", "b<a"], "a:b"),
            // Said once is enough, also when another edit came first, or the name is said later.
            (&["a", "b<a", "b"], "a:b"),
            (&["a", "b", "b<a"], "a:b"),
            (&["a", "b<a", "c<b"], "a:c b:c"),
            (&["a", "b<a", "c"], "a:b"),
            // Back to the first name, whether that is said or not.
            (&["a", "b<a", "a<b"], "b:a"),
            (&["a", "b<a", "a"], "b:a"),
            (&["a", "b<a", "a<b", "b<a"], "a:b"),
            // Nobody knew it before.
            (&["a", "c<b"], "b:c"),
            (&["a c", "b<a c", "b d<c"], "a:b c:d"),
            (&["a", "c", "b<a|c"], "a:b c:b"),
        ] {
            assert_eq!(last(versions).unwrap(), expected, "{versions:?}");
        }
    }

    #[test]
    fn two_names_that_are_there_at_the_same_time_are_of_two_things() {
        for versions in [
            &["b<a a"][..],
            // Once they were apart.
            &["a b", "b<a"],
            &["a b", "b", "b<a"],
            // The former name is taken again.
            &["a", "b<a", "b a"],
            &["a", "b<a", "b<a a"],
            // Both cannot be it.
            &["a", "b<a c<a"],
            // They change names.
            &["a b", "a<b b<a"],
        ] {
            assert!(last(versions).is_err(), "{versions:?}");
        }
    }
}
