//! The rows of facts taken together: which resources and gauges can be rated, and what rating answers of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use counterfoil_model::ids::{AccountId, ResourceId};
use counterfoil_model::inventory::GaugeRun;
use counterfoil_model::money::Currency;
use counterfoil_model::price::PriceBook;
use counterfoil_model::rate::{Calendars, account_periods};
use counterfoil_model::time::BillingPeriod;
use counterfoil_model::validity::ConfigVersion;

use super::accounts::Accounts;
use super::agreed::AgreedFacts;
use super::gathered::Gathered;
use super::idle::tell_idle;
use super::intervals::{self, Builder};
use super::left_out::{Rows, name_rows};
use super::rating::{Policies, Rating};
use super::samples::{self, Samples};
use super::stretch::{self, Defaults, Stretch, Whose};
use super::words::Word;
use super::{FactsRead, FactsRequest};
use crate::config::ConfigProblem;
use crate::near_miss::near_miss;
use crate::rate::{RateReport, Source, report};

/// What is right of the rows, by resource and by gauge.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) accounts: Accounts,
    pub(super) resources: BTreeMap<String, Vec<Stretch>>,
    samples: Samples,
    pub(super) agreed: AgreedFacts,
    /// Nothing can be rated.
    pub(super) fatal: Vec<ConfigProblem>,
    /// Of rows, which are kept out.
    pub(super) broken: Vec<ConfigProblem>,
    rows: usize,
    kept: usize,
    outside: usize,
    empty: usize,
    repeated: usize,
}

impl Facts {
    pub(super) fn judge(
        (mut gathered, accounts): (Gathered, Accounts),
        defaults: &Defaults<'_>,
        every: Option<i64>,
    ) -> Self {
        let agreed = AgreedFacts::judge(&mut gathered, &accounts, defaults);
        let mut facts = Self {
            accounts,
            resources: BTreeMap::new(),
            samples: Samples::new(),
            fatal: std::mem::take(&mut gathered.fatal),
            broken: std::mem::take(&mut gathered.broken),
            rows: gathered.resources.len() + gathered.samples.len() + gathered.quantities.len(),
            kept: agreed.rows(),
            repeated: agreed.repeated(),
            agreed,
            outside: 0,
            empty: 0,
        };
        let out = facts.take_resources(&mut gathered, defaults);
        facts.take_samples(&mut gathered, defaults.period, every, &out);
        let place = |one: &ConfigProblem| (one.file.clone(), one.line, one.row);
        facts.broken.sort_by_key(place);
        facts
    }

    /// Answers which resources are kept out.
    fn take_resources(
        &mut self,
        gathered: &mut Gathered,
        defaults: &Defaults<'_>,
    ) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        for row in &mut gathered.resources {
            if stretch::is_nothing(row, defaults.period.zone()) {
                self.empty += 1;
                // Its samples are of a resource that is known.
                let resource = row.facts.resource.0.trim();
                self.resources.entry(resource.to_owned()).or_default();
                continue;
            }
            let read = stretch::stretch(row, &self.accounts, defaults, &mut self.broken);
            match read {
                Some(stretch) => {
                    let rows = self.resources.entry(stretch.resource.clone()).or_default();
                    rows.push(stretch);
                }
                None => {
                    out.insert(row.facts.resource.0.trim().to_owned());
                }
            }
        }
        let whole = defaults.read;
        for (resource, rows) in &mut self.resources {
            rows.sort_by(order);
            if out.contains(resource) || rows.is_empty() {
                continue;
            }
            let all = rows.len();
            rows.dedup_by(|one, other| one.says_what(other));
            self.repeated += all - rows.len();
            let before = self.broken.len();
            intervals::contradictions(rows, defaults.period.zone(), &mut self.broken);
            if self.broken.len() > before {
                out.insert(resource.clone());
                continue;
            }
            let is_outside = |row: &&Stretch| row.period.intersect(whole).is_none();
            self.kept += rows.len();
            self.outside += rows.iter().filter(is_outside).count();
        }
        self.resources.retain(|resource, _| !out.contains(resource));
        out
    }

    fn take_samples(
        &mut self,
        gathered: &mut Gathered,
        period: &BillingPeriod,
        every: Option<i64>,
        out: &BTreeSet<String>,
    ) {
        let mut gauges_out = BTreeSet::new();
        for row in &mut gathered.samples {
            let word = |word: &Word| word.0.trim().to_owned();
            let key = (word(&row.facts.resource), word(&row.facts.gauge));
            let is_known = self.resources.contains_key(&key.0) || out.contains(&key.0);
            if !is_known && !key.0.is_empty() {
                let known = self.resources.keys().map(String::as_str);
                let hint = near_miss(&key.0, known);
                let hint = hint.as_deref().unwrap_or("add a row that says what it is");
                let message = format!("no row says what the resource `{}` is", key.0);
                row.refuse(("resource", &message, hint), &mut self.broken);
            }
            match samples::sample(row, period, every, &mut self.broken) {
                Some(sample) => self.samples.entry(key).or_default().push(sample),
                None => {
                    gauges_out.insert(key);
                }
            }
        }
        for (key, samples) in &mut self.samples {
            if out.contains(&key.0) || gauges_out.contains(key) {
                gauges_out.insert(key.clone());
                continue;
            }
            self.repeated += samples::without_repeated(samples);
            let before = self.broken.len();
            samples::contradictions(key, samples, period.zone(), &mut self.broken);
            if self.broken.len() > before {
                gauges_out.insert(key.clone());
            }
        }
        self.samples.retain(|key, _| !gauges_out.contains(key));
        self.kept += self.samples.values().map(Vec::len).sum::<usize>();
    }

    pub(super) fn rate(
        self,
        book: &PriceBook,
        defaults: &Defaults<'_>,
        policies: Policies,
        request: &FactsRequest,
    ) -> RateReport {
        let period = defaults.period;
        let rows = self.resources.values().flatten();
        let owners = rows.filter_map(|row| match &row.whose {
            Whose::Owned { account, .. } => Some(account),
            Whose::NonBillable(..) | Whose::Suspended => None,
        });
        let used: BTreeMap<&String, Currency> = owners
            .chain(self.agreed.accounts())
            .filter_map(|account| {
                let currency = self.accounts.currency(account).or(defaults.currency);
                Some((account, currency?))
            })
            .collect();
        let terms = self.accounts.terms(used, period.zone());
        let ids: BTreeMap<String, AccountId> = terms
            .iter()
            .map(|(id, terms)| (terms.key.as_str().to_owned(), *id))
            .collect();
        let numbers: BTreeMap<&String, ResourceId> = self
            .resources
            .keys()
            .zip((1_i64..).map(ResourceId))
            .collect();
        let calendars = self.accounts.calendars();
        let calendars =
            calendars.filter_map(|(key, calendar)| Some((*ids.get(key)?, calendar.clone())));
        let calendars = Calendars {
            versions: vec![(None, calendars.collect())],
            bill_from: None,
        };
        let zoned = account_periods(period, ids.values().copied(), &calendars);
        let agreed = self.agreed.place(&ids, period, (defaults.span, &zoned));
        let known: HashMap<String, AccountId> = ids.clone().into_iter().collect();
        let mut builder = Builder::new(&self.accounts, known);
        for (resource, rows) in &self.resources {
            builder.add(numbers[resource], rows);
        }
        let rateable = builder.rateable;
        let runs = self
            .samples
            .iter()
            .filter_map(|((resource, gauge), samples)| {
                let number = *numbers.get(resource)?;
                Some(samples::runs(number, gauge, samples, defaults.span))
            });
        let gauges: Vec<GaugeRun> = runs.flatten().collect();
        let books = [ConfigVersion {
            effective_from: None,
            terms: book,
        }];
        let rating = Rating {
            period,
            span: defaults.span,
            calendars: &calendars,
            books: &books,
            agreed: &agreed,
            accounts: &terms,
            gauges: &gauges,
            estimate_currency: defaults.currency,
            policies,
            detail: request.detail,
        };
        let (intervals, mut rated, extremes) = rating.rate(rateable);
        let names = numbers.iter().map(|(name, number)| (*number, *name));
        let rows = Rows {
            resources: &self.resources,
            names: &names.collect(),
            samples: &self.samples,
            book,
        };
        let left_out = name_rows(&rows, &rated.left_out, &mut rated.findings);
        let idle = tell_idle(&rows, defaults.span, &mut rated.findings);
        let account = |id: AccountId| terms.get(&id).map(|terms| terms.key.to_string());
        let rated_resources = self.resources.values().filter(|rows| !rows.is_empty());
        let source = Source::Facts(FactsRead {
            files: request.facts.clone(),
            price_book: request.price_book.clone(),
            rows: self.rows,
            resources: rated_resources.count(),
            rows_kept_out: self.rows - self.kept - self.repeated - self.empty,
            rows_left_out: left_out + idle.unmetered,
            rows_repeated: self.repeated,
            rows_outside: self.outside + idle.outside,
            rows_empty: self.empty,
            broken: self.broken,
        });
        report(
            source,
            rated,
            (period, &intervals),
            (&account, extremes.as_ref()),
            request.detail,
        )
    }
}

/// Rows in any order come to the same.
fn order(one: &Stretch, other: &Stretch) -> std::cmp::Ordering {
    let account = |row: &Stretch| match &row.whose {
        Whose::Owned { account, .. } => Some(account.clone()),
        Whose::NonBillable(..) | Whose::Suspended => None,
    };
    (one.period, account(one)).cmp(&(other.period, account(other)))
}
