//! What decides money in a pipeline, as one value that is stored by its digest: rules, defaults, accounts, price book.

use std::collections::BTreeMap;

use counterfoil_model::between::{ChangeAt, Handover};
use counterfoil_model::classify::{AccountConfig, ClassifyConfig, Renamed};
use counterfoil_model::digest::Digest;
use counterfoil_model::ids::AccountKey;
use counterfoil_model::price::{Billed, PriceBook, PriceBookConfig};
use counterfoil_model::problem::{Problem, Review};
use counterfoil_model::time::{Date, TimeZone};
use serde::{Deserialize, Serialize};

use super::PipelineConfig;

/// As it was written; places are kept for explanations and do not count as content.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TermsBody {
    pipeline: String,
    /// Of a store's earlier versions, it is not known.
    #[serde(default)]
    pub timezone: Option<String>,
    #[serde(default)]
    pub bill_from: Option<Date>,
    /// Absent where it is the default, so that an earlier version stays the same one.
    #[serde(default, skip_serializing_if = "ChangeAt::is_default")]
    change_at: ChangeAt,
    #[serde(default, skip_serializing_if = "Handover::is_default")]
    handover: Handover,
    price_book_name: String,
    pub classify: ClassifyConfig,
    pub price_book: PriceBookConfig,
}

/// Ready for the pure stages.
#[derive(Debug, Clone)]
pub struct Terms {
    pub change_at: ChangeAt,
    pub handover: Handover,
    pub classification: counterfoil_model::classify::Terms,
    pub price_book: PriceBook,
}

impl TermsBody {
    pub(super) fn new(
        name: &str,
        config: &PipelineConfig,
        accounts: &BTreeMap<String, AccountConfig>,
        book: &PriceBookConfig,
    ) -> Self {
        Self {
            pipeline: name.to_owned(),
            timezone: Some(config.timezone.clone()),
            bill_from: config.bill_from,
            change_at: config.change_at,
            handover: config.handover,
            price_book_name: config.price_book.clone(),
            classify: ClassifyConfig {
                rule: config.rule.clone(),
                defaults: config.default.clone(),
                account: accounts.clone(),
            },
            price_book: book.clone(),
        }
    }

    /// Has accounts and customers under what they are called now.
    pub(crate) fn rename(
        &mut self,
        now: &BTreeMap<String, AccountConfig>,
        last_key: impl Fn(&str) -> Option<AccountKey>,
    ) -> Renamed {
        let renamed = Renamed::between(&self.classify.account, now, last_key);
        if renamed.is_empty() {
            return renamed;
        }
        renamed.apply(&mut self.classify);
        for item in &mut self.price_book.item {
            let only = item.customers.iter_mut().flatten();
            for customer in only.chain(item.except_customers.iter_mut().flatten()) {
                renamed.customer(customer);
            }
            for price in &mut item.price {
                if let Some(account) = &mut price.account {
                    renamed.account(account);
                }
                if let Some(customer) = &mut price.customer {
                    renamed.customer(customer);
                }
            }
        }
        renamed
    }

    /// All mistakes at once, with paths into the configuration files.
    pub fn resolve(&self, zone: &TimeZone) -> Result<Terms, Vec<Problem>> {
        let classification = counterfoil_model::classify::resolve(&self.classify, zone, &[])
            .map_err(|problems| self.rooted(problems));
        let price_book =
            counterfoil_model::price::resolve(&self.price_book, zone).map_err(|problems| {
                let below = |problem: Problem| problem.below(["price_book", &self.price_book_name]);
                problems.into_iter().map(below).collect::<Vec<_>>()
            });
        let classification = classification.map(|mut terms| {
            terms.keep_of_pipeline(&self.pipeline);
            terms
        });
        match (classification, price_book) {
            (Ok(_), Ok(_)) if !self.begun().is_empty() => Err(self.begun()),
            (Ok(classification), Ok(price_book)) => Ok(Terms {
                change_at: self.change_at,
                handover: self.handover,
                classification,
                price_book,
            }),
            (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
            (Err(mut problems), Err(more)) => {
                problems.extend(more);
                Err(problems)
            }
        }
    }

    /// In advance each charge period is billed once, before it begins: nobody would bill the one in which billing begins.
    fn begun(&self) -> Vec<Problem> {
        let items = self.price_book.item.iter().enumerate();
        let in_advance = items.filter(|(_, item)| item.billed == Billed::InAdvance);
        let without_start = in_advance.filter(|_| self.bill_from.is_none());
        let told = without_start.map(|(index, item)| {
            let message = format!(
                "`{}` is billed in advance, and the pipeline does not say since when it bills",
                item.name
            );
            let path = ["item".to_owned(), index.to_string(), "billed".to_owned()];
            Problem::new(path, message)
                .with_hint("bill_from = 2026-03-01 in the pipeline: that day's charge period is billed from then on")
                .below(["price_book", &self.price_book_name])
        });
        told.collect()
    }

    /// Accounts stand at the root, rules and defaults in their pipeline.
    fn rooted(&self, problems: Vec<Problem>) -> Vec<Problem> {
        let root = |problem: Problem| match problem.path.first().map(String::as_str) {
            Some("account") => problem,
            _ => problem.below(["pipeline", &self.pipeline]),
        };
        problems.into_iter().map(root).collect()
    }

    /// What was found in rules, with paths into the configuration files.
    pub fn rooted_review(&self, review: Review) -> Review {
        review.below(&["pipeline", &self.pipeline])
    }

    /// A path within the price book, from the root of the configuration files.
    pub fn in_price_book(&self, within: &[String]) -> Vec<String> {
        let book = ["price_book".to_owned(), self.price_book_name.clone()];
        [book.as_slice(), within].concat()
    }

    /// Of what was found in what is agreed with accounts, only what this pipeline bills.
    pub fn own_agreed(&self, mut review: Review) -> Review {
        let is_own = |problem: &Problem| {
            let [_, account, list, index, ..] = problem.path.as_slice() else {
                return true;
            };
            let account = self.classify.account.get(account);
            let index = index.parse::<usize>().ok();
            let named = account
                .zip(index)
                .and_then(|(account, index)| match list.as_str() {
                    "quantity" => account.quantity.get(index)?.pipeline.as_ref(),
                    _ => account.commitment.get(index)?.pipeline.as_ref(),
                });
            named.is_none_or(|named| *named == self.pipeline)
        };
        review.errors.retain(is_own);
        review.warnings.retain(is_own);
        review
    }

    /// What was found in the price book, with paths into the configuration files.
    pub fn rooted_prices(&self, review: Review) -> Review {
        review.below(&["price_book", &self.price_book_name])
    }

    /// Of what decides money: a moved line is no new configuration.
    pub fn digest(&self) -> Digest {
        let mut body = self.clone();
        for rule in &mut body.classify.rule {
            rule.place.clear();
        }
        for account in body.classify.account.values_mut() {
            account.forget_places();
        }
        for rate in &mut body.price_book.exchange_rate {
            rate.place = None;
        }
        for item in &mut body.price_book.item {
            item.place = None;
            for price in &mut item.price {
                price.place = None;
            }
        }
        Digest::of_json(&body)
    }
}
