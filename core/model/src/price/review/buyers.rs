//! Whether there is anybody for whom an item or a price is made.

use std::collections::BTreeSet;

use super::{Buyer, Market, listed};
use crate::price::config::{ItemConfig, PriceConfig};
use crate::price::price_at::PriceAt;
use crate::problem::{Problem, Review};

pub(super) fn known_buyers(item: &ItemConfig, market: &Market, review: &mut Review) {
    for (index, price) in item.price.iter().enumerate() {
        let mut own = Review::default();
        known_account(price, market, &mut own);
        known_agreement(price, market, &mut own);
        known_plan(price, market, &mut own);
        if let Some(customer) = &price.customer {
            let path = vec!["customer".to_owned()];
            own.errors.extend(unknown_customer(customer, path, market));
        }
        review.extend(own.below(&["price".to_owned(), index.to_string()]));
    }
    let lists = [
        ("customers", &item.customers),
        ("except_customers", &item.except_customers),
    ];
    for (key, customers) in lists {
        for (index, customer) in customers.iter().flatten().enumerate() {
            let path = vec![key.to_owned(), index.to_string()];
            review
                .errors
                .extend(unknown_customer(customer, path, market));
        }
    }
}

fn known_account(price: &PriceConfig, market: &Market, review: &mut Review) {
    let Some(account) = &price.account else {
        return;
    };
    let is_known = market.buyers.iter().any(|buyer| buyer.account == *account);
    if is_known || market.former_accounts.contains(account) {
        return;
    }
    let names = market.buyers.iter().map(|buyer| buyer.account.as_str());
    let problem = Problem::new(["account"], format!("there is no account `{account}`"));
    let hint = format!("accounts: {}", listed(names));
    review.errors.push(problem.with_hint(hint).of_absence());
}

fn known_agreement(price: &PriceConfig, market: &Market, review: &mut Review) {
    let Some(agreement) = &price.agreement else {
        return;
    };
    let is_meant = |buyer: &&Buyer| {
        let account = price.account.as_ref();
        account.is_none_or(|account| buyer.account == *account)
    };
    let buyers: Vec<&Buyer> = market.buyers.iter().filter(is_meant).collect();
    let names = buyers.iter().flat_map(|buyer| &buyer.agreements);
    let names: BTreeSet<&str> = names.map(|(name, _)| name.as_str()).collect();
    // That there is no such account is told already.
    if names.contains(agreement.as_str()) || (price.account.is_some() && buyers.is_empty()) {
        return;
    }
    let message = match &price.account {
        Some(account) => format!("the account `{account}` has no agreement `{agreement}`"),
        None => format!("no account has an agreement `{agreement}`"),
    };
    let hint = format!("agreements: {}", listed(names.into_iter()));
    let problem = Problem::new(["agreement"], message);
    review.errors.push(problem.with_hint(hint).of_absence());
}

fn known_plan(price: &PriceConfig, market: &Market, review: &mut Review) {
    let (Some(plan), Some(plans)) = (&price.plan, &market.plans) else {
        return;
    };
    if plans.contains(plan) {
        return;
    }
    let message = format!("no rule, agreement or default gives anybody the plan `{plan}`");
    let hint = if plans.is_empty() {
        "nobody has a plan".to_owned()
    } else {
        format!("plans: {}", listed(plans.iter().map(String::as_str)))
    };
    review
        .warnings
        .push(Problem::new(["plan"], message).with_hint(hint).of_absence());
}

fn unknown_customer(customer: &str, path: Vec<String>, market: &Market) -> Option<Problem> {
    let names = market.buyers.iter().map(|buyer| buyer.customer.as_str());
    let names: BTreeSet<&str> = names.collect();
    if names.contains(customer) {
        return None;
    }
    let message = format!("no account is of the customer `{customer}`");
    let hint = format!("customers: {}", listed(names.into_iter()));
    Some(Problem::new(path, message).with_hint(hint).of_absence())
}

/// Whether it is known when each agreement was signed, where that decides the price.
pub(super) fn signed(item: &ItemConfig, price_at: PriceAt, market: &Market) -> Option<Problem> {
    if price_at != PriceAt::AgreementSigning {
        return None;
    }
    let unsigned = market.buyers.iter().flat_map(|buyer| {
        let agreements = buyer.agreements.iter();
        let unsigned = agreements.filter(|(_, signed)| signed.is_none());
        unsigned.map(|(name, _)| format!("{name} of {}", buyer.account))
    });
    let unsigned: Vec<String> = unsigned.collect();
    if unsigned.is_empty() {
        return None;
    }
    let message = format!(
        "the item `{}` has the price of the agreement's signing, and nobody says when these were signed: {}",
        item.name,
        listed(unsigned.iter().map(String::as_str))
    );
    let hint = "agreement = [{ signed = 2026-01-15 }] in the account, or a `from` of the agreement";
    Some(
        Problem::new(["price_at"], message)
            .with_hint(hint)
            .of_absence(),
    )
}
