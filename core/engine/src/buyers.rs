//! Who is billed at a sink: the account's terms, and its id there by the configuration or as a person confirmed it.

use std::collections::BTreeMap;

use counterfoil_model::classify::Account;
use counterfoil_model::document::{Buyer, INVOICE_GROUP};
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::{AccountId, SinkId};
use counterfoil_model::language::Spoken;
use counterfoil_model::plan::{BuyerTerms, Plan};
use schemars::JsonSchema;
use serde::Serialize;

use crate::invoicing::Sales;
use crate::session::Wired;
use crate::sinks::OpenSink;
use crate::terms::Versions;

/// Every account that any version knows, as the sink is told of it; the newest words win.
pub(crate) fn buyers(
    wired: &Wired<'_>,
    sink: &OpenSink<'_>,
    versions: &Versions,
) -> BTreeMap<AccountId, BuyerTerms> {
    let directory = crate::terms::directory(wired);
    let sales = Sales::from(wired.pipeline);
    let mut buyers = BTreeMap::new();
    for version in &versions.versions {
        for account in &version.terms.classification.accounts {
            let Some(id) = directory.accounts.get(&account.key) else {
                continue;
            };
            let days = account
                .payment_terms_days
                .unwrap_or(sink.config.payment_terms_days);
            let payment_days = u16::try_from(days).ok();
            let terms = BuyerTerms {
                buyer: Buyer {
                    account: account.key.clone(),
                    name: account.name.clone(),
                    remote_id: remote_id(account, *id, sink.id, &sink.config.name, versions),
                    reference: account.buyer_reference.clone(),
                },
                invoice_group: account
                    .invoice_group
                    .clone()
                    .unwrap_or_else(|| INVOICE_GROUP.to_owned()),
                payment_days,
                spoken: Spoken {
                    issuer: Some(wired.pipeline.issuer.language.tag()),
                    ..account.documents.spoken.clone()
                },
                words: version.terms.price_book.words.clone(),
                tax: account.documents.tax.clone(),
                invoicing: sales
                    .is_asked(account)
                    .then(|| Box::new(sales.invoicing(account, payment_days))),
            };
            buyers.insert(*id, terms);
        }
    }
    buyers
}

/// A delivery that would go to another buyer than its account is now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OtherBuyer {
    pub reference: String,
    /// Under its key of now.
    pub account: String,
    /// As the document names it.
    pub document: Buyer,
    /// As the account is now, by the configuration and by what was mapped.
    pub now: Buyer,
}

/// Of what a plan would send.
pub(crate) fn other_buyers(
    wired: &Wired<'_>,
    buyers: &BTreeMap<AccountId, BuyerTerms>,
    plan: &Plan,
) -> Vec<OtherBuyer> {
    let effects = plan.effects().map(|planned| &planned.delivery);
    let corrections = effects.filter(|delivery| delivery.corrects.is_some());
    let other = corrections.filter_map(|delivery| {
        let now = &buyers.get(&delivery.slot.account)?.buyer;
        (delivery.buyer != *now).then(|| OtherBuyer {
            reference: delivery.reference.to_string(),
            account: wired.known.key_of(delivery).to_string(),
            document: delivery.buyer.clone(),
            now: now.clone(),
        })
    });
    other.collect()
}

/// What the configuration says wins over what was confirmed with `map`.
fn remote_id(
    account: &Account,
    id: AccountId,
    sink: SinkId,
    sink_name: &str,
    versions: &Versions,
) -> Option<String> {
    let written = account.remote.get(sink_name).cloned();
    let confirmed = versions.mapped.get(&(sink, id));
    written.or_else(|| confirmed.map(|mapped| mapped.remote_id.clone()))
}

/// Accounts whose customer at a sink is one by the configuration, and another by what was confirmed.
pub(crate) fn mapped_twice(wired: &Wired<'_>, versions: &Versions) -> Vec<Finding> {
    let directory = crate::terms::directory(wired);
    let mut findings = Vec::new();
    for account in &versions.current().classification.accounts {
        let Some(id) = directory.accounts.get(&account.key) else {
            continue;
        };
        for (sink, config) in &wired.sinks {
            let (Some(written), Some(confirmed)) = (
                account.remote.get(&config.name),
                versions.mapped.get(&(*sink, *id)),
            ) else {
                continue;
            };
            if *written != confirmed.remote_id {
                findings.push(Finding {
                    code: FindingCode::MappedTwice,
                    severity: Severity::Warning,
                    subject: format!("account {}", account.key),
                    message: format!(
                        "At {} it is {written} by the configuration, which counts, and {} ({}) by what {} confirmed.",
                        config.name, confirmed.remote_id, confirmed.remote_name, confirmed.by
                    ),
                    next_step: "take `remote` out of the configuration, or import the same id with `counterfoil map`"
                        .to_owned(),
                    value: None,
                    since: Some(confirmed.at),
                });
            }
        }
    }
    findings
}
