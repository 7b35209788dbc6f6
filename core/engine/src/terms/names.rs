//! What items and what is agreed with accounts were called before. Every version of the terms, and what was billed by it, is read
//! under the names of now, as accounts are.

mod entries;
mod unsaid;

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::classify::{AgreementConfig, STANDARD};
use counterfoil_model::ids::{AccountKey, AgreementKey, ItemKey};
use counterfoil_model::last_names::{BothThere, LastNames, Named};
use counterfoil_model::problem::Problem;

use self::entries::{Entry, Name, agreements, commitments, items, label, name_of, quantities};
pub(crate) use self::unsaid::unsaid;
use crate::config::TermsBody;

const APART: &str =
    "remove `renamed_from` to keep both apart, or choose a name that nothing had before";

/// The last names of a pipeline's items, agreements and commitments.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    items: LastNames<Name>,
    agreements: LastNames<Name>,
    commitments: LastNames<Name>,
}

impl Names {
    /// Gives all versions, the oldest first, the names of the last one. Accounts have their last keys already.
    pub(crate) fn unite(bodies: &mut [TermsBody]) -> Result<Self, Problem> {
        let items = last_names("item", bodies, items)?;
        for body in &mut *bodies {
            rename_items(&items, body);
        }
        let names = Self {
            agreements: last_names("agreement", bodies, agreements)?,
            commitments: last_names("commitment", bodies, commitments)?,
            items,
        };
        let quantities = last_names("quantity", bodies, |body| quantities(&names.items, body))?;
        let for_any = names.priced_agreements(bodies)?;
        for body in bodies {
            names.rename_agreements(&for_any, body);
            for (key, account) in &mut body.classify.account {
                for commitment in &mut account.commitment {
                    let own = Name::of_account(key, &commitment.name);
                    rename(&names.commitments, &own, &mut commitment.name);
                }
                for quantity in &mut account.quantity {
                    let own = Name::of_item(key, &quantity.item, label(quantity));
                    if let Some(last) = quantities.get(&own) {
                        quantity.name = Some(last.own.clone());
                    }
                }
            }
        }
        Ok(names)
    }

    /// The last names of agreements that prices name for any account. Such a price is for all that are called so: it cannot go along
    /// with one of them.
    fn priced_agreements(&self, bodies: &[TermsBody]) -> Result<BTreeMap<String, String>, Problem> {
        let mut for_any = BTreeMap::new();
        if self.agreements.is_empty() {
            return Ok(for_any);
        }
        let all: BTreeSet<Name> = bodies
            .iter()
            .flat_map(agreements)
            .map(|one| one.name)
            .collect();
        let mut called: BTreeMap<&str, Vec<&Name>> = BTreeMap::new();
        for one in &all {
            called.entry(&one.own).or_default().push(one);
        }
        let named = |(account, name): &(Option<&String>, &String)| {
            let all = called.get(name.as_str()).into_iter().flatten().copied();
            let own = |one: &&Name| account.is_none_or(|own| *own == one.account);
            all.filter(own).collect::<Vec<&Name>>()
        };
        for body in bodies {
            let prices = body.price_book.item.iter().flat_map(|item| &item.price);
            let prices = prices
                .filter_map(|price| Some((price.account.as_ref(), price.agreement.as_ref()?)));
            let prices: BTreeSet<_> = prices.collect();
            for price in &prices {
                let (account, name) = price;
                let lasts = named(price)
                    .into_iter()
                    .map(|one| self.agreements.get(one).unwrap_or(one));
                let lasts: BTreeSet<&String> = lasts.map(|one| &one.own).collect();
                let renamed = lasts.iter().copied().find(|last| last != name);
                let Some(last) = renamed else { continue };
                let others = named(&(*account, last)).into_iter();
                let mut others = others.filter(|one| self.agreements.get(one).is_none());
                let is_shared = others.any(|one| {
                    let mut formers = named(price).into_iter();
                    !formers.any(|former| self.agreements.get(former) == Some(one))
                });
                if lasts.len() > 1 || is_shared || prices.contains(&(*account, last)) {
                    return Err(Self::not_of_one(bodies, (name, last)));
                }
                if account.is_none() {
                    for_any.insert((*name).clone(), (*last).clone());
                }
            }
        }
        Ok(for_any)
    }

    fn not_of_one(bodies: &[TermsBody], (name, last): (&str, &str)) -> Problem {
        let message = format!(
            "the agreement `{name}` cannot be called `{last}`: a price names agreements of one of these names that are not this one"
        );
        let mut present = bodies.last().map(agreements).unwrap_or_default();
        present.retain(|one| one.name.own == last && one.former.is_some());
        let path = present.into_iter().next().map(|one| one.path);
        Problem::new(path.unwrap_or_default(), message).with_hint(
            "keep the name, or choose one that neither an agreement nor a price had before",
        )
    }

    fn rename_agreements(&self, for_any: &BTreeMap<String, String>, body: &mut TermsBody) {
        if self.agreements.is_empty() {
            return;
        }
        let prices = body.price_book.item.iter_mut();
        for price in prices.flat_map(|item| &mut item.price) {
            let Some(agreement) = &mut price.agreement else {
                continue;
            };
            if let Some(account) = &price.account {
                let own = Name::of_account(account, agreement);
                rename(&self.agreements, &own, agreement);
            } else if let Some(last) = for_any.get(agreement) {
                agreement.clone_from(last);
            }
        }
        for (key, account) in &mut body.classify.account {
            let last = |name: &str| {
                let last = self.agreements.get(&Name::of_account(key, name));
                last.map(|last| last.own.clone())
            };
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

    /// `None` where it is called so still.
    pub(crate) fn item(&self, item: &ItemKey) -> Option<ItemKey> {
        let last = self.items.get(&Name::alone(item.as_str()))?;
        Some(ItemKey::from(last.own.as_str()))
    }

    /// The key under which a charge that was billed to the account is rated now.
    pub(crate) fn read(&self, account: &AccountKey, key: &mut ChargeKey) {
        if self.is_empty() {
            return;
        }
        if let Some(last) = self.item(&key.item) {
            key.item = last;
        }
        let of_account = |name: &str| Name::of_account(account.as_str(), name);
        if let Some(last) = self.agreements.get(&of_account(key.agreement.as_str())) {
            key.agreement = AgreementKey::from(last.own.as_str());
        }
        if let Some(name) = key.commitment_mut() {
            rename(&self.commitments, &of_account(name), name);
        }
    }

    /// All keys that are read as this one, itself among them.
    pub(crate) fn written(&self, account: &AccountKey, key: &ChargeKey) -> Vec<ChargeKey> {
        let mut keys = vec![key.clone()];
        let own = |name: &str| Name::of_account(account.as_str(), name);
        for former in self.items.former(&Name::alone(key.item.as_str())) {
            keys.push(ChargeKey {
                item: ItemKey::from(former.own.as_str()),
                ..key.clone()
            });
        }
        for former in self.agreements.former(&own(key.agreement.as_str())) {
            let under = keys.clone().into_iter().map(|key| ChargeKey {
                agreement: AgreementKey::from(former.own.as_str()),
                ..key
            });
            keys.extend(under.collect::<Vec<_>>());
        }
        if let Some(name) = key.commitment() {
            for former in self.commitments.former(&own(name)) {
                let mut under = keys.clone();
                for name in under.iter_mut().filter_map(ChargeKey::commitment_mut) {
                    name.clone_from(&former.own);
                }
                keys.extend(under);
            }
        }
        keys
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty() && self.agreements.is_empty() && self.commitments.is_empty()
    }
}

fn rename(names: &LastNames<Name>, own: &Name, name: &mut String) {
    if let Some(last) = names.get(own) {
        name.clone_from(&last.own);
    }
}

fn last_names(
    kind: &str,
    bodies: &[TermsBody],
    entries: impl Fn(&TermsBody) -> Vec<Entry>,
) -> Result<LastNames<Name>, Problem> {
    for entry in bodies.last().map(&entries).into_iter().flatten() {
        if let Some(nameless) = entry.nameless(kind) {
            return Err(nameless);
        }
    }
    let named = |body: &TermsBody| {
        let mut named: Named<Name> = Named::new();
        for Entry { name, former, .. } in entries(body) {
            named.entry(name).or_default().extend(former);
        }
        named
    };
    let versions: Vec<Named<Name>> = bodies.iter().rev().map(named).collect();
    LastNames::of(&versions).map_err(|BothThere(name, other)| {
        let mut present = bodies.last().map(entries).unwrap_or_default();
        present.retain(|one| one.name == name || one.name == other);
        present.sort_by_key(|one| one.former.is_none());
        let said = present.first().is_some_and(|one| one.former.is_some());
        let path = present.into_iter().next().map(|one| one.path);
        let (name, other) = (name.shown(kind), other.shown(kind));
        let message =
            format!("the {name} cannot be what the {other} was: both were there at the same time");
        let hint = if said {
            APART.to_owned()
        } else {
            "an earlier configuration said that they are one: choose a name that nothing had before"
                .to_owned()
        };
        Problem::new(path.unwrap_or_default(), message).with_hint(hint)
    })
}

fn rename_items(items: &LastNames<Name>, body: &mut TermsBody) {
    if items.is_empty() {
        return;
    }
    let rename = |name: &mut String| rename(items, &Name::alone(name), name);
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
