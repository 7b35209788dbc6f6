//! Rates what was given under the policies that were asked for, with its uncertain edges placed.

use std::collections::BTreeMap;

use counterfoil_model::agreed::Agreed;
use counterfoil_model::between::{
    ChangeAt, Direction, Edge, Extreme, Favour, FavourInput, Handover, Handovers, Side, place_in,
};
use counterfoil_model::ids::AccountId;
use counterfoil_model::inventory::{GaugeRun, Interval};
use counterfoil_model::money::Currency;
use counterfoil_model::price::PriceBook;
use counterfoil_model::rate::{
    AccountTerms, Calendars, ChargePeriods, Detail, RateInput, Rated, rate,
};
use counterfoil_model::time::{BillingPeriod, Period};
use counterfoil_model::validity::ConfigVersion;

use super::intervals::Rateable;
use super::renewed::with_renewals;
use crate::between::{Extremes, name_policies};

/// What a pipeline's configuration would say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Policies {
    pub(super) change_at: ChangeAt,
    pub(super) handover: Handover,
}

impl Policies {
    /// One for all months.
    pub(super) fn handovers(self, period: &BillingPeriod, time: Period) -> Handovers {
        Handovers::of(time, period.zone(), |_| self.handover)
    }
}

/// Everything but the facts that edges are of.
pub(super) struct Rating<'a> {
    pub(super) period: &'a BillingPeriod,
    /// Of what is due with it: it may begin before and end after it.
    pub(super) span: Period,
    pub(super) calendars: &'a Calendars,
    pub(super) books: &'a [ConfigVersion<&'a PriceBook>],
    pub(super) accounts: &'a BTreeMap<AccountId, AccountTerms>,
    pub(super) gauges: &'a [GaugeRun],
    pub(super) agreed: &'a Agreed,
    pub(super) estimate_currency: Option<Currency>,
    pub(super) policies: Policies,
    pub(super) detail: Detail,
}

impl Rating<'_> {
    /// With the intervals as they were rated; and with what each line could have come to, where that was asked for.
    pub(super) fn rate(&self, rateable: Rateable) -> (Vec<Interval>, Rated, Option<Extremes>) {
        let is_uncertain = rateable.intervals.iter().any(|one| one.uncertain.is_some());
        let extremes = (is_uncertain && self.detail == Detail::Resources).then(|| {
            let charges = |extreme: Extreme| {
                let mut rateable = rateable.clone();
                place_in(&mut rateable.intervals, |edge| extreme.moment(edge));
                self.placed(rateable).1.charges
            };
            Extremes::of(charges(Extreme::Earliest), charges(Extreme::Latest))
        });
        let (intervals, rated) = self.placed(self.by_policy(rateable));
        (intervals, rated, extremes)
    }

    fn by_policy(&self, mut rateable: Rateable) -> Rateable {
        let mut favour = Favour::new(FavourInput {
            zone: self.period.zone(),
            price_book: self.books,
            accounts: self.accounts,
        });
        let mut intervals = std::mem::take(&mut rateable.intervals);
        let side = |interval: Option<&Interval>| {
            let interval = interval?.clone();
            let owned = rateable.owned(&interval, self.period.period())?;
            Some(Side { interval, owned })
        };
        let mut direction = |edge: &Edge<'_>| -> Direction {
            let (before, after) = (side(edge.before), side(edge.after));
            favour.direction(edge.latest, (before.as_ref(), after.as_ref()))
        };
        let policy = self.policies.change_at;
        place_in(&mut intervals, |edge| policy.moment(edge, &mut direction));
        rateable.intervals = intervals;
        rateable
    }

    fn placed(&self, mut rateable: Rateable) -> (Vec<Interval>, Rated) {
        let whole = self.span;
        let handovers = self.policies.handovers(self.period, whole);
        let mut owned = rateable.owned_in(handovers.needs(whole));
        handovers.hand_over(&mut owned, whole);
        rateable
            .intervals
            .retain(|interval| interval.valid.clip(whole).is_some());
        let accounts = with_renewals(self.accounts, &owned, self.agreed);
        let mut rated = rate(&RateInput {
            billing_period: self.period,
            intervals: &rateable.intervals,
            owned: &owned,
            gauges: self.gauges,
            agreed: self.agreed,
            price_book: self.books,
            accounts: &accounts,
            estimate_currency: self.estimate_currency,
            later: &BTreeMap::new(),
            open_from: None,
            charge_periods: ChargePeriods::Due(self.calendars),
            detail: self.detail,
        });
        let Policies {
            change_at,
            handover,
        } = self.policies;
        name_policies(&mut rated.charges, change_at, handover);
        (rateable.intervals, rated)
    }
}
