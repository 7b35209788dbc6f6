//! With which other month the line of a time is billed: in advance, as it was called then, or when its charge period has ended.

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
    pub(super) billed: Billed,
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
            // The last of them has what changed with the stretch; those before it have what was known before.
            for month in months(asked, terms, stretch, interval)?.into_iter().rev() {
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
                    line.billed = billed(terms, stretch, &line.item);
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
        billed: Billed::default(),
    })
}

fn billed(terms: &Versions, stretch: &OwnedInterval, item: &str) -> Billed {
    let books = price_books(terms);
    let book = PriceBook::in_force(&books, stretch.period.from());
    let mut items = book.into_iter().flat_map(|book| &book.items);
    let own = items.find(|one| one.key.as_str() == item);
    own.map(|one| one.charge_cycle.billed).unwrap_or_default()
}

fn owners(stretch: &OwnedInterval) -> &[Owner] {
    match &*stretch.ownership {
        Ownership::Owned { owners, .. } => owners,
        Ownership::NonBillable(_) | Ownership::Suspended(_) => &[],
    }
}

/// The other months that may bill a stretch. In advance they are from that before its charge period to that in which it begins, in
/// arrears those in which its charge periods end.
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
    let fitting = book.items.iter().filter(|item| {
        item.kinds.contains(&interval.kind) && unfit(item, interval, &customers).is_none()
    });
    let fitting: Vec<&PriceItem> = fitting.collect();
    let mut days: Vec<(Date, Date)> = Vec::new();
    for owner in owners {
        let account = account(asked, terms, owner.account, from);
        for item in &fitting {
            days.extend(billed_days(item.charge_cycle, account, (stretch, asked)));
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
    (stretch, asked): (&OwnedInterval, &Asked<'_>),
) -> Option<(Date, Date)> {
    let calendar = account.map(|account| &account.calendar);
    let pipeline = &asked.wired.pipeline;
    let zone = calendar.and_then(|one| one.zone.as_ref());
    let zone = zone.unwrap_or(&pipeline.zone);
    let Cycle { length, anchor } = charge_cycle.cycle;
    let cycle = Cycle {
        length,
        anchor: anchor.or_else(|| calendar?.anchor),
    };
    let gathers = calendar.filter(|one| one.gathers != Gathers::Month);
    let with = |day: Date| gathers.map_or(day, |calendar| calendar.plan_of(day));
    if charge_cycle.billed == Billed::InArrears {
        let within = stretch.period.intersect(asked.period.period())?;
        let last = Instant::from_seconds(within.to().seconds() - 1).ok()?;
        let ends = |at: Instant| {
            let last_day = cycle.containing(at.date(zone)).next_day.yesterday();
            last_day.map(with).ok()
        };
        return Some((ends(within.from())?, ends(last)?));
    }
    let day = stretch.period.from().date(zone);
    let home = cycle.containing(day).first_day.yesterday().ok()?;
    let home = home.max(pipeline.config.bill_from.unwrap_or(home));
    Some((with(home), with(day)))
}
