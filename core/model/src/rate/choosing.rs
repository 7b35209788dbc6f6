//! Which version of a price counts for a buyer at a time, by the policy of its item, and in which currency.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::AccountTerms;
use crate::charge::Exchange;
use crate::ids::{AccountId, ItemKey};
use crate::money::Currency;
use crate::price::{
    ExchangeRate, Exchanged, Price, PriceAt, PriceBook, PriceItem, PricedFor, RateOn, Selection,
    choose,
};
use crate::time::{BillingPeriod, Date, Instant, Period};
use crate::validity::{ConfigVersion, Dated, segments};

/// Why nothing is priced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unchosen {
    NoPrice,
    /// The version would be that of the signing, and nobody says when that was.
    NotSigned,
    /// A price in `from` is there, and no rate. `turned`: there is one in the other direction.
    NoRate {
        from: Currency,
        on: Date,
        turned: bool,
    },
    /// The converted price has more digits than a price can have.
    TooFine {
        from: Currency,
    },
}

/// The prices of an item in the stretches of a time.
type Timeline<'a> = Vec<(Period, Vec<&'a Price>)>;

#[derive(Debug)]
pub(super) struct Choosing<'a> {
    /// Since the earliest signing, of the items whose price is that of the signing.
    history: BTreeMap<&'a ItemKey, Timeline<'a>>,
    /// The newest of each two currencies.
    rates: BTreeMap<(Currency, Currency), &'a ExchangeRate>,
    on: Date,
    age_days_max: u32,
}

impl<'a> Choosing<'a> {
    pub(super) fn new(
        book: &'a PriceBook,
        versions: &'a [ConfigVersion<&'a PriceBook>],
        items: impl Iterator<Item = &'a PriceItem> + Clone,
        (billing_period, billed_with): (&BillingPeriod, Option<Date>),
        accounts: &BTreeMap<AccountId, AccountTerms>,
    ) -> Self {
        let period = billing_period.period();
        let on = match (book.rate_on, billed_with) {
            (RateOn::PeriodStart, None) => billing_period.first_day(),
            (RateOn::PeriodStart, Some(day)) => day.first_of_month(),
            (RateOn::PeriodEnd, None) => billing_period.last_day(),
            (RateOn::PeriodEnd, Some(day)) => day.last_of_month(),
        };
        let on = book.rates_until.map_or(on, |until| on.min(until));
        let converts = items.clone().any(|item| item.convert_from.is_some());
        let rates = if converts {
            newest_rates(
                versions,
                Instant::start_of_day(on, billing_period.zone()).ok(),
            )
        } else {
            BTreeMap::new()
        };
        Self {
            history: history(versions, items, period, accounts),
            rates,
            on,
            age_days_max: book.rate_age_days_max,
        }
    }

    /// Of the prices of the item that hold at usage.
    pub(super) fn choose(
        &self,
        item: &'a PriceItem,
        holding: &[&'a Price],
        buyer: &PricedFor<'_>,
    ) -> Result<Selection<'a>, Unchosen> {
        let own = self.version(item, holding, buyer);
        let Some(from) = item.convert_from.filter(|from| *from != buyer.currency) else {
            return own;
        };
        let why = match own {
            Ok(own) => return Ok(own),
            Err(why) => why,
        };
        let in_other = PricedFor {
            currency: from,
            ..*buyer
        };
        match self.version(item, holding, &in_other) {
            Ok(selection) => self.exchanged(item, selection, buyer.currency),
            // What lacks in the account's own currency says more.
            Err(Unchosen::NoPrice) => Err(why),
            Err(other) => Err(other),
        }
    }

    fn version(
        &self,
        item: &'a PriceItem,
        holding: &[&'a Price],
        buyer: &PricedFor<'_>,
    ) -> Result<Selection<'a>, Unchosen> {
        let own = holding.iter().copied().filter(|price| price.is_for(buyer));
        // Whoever has no account yet would sign now.
        let is_kept = item.price_at == PriceAt::AgreementSigning && buyer.account.is_some();
        if !is_kept {
            let chosen = choose(own).ok_or(Unchosen::NoPrice)?;
            return Ok(Selection {
                policy: item.price_at,
                signed: chosen.price.signed_before.and(buyer.signed),
                ..chosen
            });
        }
        let (general, special): (Vec<&Price>, Vec<&Price>) =
            own.partition(|price| price.level.is_general());
        let then = buyer
            .signed
            .map(|signed| self.since(item, buyer, signed.at));
        let is_known = then.is_some();
        let then = then.unwrap_or_default();
        let is_kept = |price: &&Price| then.iter().any(|kept| kept.same(price));
        let passed_over = general.iter().copied().filter(|price| !is_kept(price));
        let passed_over: Vec<&Price> = passed_over.collect();
        let chosen = choose(special.into_iter().chain(then.iter().copied()));
        match chosen {
            Some(chosen) => Ok(Selection {
                policy: PriceAt::AgreementSigning,
                signed: buyer.signed,
                passed_over,
                ..chosen
            }),
            None if is_known || general.is_empty() => Err(Unchosen::NoPrice),
            None => Err(Unchosen::NotSigned),
        }
    }

    /// The general prices that held at a signing, else the first that there were after it.
    fn since(&self, item: &PriceItem, buyer: &PricedFor<'_>, at: Instant) -> Vec<&'a Price> {
        let timeline = self.history.get(&item.key).into_iter().flatten();
        let later = timeline.filter(|(period, _)| period.to() > at);
        let general = later.map(|(_, prices)| {
            let own = prices.iter().copied();
            own.filter(|price| price.level.is_general() && price.is_for(buyer))
                .collect()
        });
        general
            .into_iter()
            .find(|prices: &Vec<&Price>| !prices.is_empty())
            .unwrap_or_default()
    }

    fn exchanged(
        &self,
        item: &PriceItem,
        selection: Selection<'a>,
        to: Currency,
    ) -> Result<Selection<'a>, Unchosen> {
        let from = selection.price.currency;
        let Some(rate) = self.rates.get(&(from, to)) else {
            return Err(Unchosen::NoRate {
                from,
                on: self.on,
                turned: self.rates.contains_key(&(to, from)),
            });
        };
        let tariff = &selection.price.tariff;
        let tariff = tariff.exchanged(rate.rate, !item.of.is_empty());
        let exchange = Exchange {
            from,
            to,
            rate: rate.rate,
            date: rate.date,
            on: self.on,
            source: rate.source.clone(),
            place: rate.place.clone(),
        };
        let age = (self.on - rate.date).get_days();
        let is_too_old = i64::from(age) > i64::from(self.age_days_max);
        let exchanged = Exchanged {
            tariff: tariff.ok_or(Unchosen::TooFine { from })?,
            exchange,
            too_old: is_too_old.then_some(age),
        };
        Ok(Selection {
            exchanged: Some(Arc::new(exchanged)),
            ..selection
        })
    }
}

/// On or before the day that begins at the instant.
fn newest_rates<'a>(
    versions: &'a [ConfigVersion<&'a PriceBook>],
    day: Option<Instant>,
) -> BTreeMap<(Currency, Currency), &'a ExchangeRate> {
    let mut newest: BTreeMap<(Currency, Currency), &'a ExchangeRate> = BTreeMap::new();
    let second = day.and_then(|day| Period::new(day, next_second(day)));
    let held = second.map(|second| segments::<ExchangeRate, _>(versions, second));
    for rate in held.into_iter().flatten().flat_map(|segment| segment.items) {
        let known = newest.entry((rate.from, rate.to)).or_insert(rate);
        if rate.date > known.date {
            *known = rate;
        }
    }
    newest
}

fn history<'a>(
    versions: &'a [ConfigVersion<&'a PriceBook>],
    items: impl Iterator<Item = &'a PriceItem>,
    period: Period,
    accounts: &BTreeMap<AccountId, AccountTerms>,
) -> BTreeMap<&'a ItemKey, Timeline<'a>> {
    let kept = items.filter(|item| item.price_at == PriceAt::AgreementSigning);
    let mut history: BTreeMap<&ItemKey, Timeline<'a>> =
        kept.map(|item| (&item.key, Vec::new())).collect();
    if history.is_empty() {
        return history;
    }
    let signings = accounts.values().flat_map(|terms| &terms.signings);
    let (mut from, mut to) = (period.from(), period.to());
    for signing in signings {
        from = from.min(signing.signed.at);
        to = to.max(next_second(signing.signed.at));
    }
    let whole = Period::new(from, to).unwrap_or(period);
    for segment in segments::<Price, _>(versions, whole) {
        for timeline in history.values_mut() {
            timeline.push((segment.period, Vec::new()));
        }
        for price in segment.items {
            let timeline = history.get_mut(&price.item);
            if let Some((_, prices)) = timeline.and_then(|timeline| timeline.last_mut()) {
                prices.push(price);
            }
        }
    }
    history
}

fn next_second(at: Instant) -> Instant {
    Instant::from_seconds(at.seconds().saturating_add(1)).unwrap_or(at)
}
