//! Takes the lines of one account for the same: by their very description, by the price item, by their words, by their
//! amount; each line once.

use std::collections::BTreeMap;

use super::{MatchedBy, OurLine, TheirLine};
use crate::customer_match::plain;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) by: Option<MatchedBy>,
    pub(super) ours: Vec<OurLine>,
    pub(super) theirs: Vec<TheirLine>,
}

/// Several lines of one name are one group: an invoice with a line for each machine is compared with ours that sums
/// them.
pub(super) fn pair(mut ours: Vec<OurLine>, mut theirs: Vec<TheirLine>) -> Vec<Group> {
    ours.sort_by(|a, b| {
        let key = |line: &OurLine| {
            (
                line.item.clone(),
                line.description.clone(),
                line.net.minor(),
            )
        };
        key(a).cmp(&key(b))
    });
    theirs.sort_by(|a, b| {
        let key = |line: &TheirLine| {
            (
                line.item.clone(),
                line.description.clone(),
                line.net.minor(),
                line.place.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    let mut groups = Vec::new();
    by_name(
        MatchedBy::Description,
        &mut ours,
        &mut theirs,
        &mut groups,
        |line| line.description.trim().to_owned(),
        |line| line.description.trim().to_owned(),
    );
    by_name(
        MatchedBy::Item,
        &mut ours,
        &mut theirs,
        &mut groups,
        |line| words(line.item.as_str()),
        |line| line.item.as_deref().map_or_else(String::new, words),
    );
    by_name(
        MatchedBy::Words,
        &mut ours,
        &mut theirs,
        &mut groups,
        |line| words(&line.description),
        |line| words(&line.description),
    );
    by_name(
        MatchedBy::Words,
        &mut ours,
        &mut theirs,
        &mut groups,
        |line| line.tiers.as_deref().map_or_else(String::new, words),
        |line| words(&line.description),
    );
    by_amount(&mut ours, &mut theirs, &mut groups);
    groups.extend(ours.into_iter().map(|line| Group {
        by: None,
        ours: vec![line],
        theirs: Vec::new(),
    }));
    groups.extend(theirs.into_iter().map(|line| Group {
        by: None,
        ours: Vec::new(),
        theirs: vec![line],
    }));
    groups
}

/// Without case, accents, punctuation and order.
fn words(text: &str) -> String {
    let plain = plain(text);
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    words.sort_unstable();
    words.join(" ")
}

/// Moves the lines with a name that both sides have into groups. An empty name is none.
fn by_name(
    by: MatchedBy,
    ours: &mut Vec<OurLine>,
    theirs: &mut Vec<TheirLine>,
    groups: &mut Vec<Group>,
    our_name: impl Fn(&OurLine) -> String,
    their_name: impl Fn(&TheirLine) -> String,
) {
    let mut named: BTreeMap<String, Group> = BTreeMap::new();
    for line in ours.iter() {
        let name = our_name(line);
        if !name.is_empty() {
            named.entry(name).or_insert_with(|| Group {
                by: Some(by),
                ours: Vec::new(),
                theirs: Vec::new(),
            });
        }
    }
    let mut left = Vec::new();
    for line in std::mem::take(theirs) {
        match named.get_mut(&their_name(&line)) {
            Some(group) => group.theirs.push(line),
            None => left.push(line),
        }
    }
    *theirs = left;
    named.retain(|_, group| !group.theirs.is_empty());
    let mut left = Vec::new();
    for line in std::mem::take(ours) {
        match named.get_mut(&our_name(&line)) {
            Some(group) => group.ours.push(line),
            None => left.push(line),
        }
    }
    *ours = left;
    groups.extend(named.into_values());
}

/// One line for one line, in the order in which both are sorted.
fn by_amount(ours: &mut Vec<OurLine>, theirs: &mut Vec<TheirLine>, groups: &mut Vec<Group>) {
    let mut left = Vec::new();
    for line in std::mem::take(ours) {
        let same = theirs
            .iter()
            .position(|other| other.net == line.net && !line.net.is_zero());
        match same {
            Some(position) => groups.push(Group {
                by: Some(MatchedBy::Amount),
                ours: vec![line],
                theirs: vec![theirs.remove(position)],
            }),
            None => left.push(line),
        }
    }
    *ours = left;
}
