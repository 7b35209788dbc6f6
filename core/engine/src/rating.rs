//! Stages 2 and 3 on the facts of a period: loads them as they were known at a cutoff, then classifies and rates.

mod accounts;
mod calendars;
mod estimate;
mod owned;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use counterfoil_model::agreed::{self, Agreed};
use counterfoil_model::between::Handovers;
use counterfoil_model::charge::Charge;
use counterfoil_model::classify::ZonedClassifier;
use counterfoil_model::holds_later::HoldsLater;
use counterfoil_model::ids::{AccountId, Kind, RecordingId, ResourceId};
use counterfoil_model::inventory::{GaugeRun, Interval};
use counterfoil_model::opening;
use counterfoil_model::ownership::OwnedInterval;
use counterfoil_model::price::PriceBook;
use counterfoil_model::rate::{self, ChargePeriods, Detail, KindBalance, RateInput, Rated};
use counterfoil_model::time::{BillingPeriod, Date, Instant, Period};
use counterfoil_model::validity::ConfigVersion;
use counterfoil_store::StoreError;

use crate::between::{Placing, name_policies, placed_intervals};
use crate::later::later;
use crate::session::{Session, Wired};
use crate::terms::{TermsError, Versions, directory};
use calendars::{calendars, zoned_periods};

pub use accounts::{account_terms, signing_terms};
pub(crate) use calendars::{
    account_periods, billed_until, bills_months_alone, facts_needed, handovers, intervals_needed,
};
pub(crate) use estimate::estimate_currency;
pub(crate) use owned::{charges_of, charges_whole, rate_owned};

/// What was known of a period, and what it comes to.
#[derive(Debug)]
pub struct PeriodRated {
    pub period: BillingPeriod,
    pub intervals: Vec<Interval>,
    pub owned: Vec<OwnedInterval>,
    pub rated: Rated,
    gauges: Vec<GaugeRun>,
    agreed: Agreed,
    pub(crate) handovers: Handovers,
    bill_from: Option<Date>,
    detail: Detail,
    detailed: OnceLock<Vec<Charge>>,
}

impl PeriodRated {
    /// The samples that were rated.
    pub(crate) fn gauges(&self) -> &[GaugeRun] {
        &self.gauges
    }

    /// The completeness equation of accounts, of a period of their own calendars: what they had is rated whole for it, as the
    /// billing period is.
    pub(crate) fn account_balances(
        &self,
        (wired, versions): (&Wired<'_>, &Versions),
        period: &BillingPeriod,
        accounts: &BTreeSet<AccountId>,
    ) -> BTreeMap<AccountId, BTreeMap<Kind, KindBalance>> {
        let agreed = Agreed::default();
        let later = BTreeMap::new();
        let input = RateInput {
            billing_period: period,
            intervals: &self.intervals,
            owned: &self.owned,
            gauges: &self.gauges,
            agreed: &agreed,
            price_book: &price_books(versions),
            accounts: &signing_terms(wired, versions, period.period()),
            estimate_currency: None,
            later: &later,
            open_from: versions.open_from,
            charge_periods: ChargePeriods::Whole,
            detail: Detail::Lines,
        };
        rate::account_balances(&input, accounts)
    }

    /// The charges with what each resource adds: most bills are made without looking at it.
    pub(crate) fn charges_in_detail(&self, wired: &Wired<'_>, versions: &Versions) -> &[Charge] {
        match self.detail {
            Detail::Resources => &self.rated.charges,
            Detail::Amounts | Detail::Lines => self.detailed.get_or_init(|| {
                let facts = Facts {
                    intervals: &self.intervals,
                    owned: &self.owned,
                    gauges: &self.gauges,
                    agreed: &self.agreed,
                    later: &BTreeMap::new(),
                    bill_from: self.bill_from,
                };
                rated(wired, versions, &self.period, facts, Detail::Resources).charges
            }),
        }
    }
}

/// What was gathered of a period.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) intervals: Vec<Interval>,
    pub(crate) gauges: Vec<GaugeRun>,
    /// Nothing where it is asked what resources come to.
    pub(crate) agreed: Agreed,
}

/// What is rated.
#[derive(Debug, Clone, Copy)]
struct Facts<'a> {
    intervals: &'a [Interval],
    owned: &'a [OwnedInterval],
    gauges: &'a [GaugeRun],
    agreed: &'a Agreed,
    later: &'a BTreeMap<ResourceId, HoldsLater>,
    bill_from: Option<Date>,
}

/// Classifies and rates a period from what was known at the cutoff.
pub async fn rate_period(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    period: &BillingPeriod,
    cutoff: RecordingId,
    detail: Detail,
) -> Result<PeriodRated, TermsError> {
    let placing = Placing::AsConfigured;
    rate_placed(session, wired, versions, (period, placing), cutoff, detail).await
}

/// The same with the uncertain edges of its intervals placed otherwise.
pub(crate) async fn rate_placed(
    session: &Session,
    wired: &Wired<'_>,
    versions: &Versions,
    (period, placing): (&BillingPeriod, Placing),
    cutoff: RecordingId,
    detail: Detail,
) -> Result<PeriodRated, TermsError> {
    let store_error = |source: StoreError| TermsError::Store { source };
    let sources = wired.every_source();
    let needed = facts_needed(wired, versions, period);
    let read = handovers(wired, versions, needed).needs(needed);
    let placing = (period, read, placing);
    let intervals = placed_intervals(session, wired, versions, placing, cutoff).await?;
    let gauges = session
        .store
        .gauges(&sources, needed, cutoff)
        .await
        .map_err(store_error)?;
    let billed = billed_part(wired, period, needed);
    let is_final = billed_until(wired, versions, period) <= session.now;
    let given = Given {
        intervals,
        gauges,
        agreed: agreed(wired, versions, period, billed.period, is_final),
    };
    let mut rated = rate_facts(wired, versions, (period, billed), given, detail)?;
    let opening = openings(wired, versions, period);
    if !opening.is_empty() {
        rated.rated.charges.extend(opening);
        rated.rated.charges.sort_by(|a, b| a.key.cmp(&b.key));
    }
    Ok(rated)
}

/// What was billed elsewhere of a period, as charges that take it off.
fn openings(wired: &Wired<'_>, versions: &Versions, period: &BillingPeriod) -> Vec<Charge> {
    let empty = PriceBook::default();
    let book =
        PriceBook::in_force(&price_books(versions), period.period().from()).unwrap_or(&empty);
    opening::charges(
        &versions.openings,
        period,
        book,
        &account_terms(wired, versions),
    )
}

/// The part of the time of facts that is billed, and since when anything is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BilledPart {
    pub(crate) period: Option<Period>,
    pub(crate) bill_from: Option<Date>,
}

impl BilledPart {
    /// A time without what lies before anything is billed.
    pub(crate) fn since(self, period: &BillingPeriod, time: Period) -> Period {
        let start = self
            .bill_from
            .map(|first| Instant::start_of_day(first, period.zone()));
        let start = start.and_then(Result::ok).unwrap_or(time.from());
        Period::new(time.from().max(start), time.to()).unwrap_or(time)
    }
}

/// The same of facts that were gathered already, as far as they lie in the part that is billed.
pub(crate) fn rate_facts(
    wired: &Wired<'_>,
    versions: &Versions,
    (period, part): (&BillingPeriod, BilledPart),
    given: Given,
    detail: Detail,
) -> Result<PeriodRated, TermsError> {
    let Given {
        mut intervals,
        mut gauges,
        agreed,
    } = given;
    let mut owned = Vec::new();
    let mut handovers = Handovers::default();
    if let Some(billed) = part.period {
        handovers = self::handovers(wired, versions, billed);
        let read = part.since(period, handovers.needs(billed));
        keep_from((wired, part.bill_from), &mut intervals, read.from());
        owned = classify_all(wired, versions, &intervals, read)?;
        handovers.hand_over(&mut owned, billed);
        if read != billed {
            intervals.retain(|interval| interval.valid.clip(billed).is_some());
        }
    } else {
        intervals.clear();
        gauges.clear();
    }
    let later = later(wired, versions, period, (&intervals, &owned))?;
    let facts = Facts {
        intervals: &intervals,
        owned: &owned,
        gauges: &gauges,
        agreed: &agreed,
        later: &later,
        bill_from: part.bill_from,
    };
    Ok(PeriodRated {
        rated: rated(wired, versions, period, facts, detail),
        period: period.clone(),
        intervals,
        owned,
        gauges,
        agreed,
        handovers,
        bill_from: part.bill_from,
        detail,
        detailed: OnceLock::new(),
    })
}

/// What is agreed with accounts in the billed part of a period.
pub(crate) fn agreed(
    wired: &Wired<'_>,
    versions_of: &Versions,
    period: &BillingPeriod,
    billed: Option<Period>,
    is_final: bool,
) -> Agreed {
    let versions = || versions_of.versions.iter();
    let quantities: Vec<_> = versions()
        .map(|one| one.project(|terms| terms.classification.quantities.as_slice()))
        .collect();
    let commitments: Vec<_> = versions()
        .map(|one| one.project(|terms| terms.classification.commitments.as_slice()))
        .collect();
    let agreements: Vec<_> = versions()
        .map(|one| one.project(|terms| terms.classification.agreements.as_slice()))
        .collect();
    let versions = agreed::Versions {
        quantities: &quantities,
        commitments: &commitments,
        agreements: &agreements,
        accounts: &directory(wired).accounts,
        periods: &zoned_periods(wired, versions_of, period),
    };
    agreed::place(versions, period, billed, is_final)
}

/// Whose each interval is within a stretch of time.
pub fn classify_all(
    wired: &Wired<'_>,
    versions: &Versions,
    intervals: &[Interval],
    period: Period,
) -> Result<Vec<OwnedInterval>, TermsError> {
    let terms: Vec<_> = versions
        .versions
        .iter()
        .map(|version| version.project(|terms| &terms.classification))
        .collect();
    let classifier = ZonedClassifier::new(&terms, directory(wired), period, &wired.pipeline.zone)
        .map_err(|source| TermsError::Classifier { source })?;
    let mut owned = Vec::with_capacity(intervals.len());
    for interval in intervals {
        classifier.classify_into(interval, period, &mut owned);
    }
    Ok(owned)
}

/// The price book, as each version has it.
pub(crate) fn price_books(versions: &Versions) -> Vec<ConfigVersion<&PriceBook>> {
    let versions = versions.versions.iter();
    versions
        .map(|version| version.project(|terms| &terms.price_book))
        .collect()
}

/// The part of the time of a period's facts that is billed: nothing before `bill_from`.
pub(crate) fn billed_part(wired: &Wired<'_>, period: &BillingPeriod, needed: Period) -> BilledPart {
    let bill_from = wired.pipeline.config.bill_from;
    let start = bill_from.map(|first| Instant::start_of_day(first, period.zone()));
    let period = match start {
        None => Some(needed),
        Some(Err(_)) => None,
        Some(Ok(start)) => Period::new(needed.from().max(start), needed.to()),
    };
    BilledPart { period, bill_from }
}

/// Rating balances what it is given: what lies before the opening is not given.
pub(crate) fn keep_from(
    (wired, bill_from): (&Wired<'_>, Option<Date>),
    intervals: &mut Vec<Interval>,
    from: Instant,
) {
    intervals.retain(|interval| interval.valid.to.is_none_or(|to| to > from));
    let opening = bill_from.and_then(|day| Instant::start_of_day(day, &wired.pipeline.zone).ok());
    let Some(opening) = opening else {
        return;
    };
    for interval in intervals {
        if interval.valid.from.is_none_or(|start| start < opening) {
            interval.valid.from = Some(opening);
        }
    }
}

fn rated(
    wired: &Wired<'_>,
    versions: &Versions,
    period: &BillingPeriod,
    facts: Facts<'_>,
    detail: Detail,
) -> Rated {
    let books = price_books(versions);
    rated_with((wired, versions), period, facts, &books, detail)
}

fn rated_with(
    (wired, versions): (&Wired<'_>, &Versions),
    period: &BillingPeriod,
    facts: Facts<'_>,
    books: &[ConfigVersion<&PriceBook>],
    detail: Detail,
) -> Rated {
    let calendars = calendars(wired, versions, facts.bill_from);
    let due = ChargePeriods::Due(&calendars);
    rated_for((wired, versions), (period, due), facts, books, detail)
}

fn rated_for(
    (wired, versions): (&Wired<'_>, &Versions),
    (period, charge_periods): (&BillingPeriod, ChargePeriods<'_>),
    facts: Facts<'_>,
    books: &[ConfigVersion<&PriceBook>],
    detail: Detail,
) -> Rated {
    let mut rated = rate::rate(&RateInput {
        billing_period: period,
        intervals: facts.intervals,
        owned: facts.owned,
        gauges: facts.gauges,
        agreed: facts.agreed,
        price_book: books,
        accounts: &signing_terms(wired, versions, facts_needed(wired, versions, period)),
        estimate_currency: estimate_currency(wired, versions),
        later: facts.later,
        open_from: versions.open_from,
        charge_periods,
        detail,
    });
    let terms = versions.in_force(period.period().from());
    name_policies(&mut rated.charges, terms.change_at, terms.handover);
    rated
}
