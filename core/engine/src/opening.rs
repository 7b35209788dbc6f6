//! The opening position of a pipeline: a table that a person hands over of what was billed elsewhere. It is kept with who
//! gave it, and a plan that is made from it holds only as long as it stays.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use counterfoil_model::decimal::Decimal;
use counterfoil_model::ids::{AccountId, AccountKey, ItemKey};
use counterfoil_model::money::Money;
use counterfoil_model::nearest::nearest;
use counterfoil_model::opening::OpeningEntry;
use counterfoil_model::rate::AccountTerms;
use counterfoil_model::time::{BillingPeriod, Instant};
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::config::{DecimalMark, Right};
use crate::given::{Given, GivenError, GivenRow};
use crate::identity::IdentityError;
use crate::rating::account_terms;
use crate::session::{Session, Wired};
use crate::terms::{Keep, TermsError, Versions, versions};

/// Its columns; `item` and `note` may be left out.
pub const COLUMNS: [&str; 5] = ["account", "period", "item", "net", "note"];

#[derive(Debug, Serialize, JsonSchema)]
pub struct OpeningReport {
    pub pipeline: String,
    pub entries: Vec<ShownEntry>,
    /// By currency.
    pub totals: Vec<Money>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ShownEntry {
    pub account_key: String,
    #[serde(flatten)]
    pub entry: OpeningEntry,
}

/// What an import did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportReport {
    pub pipeline: String,
    pub by: String,
    pub added: Vec<ShownEntry>,
    /// With another amount than before.
    pub changed: Vec<ShownEntry>,
    pub unchanged: usize,
    /// Taken back: an amount of zero, or not in the table that replaces all.
    pub withdrawn: Vec<ShownEntry>,
    /// Kept though the table does not have them.
    pub kept: usize,
    /// Periods in which something was issued already: the entry becomes a correction.
    pub corrects: BTreeSet<String>,
}

#[derive(Debug, Error)]
pub enum OpeningError {
    #[error("sign the decision")]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Given(#[from] GivenError),
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("sum the amounts")]
    Amount {
        source: counterfoil_model::money::MoneyError,
    },
    #[error("keep the opening position")]
    Store { source: StoreError },
}

impl OpeningError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Identity(error) => error.hint(),
            Self::Given(error) => error.hint(),
            Self::Terms(error) => error.hint(),
            Self::Amount { .. } | Self::Store { .. } => None,
        }
    }
}

fn store_error(source: StoreError) -> OpeningError {
    OpeningError::Store { source }
}

/// What is known now.
pub async fn list(session: &Session, wired: &Wired<'_>) -> Result<OpeningReport, OpeningError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let entries = versions.openings;
    let totals = Money::by_currency(entries.iter().map(|entry| entry.net));
    let totals = totals
        .collect::<Result<_, _>>()
        .map_err(|source| OpeningError::Amount { source })?;
    Ok(OpeningReport {
        pipeline: wired.pipeline.name.clone(),
        entries: entries
            .into_iter()
            .map(|entry| show(wired, entry))
            .collect(),
        totals,
    })
}

fn show(wired: &Wired<'_>, entry: OpeningEntry) -> ShownEntry {
    let key = wired.known.accounts.get(&entry.account);
    ShownEntry {
        account_key: key.map_or_else(|| entry.account.to_string(), ToString::to_string),
        entry,
    }
}

/// Takes a table in, all of it or nothing. With `replace` the table is the whole opening position from now on.
pub async fn import(
    session: &Session,
    wired: &Wired<'_>,
    path: &Path,
    by: &str,
    (mark, replace): (Option<DecimalMark>, bool),
) -> Result<ImportReport, OpeningError> {
    let signature = session.signature(by, Right::Opening)?;
    let versions = versions(session, wired, Keep::Transient).await?;
    let is_column = |name: &str| COLUMNS.contains(&name.to_lowercase().as_str());
    let sheet = Given::read(path, &is_column)?.whole()?;
    let given = Reader::new(wired, &versions, &sheet, mark)?.entries(&signature.by, session.now)?;
    let stored = session.store.openings(wired.id, None).await;
    let stored = stored.map_err(store_error)?.into_iter();
    // As it is kept, and under the names of now.
    let stored = stored.map(|kept| {
        let mut read = kept.clone();
        read.item = read.item.map(|item| versions.item(&item));
        (kept, read)
    });
    let stored: Vec<(OpeningEntry, OpeningEntry)> = stored.collect();
    let mut report = ImportReport {
        pipeline: wired.pipeline.name.clone(),
        by: signature.by.clone(),
        added: Vec::new(),
        changed: Vec::new(),
        unchanged: 0,
        withdrawn: Vec::new(),
        kept: 0,
        corrects: BTreeSet::new(),
    };
    let (mut superseded, mut added) = (Vec::new(), Vec::new());
    let issued = session.store.issued_periods(wired.id).await;
    let issued = issued.map_err(store_error)?;
    for entry in &given {
        let is_it = |(_, read): &&(OpeningEntry, OpeningEntry)| read.identity() == entry.identity();
        let known = stored.iter().find(is_it);
        if known.is_some_and(|(_, known)| known.says_same(entry)) {
            report.unchanged += 1;
            continue;
        }
        let shown = show(wired, entry.clone());
        match (known, entry.net.is_zero()) {
            (None, true) => continue,
            (Some(_), true) => report.withdrawn.push(shown),
            (Some(_), false) => report.changed.push(shown),
            (None, false) => report.added.push(shown),
        }
        superseded.extend(known.map(|(kept, _)| kept.clone()));
        if !entry.net.is_zero() {
            added.push(entry.clone());
        }
        if issued.contains(&entry.billing_period) {
            report.corrects.insert(entry.billing_period.clone());
        }
    }
    for (kept, known) in &stored {
        if given
            .iter()
            .any(|entry| entry.identity() == known.identity())
        {
            continue;
        }
        if replace {
            if issued.contains(&known.billing_period) {
                report.corrects.insert(known.billing_period.clone());
            }
            report.withdrawn.push(show(wired, known.clone()));
            superseded.push(kept.clone());
        } else {
            report.kept += 1;
        }
    }
    session
        .store
        .change_openings(
            wired.id,
            &superseded,
            &added,
            session.signed(&signature, None),
        )
        .await
        .map_err(store_error)?;
    Ok(report)
}

/// Reads rows into entries; every mistake is told at once.
struct Reader<'a> {
    wired: &'a Wired<'a>,
    versions: &'a Versions,
    sheet: &'a Given,
    accounts: BTreeMap<AccountKey, (AccountId, AccountTerms)>,
    items: BTreeSet<ItemKey>,
    columns: [Option<usize>; 5],
    mark: Option<DecimalMark>,
}

impl<'a> Reader<'a> {
    fn new(
        wired: &'a Wired<'a>,
        versions: &'a Versions,
        sheet: &'a Given,
        mark: Option<DecimalMark>,
    ) -> Result<Self, OpeningError> {
        sheet.needed(&["account", "period", "net"])?;
        let columns = COLUMNS.map(|name| sheet.column(&[name]));
        let mark = mark.or_else(|| sheet.decimal_mark(&columns[3].into_iter().collect::<Vec<_>>()));
        let accounts = account_terms(wired, versions)
            .into_iter()
            .map(|(id, terms)| (terms.key.clone(), (id, terms)));
        let books = versions
            .versions
            .iter()
            .map(|version| &version.terms.price_book);
        let items = books.flat_map(|book| &book.items);
        Ok(Self {
            wired,
            versions,
            sheet,
            accounts: accounts.collect(),
            items: items.map(|item| item.key.clone()).collect(),
            columns,
            mark,
        })
    }

    fn entries(&self, by: &str, now: Instant) -> Result<Vec<OpeningEntry>, OpeningError> {
        let mut entries: Vec<OpeningEntry> = Vec::new();
        let mut problems = Vec::new();
        for row in self.sheet.rows() {
            match self.entry(row, by, now) {
                Ok(entry) => {
                    let twice = entries
                        .iter()
                        .find(|one| one.identity() == entry.identity());
                    match twice {
                        Some(first) => problems.push(format!(
                            "row {}: the same account, period, item and note as {}: give each its own note, or sum them",
                            row.number(), first.place
                        )),
                        None => entries.push(entry),
                    }
                }
                Err(message) => problems.push(format!("row {}: {message}", row.number())),
            }
        }
        if problems.is_empty() {
            Ok(entries)
        } else {
            Err(self.sheet.problems(problems).into())
        }
    }

    fn entry(&self, row: GivenRow<'_>, by: &str, now: Instant) -> Result<OpeningEntry, String> {
        let [account, _, item, _, note] = self.columns.map(|column| row.cell(column));
        let [_, period, _, net, _] = self.columns;
        let key = AccountKey::from(account);
        let (id, terms) = self.accounts.get(&key).ok_or_else(|| {
            let known: Vec<&str> = self.accounts.keys().map(AccountKey::as_str).collect();
            let told = unknown("account", account, &known);
            if let Some(renamed) = self.wired.known.renamed_hint(account) {
                return format!("there is no account `{account}`; {renamed}");
            }
            let own = self.accounts.iter();
            let own = own.filter(|(_, (_, terms))| terms.customer.as_str() == account);
            let own: Vec<&str> = own.map(|(key, _)| key.as_str()).collect();
            if own.is_empty() {
                told
            } else {
                let accounts = own.join("`, `");
                format!("{told}; `{account}` is a customer: give its account, `{accounts}`")
            }
        })?;
        let item = (!item.is_empty()).then(|| self.versions.item(&ItemKey::from(item)));
        if let Some(item) = item.as_ref().filter(|item| !self.items.contains(*item)) {
            let known = self.items.iter().map(ItemKey::as_str);
            return Err(unknown(
                "price item",
                item.as_str(),
                &known.collect::<Vec<_>>(),
            ));
        }
        Ok(OpeningEntry {
            account: *id,
            item,
            billing_period: self.period(row.month(period))?,
            net: money(row.decimal(net, self.mark)?, terms)?,
            note: note.to_owned(),
            place: self.sheet.place(row),
            by: by.to_owned(),
            at: now,
        })
    }

    /// A period that is billed here, at least in part.
    fn period(&self, text: &str) -> Result<String, String> {
        let period = BillingPeriod::parse(text, self.wired.pipeline.zone.clone())
            .map_err(|error| error.to_string())?;
        match self.wired.pipeline.config.bill_from {
            Some(first) if period.last_day() < first => Err(format!(
                "nothing of {text} is billed here: `bill_from` is {first}"
            )),
            Some(_) | None => Ok(period.id()),
        }
    }
}

fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let near = nearest(name, known)
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default();
    format!("there is no {what} `{name}`{near}")
}

fn money(net: Option<Decimal>, terms: &AccountTerms) -> Result<Money, String> {
    let exact = net.ok_or("it has no amount")?;
    Money::parse(&exact.to_string(), terms.currency).map_err(|error| error.to_string())
}
