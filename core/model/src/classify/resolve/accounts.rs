//! Checks accounts and their agreements.

use std::collections::BTreeMap;

use crate::agreed::{self, Commitment, ManualQuantity};
use crate::classify::config::{AccountConfig, AgreementConfig};
use crate::classify::terms::{Account, Agreement, DocumentTerms};
use crate::einvoice::{Party, TaxTerms};
use crate::ids::{AccountKey, AgreementKey, CustomerKey, PlanKey};
use crate::language::Spoken;
use crate::price::Signed;
use crate::problem::Problem;
use crate::time::{AccountCalendar, Gathers, TimeZone, find_zone};
use crate::validity::resolve_validity;

/// The agreement's name where none is given.
pub const STANDARD: &str = "standard";
/// What accounts say.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) accounts: Vec<Account>,
    pub(super) agreements: Vec<Agreement>,
    pub(super) quantities: Vec<ManualQuantity>,
    pub(super) commitments: Vec<Commitment>,
}

pub(super) fn resolve(
    configs: &BTreeMap<String, AccountConfig>,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Resolved {
    let mut resolved = Resolved::default();
    let mut claimed: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, config) in configs {
        let mut own = Vec::new();
        if let Some(former) = &config.renamed_from
            && configs.contains_key(former)
        {
            let message = format!("the account `{former}` is still there");
            let hint = "an account that was renamed stands under its new key only";
            own.push(Problem::new(["renamed_from"], message).with_hint(hint));
        }
        if let Some(former) = &config.renamed_from
            && let Some(other) = claimed.insert(former, key)
        {
            let message = format!("`{former}` is called `{other}` by now");
            let hint = "write `renamed_from` in one of the accounts: history goes on with that";
            own.push(Problem::new(["renamed_from"], message).with_hint(hint));
        }
        let calendar = resolve_calendar(config, &mut own);
        let zone = calendar.zone.as_ref().unwrap_or(zone);
        let customer = CustomerKey::from(config.customer.as_deref().unwrap_or(key));
        match config.currency.parse() {
            Ok(currency) => resolved.accounts.push(Account {
                key: AccountKey::from(key.as_str()),
                customer: customer.clone(),
                name: config.name.clone(),
                currency,
                invoice_group: config.invoice_group.clone(),
                buyer_reference: config.buyer_reference.clone(),
                payment_terms_days: config.payment_terms_days,
                calendar: calendar.clone(),
                renamed_from: config.renamed_from.as_deref().map(AccountKey::from),
                remote: config.remote.clone(),
                documents: documents(config),
            }),
            Err(error) => {
                let error: crate::money::CurrencyError = error;
                own.push(Problem::new(["currency"], error.to_string()));
            }
        }
        let agreements = resolve_agreements(key, &customer, config, zone, &mut own);
        resolved.agreements.extend(agreements);
        let quantities = agreed::quantities(key, config, zone, &mut own);
        resolved.quantities.extend(quantities);
        if calendar.gathers != Gathers::Month && !config.commitment.is_empty() {
            let message = format!(
                "a commitment is for a month, and the documents of the account gather a {}",
                calendar.gathers.name()
            );
            let hint = "bill the account each month, or give its items a minimum";
            own.push(Problem::new(["commitment"], message).with_hint(hint));
        }
        let commitments = agreed::commitments(key, config, zone, &mut own);
        resolved.commitments.extend(commitments);
        let path = ["account", key.as_str()];
        problems.extend(own.into_iter().map(|problem| problem.below(path)));
    }
    resolved
}

fn documents(config: &AccountConfig) -> DocumentTerms {
    let legal_name = config.legal_name.as_ref();
    DocumentTerms {
        einvoice: config.einvoice,
        buyer: Party {
            name: legal_name.unwrap_or(&config.name).clone(),
            trading_name: legal_name.map(|_| config.name.clone()),
            legal_id: config.legal_id.clone(),
            legal_id_scheme: config.legal_id_scheme.clone(),
            vat_id: config.vat_id.clone(),
            tax_registration: None,
            address: config.address.clone(),
            endpoint: config.endpoint.clone(),
            contact: config.contact.clone(),
        },
        order_reference: config.order_reference.clone(),
        tax: TaxTerms {
            default: config.tax_category.clone(),
            instead: config.tax_instead.clone(),
        },
        spoken: Spoken::written(config),
        text: config.document_text.clone(),
        agreement_texts: of_agreements(config, |one| one.document_text.clone()),
    }
}

impl Spoken {
    /// As an account states them.
    pub fn written(config: &AccountConfig) -> Self {
        Self {
            account: config.language.clone(),
            agreements: of_agreements(config, |one| one.language.clone()),
            issuer: None,
        }
    }
}

/// What agreements have of their own.
fn of_agreements<T>(
    config: &AccountConfig,
    own: impl Fn(&AgreementConfig) -> Option<T>,
) -> BTreeMap<AgreementKey, T> {
    let agreements = config.agreement.iter().flatten();
    let own = agreements.filter_map(|agreement| {
        let name = agreement.name.as_deref().unwrap_or(STANDARD);
        Some((AgreementKey::from(name), own(agreement)?))
    });
    own.collect()
}

fn resolve_calendar(config: &AccountConfig, problems: &mut Vec<Problem>) -> AccountCalendar {
    let mut calendar = AccountCalendar::default();
    if let Some(name) = &config.timezone {
        match find_zone(name) {
            Ok(zone) => calendar.zone = Some(zone),
            Err((message, hint)) => {
                problems.push(Problem::new(["timezone"], message).with_hint(hint));
            }
        }
    }
    if let Some(text) = &config.billing_period {
        if let Ok(gathers) = text.parse() {
            calendar.gathers = gathers;
        } else {
            let message = format!("`{text}` is no billing period of an account");
            let known = Gathers::ALL.map(Gathers::name).join(", ");
            let hint = format!("one of {known}");
            problems.push(Problem::new(["billing_period"], message).with_hint(hint));
        }
    }
    if let Some(written) = &config.anchor {
        match written.date(&["anchor"]) {
            Ok(anchor) => calendar.anchor = Some(anchor),
            Err(problem) => problems.push(problem),
        }
    }
    calendar
}

fn resolve_agreements(
    account: &str,
    customer: &CustomerKey,
    config: &AccountConfig,
    zone: &TimeZone,
    problems: &mut Vec<Problem>,
) -> Vec<Agreement> {
    let shorthand = [AgreementConfig {
        plan: config.plan.clone(),
        ..AgreementConfig::default()
    }];
    let written = match (&config.agreement, &config.plan) {
        (None, _) => &shorthand[..],
        (Some(written), plan) => {
            if written.is_empty() {
                let message = "the list of agreements is empty: nothing could be billed";
                problems.push(
                    Problem::new(["agreement"], message)
                        .with_hint("leave it out for one agreement without dates"),
                );
            }
            if plan.is_some() {
                let message = "`plan` stands instead of `agreement`";
                let hint = "each agreement has a plan of its own";
                problems.push(Problem::new(["plan"], message).with_hint(hint));
            }
            written
        }
    };
    let mut agreements: Vec<Agreement> = Vec::with_capacity(written.len());
    for (index, agreement) in written.iter().enumerate() {
        let position = index.to_string();
        let path = ["agreement", position.as_str()];
        let (from, to) = (agreement.from.as_ref(), agreement.to.as_ref());
        let validity = resolve_validity(from, to, zone, &path, problems);
        if let Some(earlier) = agreements
            .iter()
            .find(|earlier| earlier.validity.overlaps(validity))
        {
            let message = format!(
                "it overlaps the agreement `{}` of this account",
                earlier.key
            );
            let hint = "give the earlier one a `to`, and this one the same day as `from`";
            problems.push(Problem::new(path, message).with_hint(hint));
        }
        agreements.push(Agreement {
            account: AccountKey::from(account),
            customer: customer.clone(),
            key: AgreementKey::from(agreement.name.as_deref().unwrap_or(STANDARD)),
            plan: agreement.plan.as_deref().map(PlanKey::from),
            signed: signed(agreement, zone, &path, problems),
            validity,
        });
    }
    agreements
}

/// A bad `from` is told with the validity.
fn signed(
    agreement: &AgreementConfig,
    zone: &TimeZone,
    path: &[&str],
    problems: &mut Vec<Problem>,
) -> Option<Signed> {
    let Some(written) = &agreement.signed else {
        let from = agreement.from.as_ref()?;
        let at = from.instant(zone, path).ok()?;
        let day = from.date(path).ok()?;
        return Some(Signed { at, day });
    };
    let path: Vec<&str> = path.iter().copied().chain(["signed"]).collect();
    match (written.instant(zone, &path), written.date(&path)) {
        (Ok(at), Ok(day)) => Some(Signed { at, day }),
        (Err(problem), _) | (_, Err(problem)) => {
            problems.push(problem);
            None
        }
    }
}
