//! Reads the prices of an item: for whom, when, in which currency, and whether they contradict one another.

use super::book::{Level, Price};
use super::config::{ItemConfig, PriceConfig};
use super::models::read_tariff;
use super::price_at::Signed;
use super::quantity::read_conversion;
use super::tariff::{Model, Tariff};
use crate::decimal::Decimal;
use crate::ids::{AccountKey, AgreementKey, CustomerKey, ItemKey, PlanKey};
use crate::money::Currency;
use crate::problem::Problem;
use crate::time::TimeZone;
use crate::validity::resolve_validity;

/// All prices of an item. Paths are relative to the item.
pub(super) fn resolve_prices(
    item: &ItemConfig,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Vec<Price> {
    let mut prices: Vec<(usize, Price)> = Vec::new();
    for (index, config) in item
        .price
        .iter()
        .enumerate()
        .filter(|(_, price)| !price.is_mistaken)
    {
        let mut own = Vec::new();
        let price = resolve_price(item, config, index, zone, &mut own);
        prices.extend(price.map(|price| (index, price)));
        let outer = ["price".to_owned(), index.to_string()];
        problems.extend(own.into_iter().map(|problem| problem.below(outer.clone())));
    }
    check_overlaps(&prices, problems);
    prices.into_iter().map(|(_, price)| price).collect()
}

/// For whom, when and in which currency an item has prices, whatever is wrong with their numbers. `None` where nobody can
/// tell that of one of them.
pub(super) fn claims(item: &ItemConfig, zone: &TimeZone) -> Option<Vec<Price>> {
    let claim = |config: &PriceConfig| {
        let mut wrong = Vec::new();
        let (from, to) = (config.from.as_ref(), config.to.as_ref());
        let validity = resolve_validity(from, to, zone, &[], &mut wrong);
        let price = Price {
            item: ItemKey::from(item.name.as_str()),
            name: None,
            level: read_level(config, &mut wrong)?,
            currency: config.currency.parse::<Currency>().ok()?,
            validity,
            from: None,
            signed_before: read_signed_before(config, zone, &mut wrong),
            tariff: Tariff::of(Model::Unit(Decimal::ZERO)),
            place: config.place.clone().unwrap_or_default(),
        };
        wrong.is_empty().then_some(price)
    };
    item.price.iter().map(claim).collect()
}

fn resolve_price(
    item: &ItemConfig,
    config: &PriceConfig,
    index: usize,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Option<Price> {
    let validity = resolve_validity(
        config.from.as_ref(),
        config.to.as_ref(),
        zone,
        &[],
        problems,
    );
    let level = read_level(config, problems);
    let signed_before = read_signed_before(config, zone, problems);
    let currency = match config.currency.parse::<Currency>() {
        Ok(currency) => Some(currency),
        Err(error) => {
            problems.push(Problem::new(["currency"], error.to_string()));
            None
        }
    };
    // What is wrong with the conversion is told once, at the item.
    let conversion = read_conversion(item, &mut Vec::new());
    let tariff = read_tariff(config, &item.model, problems);
    let tariff = tariff.map(|tariff| Tariff {
        conversion,
        ..tariff
    });
    Some(Price {
        item: ItemKey::from(item.name.as_str()),
        name: config.name.clone(),
        level: level?,
        currency: currency?,
        validity,
        from: config.from.as_ref().map(ToString::to_string),
        signed_before,
        tariff: tariff?,
        place: config
            .place
            .clone()
            .unwrap_or_else(|| format!("item {}, price {}", item.name, index + 1)),
    })
}

fn read_level(config: &PriceConfig, problems: &mut Vec<Problem>) -> Option<Level> {
    let account = config.account.as_deref().map(AccountKey::from);
    let customer = config.customer.as_deref().map(CustomerKey::from);
    let plan = config.plan.as_deref().map(PlanKey::from);
    if let Some(agreement) = config.agreement.as_deref().map(AgreementKey::from) {
        return agreed_level(agreement, account, customer.as_ref(), plan, problems);
    }
    match (account, customer, plan) {
        (None, None, None) => Some(Level::List),
        (None, None, Some(plan)) => Some(Level::Plan(plan)),
        (None, Some(customer), None) => Some(Level::Customer(customer)),
        (None, Some(customer), Some(plan)) => Some(Level::CustomerPlan(customer, plan)),
        (Some(account), None, None) => Some(Level::Account(account)),
        (Some(account), None, Some(plan)) => Some(Level::AccountPlan(account, plan)),
        (Some(_), Some(_), _) => {
            let message = "a price is for an account or for a customer, and not both";
            let hint = "the account alone is enough: it belongs to one customer";
            problems.push(Problem::new(["customer"], message).with_hint(hint));
            None
        }
    }
}

fn agreed_level(
    agreement: AgreementKey,
    account: Option<AccountKey>,
    customer: Option<&CustomerKey>,
    plan: Option<PlanKey>,
    problems: &mut Vec<Problem>,
) -> Option<Level> {
    if customer.is_some() {
        let message = "a price is for an agreement or for a customer, and not both";
        let hint = "name the account whose agreement it is";
        problems.push(Problem::new(["customer"], message).with_hint(hint));
        return None;
    }
    Some(match (account, plan) {
        (None, None) => Level::Agreement(agreement),
        (None, Some(plan)) => Level::AgreementPlan(agreement, plan),
        (Some(account), None) => Level::AccountAgreement(account, agreement),
        (Some(account), Some(plan)) => Level::AccountAgreementPlan(account, agreement, plan),
    })
}

/// The start of the day before which an agreement has to be signed.
fn read_signed_before(
    config: &PriceConfig,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Option<Signed> {
    let written = config.signed_before.as_ref()?;
    let path = ["signed_before"];
    match (written.instant(zone, &path), written.date(&path)) {
        (Ok(at), Ok(day)) => Some(Signed { at, day }),
        (Err(problem), _) | (_, Err(problem)) => {
            problems.push(problem);
            None
        }
    }
}

/// Two prices for the same buyers may follow one another: a later `from` overrules an earlier one. They contradict
/// each other where both begin together, or where the earlier one claims days that the later one has begun.
fn check_overlaps(prices: &[(usize, Price)], problems: &mut Vec<Problem>) {
    for (position, (index, price)) in prices.iter().enumerate() {
        for (other_index, other) in &prices[..position] {
            if !price.excludes(other) || !price.validity.overlaps(other.validity) {
                continue;
            }
            let earlier = if price.validity.from < other.validity.from {
                price
            } else {
                other
            };
            let both_begin = price.validity.from == other.validity.from;
            if both_begin || earlier.validity.to.is_some() {
                let message = format!(
                    "it holds at the same time as price {} of the item, for the same buyers ({}) in {}",
                    other_index + 1,
                    price.level,
                    price.currency
                );
                let hint = "end the earlier one with `to` on the day on which the later one has its `from`";
                problems.push(
                    Problem::new(["price".to_owned(), index.to_string()], message).with_hint(hint),
                );
            }
        }
    }
}
