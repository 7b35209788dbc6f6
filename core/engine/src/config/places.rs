//! Where each value of the configuration stands: a tree of keys beside the values.

use std::collections::BTreeMap;

use super::document::Place;

/// A value's place and those of what it holds, by key; the keys of an array are its positions.
#[derive(Debug, Default)]
pub(super) struct Places {
    place: Option<Place>,
    below: BTreeMap<Box<str>, Self>,
}

impl Places {
    pub(super) fn at(place: Place) -> Self {
        Self {
            place: Some(place),
            below: BTreeMap::new(),
        }
    }

    /// Of a value that this one holds.
    pub(super) fn hold(&mut self, key: &str, held: Self) {
        self.below.insert(key.into(), held);
    }

    pub(super) fn put(&mut self, path: &[String], place: Place) {
        self.reach(path).place = Some(place);
    }

    pub(super) fn get(&self, path: &[String]) -> Option<&Place> {
        let held = path
            .iter()
            .try_fold(self, |outer, key| outer.below.get(key.as_str()));
        held.and_then(|held| held.place.as_ref())
    }

    /// Of the value that a path leads to, or of the nearest table around it.
    pub(super) fn nearest(&self, path: &[String]) -> Option<&Place> {
        let mut held = self;
        let mut nearest = self.place.as_ref();
        for key in path {
            let Some(inner) = held.below.get(key.as_str()) else {
                break;
            };
            held = inner;
            nearest = held.place.as_ref().or(nearest);
        }
        nearest
    }

    /// Adds the places of a value that a path leads to; where both know one, the first stays.
    pub(super) fn merge(&mut self, path: &[String], more: Self) {
        self.reach(path).join(more);
    }

    /// All of it, held by a value that outer keys lead to.
    pub(super) fn nested(self, outer: &[&str]) -> Self {
        outer.iter().rev().fold(self, |inner, key| Self {
            place: None,
            below: BTreeMap::from([((*key).into(), inner)]),
        })
    }

    fn reach(&mut self, path: &[String]) -> &mut Self {
        path.iter().fold(self, |outer, key| {
            outer.below.entry(key.as_str().into()).or_default()
        })
    }

    fn join(&mut self, more: Self) {
        if self.place.is_none() {
            self.place = more.place;
        }
        if self.below.is_empty() {
            self.below = more.below;
            return;
        }
        for (key, held) in more.below {
            self.below.entry(key).or_default().join(held);
        }
    }
}
