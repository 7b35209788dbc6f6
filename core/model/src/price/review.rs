//! Looks over a price book that is right by itself: for whom it has no price, when, and what it charges that nobody
//! declares.

use std::collections::{BTreeMap, BTreeSet};

use super::book::{Level, Price};
use super::config::{ItemConfig, PriceBookConfig};
use super::declared_units::declared_units;
use super::prices::claims;
use crate::attribute::{AttributeClass, KindDeclaration};
use crate::money::Currency;
use crate::nearest::nearest;
use crate::problem::{Problem, Review};
use crate::time::{Instant, TimeZone, Validity};

/// An account as a price sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    pub account: String,
    pub customer: String,
    pub currency: Currency,
}

/// What the price book is held against.
#[derive(Debug, Clone, Default)]
pub struct Market {
    pub buyers: Vec<Buyer>,
    /// Keys that accounts had before.
    pub former_accounts: BTreeSet<String>,
    /// Plans that somebody may have; none where an attribute names plans, so that nobody can tell.
    pub plans: Option<BTreeSet<String>>,
    /// Nothing before it is billed.
    pub opening: Option<Instant>,
    /// What sources declare and declared; empty where nobody can tell.
    pub declared: Vec<KindDeclaration>,
    /// The kinds that sources declare now.
    pub kinds: BTreeSet<String>,
}

/// Accounts that a message names.
const NAMES_SHOWN_MAX: usize = 5;

/// Everything that can be told of the items. Paths are relative to the price book.
pub fn review(config: &PriceBookConfig, zone: &TimeZone, market: &Market) -> Review {
    let mut review = Review::default();
    for (index, item) in config.item.iter().enumerate() {
        let mut own = Review::default();
        declared_attributes(item, &market.declared, &mut own.errors);
        declared_units(item, &market.declared, &mut own);
        known_buyers(item, market, &mut own);
        // Mistakes of the prices themselves are told where they are resolved.
        if let Some(prices) = claims(item, zone) {
            covered(item, &prices, zone, market, &mut own.warnings);
        }
        let path = ["item".to_owned(), index.to_string()];
        review.extend(own.below(&path));
    }
    for kind in &market.kinds {
        let is_charged = config
            .item
            .iter()
            .any(|item| item.kind.0.iter().any(|charged| charged.as_str() == kind));
        let is_meant = config
            .not_charged_kinds
            .iter()
            .any(|free| free.as_str() == kind);
        if !is_charged && !is_meant {
            let message = format!("no item charges the kind `{kind}`, which a source declares");
            let hint =
                format!("add an item, or say that it is meant: not_charged_kinds = [\"{kind}\"]");
            review
                .warnings
                .push(Problem::new([""; 0], message).with_hint(hint));
        }
    }
    review
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.get(..NAMES_SHOWN_MAX) {
        Some(shown) if names.len() > NAMES_SHOWN_MAX => {
            format!(
                "{} and {} more",
                shown.join(", "),
                names.len() - NAMES_SHOWN_MAX
            )
        }
        _ => names.join(", "),
    }
}

fn declared_attributes(item: &ItemConfig, declared: &[KindDeclaration], errors: &mut Vec<Problem>) {
    if declared.is_empty() {
        return;
    }
    let mut of_kinds = Vec::new();
    for (index, kind) in item.kind.0.iter().enumerate() {
        let found: Vec<&KindDeclaration> = declared
            .iter()
            .filter(|known| known.kind == *kind)
            .collect();
        if found.is_empty() {
            let names: BTreeSet<&str> = declared.iter().map(|known| known.kind.as_str()).collect();
            let message = format!("no source declares the kind `{kind}`");
            let hint = format!("kinds: {}", listed(names.into_iter()));
            errors.push(
                Problem::new(["kind".to_owned(), index.to_string()], message).with_hint(hint),
            );
        }
        of_kinds.extend(found);
    }
    if of_kinds.is_empty() {
        return;
    }
    let mut check = |name: &str, path: Vec<String>, is_gauge: bool| {
        let classes: Vec<AttributeClass> = of_kinds
            .iter()
            .filter_map(|kind| kind.attribute(name))
            .map(|attribute| attribute.class)
            .collect();
        let fits = |class: &AttributeClass| match class {
            AttributeClass::Gauge => is_gauge,
            AttributeClass::Identity | AttributeClass::Configuration => !is_gauge,
            AttributeClass::Ignored => false,
        };
        if classes.is_empty() {
            let names: BTreeSet<&str> = of_kinds
                .iter()
                .flat_map(|kind| &kind.attributes)
                .map(|attribute| attribute.name.as_str())
                .collect();
            let kinds = item.kind.0.iter().map(crate::ids::Kind::as_str);
            let message = format!(
                "no source declares the attribute `{name}` for {}",
                listed(kinds)
            );
            let hint = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("attributes: {}", listed(names.into_iter())),
            };
            errors.push(Problem::new(path, message).with_hint(hint));
        } else if !classes.iter().any(fits) {
            let (message, hint) = if is_gauge {
                (
                    format!("`{name}` is no gauge"),
                    "meter = { attribute = \"…\" } reads what is configured",
                )
            } else if classes.contains(&AttributeClass::Gauge) {
                (
                    format!("`{name}` is a gauge"),
                    "meter = { gauge = \"…\" } reads the level of a gauge",
                )
            } else {
                (
                    format!("`{name}` is ignored by its source, and not kept"),
                    "declare another class for it at the source",
                )
            };
            errors.push(Problem::new(path, message).with_hint(hint));
        }
    };
    let path =
        |parts: &[&str]| -> Vec<String> { parts.iter().map(|part| (*part).to_owned()).collect() };
    if let Some(name) = &item.meter.attribute {
        check(name, path(&["meter", "attribute"]), false);
    }
    if let Some(name) = &item.meter.gauge {
        check(name, path(&["meter", "gauge"]), true);
    }
    for name in item.when.keys() {
        check(name, path(&["when", name]), false);
    }
    for (index, name) in item.dimensions.iter().enumerate() {
        if !["service", "resource", "plan"].contains(&name.as_str()) {
            check(name, path(&["dimensions", &index.to_string()]), false);
        }
    }
}

fn known_buyers(item: &ItemConfig, market: &Market, review: &mut Review) {
    for (index, price) in item.price.iter().enumerate() {
        let at = |key: &str| ["price".to_owned(), index.to_string(), key.to_owned()];
        if let Some(account) = &price.account
            && !market.buyers.iter().any(|buyer| buyer.account == *account)
            && !market.former_accounts.contains(account)
        {
            let names = market.buyers.iter().map(|buyer| buyer.account.as_str());
            let problem = Problem::new(at("account"), format!("there is no account `{account}`"));
            let hint = format!("accounts: {}", listed(names));
            review.errors.push(problem.with_hint(hint).of_absence());
        }
        if let Some(customer) = &price.customer
            && !market
                .buyers
                .iter()
                .any(|buyer| buyer.customer == *customer)
        {
            let names: BTreeSet<&str> = market
                .buyers
                .iter()
                .map(|buyer| buyer.customer.as_str())
                .collect();
            let problem = Problem::new(
                at("customer"),
                format!("no account is of the customer `{customer}`"),
            );
            let hint = format!("customers: {}", listed(names.into_iter()));
            review.errors.push(problem.with_hint(hint).of_absence());
        }
        if let (Some(plan), Some(plans)) = (&price.plan, &market.plans)
            && !plans.contains(plan)
        {
            let message = format!("no rule, agreement or default gives anybody the plan `{plan}`");
            let hint = if plans.is_empty() {
                "nobody has a plan".to_owned()
            } else {
                format!("plans: {}", listed(plans.iter().map(String::as_str)))
            };
            review.warnings.push(
                Problem::new(at("plan"), message)
                    .with_hint(hint)
                    .of_absence(),
            );
        }
    }
}

/// Whether everybody who may use the item has a price for it, and always.
fn covered(
    item: &ItemConfig,
    prices: &[Price],
    zone: &TimeZone,
    market: &Market,
    warnings: &mut Vec<Problem>,
) {
    let is_general = |price: &&Price| matches!(price.level, Level::List | Level::Plan(_));
    // What is priced for some customers alone is not for the others.
    if !prices.iter().any(|price| is_general(&price)) {
        return;
    }
    let mut by_currency: BTreeMap<&str, Vec<&Buyer>> = BTreeMap::new();
    for buyer in &market.buyers {
        by_currency
            .entry(buyer.currency.code())
            .or_default()
            .push(buyer);
    }
    for (code, buyers) in by_currency {
        let in_currency: Vec<&Price> = prices
            .iter()
            .filter(|price| price.currency.code() == code)
            .collect();
        let mut without: Vec<&str> = Vec::new();
        // Most buyers have no price of their own, and share their gaps.
        let mut gaps: BTreeMap<Vec<Gap>, Vec<&str>> = BTreeMap::new();
        for buyer in buyers {
            let own = in_currency
                .iter()
                .filter(|price| is_for(&price.level, buyer));
            let validities: Vec<Validity> = own.map(|price| price.validity).collect();
            if validities.is_empty() {
                without.push(&buyer.account);
            } else {
                let found = gaps_of(validities, market.opening);
                gaps.entry(found).or_default().push(&buyer.account);
            }
        }
        let path = || ["price"];
        if !without.is_empty() {
            let message = format!(
                "the item `{}` has no price in {code}, in which {} {} billed",
                item.name,
                listed(without.iter().copied()),
                if without.len() == 1 { "is" } else { "are" }
            );
            let hint = format!("what they use of it would block their bill: add a price in {code}");
            warnings.push(Problem::new(path(), message).with_hint(hint).of_absence());
        }
        for (gaps, accounts) in gaps {
            for gap in gaps {
                let day = |instant: Instant| instant.date(zone).to_string();
                let when = match gap {
                    (None, Some(to)) => format!("before {}", day(to)),
                    (Some(from), Some(to)) => format!("from {} to {}", day(from), day(to)),
                    (Some(from), None) => format!("from {} on", day(from)),
                    (None, None) => continue,
                };
                let message = format!(
                    "the item `{}` has no price in {code} {when} (for {})",
                    item.name,
                    listed(accounts.iter().copied())
                );
                let hint = "what is used then would block the bill: let the next price begin where one ends";
                warnings.push(Problem::new(path(), message).with_hint(hint).of_absence());
            }
        }
    }
}

fn is_for(level: &Level, buyer: &Buyer) -> bool {
    match level {
        // Whether somebody has the plan depends on time and rules: the benefit of the doubt.
        Level::List | Level::Plan(_) => true,
        Level::Customer(customer) | Level::CustomerPlan(customer, _) => {
            customer.as_str() == buyer.customer
        }
        Level::Account(account) | Level::AccountPlan(account, _) => {
            account.as_str() == buyer.account
        }
    }
}

/// Without a start: since ever. Without an end: for good.
type Gap = (Option<Instant>, Option<Instant>);

/// When none of the validities holds, as far as it is billed.
fn gaps_of(mut validities: Vec<Validity>, opening: Option<Instant>) -> Vec<Gap> {
    validities.sort_by_key(|validity| validity.from);
    let mut gaps = Vec::new();
    let first = validities.first().and_then(|validity| validity.from);
    if let (Some(opening), Some(first)) = (opening, first)
        && opening < first
    {
        gaps.push((None, Some(first)));
    }
    let mut reach = validities.first().and_then(|validity| validity.to);
    for validity in validities.iter().skip(1) {
        let Some(end) = reach else {
            return gaps;
        };
        if let Some(from) = validity.from
            && from > end
            && opening.is_none_or(|opening| from > opening)
        {
            gaps.push((Some(end), Some(from)));
        }
        reach = validity.to.map(|to| to.max(end));
    }
    gaps.extend(reach.map(|end| (Some(end), None)));
    gaps
}
