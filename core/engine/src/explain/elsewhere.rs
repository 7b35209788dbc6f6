//! With which month the line of a time was billed in advance: as it was called then.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::classify::Account;
use counterfoil_model::ids::{AccountId, CustomerKey, RecordingId};
use counterfoil_model::inventory::Interval;
use counterfoil_model::ownership::{OwnedInterval, Owner, Ownership};
use counterfoil_model::price::{Billed, ChargeCycle, PriceBook, PriceItem};
use counterfoil_model::rate::{Detail, unfit};
use counterfoil_model::time::{BillingPeriod, Cycle, Date, Gathers, Instant, Period};

use super::{Asked, ExplainError};
use crate::between::Placing;
use crate::rating::{PeriodRated, price_books, rate_placed};
use crate::terms::Versions;

/// A line that has a stretch of a resource, and is billed with another month.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) item: String,
    pub(super) description: String,
    /// What the resource is called in it.
    pub(super) name: String,
    /// Its charge period.
    pub(super) of: String,
    /// The month with which it is billed.
    pub(super) with: String,
}

/// By stretch.
#[derive(Debug, Default)]
pub(super) struct Elsewhere(BTreeMap<Period, Held>);

impl Elsewhere {
    /// Of the stretches of a resource that no line of the month has.
    pub(super) async fn of(
        asked: &Asked<'_>,
        (terms, cutoff): (&Versions, RecordingId),
        rated: &PeriodRated,
        owned: &[(&OwnedInterval, &Interval)],
    ) -> Result<Self, ExplainError> {
        let mut held = BTreeMap::new();
        if !asked.period.is_month() {
            return Ok(Self(held));
        }
        let mut others: BTreeMap<String, PeriodRated> = BTreeMap::new();
        for (stretch, interval) in owned {
            if line_of(rated, stretch).is_some() {
                continue;
            }
            for month in months(asked, terms, stretch, interval)? {
                let id = month.id();
                if !others.contains_key(&id) {
                    let placing = (&month, Placing::Explained);
                    let (session, wired) = (asked.session, asked.wired);
                    let detail = Detail::Resources;
                    let other = rate_placed(session, wired, terms, placing, cutoff, detail).await?;
                    others.insert(id.clone(), other);
                }
                let line = others.get(&id).and_then(|other| line_of(other, stretch));
                if let Some(mut line) = line {
                    line.with = id;
                    held.insert(stretch.period, line);
                    break;
                }
            }
        }
        Ok(Self(held))
    }

    pub(super) fn get(&self, stretch: &OwnedInterval) -> Option<&Held> {
        self.0.get(&stretch.period)
    }
}

/// The first line of the stretch's payers that has the resource at that time, under whatever name.
pub(super) fn line_of(rated: &PeriodRated, stretch: &OwnedInterval) -> Option<Held> {
    let accounts: BTreeSet<AccountId> = owners(stretch).iter().map(|one| one.account).collect();
    let charges = rated.rated.charges.iter();
    let mut own = charges.filter(|charge| accounts.contains(&charge.key.account));
    let (charge, part) = own.find_map(|charge| {
        let mut parts = charge.contributions.iter();
        let part = parts.find(|part| {
            part.resource == stretch.resource && part.period.intersect(stretch.period).is_some()
        })?;
        Some((charge, part))
    })?;
    Some(Held {
        name: part.name.clone(),
        item: charge.key.item.to_string(),
        description: charge.description.clone(),
        of: charge.key.billing_period.clone(),
        with: rated.period.id(),
    })
}

fn owners(stretch: &OwnedInterval) -> &[Owner] {
    match &*stretch.ownership {
        Ownership::Owned { owners, .. } => owners,
        Ownership::NonBillable(_) | Ownership::Suspended(_) => &[],
    }
}

/// The other months that may bill a stretch in advance: from that before its charge period to that in which it begins.
fn months(
    asked: &Asked<'_>,
    terms: &Versions,
    stretch: &OwnedInterval,
    interval: &Interval,
) -> Result<Vec<BillingPeriod>, ExplainError> {
    let from = stretch.period.from();
    let zone = &asked.wired.pipeline.zone;
    let books = price_books(terms);
    let owners = owners(stretch);
    let Some(book) = PriceBook::in_force(&books, from).filter(|_| !owners.is_empty()) else {
        return Ok(Vec::new());
    };
    let customers: Vec<&CustomerKey> = owners.iter().map(|owner| &owner.customer).collect();
    let in_advance = book.items.iter().filter(|item| {
        item.charge_cycle.billed == Billed::InAdvance
            && item.kinds.contains(&interval.kind)
            && unfit(item, interval, &customers).is_none()
    });
    let in_advance: Vec<&PriceItem> = in_advance.collect();
    let mut days: Vec<(Date, Date)> = Vec::new();
    for owner in owners {
        let account = account(asked, terms, owner.account, from);
        for item in &in_advance {
            days.extend(billed_days(item.charge_cycle, account, (from, asked)));
        }
    }
    let (Some(first), Some(last)) = (
        days.iter().map(|(first, _)| *first).min(),
        days.iter().map(|(_, last)| *last).max(),
    ) else {
        return Ok(Vec::new());
    };
    let period_error = |source| ExplainError::Period { source };
    let month = |day: Date| BillingPeriod::of(Cycle::default(), day, zone.clone());
    let mut months = Vec::new();
    let mut one = month(first).map_err(period_error)?;
    while one.first_day() <= last {
        if one.id() != asked.period.id() {
            months.push(one.clone());
        }
        one = one.next().map_err(period_error)?;
    }
    Ok(months)
}

fn account<'t>(
    asked: &Asked<'_>,
    terms: &'t Versions,
    id: AccountId,
    at: Instant,
) -> Option<&'t Account> {
    let key = asked.wired.known.accounts.get(&id)?;
    let mut accounts = terms.in_force(at).classification.accounts.iter();
    accounts.find(|account| account.key == *key)
}

/// The days that decide with which months a charge period is billed, and what changes on a day of it.
fn billed_days(
    charge_cycle: ChargeCycle,
    account: Option<&Account>,
    (from, asked): (Instant, &Asked<'_>),
) -> Option<(Date, Date)> {
    let calendar = account.map(|account| &account.calendar);
    let pipeline = &asked.wired.pipeline;
    let zone = calendar.and_then(|one| one.zone.as_ref());
    let day = from.date(zone.unwrap_or(&pipeline.zone));
    let Cycle { length, anchor } = charge_cycle.cycle;
    let cycle = Cycle {
        length,
        anchor: anchor.or_else(|| calendar?.anchor),
    };
    let home = cycle.containing(day).first_day.yesterday().ok()?;
    let home = home.max(pipeline.config.bill_from.unwrap_or(home));
    let gathers = calendar.filter(|one| one.gathers != Gathers::Month);
    Some(match gathers {
        Some(calendar) => (calendar.plan_of(home), calendar.plan_of(day)),
        None => (home, day),
    })
}
