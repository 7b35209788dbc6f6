//! What items and what is agreed with accounts were called before. Every version of the terms, and what was billed by it, is read
//! under the names of now, as accounts are.

use std::collections::BTreeSet;

use counterfoil_model::agreed::QuantityConfig;
use counterfoil_model::charge::ChargeKey;
use counterfoil_model::classify::{AccountConfig, AgreementConfig, STANDARD};
use counterfoil_model::ids::{AccountKey, AgreementKey, ItemKey};
use counterfoil_model::last_names::{BothThere, LastNames, Named};
use counterfoil_model::price::PriceConfig;
use counterfoil_model::problem::Problem;
use counterfoil_model::time::Date;
use counterfoil_model::validity::WrittenDate;

use crate::config::TermsBody;

/// The last names of a pipeline's items, and of agreements and commitments with their account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    items: LastNames<String>,
    agreements: LastNames<(String, String)>,
    commitments: LastNames<(String, String)>,
}

/// What has a name in a version, and where it stands there.
struct Entry<K> {
    name: K,
    former: Option<K>,
    /// The first day that it was written for, if any.
    first_day: Option<Date>,
    path: Vec<String>,
}

/// An account's, with a name of theirs.
type Own = (String, String);

/// A quantity's account, item and name.
type OfItem = (String, String, String);

impl Names {
    /// Gives all versions, the oldest first, the names of the last one. Accounts have their last keys already.
    pub(crate) fn unite(bodies: &mut [TermsBody]) -> Result<Self, Problem> {
        let items = last_names(bodies, items, |name| format!("item `{name}`"))?;
        for body in &mut *bodies {
            rename_items(&items, body);
        }
        let of_account =
            |what| move |(account, name): &Own| format!("{what} `{name}` of `{account}`");
        let agreements = last_names(bodies, agreements, of_account("agreement"))?;
        let commitments = last_names(bodies, commitments, of_account("commitment"))?;
        let quantities = last_names(
            bodies,
            |body| quantities(&items, body),
            |(account, _, name)| format!("quantity `{name}` of `{account}`"),
        )?;
        let names = Self {
            items,
            agreements,
            commitments,
        };
        for body in bodies {
            names.rename_agreements(body);
            for (key, account) in &mut body.classify.account {
                for commitment in &mut account.commitment {
                    let own = (key.clone(), commitment.name.clone());
                    if let Some((_, last)) = names.commitments.get(&own) {
                        commitment.name.clone_from(last);
                    }
                }
                for quantity in &mut account.quantity {
                    let own = (
                        key.clone(),
                        quantity.item.clone(),
                        label(quantity).to_owned(),
                    );
                    if let Some((.., last)) = quantities.get(&own) {
                        quantity.name = Some(last.clone());
                    }
                }
            }
        }
        Ok(names)
    }

    fn rename_agreements(&self, body: &mut TermsBody) {
        if self.agreements.is_empty() {
            return;
        }
        let has: BTreeSet<Own> = agreements(body).into_iter().map(|one| one.name).collect();
        for item in &mut body.price_book.item {
            let prices = std::mem::take(&mut item.price).into_iter();
            item.price = prices.flat_map(|price| self.priced(price, &has)).collect();
        }
        for (key, account) in &mut body.classify.account {
            let last = |name: &str| self.agreement(key, name).map(str::to_owned);
            if account.agreement.is_none() && last(STANDARD).is_some() {
                account.agreement = Some(vec![AgreementConfig {
                    plan: account.plan.take(),
                    ..AgreementConfig::default()
                }]);
            }
            for agreement in account.agreement.iter_mut().flatten() {
                if let Some(last) = last(name_of(agreement)) {
                    agreement.name = Some(last);
                }
            }
            let named = account.commitment.iter_mut();
            for named in named.filter_map(|commitment| commitment.agreement.as_mut()) {
                if let Some(last) = last(named) {
                    *named = last;
                }
            }
        }
    }

    /// A price for an agreement of any account is for each name that those have by now.
    fn priced(&self, price: PriceConfig, has: &BTreeSet<Own>) -> Vec<PriceConfig> {
        let Some(agreement) = &price.agreement else {
            return vec![price];
        };
        let now = |(account, name): &Own| self.agreement(account, name).unwrap_or(name).to_owned();
        let is_meant = |(account, name): &&Own| {
            let own = price.account.as_ref();
            name == agreement && own.is_none_or(|own| own == account)
        };
        let lasts: BTreeSet<String> = has.iter().filter(is_meant).map(now).collect();
        if lasts.is_empty() {
            return vec![price];
        }
        let priced = lasts.into_iter().map(|last| PriceConfig {
            agreement: Some(last),
            ..price.clone()
        });
        priced.collect()
    }

    fn agreement(&self, account: &str, name: &str) -> Option<&str> {
        let last = self.agreements.get(&(account.to_owned(), name.to_owned()));
        last.map(|(_, name)| name.as_str())
    }

    /// `None` where it is called so still.
    pub(crate) fn item(&self, item: &ItemKey) -> Option<ItemKey> {
        let last = self.items.get(&item.to_string())?;
        Some(ItemKey::from(last.as_str()))
    }

    /// The key under which a charge that was billed to the account is rated now.
    pub(crate) fn read(&self, account: &AccountKey, key: &mut ChargeKey) {
        if self.is_empty() {
            return;
        }
        if let Some(last) = self.item(&key.item) {
            key.item = last;
        }
        if let Some(last) = self.agreement(account.as_str(), key.agreement.as_str()) {
            key.agreement = AgreementKey::from(last);
        }
        if let Some(name) = key.commitment_mut() {
            let own = (account.to_string(), name.clone());
            if let Some((_, last)) = self.commitments.get(&own) {
                name.clone_from(last);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty() && self.agreements.is_empty() && self.commitments.is_empty()
    }
}

/// What begins by a day, and is of no name that there was, while another one is gone. The oldest version comes first.
pub(crate) fn unsaid(bodies: &[TermsBody], last_day: Date) -> Vec<Problem> {
    let none = LastNames::default();
    let everywhere = |_: &String| String::new();
    let of_account = |(account, _): &Own| account.clone();
    let name = |(_, name): &Own| name.clone();
    let versions = (bodies, last_day);
    let told = [
        of_kind("item", versions, items, everywhere, String::clone),
        of_kind("agreement", versions, agreements, of_account, name),
        of_kind("commitment", versions, commitments, of_account, name),
        of_kind(
            "quantity",
            versions,
            |body| quantities(&none, body),
            |(account, item, _)| format!("{account:?} {item:?}"),
            |(.., name)| name.clone(),
        ),
    ];
    told.concat()
}

fn of_kind<K: Ord>(
    kind: &str,
    (bodies, last_day): (&[TermsBody], Date),
    entries: impl Fn(&TermsBody) -> Vec<Entry<K>>,
    scope: impl Fn(&K) -> String,
    shown: impl Fn(&K) -> String,
) -> Vec<Problem> {
    let Some((present, before)) = bodies.split_last() else {
        return Vec::new();
    };
    let present = entries(present);
    let mut gone = before.last().map(&entries).unwrap_or_default();
    gone.retain(|one| present.iter().all(|present| present.name != one.name));
    if gone.is_empty() {
        return Vec::new();
    }
    let had = before.iter().flat_map(&entries).map(|one| one.name);
    let had: BTreeSet<K> = had.collect();
    let new = present.iter().filter(|one| {
        let begins = one.first_day.is_some_and(|day| day <= last_day);
        one.former.is_none() && begins && !had.contains(&one.name)
    });
    let told = new.filter_map(|new| {
        let own = scope(&new.name);
        let former = gone.iter().find(|one| scope(&one.name) == own)?;
        let (name, former) = (shown(&new.name), shown(&former.name));
        let message = format!(
            "the {kind} `{name}` begins in a month that was issued, and the {kind} `{former}` is gone"
        );
        let hint = format!(
            "if it is that one under a new name, write `renamed_from = \"{former}\"`; else it is billed for that month, too"
        );
        Some(Problem::new(new.path.clone(), message).with_hint(hint))
    });
    told.collect()
}

fn last_names<K: Ord + Clone>(
    bodies: &[TermsBody],
    entries: impl Fn(&TermsBody) -> Vec<Entry<K>>,
    shown: impl Fn(&K) -> String,
) -> Result<LastNames<K>, Problem> {
    let named = |body: &TermsBody| {
        let mut named: Named<K> = Named::new();
        for Entry { name, former, .. } in entries(body) {
            let known = named.entry(name).or_default();
            *known = former.or(known.take());
        }
        named
    };
    let versions: Vec<Named<K>> = bodies.iter().rev().map(named).collect();
    LastNames::of(&versions).map_err(|BothThere(name, other)| {
        let mut present = bodies.last().map(entries).unwrap_or_default();
        present.retain(|one| one.name == name || one.name == other);
        present.sort_by_key(|one| one.former.is_none());
        let path = present.into_iter().next().map(|one| one.path);
        let message = format!(
            "the {} cannot be what the {} was: both were there at the same time",
            shown(&name),
            shown(&other)
        );
        Problem::new(path.unwrap_or_default(), message).with_hint(
            "remove `renamed_from` to keep both apart, or choose a name that nothing had before",
        )
    })
}

fn entry<'d, K>(
    (name, former): (K, Option<K>),
    dates: impl IntoIterator<Item = &'d WrittenDate>,
    mut path: Vec<String>,
) -> Entry<K> {
    let key = if former.is_some() {
        "renamed_from"
    } else {
        "name"
    };
    path.push(key.to_owned());
    let days = dates.into_iter().filter_map(|date| date.date(&[]).ok());
    Entry {
        name,
        former,
        first_day: days.min(),
        path,
    }
}

fn items(body: &TermsBody) -> Vec<Entry<String>> {
    let items = body.price_book.item.iter().enumerate();
    let entries = items.map(|(index, item)| {
        let path = body.in_price_book(&["item".to_owned(), index.to_string()]);
        let names = (item.name.clone(), item.renamed_from.clone());
        let dates = item.price.iter().filter_map(|price| price.from.as_ref());
        entry(names, dates, path)
    });
    entries.collect()
}

fn rename_items(items: &LastNames<String>, body: &mut TermsBody) {
    let rename = |name: &mut String| {
        if let Some(last) = items.get(name) {
            name.clone_from(last);
        }
    };
    for item in &mut body.price_book.item {
        rename(&mut item.name);
        let others = item.of.iter_mut().chain(&mut item.contains);
        others.for_each(rename);
    }
    for account in body.classify.account.values_mut() {
        for quantity in &mut account.quantity {
            rename(&mut quantity.item);
        }
        let named = account.commitment.iter_mut();
        named.flat_map(|one| &mut one.items).for_each(rename);
    }
}

fn of_accounts<K>(
    body: &TermsBody,
    of_account: impl Fn(&str, &AccountConfig) -> Vec<Entry<K>>,
) -> Vec<Entry<K>> {
    let accounts = body.classify.account.iter();
    accounts
        .flat_map(|(key, account)| of_account(key, account))
        .collect()
}

fn path_in(account: &str, list: &str, index: usize) -> Vec<String> {
    ["account", account, list, &index.to_string()]
        .map(str::to_owned)
        .into()
}

fn agreements(body: &TermsBody) -> Vec<Entry<Own>> {
    of_accounts(body, |key, account| {
        let own = |name: &str| (key.to_owned(), name.to_owned());
        let Some(written) = &account.agreement else {
            return vec![entry((own(STANDARD), None), None, Vec::new())];
        };
        let written = written.iter().enumerate().map(|(index, agreement)| {
            let former = agreement.renamed_from.as_deref().map(own);
            let path = path_in(key, "agreement", index);
            entry((own(name_of(agreement)), former), &agreement.from, path)
        });
        written.collect()
    })
}

fn name_of(agreement: &AgreementConfig) -> &str {
    agreement.name.as_deref().unwrap_or(STANDARD)
}

fn commitments(body: &TermsBody) -> Vec<Entry<Own>> {
    of_accounts(body, |key, account| {
        let own = |name: &str| (key.to_owned(), name.to_owned());
        let written = account.commitment.iter().enumerate();
        let written = written.map(|(index, commitment)| {
            let former = commitment.renamed_from.as_deref().map(own);
            let path = path_in(key, "commitment", index);
            entry((own(&commitment.name), former), &commitment.from, path)
        });
        written.collect()
    })
}

/// One without a name is called as its item is, and was.
fn quantities(items: &LastNames<String>, body: &TermsBody) -> Vec<Entry<OfItem>> {
    of_accounts(body, |key, account| {
        let written = account.quantity.iter().enumerate();
        let written = written.map(|(index, quantity)| {
            let own = |name: &str| (key.to_owned(), quantity.item.clone(), name.to_owned());
            let former = quantity.renamed_from.as_ref();
            let former = former.map(|former| match items.get(former) {
                Some(last) if *last == quantity.item => own(last),
                _ => own(former),
            });
            let path = path_in(key, "quantity", index);
            entry((own(label(quantity)), former), &quantity.from, path)
        });
        written.collect()
    })
}

fn label(quantity: &QuantityConfig) -> &str {
    quantity.name.as_deref().unwrap_or(&quantity.item)
}
