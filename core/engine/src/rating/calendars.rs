//! Whose calendar a period is rated by: the accounts' calendars, and what follows of them for the time of facts.

use std::collections::BTreeMap;

use counterfoil_model::between::Handovers;
use counterfoil_model::ids::AccountId;
use counterfoil_model::price::ChargeCycle;
use counterfoil_model::rate::{self, AccountPeriod, Calendars};
use counterfoil_model::time::{AccountCalendar, BillingPeriod, Date, Gathers, Instant, Period};

use super::{account_terms, price_books};
use crate::session::Wired;
use crate::terms::{Versions, directory};

/// The time of which facts are needed to rate a billing period.
pub(crate) fn facts_needed(
    wired: &Wired<'_>,
    versions: &Versions,
    period: &BillingPeriod,
) -> Period {
    let accounts = account_terms(wired, versions);
    let calendars = calendars(wired, versions, wired.pipeline.config.bill_from);
    let accounts = accounts.keys().copied();
    rate::facts_needed(period, &price_books(versions), accounts, &calendars)
}

/// Who pays in the months that a time touches.
pub(crate) fn handovers(wired: &Wired<'_>, versions: &Versions, time: Period) -> Handovers {
    let zone = &wired.pipeline.zone;
    Handovers::of(time, zone, |at| versions.in_force(at).handover)
}

/// The time of which intervals are read to rate a billing period: whose the needed ones are may follow from others.
pub(crate) fn intervals_needed(
    wired: &Wired<'_>,
    versions: &Versions,
    period: &BillingPeriod,
) -> Period {
    let needed = facts_needed(wired, versions, period);
    handovers(wired, versions, needed).needs(needed)
}

/// When everything has ended that is billed in arrears with a billing period.
pub(crate) fn billed_until(
    wired: &Wired<'_>,
    versions: &Versions,
    period: &BillingPeriod,
) -> Instant {
    let accounts = account_terms(wired, versions);
    let calendars = calendars(wired, versions, wired.pipeline.config.bill_from);
    let accounts = accounts.keys().copied();
    rate::billed_until(period, &price_books(versions), accounts, &calendars)
}

/// The calendars of the accounts, as each version has them.
pub(super) fn calendars(
    wired: &Wired<'_>,
    versions: &Versions,
    bill_from: Option<Date>,
) -> Calendars {
    let directory = directory(wired);
    let zone = &wired.pipeline.zone;
    let versions = versions.versions.iter().map(|version| {
        let since = version.effective_from.map(|from| from.date(zone));
        let accounts = version.terms.classification.accounts.iter();
        let calendars = accounts.filter_map(|account| {
            let id = directory.accounts.get(&account.key)?;
            Some((*id, account.calendar.clone()))
        });
        (since, calendars.collect())
    });
    Calendars {
        versions: versions.collect(),
        bill_from,
    }
}

/// What the billing period is for the accounts that have calendars of their own.
pub(crate) fn account_periods(
    wired: &Wired<'_>,
    versions: &Versions,
    period: &BillingPeriod,
) -> BTreeMap<AccountId, Vec<AccountPeriod>> {
    let accounts = account_terms(wired, versions);
    let calendars = calendars(wired, versions, wired.pipeline.config.bill_from);
    rate::account_periods(period, accounts.keys().copied(), &calendars)
}

/// The billing period of each account that is in another zone.
pub(super) fn zoned_periods(
    wired: &Wired<'_>,
    versions: &Versions,
    period: &BillingPeriod,
) -> BTreeMap<AccountId, BillingPeriod> {
    let own = account_periods(wired, versions, period).into_iter();
    let zoned = own.filter_map(|(account, periods)| {
        let [AccountPeriod::Due(own)] = periods.as_slice() else {
            return None;
        };
        Some((account, own.clone()))
    });
    zoned.collect()
}

/// Is everything billed for the month itself, with the month? So it is where no item has another charge cycle, and no account a
/// calendar of its own.
pub(crate) fn bills_months_alone(wired: &Wired<'_>, versions: &Versions) -> bool {
    let zone = &wired.pipeline.zone;
    versions.versions.iter().all(|version| {
        let mut items = version.terms.price_book.items.iter();
        let mut accounts = version.terms.classification.accounts.iter();
        let is_plain = |one: &AccountCalendar| {
            let own_zone = one.zone.as_ref().filter(|own| *own != zone);
            own_zone.is_none() && one.anchor.is_none() && one.gathers == Gathers::Month
        };
        items.all(|item| item.charge_cycle == ChargeCycle::default())
            && accounts.all(|account| is_plain(&account.calendar))
    })
}
