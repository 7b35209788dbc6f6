//! What e-invoices would lack, of accounts that get them: told before the first one is planned.

use std::collections::BTreeSet;

use counterfoil_model::classify::Account;
use counterfoil_model::einvoice::Fault;
use counterfoil_model::einvoice::check::{
    check_buyer, check_buyer_tax, check_seller, check_seller_tax, check_tax,
};
use counterfoil_model::problem::{Problem, Review};
use counterfoil_model::time::TimeZone;

use crate::config::{Draft, DraftPipeline, IssuerConfig, TermsBody};
use crate::invoicing::Sales;

/// Warnings alone: what is wrong with one account's documents holds back no other's.
pub(super) fn review(draft: &Draft, pipeline: &DraftPipeline) -> Review {
    let mut review = Review::default();
    let (Some(terms), Some(config)) = (&pipeline.terms, &pipeline.config) else {
        return review;
    };
    let zone = pipeline.zone.clone().unwrap_or(TimeZone::UTC);
    // Mistakes in them were told.
    let Ok(resolved) = counterfoil_model::classify::resolve(&terms.classify, &zone, &[]) else {
        return review;
    };
    let nobody = IssuerConfig::default();
    let key = config.issuer.as_str();
    let sales = Sales {
        issuer_key: key,
        issuer: draft.issuers.get(key).unwrap_or(&nobody),
        taxes: &draft.taxes,
        einvoice: config.einvoice,
    };
    let of_issuer = if draft.issuers.contains_key(key) {
        vec!["issuer".to_owned(), key.to_owned()]
    } else {
        let path = ["pipeline", &pipeline.name, "issuer"];
        path.map(str::to_owned).to_vec()
    };
    let accounts = resolved.accounts.iter();
    let accounts: Vec<&Account> = accounts.filter(|one| sales.is_asked(one)).collect();
    for (index, account) in accounts.iter().enumerate() {
        let invoicing = sales.invoicing(account, None);
        if index == 0 {
            let faults = check_seller(&invoicing).into_iter();
            review
                .warnings
                .extend(faults.map(|fault| problem(&of_issuer, fault)));
        }
        let path = ["account".to_owned(), account.key.to_string()];
        let faults = check_buyer(&invoicing, account.buyer_reference.as_ref()).into_iter();
        review
            .warnings
            .extend(faults.map(|fault| problem(&path, fault)));
    }
    if !accounts.is_empty() {
        for (name, tax) in sales.taxes {
            let path = ["tax".to_owned(), name.clone()];
            let faults = check_tax(tax).into_iter();
            review
                .warnings
                .extend(faults.map(|fault| problem(&path, fault)));
        }
    }
    review.warnings.extend(taxes(terms, &sales, &accounts));
    let numbers = numbers(terms, &sales, &accounts, &of_issuer);
    review.warnings.extend(numbers);
    review
}

/// VAT ids that the tax of a price item asks for; each is told once, with the first category that does.
fn numbers(
    terms: &TermsBody,
    sales: &Sales<'_>,
    accounts: &[&Account],
    of_issuer: &[String],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut is_seller_told = false;
    for account in accounts {
        let invoicing = sales.invoicing(account, None);
        let items = terms.price_book.item.iter();
        let names = items.filter_map(|item| {
            let category = item.tax_category.as_deref();
            account.documents.tax.category(category)
        });
        let names: BTreeSet<&str> = names.collect();
        let taxes = || names.iter().filter_map(|name| sales.taxes.get(*name));
        let fault = taxes().find_map(|tax| check_seller_tax(&invoicing, tax));
        if let Some(fault) = fault.filter(|_| !is_seller_told) {
            problems.push(problem(of_issuer, fault));
            is_seller_told = true;
        }
        if let Some(fault) = taxes().find_map(|tax| check_buyer_tax(&invoicing, tax)) {
            let path = ["account".to_owned(), account.key.to_string()];
            problems.push(problem(&path, fault));
        }
    }
    problems
}

fn problem(path: &[String], fault: Fault) -> Problem {
    let message = fault.message.trim_end_matches('.');
    let message = format!("e-invoices would break {}: {message}", fault.rule);
    let key = fault.key.map(str::to_owned);
    let path: Vec<String> = path.iter().cloned().chain(key).collect();
    Problem::new(path, message).with_hint(fault.next_step)
}

/// Price items of which nobody says what their tax is.
fn taxes(terms: &TermsBody, sales: &Sales<'_>, accounts: &[&Account]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, item) in terms.price_book.item.iter().enumerate() {
        let path = terms.in_price_book(&["item".to_owned(), index.to_string()]);
        let mut unknown: BTreeSet<Option<&str>> = BTreeSet::new();
        for account in accounts {
            let category = account.documents.tax.category(item.tax_category.as_deref());
            if category.is_none_or(|name| !sales.taxes.contains_key(name)) {
                unknown.insert(category);
            }
        }
        problems.extend(unknown.into_iter().map(|category| match category {
            None => Problem::new(
                path.clone(),
                format!("e-invoices would break BR-CO-04: the item {} has no tax category", item.name),
            )
            .with_hint("set tax_category, here or of the accounts"),
            Some(name) => Problem::new(
                path.clone(),
                format!("e-invoices would break BR-CO-04: nothing says what the tax category `{name}` is"),
            )
            .with_hint(format!("[tax.{name}]\n  category = \"S\"\n  percent = 25")),
        }));
    }
    problems
}
