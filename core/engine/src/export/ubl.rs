//! The documents of a billing period as e-invoices in UBL.

use std::collections::BTreeMap;

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::classify::Account;
use counterfoil_model::document::{Delivery, DocumentKind};
use counterfoil_model::einvoice::{
    Calls, EInvoice, Invoicing, Preceding, TaxTerms, build, check, to_xml,
};
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::{AccountId, ItemKey};
use counterfoil_model::money::{Money, MoneyError};
use counterfoil_model::plan::{by_rule, tell_once};
use counterfoil_model::time::BillingPeriod;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ExportError, Scope, documents};
use crate::config::Role;
use crate::invoicing::Sales;
use crate::preview::{Shown, Standing};
use crate::session::{Session, Wired};
use crate::terms::{Keep, Versions, versions};

/// Longer parts of a file's name are cut.
const NAME_LENGTH_MAX: usize = 60;

/// A document, and its file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Exported {
    pub account: String,
    pub reference: String,
    /// As it stands in the file: the sink's number where it gave one, else the reference.
    pub number: String,
    pub kind: DocumentKind,
    pub standing: Standing,
    pub net: Money,
    pub tax: Money,
    /// Net and tax, rounded where the issuer rounds.
    pub payable: Money,
    /// In the folder.
    pub file: String,
    #[serde(skip)]
    pub xml: Vec<u8>,
}

#[derive(Debug, Default)]
pub struct UblExport {
    pub documents: Vec<Exported>,
    /// What would break a rule is told and not exported, be it that the plan held it back.
    pub findings: Vec<Finding>,
}

/// Those of the ledger, of all accounts or of one. What is to be withdrawn, or was, is no invoice.
pub async fn export(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    account: Option<&str>,
) -> Result<UblExport, ExportError> {
    let shown = documents(session, wired, period, account, Scope::IssuedWith).await?;
    let versions = versions(session, wired, Keep::Transient).await?;
    let current = current(wired, &versions);
    let mut export = UblExport {
        documents: Vec::new(),
        findings: shown.withheld,
    };
    for one in &shown.rows {
        let amount_error = |source| ExportError::Amount {
            reference: one.delivery.reference.to_string(),
            source,
        };
        let invoice = invoice(one, &current).map_err(amount_error)?;
        let faults = by_rule(check::check(&invoice));
        if faults.is_empty() {
            export.documents.push(exported(one, &invoice));
        }
        for broken in faults {
            let finding = Finding {
                code: FindingCode::EInvoice,
                severity: Severity::Blocking,
                subject: format!("account {}", one.account),
                message: broken.message,
                next_step: broken.next_step,
                value: Some(one.delivery.net),
                since: None,
            };
            tell_once(&mut export.findings, finding).map_err(amount_error)?;
        }
    }
    Ok(export)
}

/// What e-invoices say by the configuration of now: for documents that keep nothing of their own.
#[derive(Debug, Default)]
struct Current {
    accounts: BTreeMap<AccountId, CurrentAccount>,
    /// The tax categories of items that have one.
    items: BTreeMap<ItemKey, String>,
    /// Those of commitments, by account and name.
    commitments: BTreeMap<(AccountId, String), String>,
}

#[derive(Debug)]
struct CurrentAccount {
    invoicing: Invoicing,
    buyer_reference: Option<String>,
    tax: TaxTerms,
}

fn current(wired: &Wired<'_>, versions: &Versions) -> Current {
    let directory = crate::terms::directory(wired);
    let sales = Sales::from(wired.pipeline);
    let ledger = wired
        .sinks
        .iter()
        .find(|(_, sink)| sink.role == Role::Ledger);
    let mut current = Current::default();
    for version in &versions.versions {
        let terms = &version.terms;
        for account in &terms.classification.accounts {
            if let Some(id) = directory.accounts.get(&account.key) {
                let days = days(account, ledger.map(|(_, sink)| sink.payment_terms_days));
                let account = CurrentAccount {
                    invoicing: sales.invoicing(account, days),
                    buyer_reference: account.buyer_reference.clone(),
                    tax: account.documents.tax.clone(),
                };
                current.accounts.insert(*id, account);
            }
        }
        for item in &terms.price_book.items {
            if let Some(category) = &item.tax_category {
                current.items.insert(item.key.clone(), category.clone());
            }
        }
        for commitment in &terms.classification.commitments {
            let id = directory.accounts.get(&commitment.account);
            if let (Some(id), Some(category)) = (id, &commitment.tax_category) {
                let key = (*id, commitment.name.clone());
                current.commitments.insert(key, category.clone());
            }
        }
    }
    current
}

impl Current {
    /// The document with the words of now where it keeps none.
    fn complete(&self, delivery: &Delivery) -> (Delivery, Invoicing) {
        let mut delivery = delivery.clone();
        if let Some(own) = delivery.invoicing.clone() {
            return (delivery, *own);
        }
        let Some(account) = self.accounts.get(&delivery.slot.account) else {
            return (delivery, Invoicing::default());
        };
        let reference = &mut delivery.buyer.reference;
        *reference = reference.take().or(account.buyer_reference.clone());
        for line in &mut delivery.lines {
            if line.tax_category.is_none() {
                let category = account.tax.category(self.category(&line.charge));
                line.tax_category = category.map(str::to_owned);
            }
        }
        let invoicing = account.invoicing.narrowed(&delivery.lines);
        (delivery, invoicing)
    }

    fn category(&self, charge: &ChargeKey) -> Option<&str> {
        let category = match charge.commitment() {
            Some(name) => self.commitments.get(&(charge.account, name.to_owned())),
            None => self.items.get(&charge.item),
        };
        category.map(String::as_str)
    }
}

fn days(account: &Account, of_sink: Option<u32>) -> Option<u16> {
    let days = account.payment_terms_days.or(of_sink)?;
    u16::try_from(days).ok()
}

fn invoice(shown: &Shown, current: &Current) -> Result<EInvoice, MoneyError> {
    let (delivery, invoicing) = current.complete(&shown.delivery);
    let remote = shown.remote.as_ref();
    let preceding = delivery.corrects.as_ref().map(|reference| Preceding {
        number: match &shown.corrects_number {
            Some(number) => number.clone(),
            None => reference.to_string(),
        },
        issue_date: None,
    });
    let calls = Calls {
        number: remote.and_then(|remote| remote.number.clone()),
        preceding,
    };
    build(&delivery, &invoicing, calls)
}

fn exported(shown: &Shown, invoice: &EInvoice) -> Exported {
    let delivery = &shown.delivery;
    Exported {
        account: shown.account.to_string(),
        reference: delivery.reference.to_string(),
        number: invoice.number.clone(),
        kind: delivery.kind,
        standing: shown.standing,
        net: invoice.totals.without_tax,
        tax: invoice.totals.tax,
        payable: invoice.totals.payable,
        file: format!(
            "{}-{}.xml",
            plain(shown.account.as_str()),
            plain(&delivery.reference.0)
        ),
        xml: to_xml(invoice),
    }
}

/// Of characters that every file system takes.
fn plain(text: &str) -> String {
    let kept = text.chars().map(|one| {
        if one.is_ascii_alphanumeric() || "-_".contains(one) {
            one
        } else {
            '_'
        }
    });
    kept.take(NAME_LENGTH_MAX).collect()
}
