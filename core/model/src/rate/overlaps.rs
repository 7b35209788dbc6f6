//! Resources that two sources show at the same time, and that are charged for each: the same thing billed twice.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

use super::RateInput;
use super::findings::Findings;
use super::observed::Intervals;
use crate::charge::Charge;
use crate::decimal::Rational;
use crate::finding::{Finding, FindingCode, Severity};
use crate::ids::{IntervalId, Kind, ResourceId, SourceId};
use crate::inventory::Interval;
use crate::money::Money;
use crate::ownership::Ownership;
use crate::time::Period;

/// How many resources a message names.
const NAMES_MAX: usize = 3;

/// What is owned of a resource: in which interval, by the word of which source, and while.
type Pieces<'a> = BTreeMap<ResourceId, Vec<(&'a Interval, Period)>>;

/// The stretches of an interval in which another source's interval of the resource is charged too.
type Doubled = HashMap<IntervalId, Vec<Period>>;

/// What several sources are charged for.
#[derive(Debug, Default)]
pub(super) struct Overlaps<'a> {
    by_kind: ByKind<'a>,
    doubled: Doubled,
    /// Resources of two sources that nothing says to be one, and that look like one.
    alike: ByKind<'a>,
}

/// Resources and their names.
type ByKind<'a> = BTreeMap<&'a Kind, (BTreeSet<ResourceId>, BTreeSet<&'a str>)>;

impl<'a> Overlaps<'a> {
    pub(super) fn find(input: &RateInput<'_>, intervals: &Intervals<'a>) -> Self {
        let mut found = Self::default();
        let pieces = owned_pieces(input, intervals);
        found.find_alike(&pieces);
        for (resource, pieces) in pieces {
            for (interval, period) in overlaps(&pieces) {
                let (resources, names) = found.by_kind.entry(&interval.kind).or_default();
                resources.insert(resource);
                names.insert(&interval.configuration.name);
                found.doubled.entry(interval.id).or_default().push(period);
            }
        }
        found
    }

    /// Of one kind, with one name and one id: the same machine, most likely.
    fn find_alike(&mut self, pieces: &Pieces<'a>) {
        type Looks<'l> = (&'l Kind, &'l str, &'l str);
        let mut alike: HashMap<Looks<'a>, Vec<(&'a Interval, Period)>> = HashMap::new();
        for &(interval, period) in pieces.values().flatten() {
            let name = interval.configuration.name.as_str();
            let looks = (&interval.kind, interval.external_id.as_str(), name);
            alike.entry(looks).or_default().push((interval, period));
        }
        for pieces in alike.into_values() {
            let known = pieces
                .iter()
                .all(|(one, _)| one.resource == pieces[0].0.resource);
            if known {
                continue;
            }
            for (interval, _) in overlaps(&pieces) {
                let (resources, names) = self.alike.entry(&interval.kind).or_default();
                resources.insert(interval.resource);
                names.insert(&interval.configuration.name);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_kind.is_empty()
    }

    /// Reports them by kind, with the money of the source that came later. The charges need their contributions.
    pub(super) fn report(
        &self,
        input: &RateInput<'_>,
        intervals: &Intervals<'_>,
        charges: &[Charge],
        findings: &mut Findings,
    ) {
        for (kind, (resources, names)) in &self.alike {
            findings.push(Finding {
                code: FindingCode::BilledTwice,
                severity: Severity::Warning,
                subject: format!("kind {kind}"),
                message: format!(
                    "Two sources show {} of the kind `{kind}` with the same id and name at the same time, and each is charged: {}.",
                    count(resources),
                    some_of(names),
                ),
                next_step: "where they are one, let both sources declare an attribute that tells so, a serial number say, or list them at one source alone".to_owned(),
                value: None,
                since: Some(input.billing_period.period().from()),
            });
        }
        for (kind, (resources, names)) in &self.by_kind {
            let of_kind = |interval: &Interval| interval.kind == **kind;
            findings.push(Finding {
                code: FindingCode::BilledTwice,
                severity: Severity::Blocking,
                subject: format!("kind {kind}"),
                message: format!(
                    "Two sources show {} of the kind `{kind}` at the same time, and both are charged: {}.",
                    count(resources),
                    some_of(names),
                ),
                next_step: "decide which source counts: make the kind `non_billable` at the other one with a rule `when = { source = …, kind = … }` ahead of those that name the customer, or do not list it there".to_owned(),
                value: value(charges, intervals, &self.doubled, of_kind),
                since: Some(input.billing_period.period().from()),
            });
        }
    }
}

fn count(resources: &BTreeSet<ResourceId>) -> String {
    match resources.len() {
        1 => "a resource".to_owned(),
        many => format!("{many} resources"),
    }
}

fn some_of(names: &BTreeSet<&str>) -> String {
    let first: Vec<&str> = names.iter().take(NAMES_MAX).copied().collect();
    let more = if names.len() > NAMES_MAX { ", …" } else { "" };
    format!("{}{more}", first.join(", "))
}

/// Empty where all is of one source.
fn owned_pieces<'a>(input: &RateInput<'_>, intervals: &Intervals<'a>) -> Pieces<'a> {
    let mut pieces = Pieces::new();
    let sources: BTreeSet<SourceId> = input.intervals.iter().map(|one| one.source).collect();
    if sources.len() < 2 {
        return pieces;
    }
    for owned in input.owned {
        let Ownership::Owned { .. } = *owned.ownership else {
            continue;
        };
        let period = owned.period.intersect(input.billing_period.period());
        if let (Some(period), Some(interval)) = (period, intervals.get(owned.interval)) {
            let of_resource = pieces.entry(owned.resource).or_default();
            of_resource.push((interval, period));
        }
    }
    pieces
}

/// What the later of two sources has in common with the earlier one.
fn overlaps<'a>(pieces: &[(&'a Interval, Period)]) -> Vec<(&'a Interval, Period)> {
    let mut overlaps = Vec::new();
    for (interval, period) in pieces {
        for (other, while_other) in pieces {
            if other.source < interval.source
                && let Some(both) = period.intersect(*while_other)
            {
                overlaps.push((*interval, both));
            }
        }
    }
    overlaps
}

/// The part of the charges that falls into what is doubled; none where it is in several currencies.
fn value(
    charges: &[Charge],
    intervals: &Intervals<'_>,
    doubled: &Doubled,
    of_kind: impl Fn(&Interval) -> bool,
) -> Option<Money> {
    let mut currency = None;
    let mut minor = Rational::zero();
    for part in charges.iter().flat_map(|charge| &charge.contributions) {
        let Some(periods) = doubled.get(&part.interval) else {
            continue;
        };
        if !intervals.get(part.interval).is_some_and(&of_kind) {
            continue;
        }
        if *currency.get_or_insert(part.allocated.currency()) != part.allocated.currency() {
            return None;
        }
        let within = periods.iter().filter_map(|one| one.intersect(part.period));
        let seconds: i64 = within.map(Period::seconds).sum();
        let whole = part.period.seconds();
        minor += Rational::new(
            BigInt::from(part.allocated.minor()) * seconds.min(whole),
            BigInt::from(whole),
        );
    }
    let minor = minor.round().to_integer().to_i64()?;
    Some(Money::from_minor(minor, currency?))
}
