//! Which charge periods are due with a billing period, of which items and for which accounts.
//!
//! Each pair of item and account has periods that tile the time line, also where a later version changes their cycle: the old
//! one ends there, and the new one begins. Each of them belongs to one billing period by its last day, or in advance by the
//! day before its first one; so whatever changes, none is billed twice or never.

mod scope;

use std::collections::BTreeSet;

use super::calendars::{Calendars, ChargePeriods, windows};
use super::timeline::{Timeline, account_timelines, item_timelines};
use super::{ItemCycle, RateInput};
use crate::charge::Charge;
use crate::ids::AccountId;
use crate::price::{Billed, ChargeCycle, PriceBook};
use crate::time::{
    AccountCalendar, BillingPeriod, CivilPeriod, Cycle, Date, Gathers, Instant, Period, TimeZone,
};
use crate::validity::ConfigVersion;

pub(super) use scope::{DueScope, meters};

/// Everything that is not simply charged for the billing period itself.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Whatever is due of them is in the passes.
    apart: Vec<DueScope>,
    pub(super) passes: Vec<Pass>,
}

/// A charge period that is due, with what is charged for it.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) billing_period: BillingPeriod,
    /// The part of it that is charged.
    pub(super) served: Period,
    /// Absent: in arrears.
    pub(super) advance: Option<Advance>,
    pub(super) scopes: Vec<DueScope>,
}

/// What is due of a charge period that is billed in advance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Advance {
    /// The whole of it, for what is there when it begins.
    pub(super) is_begun: bool,
    /// What changes in these stretches.
    pub(super) changes: Vec<Period>,
    /// A day of the month with which the whole of it is billed.
    pub(super) billed_with: Date,
}

/// What decides the charge periods of an item for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Class {
    charge_cycle: ChargeCycle,
    /// Absent: that of the billing period.
    zone: Option<TimeZone>,
}

/// While a class holds; unbounded where absent.
#[derive(Debug)]
struct Segment {
    from: Option<Date>,
    to: Option<Date>,
    class: Option<Class>,
}

/// What is asked for, in civil days.
struct Asked<'a> {
    billing_period: &'a BillingPeriod,
    calendar: &'a Timeline<AccountCalendar>,
    bill_from: Option<Date>,
    /// Periods are cut where the days end that were asked for.
    is_cut: bool,
}

impl Pass {
    /// Whose resources decide its charges; absent where those of all do.
    pub(super) fn accounts(&self) -> Option<BTreeSet<AccountId>> {
        if self.scopes.iter().any(|scope| scope.is_shared) {
            return None;
        }
        let accounts = self.scopes.iter().flat_map(|scope| &scope.accounts);
        Some(accounts.copied().collect())
    }
}

impl Due {
    pub(super) fn find(
        billing_period: &BillingPeriod,
        price_book: &[ConfigVersion<&PriceBook>],
        accounts: impl IntoIterator<Item = AccountId>,
        calendars: &Calendars,
    ) -> Self {
        let mut due = Self::default();
        let items = item_timelines(price_book, billing_period.zone());
        let accounts = account_timelines(accounts, calendars);
        for (cycles, items) in &items {
            for (calendar, accounts) in &accounts {
                let segments = segments(cycles, calendar, billing_period.zone());
                if is_plain(&segments, calendar, billing_period) {
                    continue;
                }
                let scope = DueScope {
                    items: items.clone(),
                    accounts: accounts.clone(),
                    is_shared: cycles
                        .iter()
                        .any(|(_, one)| one.is_some_and(|one| one.is_split)),
                };
                let asked = Asked {
                    billing_period,
                    calendar,
                    bill_from: calendars.bill_from,
                    is_cut: billing_period.is_of_days(),
                };
                for window in windows(calendar, billing_period) {
                    for segment in &segments {
                        asked.add(segment, window, &scope, &mut due.passes);
                    }
                }
                scope.add_to(&mut due.apart);
            }
        }
        due.passes.retain(|pass| {
            let advance = pass.advance.as_ref();
            advance.is_none_or(|advance| advance.is_begun || !advance.changes.is_empty())
        });
        due
    }

    /// What is due where it is asked what is due.
    pub(super) fn of(input: &RateInput<'_>) -> Self {
        match input.charge_periods {
            ChargePeriods::Whole => Self::default(),
            ChargePeriods::Due(calendars) => {
                let accounts = input.accounts.keys().copied();
                Self::find(input.billing_period, input.price_book, accounts, calendars)
            }
        }
    }

    /// Is everything charged for the billing period itself?
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.apart.is_empty()
    }

    /// Is the charge one of the billing period itself?
    pub(super) fn is_plain(&self, charge: &Charge) -> bool {
        !self.apart.iter().any(|scope| scope.keeps(charge))
    }

    /// When the last of what is billed in arrears has ended.
    pub(super) fn ends(&self, billing_period: &BillingPeriod) -> Instant {
        let in_arrears = self.passes.iter().filter(|pass| pass.advance.is_none());
        let ends = in_arrears.map(|pass| pass.served.to());
        ends.fold(billing_period.period().to(), Instant::max)
    }

    /// The time of which facts are needed.
    pub(super) fn needs(&self, billing_period: &BillingPeriod) -> Period {
        let served = self.passes.iter().map(|pass| pass.served);
        served.fold(billing_period.period(), Period::hull)
    }
}

/// Does the month itself hold all that is charged with it, and nothing else?
fn is_plain(
    segments: &[Segment],
    calendar: &Timeline<AccountCalendar>,
    billing_period: &BillingPeriod,
) -> bool {
    let plain = |segment: &Segment| {
        let class = segment.class.as_ref();
        class.is_none_or(|class| {
            class.zone.is_none() && class.charge_cycle == ChargeCycle::default()
        })
    };
    billing_period.is_month()
        && segments.iter().all(plain)
        && calendar
            .iter()
            .all(|(_, calendar)| calendar.gathers == Gathers::Month)
}

fn segments(
    cycles: &Timeline<Option<ItemCycle>>,
    calendars: &Timeline<AccountCalendar>,
    zone: &TimeZone,
) -> Vec<Segment> {
    let starts = cycles.iter().map(|(from, _)| *from);
    let starts: BTreeSet<Option<Date>> = starts
        .chain(calendars.iter().map(|(from, _)| *from))
        .collect();
    let mut segments: Vec<Segment> = Vec::new();
    for from in starts {
        let cycle = super::timeline::at(cycles, from).copied().flatten();
        let calendar = super::timeline::at(calendars, from);
        let class = cycle.map(|cycle| class(cycle, calendar, zone));
        match segments.last_mut() {
            Some(last) if last.class == class => {}
            last => {
                if let Some(last) = last {
                    last.to = from;
                }
                segments.push(Segment {
                    from,
                    to: None,
                    class,
                });
            }
        }
    }
    segments
}

/// A total that all accounts share has one calendar.
fn class(cycle: ItemCycle, calendar: Option<&AccountCalendar>, zone: &TimeZone) -> Class {
    let own = calendar.filter(|_| !cycle.is_split);
    let Cycle { length, anchor } = cycle.charge_cycle.cycle;
    Class {
        charge_cycle: ChargeCycle {
            cycle: Cycle {
                length,
                anchor: anchor.or_else(|| own?.anchor),
            }
            .normalized(),
            ..cycle.charge_cycle
        },
        zone: own.and_then(|own| own.zone.clone().filter(|own| own != zone)),
    }
}

impl Asked<'_> {
    /// Adds the charge periods of a segment that belong to the days of a window.
    fn add(
        &self,
        segment: &Segment,
        window: CivilPeriod,
        scope: &DueScope,
        passes: &mut Vec<Pass>,
    ) {
        let Some(class) = &segment.class else {
            return;
        };
        let cycle = class.charge_cycle.cycle;
        let mut civil = cycle.containing(window.first_day);
        // In advance the period that begins when the window ends belongs to it.
        while civil.first_day <= window.next_day {
            if let Some(pass) = self.pass((segment, class), civil, window) {
                add_to(passes, pass, scope);
            }
            civil = cycle.containing(civil.next_day);
        }
    }

    /// The month whose plan holds what belongs to a day: documents may gather several months.
    fn plan_of(&self, day: Date) -> Date {
        let calendar = super::timeline::at(self.calendar, Some(day));
        calendar.map_or(day, |calendar| calendar.plan_of(day))
    }

    fn pass(
        &self,
        (segment, class): (&Segment, &Class),
        civil: CivilPeriod,
        window: CivilPeriod,
    ) -> Option<Pass> {
        let mut begins = civil.first_day.max(segment.from.unwrap_or(Date::MIN));
        begins = begins.max(self.bill_from.unwrap_or(Date::MIN));
        let mut ends = civil.next_day.min(segment.to.unwrap_or(Date::MAX));
        if self.is_cut {
            begins = begins.max(window.first_day);
            ends = ends.min(window.next_day);
        }
        if begins >= ends {
            return None;
        }
        let zone = class.zone.as_ref();
        let zone = zone.unwrap_or(self.billing_period.zone());
        let instant = |day: Date| Instant::start_of_day(day, zone).ok();
        let stretch = |from: Date, to: Date| Period::new(instant(from)?, instant(to)?);
        let is_within = |day: Date| window.first_day <= day && day < window.next_day;
        let advance = match class.charge_cycle.billed {
            Billed::InArrears => {
                if !is_within(ends.yesterday().ok()?) {
                    return None;
                }
                None
            }
            Billed::InAdvance => {
                let before = begins.yesterday().ok()?;
                let home = before.max(self.bill_from.unwrap_or(before));
                let changed = (begins.max(window.first_day), ends.min(window.next_day));
                Some(Advance {
                    is_begun: self.is_cut || is_within(home),
                    changes: stretch(changed.0, changed.1).into_iter().collect(),
                    billed_with: self.plan_of(home),
                })
            }
        };
        let billing_period =
            BillingPeriod::of(class.charge_cycle.cycle, civil.first_day, zone.clone());
        Some(Pass {
            // A day that the zone skips has no period.
            billing_period: billing_period.ok()?,
            served: stretch(begins, ends)?,
            advance,
            scopes: Vec::new(),
        })
    }
}

/// What is charged for the same period is rated together: a part of other items sees them.
fn add_to(passes: &mut Vec<Pass>, pass: Pass, scope: &DueScope) {
    let same = |other: &&mut Pass| {
        other.billing_period == pass.billing_period
            && other.served == pass.served
            && other.advance.is_some() == pass.advance.is_some()
    };
    let of_scope = |other: &&mut Pass| other.scopes.iter().any(|known| known.holds(scope));
    // Of a document with a gap the stretches of one period come one by one.
    if let Some(known) = passes.iter_mut().filter(same).find(of_scope) {
        if let (Some(known), Some(more)) = (&mut known.advance, pass.advance) {
            known.is_begun |= more.is_begun;
            known.changes.extend(more.changes);
        }
        return;
    }
    let alike = passes.iter_mut().filter(same);
    match alike
        .into_iter()
        .find(|other| other.advance == pass.advance)
    {
        Some(known) => scope.clone().add_to(&mut known.scopes),
        None => passes.push(Pass {
            scopes: vec![scope.clone()],
            ..pass
        }),
    }
}

#[cfg(test)]
mod tests;
