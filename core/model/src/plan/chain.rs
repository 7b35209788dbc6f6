//! An original document, or a part of one, and all that corrects it.

use std::collections::{BTreeMap, BTreeSet};

use super::give_back::{Advance, advance_of};
use super::input::{Confirmed, RemoteState};
use super::lines::{is_taken_back, sum_billed, upright};
use crate::charge::ChargeKey;
use crate::document::{Line, Reference};
use crate::ids::ItemKey;
use crate::money::{Money, MoneyError};

/// An original, or a part of one, and its corrections, in their order.
#[derive(Debug, Default)]
pub(super) struct Chain<'a> {
    documents: Vec<&'a Confirmed>,
    /// Posted documents of other months that name one of these or of each other, in their order.
    elsewhere: Vec<&'a Confirmed>,
    posted_lines: PostedLines<'a>,
}

/// By charge key and by the document that is named, in minor units.
pub(super) type TakenOff<'a> = BTreeMap<(&'a ChargeKey, &'a Reference), i64>;

/// The lines of the posted documents by what is asked of them: a correction asks for each charge of a document.
#[derive(Debug, Default)]
struct PostedLines<'a> {
    /// Each with the place of its document.
    of_key: BTreeMap<&'a ChargeKey, Vec<(usize, &'a Line)>>,
    last_of_item: BTreeMap<&'a ItemKey, &'a Line>,
    /// The last document that has it.
    of_advance: BTreeMap<Advance<'a>, &'a Confirmed>,
}

impl<'a> PostedLines<'a> {
    fn of(documents: &[&'a Confirmed]) -> Self {
        let mut lines = Self::default();
        let documents = documents.iter().copied().enumerate();
        for (position, confirmed) in documents.filter(|(_, one)| is_posted(one)) {
            for line in &confirmed.delivery.lines {
                let of_key = lines.of_key.entry(&line.charge).or_default();
                of_key.push((position, line));
                lines.last_of_item.insert(&line.charge.item, line);
                let advance = advance_of(&line.charge);
                lines.of_advance.insert(advance, confirmed);
            }
        }
        lines
    }
}

fn is_posted(confirmed: &Confirmed) -> bool {
    confirmed.state == RemoteState::Posted
}

impl<'a> Chain<'a> {
    /// The documents of a slot, in any order.
    pub(super) fn new(
        mut documents: Vec<&'a Confirmed>,
        by_named: &BTreeMap<&Reference, Vec<&'a Confirmed>>,
    ) -> Self {
        documents.sort_by_key(|confirmed| confirmed.delivery.slot.correction);
        Self {
            elsewhere: others_naming(&documents, by_named),
            posted_lines: PostedLines::of(&documents),
            documents,
        }
    }

    pub(super) fn live(&self) -> impl Iterator<Item = &'a Confirmed> {
        let documents = self.documents.iter().copied();
        documents.filter(|confirmed| confirmed.state != RemoteState::Void)
    }

    pub(super) fn elsewhere(&self) -> impl Iterator<Item = &'a Confirmed> {
        self.elsewhere.iter().copied()
    }

    fn posted(&self) -> impl Iterator<Item = &'a Confirmed> {
        let documents = self.documents.iter().copied();
        documents.filter(|confirmed| is_posted(confirmed))
    }

    pub(super) fn in_state(&self, state: RemoteState) -> Vec<&'a Confirmed> {
        let documents = self.documents.iter().copied();
        documents
            .filter(|confirmed| confirmed.state == state)
            .collect()
    }

    /// Its first document corrects one that is not of the chain.
    pub(super) fn gives_back(&self) -> bool {
        let first = self.documents.first();
        first.is_some_and(|first| first.delivery.corrects.is_some())
    }

    /// What the latest posted document that has something of the advance corrects.
    pub(super) fn naming(&self, advance: Advance<'_>) -> Option<&'a Reference> {
        let latest = self.posted_lines.of_advance.get(&advance)?;
        latest.delivery.corrects.as_ref()
    }

    /// The document that later ones correct.
    pub(super) fn original(&self) -> Option<&'a Confirmed> {
        self.posted().next()
    }

    /// The number of a new document; one that was voided keeps its own.
    pub(super) fn next_correction(&self) -> u32 {
        let last = self.documents.last();
        last.map_or(0, |confirmed| confirmed.delivery.slot.correction + 1)
    }

    /// What was posted per charge key, net of corrections. A key that was given back whole is there with zero.
    pub(super) fn net_posted(&self) -> Result<BTreeMap<&'a ChargeKey, Money>, MoneyError> {
        let mut net = BTreeMap::new();
        for (&key, lines) in &self.posted_lines.of_key {
            let billed = sum_billed(lines.iter().map(|(_, line)| *line))?;
            net.extend(billed.map(|billed| (key, billed)));
        }
        Ok(net)
    }

    fn lines_of(&self, key: &ChargeKey) -> &[(usize, &'a Line)] {
        let lines = self.posted_lines.of_key.get(key);
        lines.map_or(&[], Vec::as_slice)
    }

    /// The latest posted line of a key, else of its item: a change of price within a period makes keys of its own.
    pub(super) fn billed_like(&self, key: &ChargeKey) -> Option<&'a Line> {
        match self.lines_of(key) {
            [.., (_, line)] => Some(line),
            [] => self.posted_lines.last_of_item.get(&key.item).copied(),
        }
    }

    /// The lines that make up what is posted of a key, in the sign of an invoice; empty where they cannot be told
    /// apart from what was taken back.
    pub(super) fn standing(&self, key: &ChargeKey, net: Money) -> Result<Vec<Line>, MoneyError> {
        let all = self.lines_of(key);
        let Some((latest, _)) = all.last() else {
            return Ok(Vec::new());
        };
        let lines = all.iter().filter(|(document, _)| document == latest);
        let lines = lines.map(|(_, line)| *line);
        let lines: Vec<Line> = lines
            .filter(|line| !is_taken_back(line))
            .map(upright)
            .collect();
        let stands = sum_billed(&lines)? == Some(net);
        Ok(if stands { lines } else { Vec::new() })
    }

    /// What is posted of each key, less than nothing, by the document that it names; positive.
    pub(super) fn taken_off(&self) -> TakenOff<'a> {
        let mut taken = TakenOff::new();
        for document in self.posted() {
            let Some(named) = &document.delivery.corrects else {
                continue;
            };
            for line in &document.delivery.lines {
                let sum = taken.entry((&line.charge, named)).or_default();
                *sum = sum.saturating_sub(line.billed.minor());
            }
        }
        taken.retain(|_, sum| *sum > 0);
        taken
    }

    /// Any posted line of the key.
    pub(super) fn pattern(&self, key: &ChargeKey) -> Option<&'a Line> {
        self.lines_of(key).first().map(|(_, line)| *line)
    }
}

/// Others that name one of the documents, or one that does.
fn others_naming<'a>(
    documents: &[&'a Confirmed],
    by_named: &BTreeMap<&Reference, Vec<&'a Confirmed>>,
) -> Vec<&'a Confirmed> {
    let mut known: BTreeSet<&Reference> = documents
        .iter()
        .map(|one| &one.delivery.reference)
        .collect();
    let mut asked: Vec<&Reference> = known.iter().copied().collect();
    let mut found: Vec<&Confirmed> = Vec::new();
    while let Some(named) = asked.pop() {
        for one in by_named.get(named).into_iter().flatten() {
            if known.insert(&one.delivery.reference) {
                asked.push(&one.delivery.reference);
                found.push(one);
            }
        }
    }
    found.sort_by_key(|one| &one.delivery.slot);
    found
}
