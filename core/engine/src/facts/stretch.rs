//! One row of a resource, judged by itself: while it was what, and whose.

use std::collections::BTreeSet;

use counterfoil_model::attributes::Attributes;
use counterfoil_model::decimal::Rational;
use counterfoil_model::ids::{ItemKey, Kind};
use counterfoil_model::money::Currency;
use counterfoil_model::nearest::nearest;
use counterfoil_model::ownership::NonBillable;
use counterfoil_model::time::{BillingPeriod, Instant, Period, TimeZone};

use super::accounts::Accounts;
use super::gathered::{Row, RowPlace};
use super::moment::{is_open_end, moment, never, shown};
use super::words::{ResourceFacts, Word};
use crate::config::ConfigProblem;

/// A row of which every value is right by itself.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) resource: String,
    pub(super) like: Like,
    pub(super) period: Period,
    pub(super) covered_until: Option<Instant>,
    pub(super) earliest: Earliest,
    pub(super) whose: Whose,
    pub(super) place: RowPlace,
}

impl Stretch {
    /// Says it of the same resource all that another row says?
    pub(super) fn says_what(&self, other: &Self) -> bool {
        let said = |row: &Self| (row.period, row.covered_until, row.earliest);
        said(self) == said(other) && self.like == other.like && self.whose == other.whose
    }
}

/// Since when its bounds may have been there, where they are not certain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Earliest {
    pub(super) from: Option<Instant>,
    pub(super) to: Option<Instant>,
}

/// What all owners of a resource say alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Like {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) service: Option<String>,
    pub(super) plan: Option<String>,
    pub(super) attributes: Attributes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    Owned {
        account: String,
        agreement: String,
        share: Rational,
    },
    /// Until the instant, from which on nobody is known to pay.
    NonBillable(NonBillable, Option<Instant>),
    Suspended,
}

/// What stands in for what rows do not say.
#[derive(Debug)]
pub(super) struct Defaults<'a> {
    pub(super) period: &'a BillingPeriod,
    /// What is rated: the period, or longer where charge periods begin before or end after it.
    pub(super) span: Period,
    /// Of which rows are read: whole months, where who pays follows from them.
    pub(super) read: Period,
    pub(super) kind: Kind,
    pub(super) currency: Option<Currency>,
    /// Those of the price book; none where it cannot be read.
    pub(super) items: Option<BTreeSet<&'a str>>,
}

impl Defaults<'_> {
    /// What is wrong with the first of them that the price book does not have, and a hint.
    pub(super) fn unknown_item(&self, items: &BTreeSet<ItemKey>) -> Option<(String, String)> {
        let known = self.items.as_ref()?;
        let mut items = items.iter();
        let item = items.find(|item| !known.contains(item.as_str()))?;
        let names: Vec<&str> = known.iter().copied().collect();
        let hint = match nearest(item.as_str(), &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("items: {}", names.join(", ")),
        };
        Some((format!("there is no item `{item}`"), hint))
    }
}

pub(super) const AGREEMENT: &str = "standard";

pub(super) fn text(word: Option<&Word>) -> Option<&str> {
    word.map(|word| word.0.trim())
        .filter(|text| !text.is_empty())
}

/// Does it end in the second in which it begins? Then nothing was there.
pub(super) fn is_nothing(row: &Row<ResourceFacts>, zone: &TimeZone) -> bool {
    let facts = &row.facts;
    let is_certain = [&facts.from_earliest, &facts.to_earliest]
        .into_iter()
        .all(|word| text(word.as_ref()).is_none());
    let read = |word: &Option<Word>| moment(text(word.as_ref())?, zone).ok();
    let begins = read(&facts.from);
    let names = !facts.resource.0.trim().is_empty();
    !row.is_broken && names && is_certain && begins.is_some() && begins == read(&facts.to)
}

/// Judges a row. Every mistake in it is told.
pub(super) fn stretch(
    row: &mut Row<ResourceFacts>,
    accounts: &Accounts,
    defaults: &Defaults<'_>,
    broken: &mut Vec<ConfigProblem>,
) -> Option<Stretch> {
    let mut facts = std::mem::take(&mut row.facts);
    for end in [&mut facts.to, &mut facts.covered_until] {
        if text(end.as_ref()).is_some_and(is_open_end) {
            *end = None;
        }
    }
    let mut judge = Judge {
        row,
        facts: &facts,
        accounts,
        defaults,
        broken,
    };
    let resource = facts.resource.0.trim().to_owned();
    if resource.is_empty() && !judge.row.is_broken {
        let hint = "its id, the same in every row of it";
        judge.refuse("resource", "the row names no resource", hint);
    }
    let period = judge.period();
    let covered_until = text(facts.covered_until.as_ref())
        .and_then(|written| judge.instant("covered_until", written));
    let earliest = judge.earliest(period);
    let period = period.map(|period| judge.reaching(period, earliest));
    let whose = judge.whose();
    let name = text(facts.name.as_ref()).unwrap_or(&resource).to_owned();
    let kind = text(facts.kind.as_ref()).map_or_else(|| defaults.kind.clone(), Kind::from);
    let owned = |word: Option<&Word>| text(word).map(str::to_owned);
    let attributes = facts.attributes.iter();
    let like = Like {
        kind,
        name,
        service: owned(facts.service.as_ref()),
        plan: owned(facts.plan.as_ref()),
        attributes: attributes
            .map(|(name, value)| (name.as_str(), value.0.as_str()))
            .collect(),
    };
    row.facts = facts;
    if row.is_broken {
        return None;
    }
    Some(Stretch {
        resource,
        like,
        period: period?,
        covered_until,
        earliest,
        whose: whose?,
        place: row.place.clone(),
    })
}

/// A row with what its words are judged by.
pub(super) struct Judge<'a> {
    pub(super) row: &'a mut Row<ResourceFacts>,
    /// What the row says.
    pub(super) facts: &'a ResourceFacts,
    pub(super) accounts: &'a Accounts,
    pub(super) defaults: &'a Defaults<'a>,
    broken: &'a mut Vec<ConfigProblem>,
}

impl Judge<'_> {
    pub(super) fn refuse(&mut self, key: &str, message: &str, hint: &str) {
        self.row.refuse((key, message, hint), self.broken);
    }

    fn instant(&mut self, key: &str, written: &str) -> Option<Instant> {
        match moment(written, self.defaults.period.zone()) {
            Ok(instant) => Some(instant),
            Err((message, hint)) => {
                self.row.refuse((key, &message, hint), self.broken);
                None
            }
        }
    }

    fn period(&mut self) -> Option<Period> {
        let whole = self.defaults.read;
        let facts = self.facts;
        let (from, to) = (text(facts.from.as_ref()), text(facts.to.as_ref()));
        let mut read = |key: &str, written: Option<&str>, otherwise: Instant| match written {
            Some(written) => self.instant(key, written),
            None => Some(otherwise),
        };
        let begins = read("from", from, whole.from());
        let ends = read("to", to, whole.to());
        let (begins, ends) = (begins?, ends?);
        let period = Period::new(begins, ends);
        if period.is_none() {
            // Of one that lies outside of the period one bound is enough.
            let outside = match (from, to) {
                (Some(_), None) => {
                    Period::new(begins, Instant::from_seconds(begins.seconds() + 1).ok()?)
                }
                (None, Some(_)) => {
                    Period::new(Instant::from_seconds(ends.seconds() - 1).ok()?, ends)
                }
                (Some(_), Some(_)) | (None, None) => None,
            };
            if outside.is_some() {
                return outside;
            }
            let message = never(begins, ends, self.defaults.period.zone());
            let hint = "`to` is the first moment at which it is like this no more";
            self.refuse("to", &message, hint);
        }
        period
    }

    /// A bound that was first seen then may have been there earlier, and never later.
    fn earliest(&mut self, period: Option<Period>) -> Earliest {
        let facts = self.facts;
        let mut read = |(key, bound): (&str, &str), word: Option<&Word>, seen: Option<&Word>| {
            let written = text(word)?;
            if text(seen).is_none() {
                let message = format!("`{key}` is uncertain, and the row has no `{bound}`");
                let hint = "say when it was first seen, or leave the cell blank";
                self.refuse(key, &message, hint);
                return None;
            }
            self.instant(key, written)
        };
        let earliest = Earliest {
            from: read(
                ("from_earliest", "from"),
                facts.from_earliest.as_ref(),
                facts.from.as_ref(),
            ),
            to: read(
                ("to_earliest", "to"),
                facts.to_earliest.as_ref(),
                facts.to.as_ref(),
            ),
        };
        let Some(period) = period else {
            return earliest;
        };
        let zone = self.defaults.period.zone();
        if earliest.from.is_some_and(|from| from > period.from()) {
            let seen = shown(period.from(), zone);
            let message = format!("it may have begun only after it was first seen, at {seen}");
            self.refuse(
                "from_earliest",
                &message,
                "a moment before `from`, or a blank cell",
            );
        }
        let is_begun = self.is_begun();
        let is_within = |to: Instant| (!is_begun || period.from() <= to) && to <= period.to();
        if earliest.to.is_some_and(|to| !is_within(to)) {
            let (from, to) = (shown(period.from(), zone), shown(period.to(), zone));
            let message =
                format!("it may have ended only while it is known to be there: {from} to {to}");
            self.refuse(
                "to_earliest",
                &message,
                "a moment from `from` to `to`, or a blank cell",
            );
        }
        earliest
    }

    /// What has no beginning was there when it was last seen, also where that is before what is rated.
    fn reaching(&self, period: Period, earliest: Earliest) -> Period {
        let seen = earliest.to.filter(|_| !self.is_begun());
        let longer = seen.and_then(|seen| Period::new(seen.min(period.from()), period.to()));
        longer.unwrap_or(period)
    }

    fn is_begun(&self) -> bool {
        text(self.facts.from.as_ref()).is_some()
    }
}
