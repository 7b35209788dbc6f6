//! Checks manual quantities and commitments. Paths are relative to the account.

use super::commitment::Commitment;
use super::config::{CommitmentConfig, QuantityConfig};
use super::quantity::ManualQuantity;
use crate::classify::AccountConfig;
use crate::ids::{AccountKey, AgreementKey, ItemKey, ServiceKey};
use crate::price::{Proration, read_decimal};
use crate::problem::Problem;
use crate::time::TimeZone;
use crate::validity::resolve_validity;

/// The manual quantities of an account that are right by themselves.
pub(crate) fn quantities(
    account: &str,
    config: &AccountConfig,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Vec<ManualQuantity> {
    let mut quantities: Vec<ManualQuantity> = Vec::with_capacity(config.quantity.len());
    for (index, written) in config.quantity.iter().enumerate() {
        let mut own = Vec::new();
        let quantity = quantity(account, written, zone, &mut own);
        if own.is_empty()
            && let Some(quantity) = quantity
        {
            let place = |one: &ManualQuantity| one.place.clone();
            let twin = quantities.iter().find(|known| {
                let known = ManualQuantity {
                    place: place(&quantity),
                    ..(*known).clone()
                };
                known == quantity
            });
            if let Some(twin) = twin {
                let message = format!("the same quantity stands at {}, word for word", twin.place);
                let hint = "take one of them out, or give them different reasons";
                own.push(Problem::new(Vec::<String>::new(), message).with_hint(hint));
            }
            quantities.push(quantity);
        }
        let path = ["quantity".to_owned(), index.to_string()];
        problems.extend(own.into_iter().map(|problem| problem.below(path.clone())));
    }
    quantities
}

fn quantity(
    account: &str,
    config: &QuantityConfig,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Option<ManualQuantity> {
    let validity = resolve_validity(config.from.as_ref(), Some(&config.to), zone, &[], problems);
    let needed = [
        (
            "item",
            &config.item,
            "the item of the price book that prices it",
        ),
        ("owner", &config.owner, "the name of a person or team"),
        (
            "reason",
            &config.reason,
            "why it is billed, for whoever asks in a year",
        ),
    ];
    for (key, text, hint) in needed {
        if text.trim().is_empty() {
            let message = format!("a manual quantity has no `{key}`");
            problems.push(Problem::new([key], message).with_hint(hint));
        }
    }
    Some(ManualQuantity {
        account: AccountKey::from(account),
        item: ItemKey::from(config.item.as_str()),
        name: config.name.clone(),
        quantity: read_decimal(&config.quantity, &["quantity"], problems)?,
        validity,
        until: config.to.to_string(),
        owner: config.owner.clone(),
        reason: config.reason.clone(),
        service: config.service.as_deref().map(ServiceKey::from),
        pipeline: config.pipeline.clone(),
        place: config.place.clone().unwrap_or_default(),
    })
}

/// The commitments of an account that are right by themselves.
pub(crate) fn commitments(
    account: &str,
    config: &AccountConfig,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Vec<Commitment> {
    let mut commitments: Vec<Commitment> = Vec::with_capacity(config.commitment.len());
    for (index, written) in config.commitment.iter().enumerate() {
        let mut own = Vec::new();
        if let Some(currency) = &written.currency
            && *currency != config.currency
        {
            let message = format!(
                "the commitment is in {currency}, and the account is billed in {}",
                config.currency
            );
            let hint = "write the amount in the account's currency";
            own.push(Problem::new(["currency"], message).with_hint(hint));
        }
        if let Some(agreement) = &written.agreement {
            check_agreement(agreement, config, &mut own);
        }
        if let Some(commitment) = commitment(account, written, zone, &mut own) {
            if let Some(other) = commitments
                .iter()
                .find(|known| known.shares_with(&commitment))
            {
                let message = format!(
                    "an item would count towards it and towards the commitment `{}` at the same time",
                    other.name
                );
                let hint = "give both `items` of their own, or let one end where the other begins";
                own.push(Problem::new(["items"], message).with_hint(hint));
            }
            commitments.push(commitment);
        }
        let path = ["commitment".to_owned(), index.to_string()];
        problems.extend(own.into_iter().map(|problem| problem.below(path.clone())));
    }
    commitments
}

fn check_agreement(name: &str, config: &AccountConfig, problems: &mut Vec<Problem>) {
    const STANDARD: &str = "standard";
    let names: Vec<&str> = match &config.agreement {
        None => vec![STANDARD],
        Some(written) => written
            .iter()
            .map(|one| one.name.as_deref().unwrap_or(STANDARD))
            .collect(),
    };
    if !names.contains(&name) {
        let message = format!("the account has no agreement `{name}`");
        let hint = format!("agreements: {}", names.join(", "));
        problems.push(Problem::new(["agreement"], message).with_hint(hint));
    }
}

fn commitment(
    account: &str,
    config: &CommitmentConfig,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Option<Commitment> {
    let (from, to) = (config.from.as_ref(), config.to.as_ref());
    let validity = resolve_validity(from, to, zone, &[], problems);
    if config.name.trim().is_empty() {
        let problem = Problem::new(["name"], "a commitment has no name");
        problems.push(problem.with_hint("what the line calls it: \"base\""));
    }
    let items = config
        .items
        .iter()
        .map(|name| ItemKey::from(name.as_str()))
        .collect();
    Some(Commitment {
        account: AccountKey::from(account),
        name: config.name.clone(),
        items,
        agreement: config.agreement.as_deref().map(AgreementKey::from),
        validity,
        from: from.map(ToString::to_string),
        proration: read_proration(config.proration.as_deref(), problems),
        description: config.description.clone(),
        tax_category: config.tax_category.clone(),
        account_code: config.account_code.clone(),
        pipeline: config.pipeline.clone(),
        place: config.place.clone().unwrap_or_default(),
        amount: read_decimal(&config.amount, &["amount"], problems)?,
    })
}

fn read_proration(text: Option<&str>, problems: &mut Vec<Problem>) -> Proration {
    let Some(text) = text else {
        return Proration::Second;
    };
    let known = Commitment::PRORATIONS
        .into_iter()
        .find(|one| one.name() == text);
    known.unwrap_or_else(|| {
        let message = format!("`{text}` is no proration of a commitment");
        let hint = format!(
            "the prorations are {}",
            Commitment::PRORATIONS.map(Proration::name).join(", ")
        );
        problems.push(Problem::new(["proration"], message).with_hint(hint));
        Proration::Second
    })
}
