//! Classifies where accounts have midnights of their own: an edit without a date holds from the first day that is open, a rule and
//! an exemption from and until the day that is written, and such a day begins at the midnight of the account concerned.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::classifier::{Classifier, ClassifierError, Directory, push};
use super::terms::{Rule, Terms};
use crate::ids::AccountId;
use crate::inventory::Interval;
use crate::ownership::{OwnedInterval, Ownership};
use crate::time::{Instant, Period, TimeZone};
use crate::validity::{ConfigVersion, pieces};

/// Rules, agreements and defaults over a period, where the days of edits are those of the accounts.
#[derive(Debug)]
pub struct ZonedClassifier {
    plain: Classifier,
    /// In the order of time; none where every account has the zone of the pipeline.
    windows: Vec<Window>,
}

/// While a day has begun for some accounts, and not for others.
#[derive(Debug)]
struct Window {
    period: Period,
    /// As if the edits did not hold yet, and as if they held.
    before: Classifier,
    after: Classifier,
    /// When the day begins in the zone of the pipeline.
    midnight: Instant,
    /// When it begins for accounts of other zones.
    midnights: BTreeMap<AccountId, Instant>,
}

/// No two midnights of a day are further apart: zones are at most 14 hours ahead of UTC, and 12 behind it.
const APART_MAX_SECS: i64 = 2 * 86_400;

impl ZonedClassifier {
    pub fn new(
        versions: &[ConfigVersion<&Terms>],
        directory: &Directory,
        period: Period,
        zone: &TimeZone,
    ) -> Result<Self, ClassifierError> {
        let accounts = versions.iter().flat_map(|version| &version.terms.accounts);
        let mut zones = accounts.filter_map(|account| account.calendar.zone.as_ref());
        let is_zoned = zones.any(|own| own != zone);
        let near = |start: &Instant| {
            let start = start.seconds();
            period.from().seconds() - APART_MAX_SECS < start
                && start < period.to().seconds() + APART_MAX_SECS
        };
        let starts = versions.iter().filter(|_| is_zoned);
        let starts = starts.flat_map(|version| {
            let written = version.terms.rules.iter().flat_map(|rule| days(rule));
            version.effective_from.into_iter().chain(written)
        });
        let starts: BTreeSet<Instant> = starts.filter(near).collect();
        let mut windows = Vec::new();
        for start in starts {
            windows.extend(Window::of(versions, directory, (period, zone), start)?);
        }
        windows.sort_by_key(|window: &Window| window.period.from());
        Ok(Self {
            plain: Classifier::new(versions, directory, period)?,
            windows,
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
        let is_within = |window: &&Window| window.period.intersect(clip).is_some();
        if !self.windows.iter().any(|window| is_within(&window)) {
            self.plain.classify_into(interval, clip, owned);
            return;
        }
        let others = owned.len();
        let mut begun = clip.from();
        for window in self.windows.iter().filter(is_within) {
            let Some(within) =
                Period::new(begun, clip.to()).and_then(|rest| window.period.intersect(rest))
            else {
                continue;
            };
            let whole = Period::new(begun, within.from());
            self.plainly(interval, whole, others, owned);
            for piece in window.classify(interval, within) {
                push(owned, others, piece);
            }
            begun = within.to();
        }
        self.plainly(interval, Period::new(begun, clip.to()), others, owned);
    }

    fn plainly(
        &self,
        interval: &Interval,
        clip: Option<Period>,
        others: usize,
        owned: &mut Vec<OwnedInterval>,
    ) {
        let pieces = clip.map(|clip| self.plain.classify(interval, clip));
        for piece in pieces.into_iter().flatten() {
            push(owned, others, piece);
        }
    }
}

impl Window {
    /// None where the day begins for all at once, and for what lies outside of the period.
    fn of(
        versions: &[ConfigVersion<&Terms>],
        directory: &Directory,
        (period, zone): (Period, &TimeZone),
        start: Instant,
    ) -> Result<Option<Self>, ClassifierError> {
        let day = start.date(zone);
        if Instant::start_of_day(day, zone).ok() != Some(start) {
            return Ok(None);
        }
        // What was billed to an account was bounded by the zone that it had then; a new one has that of the edit.
        let mut midnights: BTreeMap<AccountId, Instant> = BTreeMap::new();
        let is_before = |version: &&ConfigVersion<&Terms>| {
            version.effective_from.is_none_or(|from| from < start)
        };
        let is_begun = |version: &&ConfigVersion<&Terms>| version.effective_from == Some(start);
        let before = versions.iter().rev().filter(is_before);
        let begun = versions.iter().rev().filter(is_begun);
        // A written day reaches back to before the version that wrote it.
        let is_later = |version: &&ConfigVersion<&Terms>| {
            version.effective_from.is_some_and(|from| from > start)
        };
        let known = before.chain(begun).chain(versions.iter().filter(is_later));
        for account in known.flat_map(|one| &one.terms.accounts) {
            let own = account.calendar.zone.as_ref();
            let at = own.and_then(|own| Instant::start_of_day(day, own).ok());
            if let Some(&id) = directory.accounts.get(&account.key) {
                midnights.entry(id).or_insert(at.unwrap_or(start));
            }
        }
        midnights.retain(|_, at| *at != start);
        let all = || midnights.values().copied().chain([start]);
        let (Some(first), Some(last)) = (all().min(), all().max()) else {
            return Ok(None);
        };
        let within = Period::new(first, last).and_then(|window| window.intersect(period));
        let Some(within) = within else {
            return Ok(None);
        };
        let beginning = |at: Instant| {
            let move_day = |day: Instant| if day == start { at } else { day };
            let terms: Vec<Cow<'_, Terms>> = versions
                .iter()
                .map(|version| with_days(version.terms, start, at))
                .collect();
            let moved: Vec<ConfigVersion<&Terms>> = versions
                .iter()
                .zip(&terms)
                .map(|(version, terms)| ConfigVersion {
                    effective_from: version.effective_from.map(move_day),
                    terms: terms.as_ref(),
                })
                .collect();
            Classifier::new(&moved, directory, within)
        };
        Ok(Some(Self {
            period: within,
            before: beginning(last)?,
            after: beginning(first)?,
            midnight: start,
            midnights,
        }))
    }

    /// Whoever has it before or after the edit keeps what is not open for it.
    fn classify(&self, interval: &Interval, clip: Period) -> Vec<OwnedInterval> {
        let before = self.before.classify(interval, clip);
        let after = self.after.classify(interval, clip);
        let ends = before.iter().chain(&after).map(|one| one.period.to());
        let midnights = self.midnights.values().copied().chain([self.midnight]);
        let mut owned = Vec::new();
        for piece in pieces(clip, ends.chain(midnights)) {
            let of = |all: &[OwnedInterval]| {
                let held = all.iter().find(|one| one.period.contains(piece.from()));
                held.cloned()
            };
            let (old, new) = (of(&before), of(&after));
            let concerned = [&old, &new].into_iter().flatten().flat_map(accounts);
            let begins = concerned.map(|account| {
                let own = self.midnights.get(&account);
                *own.unwrap_or(&self.midnight)
            });
            let holds = begins.max().unwrap_or(self.midnight) <= piece.from();
            if let Some(held) = if holds { new } else { old } {
                owned.extend(
                    held.period
                        .intersect(piece)
                        .map(|period| OwnedInterval { period, ..held }),
                );
            }
        }
        owned
    }
}

/// The days that a rule has in writing, as they begin in the zone of the pipeline.
fn days(rule: &Rule) -> impl Iterator<Item = Instant> {
    let exemption = rule.actions.non_billable.as_ref();
    let until = exemption.and_then(|exemption| exemption.ends);
    let days = [rule.validity.from, rule.validity.to, until];
    days.into_iter().flatten()
}

/// As if a day that rules have in writing began at another instant.
fn with_days(terms: &Terms, day: Instant, at: Instant) -> Cow<'_, Terms> {
    let has_it = |rule: &Rule| days(rule).any(|one| one == day);
    if at == day || !terms.rules.iter().any(|rule| has_it(rule)) {
        return Cow::Borrowed(terms);
    }
    let mut terms = terms.clone();
    let with_it = terms.rules.iter_mut().filter(|rule| has_it(rule));
    for rule in with_it.map(Arc::make_mut) {
        let exemption = rule.actions.non_billable.as_mut();
        let until = exemption.map(|exemption| &mut exemption.ends);
        let own = [&mut rule.validity.from, &mut rule.validity.to];
        for written in own.into_iter().chain(until) {
            *written = written.map(|one| if one == day { at } else { one });
        }
    }
    Cow::Owned(terms)
}

fn accounts(owned: &OwnedInterval) -> Vec<AccountId> {
    match &*owned.ownership {
        Ownership::Owned { owners, .. } => owners.iter().map(|owner| owner.account).collect(),
        Ownership::Suspended(_) | Ownership::NonBillable(_) => Vec::new(),
    }
}
