//! Classifies intervals over a period: cuts them where rules, agreements or exemptions change.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use super::decide::Verdict;
use super::facts::Facts;
use super::outcome::Context;
use super::rule_list::RuleList;
use super::standing::{Register, Standing};
use super::terms::{Defaults, Terms};
use crate::attribute::KindDeclaration;
use crate::ids::{AccountId, AccountKey, Kind, SourceId};
use crate::inventory::Interval;
use crate::ownership::{Because, OwnedInterval, Ownership};
use crate::time::{Instant, Period};
use crate::validity::{ConfigVersion, pieces, segments};

/// The ids that the store gave to what the configuration names.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Every key that an account has or had.
    pub accounts: BTreeMap<AccountKey, AccountId>,
    /// Every name that a source has or had.
    pub sources: BTreeMap<String, SourceId>,
    /// What the sources declared last: how expressions read values.
    pub declared: BTreeMap<SourceId, Vec<KindDeclaration>>,
}

#[derive(Debug, Error, PartialEq, Eq)]
pub enum ClassifierError {
    #[error("the account `{account}` has an agreement and no id")]
    UnknownAccount { account: AccountKey },
}

/// Rules, agreements and defaults over a period, compiled.
#[derive(Debug)]
pub struct Classifier {
    /// Tile the period.
    stretches: Vec<Stretch>,
    rule_lists: Vec<RuleList>,
    standings: Vec<Standing>,
    defaults: Vec<Defaults>,
    register: Register,
    sources: BTreeMap<SourceId, Vec<String>>,
    declared: BTreeMap<SourceId, BTreeMap<Kind, KindDeclaration>>,
    /// By stretch and verdict, where the outcome is one for the whole stretch.
    outcomes: Mutex<HashMap<(usize, usize), Outcome>>,
    /// Equal ones are one: whoever goes over all resources meets few.
    ownerships: Mutex<HashSet<Arc<Ownership>>>,
}

/// Shared by all resources that are judged alike.
type Outcome = (Arc<Ownership>, Arc<Because>);

/// In it nothing changes but by an exemption's end. The numbers are positions in the classifier's lists.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    period: Period,
    rules: usize,
    standing: usize,
    defaults: usize,
}

impl Classifier {
    pub fn new(
        versions: &[ConfigVersion<&Terms>],
        directory: &Directory,
        period: Period,
    ) -> Result<Self, ClassifierError> {
        let rules = project(versions, |terms| terms.rules.as_slice());
        let agreements = project(versions, |terms| terms.agreements.as_slice());
        let defaults = project(versions, |terms| terms.defaults.as_slice());
        let rules = segments(&rules, period);
        let agreements = segments(&agreements, period);
        let defaults = segments(&defaults, period);
        let starts = [
            rules.iter().map(|segment| segment.period.from()).collect(),
            agreements
                .iter()
                .map(|segment| segment.period.from())
                .collect(),
            defaults
                .iter()
                .map(|segment| segment.period.from())
                .collect(),
        ];
        let mut sources: BTreeMap<SourceId, Vec<String>> = BTreeMap::new();
        for (name, id) in &directory.sources {
            sources.entry(*id).or_default().push(name.clone());
        }
        let by_kind = |kinds: &Vec<KindDeclaration>| {
            let kinds = kinds.iter();
            kinds
                .map(|kind| (kind.kind.clone(), kind.clone()))
                .collect()
        };
        let declared = directory.declared.iter();
        Ok(Self {
            declared: declared
                .map(|(source, kinds)| (*source, by_kind(kinds)))
                .collect(),
            stretches: stretches(period, &starts),
            rule_lists: rules
                .iter()
                .map(|list| RuleList::new(&list.items))
                .collect(),
            standings: agreements
                .iter()
                .map(|list| Standing::new(&list.items, directory))
                .collect::<Result<_, _>>()?,
            defaults: defaults
                .iter()
                .map(|list| {
                    list.items
                        .first()
                        .map_or_else(Defaults::default, |held| Defaults::clone(held))
                })
                .collect(),
            register: Register::new(versions),
            sources,
            outcomes: Mutex::default(),
            ownerships: Mutex::default(),
        })
    }

    /// The part of an interval that lies in `clip` and in the classifier's period, cut where its ownership changes.
    pub fn classify(&self, interval: &Interval, clip: Period) -> Vec<OwnedInterval> {
        let mut owned = Vec::new();
        self.classify_into(interval, clip, &mut owned);
        owned
    }

    /// The same, behind what is there of other intervals.
    pub fn classify_into(&self, interval: &Interval, clip: Period, owned: &mut Vec<OwnedInterval>) {
        let others = owned.len();
        let Some(clip) = interval.valid.clip(clip) else {
            return;
        };
        let sources = self
            .sources
            .get(&interval.source)
            .map_or(&[][..], Vec::as_slice);
        let declared = self.declared.get(&interval.source);
        let declared = declared.and_then(|kinds| kinds.get(&interval.kind));
        let facts = Facts::new(interval, sources, declared);
        let begin = self
            .stretches
            .partition_point(|stretch| stretch.period.to() <= clip.from());
        for (number, stretch) in self.stretches.iter().enumerate().skip(begin) {
            let Some(period) = stretch.period.intersect(clip) else {
                break;
            };
            let rules = &self.rule_lists[stretch.rules];
            let context = Context {
                rules: rules.rules(),
                standing: &self.standings[stretch.standing],
                defaults: &self.defaults[stretch.defaults],
                register: &self.register,
            };
            let verdict = rules.verdict(&facts);
            let ends = context.boundaries(&verdict);
            let constant = ends.is_empty().then_some(number);
            for piece in pieces(period, ends) {
                let (ownership, because) = self.outcome(constant, context, &verdict, piece.from());
                let part = OwnedInterval {
                    interval: interval.id,
                    resource: interval.resource,
                    kind: interval.kind.clone(),
                    period: piece,
                    ownership,
                    because,
                };
                push(owned, others, part);
            }
        }
    }
}

impl Classifier {
    /// In a stretch in which nothing ends, the same for every resource of the same verdict.
    fn outcome(
        &self,
        stretch: Option<usize>,
        context: Context<'_>,
        verdict: &Verdict,
        at: Instant,
    ) -> Outcome {
        let work_out = || {
            let (ownership, because) = context.outcome(verdict, at);
            (self.shared(ownership), Arc::new(because))
        };
        let (Some(stretch), Some(number)) = (stretch, verdict.number) else {
            return work_out();
        };
        let known = self.outcomes.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        let outcome = known.entry((stretch, number)).or_insert_with(work_out);
        (Arc::clone(&outcome.0), Arc::clone(&outcome.1))
    }

    fn shared(&self, ownership: Ownership) -> Arc<Ownership> {
        let known = self.ownerships.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&ownership) {
            return Arc::clone(known);
        }
        let ownership = Arc::new(ownership);
        known.insert(Arc::clone(&ownership));
        ownership
    }
}

/// Behind the pieces of the same interval, which begin at a position: what goes on unchanged is one piece.
pub(super) fn push(owned: &mut Vec<OwnedInterval>, others: usize, piece: OwnedInterval) {
    match owned[others..].last_mut() {
        Some(last)
            if last.period.to() == piece.period.from()
                && is_same(last, &piece.ownership, &piece.because) =>
        {
            last.period = last.period.hull(piece.period);
        }
        _ => owned.push(piece),
    }
}

fn is_same(last: &OwnedInterval, ownership: &Arc<Ownership>, because: &Arc<Because>) -> bool {
    // Most often they are the very same, and need not be compared.
    let same = Arc::ptr_eq(&last.ownership, ownership) && Arc::ptr_eq(&last.because, because);
    same || (last.ownership == *ownership && last.because == *because)
}

#[cfg(test)]
impl Classifier {
    /// How many verdicts were worked out.
    pub(super) fn remembered(&self) -> usize {
        self.rule_lists.iter().map(RuleList::remembered).sum()
    }
}

pub(super) fn project<'a, D>(
    versions: &[ConfigVersion<&'a Terms>],
    part: impl Fn(&'a Terms) -> &'a [D],
) -> Vec<ConfigVersion<&'a [D]>> {
    let projected = versions.iter().map(|version| ConfigVersion {
        effective_from: version.effective_from,
        terms: part(version.terms),
    });
    projected.collect()
}

/// Cuts the period wherever one of the three lists of segments does.
fn stretches(period: Period, starts: &[Vec<Instant>; 3]) -> Vec<Stretch> {
    let [rules, standing, defaults] = starts;
    let number = |starts: &[Instant], at: Instant| {
        let begun = starts.partition_point(|start| *start <= at);
        begun
            .checked_sub(1)
            .expect("the first segment starts with the period")
    };
    pieces(period, starts.iter().flatten().copied())
        .into_iter()
        .map(|piece| Stretch {
            period: piece,
            rules: number(rules, piece.from()),
            standing: number(standing, piece.from()),
            defaults: number(defaults, piece.from()),
        })
        .collect()
}
