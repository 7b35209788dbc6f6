//! What has a name in a version of the terms.

use counterfoil_model::agreed::QuantityConfig;
use counterfoil_model::classify::{AccountConfig, AgreementConfig, STANDARD};
use counterfoil_model::last_names::LastNames;
use counterfoil_model::problem::Problem;
use counterfoil_model::time::Date;
use counterfoil_model::validity::WrittenDate;

use crate::config::TermsBody;

/// Of an item, of what is agreed with an account, or of an account's quantity of an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) account: String,
    pub(super) item: String,
    pub(super) own: String,
}

/// With what it was called before, and where it stands.
pub(super) struct Entry {
    pub(super) name: Name,
    pub(super) former: Option<Name>,
    /// The first day that it was written for, if any.
    pub(super) first_day: Option<Date>,
    pub(super) path: Vec<String>,
}

impl Name {
    pub(super) fn alone(name: &str) -> Self {
        Self::of_item("", "", name)
    }

    pub(super) fn of_account(account: &str, name: &str) -> Self {
        Self::of_item(account, "", name)
    }

    pub(super) fn of_item(account: &str, item: &str, name: &str) -> Self {
        Self {
            account: account.to_owned(),
            item: item.to_owned(),
            own: name.to_owned(),
        }
    }

    /// For people.
    pub(super) fn shown(&self, kind: &str) -> String {
        let Self { account, own, .. } = self;
        if account.is_empty() {
            format!("{kind} `{own}`")
        } else {
            format!("{kind} `{own}` of `{account}`")
        }
    }
}

impl Entry {
    fn new<'d>(
        (name, former): (Name, Option<Name>),
        dates: impl IntoIterator<Item = &'d WrittenDate>,
        mut path: Vec<String>,
    ) -> Self {
        let key = if former.is_some() {
            "renamed_from"
        } else {
            "name"
        };
        path.push(key.to_owned());
        let days = dates.into_iter().filter_map(|date| date.date(&[]).ok());
        Self {
            name,
            former,
            first_day: days.min(),
            path,
        }
    }

    /// Where it says that it was called nothing, or what it is called.
    pub(super) fn nameless(&self, kind: &str) -> Option<Problem> {
        let former = self.former.as_ref()?;
        let message = if former.own.trim().is_empty() {
            format!(
                "what the {} was called before is empty",
                self.name.shown(kind)
            )
        } else if *former == self.name {
            format!("the {} has that name still", self.name.shown(kind))
        } else {
            return None;
        };
        let hint = "write the name that it had before, or leave `renamed_from` out";
        Some(Problem::new(self.path.clone(), message).with_hint(hint))
    }
}

pub(super) fn items(body: &TermsBody) -> Vec<Entry> {
    let items = body.price_book.item.iter().enumerate();
    let entries = items.map(|(index, item)| {
        let path = body.in_price_book(&["item".to_owned(), index.to_string()]);
        let former = item.renamed_from.as_deref().map(Name::alone);
        let dates = item.price.iter().filter_map(|price| price.from.as_ref());
        Entry::new((Name::alone(&item.name), former), dates, path)
    });
    entries.collect()
}

fn of_accounts(
    body: &TermsBody,
    of_account: impl Fn(&str, &AccountConfig) -> Vec<Entry>,
) -> Vec<Entry> {
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

pub(super) fn agreements(body: &TermsBody) -> Vec<Entry> {
    of_accounts(body, |key, account| {
        let own = |name: &str| Name::of_account(key, name);
        let Some(written) = &account.agreement else {
            return vec![Entry::new((own(STANDARD), None), None, Vec::new())];
        };
        let written = written.iter().enumerate().map(|(index, agreement)| {
            let former = agreement.renamed_from.as_deref().map(own);
            let names = (own(name_of(agreement)), former);
            Entry::new(names, &agreement.from, path_in(key, "agreement", index))
        });
        written.collect()
    })
}

pub(super) fn name_of(agreement: &AgreementConfig) -> &str {
    agreement.name.as_deref().unwrap_or(STANDARD)
}

pub(super) fn commitments(body: &TermsBody) -> Vec<Entry> {
    of_accounts(body, |key, account| {
        let own = |name: &str| Name::of_account(key, name);
        let written = account.commitment.iter().enumerate();
        let written = written.map(|(index, commitment)| {
            let former = commitment.renamed_from.as_deref().map(own);
            let names = (own(&commitment.name), former);
            Entry::new(names, &commitment.from, path_in(key, "commitment", index))
        });
        written.collect()
    })
}

/// One without a name is called as its item is, and was.
pub(super) fn quantities(items: &LastNames<Name>, body: &TermsBody) -> Vec<Entry> {
    of_accounts(body, |key, account| {
        let written = account.quantity.iter().enumerate();
        let written = written.map(|(index, quantity)| {
            let own = |name: &str| Name::of_item(key, &quantity.item, name);
            let former = quantity.renamed_from.as_deref();
            let former = former.map(|former| match items.get(&Name::alone(former)) {
                Some(last) if last.own == quantity.item => own(&last.own),
                _ => own(former),
            });
            let names = (own(label(quantity)), former);
            Entry::new(names, &quantity.from, path_in(key, "quantity", index))
        });
        written.collect()
    })
}

pub(super) fn label(quantity: &QuantityConfig) -> &str {
    quantity.name.as_deref().unwrap_or(&quantity.item)
}
