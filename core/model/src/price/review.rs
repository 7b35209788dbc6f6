//! Looks over a price book that is right by itself: for whom it has no price, when, what it charges that nobody declares,
//! and what in it can never count.

mod attributes;
mod buyers;
mod coverage;
mod pooled;
mod rates;
mod unreachable;

use std::collections::BTreeSet;

use super::book::Level;
use super::config::{ItemConfig, PriceBookConfig};
use super::declared_units::declared_units;
use super::exchange::resolve_rates;
use super::price_at::Signed;
use super::prices::claims;
use crate::attribute::KindDeclaration;
use crate::money::Currency;
use crate::problem::{Problem, Review};
use crate::time::{Instant, TimeZone};

pub use pooled::pooled_apart;

/// An account as a price sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    pub account: String,
    pub customer: String,
    pub currency: Currency,
    /// Zone, billing period and anchor, in words: two accounts with the same have the same charge periods.
    pub calendar: String,
    /// By name, with the day of their signing where it is known.
    pub agreements: Vec<(String, Option<Signed>)>,
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

impl Buyer {
    /// Is a price of the level for it, at one time or another?
    fn may_have(&self, level: &Level) -> bool {
        let is_own = |agreement: &str| self.agreements.iter().any(|(own, _)| own == agreement);
        match level {
            // Whether somebody has the plan depends on time and rules: the benefit of the doubt.
            Level::List | Level::Plan(_) => true,
            Level::Customer(customer) | Level::CustomerPlan(customer, _) => {
                customer.as_str() == self.customer
            }
            Level::Account(account) | Level::AccountPlan(account, _) => {
                account.as_str() == self.account
            }
            Level::Agreement(agreement) | Level::AgreementPlan(agreement, _) => {
                is_own(agreement.as_str())
            }
            Level::AccountAgreement(account, agreement)
            | Level::AccountAgreementPlan(account, agreement, _) => {
                account.as_str() == self.account && is_own(agreement.as_str())
            }
        }
    }
}

/// Accounts that a message names.
const NAMES_SHOWN_MAX: usize = 5;

/// Everything that can be told of the items. Paths are relative to the price book.
pub fn review(config: &PriceBookConfig, zone: &TimeZone, market: &Market) -> Review {
    let mut review = Review::default();
    for (index, item) in config.item.iter().enumerate() {
        let mut own = Review::default();
        let convert_from = convert_from(config, item);
        let price_at = item.price_at.unwrap_or(config.price_at);
        attributes::declared_attributes(item, &market.declared, &mut own.errors);
        declared_units(item, &market.declared, &mut own);
        buyers::known_buyers(item, market, &mut own);
        own.errors.extend(buyers::signed(item, price_at, market));
        own.errors
            .extend(pooled::pooled(item, zone, &market.buyers));
        // Mistakes of the prices themselves are told where they are resolved.
        if let Some(prices) = claims(item, zone) {
            let of = (item, convert_from);
            coverage::covered(of, &prices, zone, market, &mut own.warnings);
            unreachable::prices(&prices, convert_from, price_at, market, &mut own.warnings);
        }
        let path = ["item".to_owned(), index.to_string()];
        review.extend(own.below(&path));
    }
    unreachable::items(&config.item, &mut review.warnings);
    // So are those of the rates.
    if let Ok(known) = resolve_rates(&config.exchange_rate, zone) {
        rates::gaps(config, &known, market, &mut review.warnings);
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

/// As `resolve` has it; what is wrong with it was told there.
fn convert_from(book: &PriceBookConfig, item: &ItemConfig) -> Option<Currency> {
    let written = item.convert_from.as_ref().or(book.convert_from.as_ref());
    let written = written.filter(|_| item.model != "split");
    written?.parse().ok()
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
