//! What e-invoices say besides their lines, from the configuration: seller, buyer, payment, taxes and texts.

use std::collections::BTreeMap;

use counterfoil_model::classify::Account;
use counterfoil_model::decimal::Decimal;
use counterfoil_model::einvoice::{Invoicing, Payment, Tax};
use counterfoil_model::language::{LanguageTag, Texts};
use counterfoil_model::money::Currency;

use crate::config::{IssuerConfig, Pipeline};
use crate::preview::Language;

/// What a pipeline says of all of its e-invoices.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sales<'a> {
    /// The key of the issuer, and its name where it has none.
    pub(crate) issuer_key: &'a str,
    pub(crate) issuer: &'a IssuerConfig,
    pub(crate) taxes: &'a BTreeMap<String, Tax>,
    /// Do accounts get e-invoices that do not say it?
    pub(crate) einvoice: bool,
}

impl<'a> From<&'a Pipeline> for Sales<'a> {
    fn from(pipeline: &'a Pipeline) -> Self {
        Self {
            issuer_key: &pipeline.config.issuer,
            issuer: &pipeline.issuer,
            taxes: &pipeline.taxes,
            einvoice: pipeline.config.einvoice,
        }
    }
}

impl Sales<'_> {
    /// Does the account get e-invoices?
    pub(crate) fn is_asked(&self, account: &Account) -> bool {
        account.documents.einvoice.unwrap_or(self.einvoice)
    }

    /// Of every document of an account; a document keeps of it what its lines need.
    pub(crate) fn invoicing(&self, account: &Account, payment_days: Option<u16>) -> Invoicing {
        let terms = &account.documents;
        let language = self.language(account);
        let of_issuer = self.issuer.language.tag();
        let spoken = |own: Option<&LanguageTag>, texts: &Texts| {
            let languages: Vec<&LanguageTag> = own.into_iter().chain([&of_issuer]).collect();
            texts.spoken(&languages).map(str::to_owned)
        };
        let texts = [&self.issuer.document_text, &terms.text];
        let own = terms.spoken.of_document();
        let texts = texts.into_iter().flatten();
        let agreement_texts = terms.agreement_texts.iter().filter_map(|(key, texts)| {
            let own = terms.spoken.of(key).or(own);
            Some((key.clone(), spoken(own, texts)?))
        });
        Invoicing {
            seller: self.issuer.party(self.issuer_key),
            buyer: terms.buyer.clone(),
            order_reference: terms.order_reference.clone(),
            payment: Payment {
                iban: self.issuer.iban.clone(),
                bic: self.issuer.bic.clone(),
                invoice_terms: payment_days.map(|days| language.payment_terms(days)),
                credit_terms: Some(language.credit_terms().to_owned()),
            },
            taxes: self.taxes.clone(),
            payable_step: self.payable_step(account.currency),
            texts: texts.filter_map(|texts| spoken(own, texts)).collect(),
            agreement_texts: agreement_texts.collect(),
        }
    }

    /// Of words of our own: the issuer's where they are not there in the account's.
    fn language(&self, account: &Account) -> Language {
        let own = account.documents.spoken.of_document();
        own.and_then(Language::of).unwrap_or(self.issuer.language)
    }

    fn payable_step(&self, currency: Currency) -> Option<Decimal> {
        let written = self.issuer.payable_rounding.get(currency.code())?;
        written.0.parse().ok()
    }
}
