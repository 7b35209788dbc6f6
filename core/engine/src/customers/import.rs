//! Takes in what a person confirmed of a proposal.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use counterfoil_model::classify::Account;
use counterfoil_model::customer_match::{MappedCustomer, RemoteCustomer};
use counterfoil_model::ids::{AccountId, AccountKey, SinkId};
use counterfoil_model::nearest::nearest;
use counterfoil_store::{RunEnd, RunStatus};
use schemars::JsonSchema;
use serde::Serialize;

use super::{COLUMNS, CustomersError, exported_customers, remote_customers, store_error};
use crate::config::{Right, SinkConfig};
use crate::connect::Connectors;
use crate::given::{Given, GivenRow};
use crate::session::{Session, Wired};
use crate::sinks;
use crate::terms::{Keep, Versions, versions};

/// So many problems come with what was probably meant.
const NEAR_MAX: usize = 20;

/// What an import did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MapReport {
    pub sink: String,
    pub by: String,
    pub mapped: Vec<Mapped>,
    pub unchanged: usize,
    /// Whether the ids were looked for among the customers of the sink.
    pub checked: bool,
    /// Accounts of which what was confirmed is refused now.
    pub unmapped: Vec<String>,
    /// Accounts with rows of which none is confirmed.
    pub unconfirmed: Vec<String>,
    /// Accounts whose id in the configuration is another one: the configuration counts.
    pub overruled: Vec<String>,
    /// Customers of the sink that several accounts are mapped to.
    pub shared: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Mapped {
    pub account: String,
    /// What it was mapped to before.
    pub before: Option<String>,
    #[serde(flatten)]
    pub customer: MappedCustomer,
}

/// Where the ids of a table are looked for.
#[derive(Debug, Clone, Copy)]
pub enum Check<'a> {
    /// Among the customers that the sink lists, where it can.
    AtSink(&'a Connectors),
    /// In an export of them.
    Exported(&'a Path),
    /// A person vouches for them.
    Offline,
}

/// Takes a table in that a person went through: rows with "yes" in `confirm` count, and "no" takes back what was confirmed.
/// All of it or nothing.
pub async fn import(
    session: &Session,
    wired: &Wired<'_>,
    (id, config): (SinkId, &SinkConfig),
    (path, check): (&Path, Check<'_>),
    by: &str,
) -> Result<MapReport, CustomersError> {
    let signature = session.signature(by, Right::Map)?;
    let versions = versions(session, wired, Keep::Transient).await?;
    let is_column = |name: &str| COLUMNS.contains(&name.to_lowercase().as_str());
    let sheet = Given::read(path, &is_column)?.whole()?;
    let customers = match check {
        Check::AtSink(connectors) => listed(session, connectors, wired, (id, config)).await?,
        Check::Exported(path) => Some(exported_customers(path)?),
        Check::Offline => None,
    };
    let known = Customers::of(config, customers.as_deref());
    let rows = confirmed_rows(&sheet, &versions, wired, &known)?;
    let mut report = MapReport {
        sink: config.name.clone(),
        by: signature.by.clone(),
        mapped: Vec::new(),
        unchanged: 0,
        checked: customers.is_some(),
        unmapped: Vec::new(),
        unconfirmed: rows.unconfirmed,
        overruled: Vec::new(),
        shared: BTreeMap::new(),
    };
    let mut changes: BTreeMap<AccountId, Option<MappedCustomer>> = BTreeMap::new();
    for (account, remote_id, remote_name) in rows.confirmed {
        if let Some(written) = account.remote.get(&config.name)
            && *written != remote_id
        {
            report.overruled.push(account.key.to_string());
        }
        let Some(account_id) = wired.accounts.get(&account.key) else {
            continue;
        };
        let before = versions.mapped.get(&(id, *account_id));
        if before.is_some_and(|before| before.remote_id == remote_id)
            || (before.is_none() && account.remote.get(&config.name) == Some(&remote_id))
        {
            report.unchanged += 1;
            continue;
        }
        let customer = MappedCustomer {
            remote_id,
            remote_name,
            by: signature.by.clone(),
            at: session.now,
        };
        changes.insert(*account_id, Some(customer.clone()));
        report.mapped.push(Mapped {
            account: account.key.to_string(),
            before: before.map(|before| before.remote_id.clone()),
            customer,
        });
    }
    for (account, remote_id) in rows.refused {
        let Some(account_id) = wired.accounts.get(&account.key) else {
            continue;
        };
        let confirmed = versions.mapped.get(&(id, *account_id));
        let is_it = confirmed.is_some_and(|confirmed| confirmed.remote_id == remote_id);
        if is_it && !changes.contains_key(account_id) {
            changes.insert(*account_id, None);
            report.unmapped.push(account.key.to_string());
        }
    }
    let signed = session.signed(&signature, None);
    session
        .store
        .map_customers((wired.id, id), &changes, signed)
        .await
        .map_err(store_error)?;
    report.shared = shared(wired, id, &versions, &changes);
    Ok(report)
}

struct Rows<'a> {
    confirmed: Vec<(&'a Account, String, String)>,
    /// A plain no, which takes back what was confirmed.
    refused: Vec<(&'a Account, String)>,
    unconfirmed: Vec<String>,
}

/// None where the sink cannot list its customers.
async fn listed(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    (id, config): (SinkId, &SinkConfig),
) -> Result<Option<Vec<RemoteCustomer>>, CustomersError> {
    let begun = session.store.begin_run(wired.id, "map", None, session.now);
    let run = begun.await.map_err(store_error)?;
    let asked = async {
        let sink = sinks::open(session, connectors, id, config, run).await?;
        if !sink.abilities.customers {
            return Ok(None);
        }
        remote_customers(&sink).await.map(Some)
    };
    let outcome = asked.await.map_err(|error| CustomersError::Unchecked {
        sink: config.name.clone(),
        source: Box::new(error),
    });
    let customers = session.ended(run, outcome).await?;
    let end = RunEnd {
        run,
        status: RunStatus::Complete,
        detail: serde_json::json!({ "customers": customers.as_ref().map(Vec::len) }),
        now: session.now,
    };
    session.store.end_run(end).await.map_err(store_error)?;
    Ok(customers)
}

/// The customers of a sink, as they are looked for.
struct Customers<'a> {
    sink: &'a str,
    /// None where nobody looked.
    listed: Option<Listed<'a>>,
}

struct Listed<'a> {
    names: BTreeMap<&'a str, &'a str>,
    by_name: BTreeMap<&'a str, Vec<&'a str>>,
    ids: Vec<&'a str>,
}

impl<'a> Listed<'a> {
    fn of(customers: &'a [RemoteCustomer]) -> Self {
        let pairs = customers
            .iter()
            .map(|one| (one.id.as_str(), one.name.as_str()));
        let names: BTreeMap<&str, &str> = pairs.collect();
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, name) in &names {
            by_name.entry(name).or_default().push(id);
        }
        let ids = names.keys().copied().collect();
        Self {
            names,
            by_name,
            ids,
        }
    }
}

impl<'a> Customers<'a> {
    fn of(sink: &'a SinkConfig, customers: Option<&'a [RemoteCustomer]>) -> Self {
        Self {
            sink: &sink.name,
            listed: customers.map(Listed::of),
        }
    }

    /// What is wrong with an id, or the name that the sink has for it.
    fn name_of(&self, id: &str, said: &str, near: &Near) -> Result<String, String> {
        let Some(listed) = &self.listed else {
            return Ok(said.to_owned());
        };
        let sink = self.sink;
        if let Some(name) = listed.names.get(id) {
            if said.is_empty() || is_same_name(said, name) {
                return Ok((*name).to_owned());
            }
            let meant = match listed.by_name.get(said).map(Vec::as_slice) {
                Some([only]) => format!("; `{said}` is {only} there"),
                _ => "; if it is the one you mean, write the name that it has there".to_owned(),
            };
            return Err(format!(
                "{sink} calls `{id}` `{name}`, the table `{said}`{meant}"
            ));
        }
        let by_name = listed.by_name.get(said).filter(|_| !said.is_empty());
        let near = match by_name.map(Vec::as_slice) {
            Some([only]) => format!("; `{said}` is {only} there"),
            _ => near.to(id, &listed.ids),
        };
        Err(format!("{sink} has no customer `{id}`{near}"))
    }
}

/// Whoever went through the table may have changed case and spaces; another name is another customer until a person says so.
fn is_same_name(one: &str, other: &str) -> bool {
    let folded = |name: &str| {
        name.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase()
    };
    folded(one) == folded(other)
}

/// What was probably meant. To look for that takes as long as there are names, so only the first problems are worth it: after
/// those a table is wrong as a whole.
#[derive(Default)]
struct Near {
    given: Cell<usize>,
}

impl Near {
    fn to(&self, word: &str, known: &[&str]) -> String {
        if self.given.get() == NEAR_MAX {
            return String::new();
        }
        self.given.set(self.given.get() + 1);
        nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
    }
}

fn confirmed_rows<'a>(
    sheet: &Given,
    versions: &'a Versions,
    wired: &Wired<'_>,
    customers: &Customers<'_>,
) -> Result<Rows<'a>, CustomersError> {
    let needed = sheet.needed(&["account", "remote_id", "confirm"])?;
    let name = sheet.column(&["remote_name"]);
    let accounts = versions.current().classification.accounts.iter();
    let accounts: BTreeMap<&str, &Account> = accounts.map(|one| (one.key.as_str(), one)).collect();
    let known: Vec<&str> = wired.accounts.keys().map(AccountKey::as_str).collect();
    let near = Near::default();
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    let mut confirmed: Vec<(&Account, String, String)> = Vec::new();
    let mut refused: Vec<(&Account, String)> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut problems = Vec::new();
    let mut problem = |row: GivenRow<'_>, message: String| {
        problems.push(format!("row {}: {message}", row.number()));
    };
    for row in sheet.rows() {
        let [key, remote_id, confirm] =
            [needed[0], needed[1], needed[2]].map(|at| row.cell(Some(at)));
        let Some(account) = accounts.get(key).copied() else {
            let near = near.to(key, &known);
            problem(row, format!("there is no account `{key}`{near}"));
            continue;
        };
        seen.insert(key.to_owned());
        match confirm.to_lowercase().as_str() {
            "" => continue,
            "no" | "n" | "false" | "0" => {
                refused.push((account, remote_id.to_owned()));
                continue;
            }
            "yes" | "y" | "x" | "true" | "1" => {}
            other => {
                problem(
                    row,
                    format!("`confirm` is `{other}`: yes, no or nothing is expected"),
                );
                continue;
            }
        }
        if remote_id.is_empty() {
            problem(row, format!("`{key}` is confirmed without a remote_id"));
        } else if let Some(other) = ids.get(key) {
            problem(
                row,
                format!("`{key}` is confirmed twice, as {other} and as {remote_id}"),
            );
        } else {
            match customers.name_of(remote_id, row.cell(name), &near) {
                Ok(called) => {
                    ids.insert(key, remote_id);
                    confirmed.push((account, remote_id.to_owned(), called));
                }
                Err(message) => problem(row, message),
            }
        }
    }
    if !problems.is_empty() {
        return Err(sheet.problems(problems).into());
    }
    for (account, _, _) in &confirmed {
        seen.remove(account.key.as_str());
    }
    Ok(Rows {
        confirmed,
        refused,
        unconfirmed: seen.into_iter().collect(),
    })
}

/// By the remote's id, the accounts where there are several.
fn shared(
    wired: &Wired<'_>,
    sink: SinkId,
    versions: &Versions,
    changes: &BTreeMap<AccountId, Option<MappedCustomer>>,
) -> BTreeMap<String, Vec<String>> {
    let mut by_remote: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, id) in &wired.accounts {
        let known = versions.mapped.get(&(sink, *id));
        let mapped = changes.get(id).map_or(known, Option::as_ref);
        if let Some(mapped) = mapped {
            let accounts = by_remote.entry(mapped.remote_id.clone()).or_default();
            accounts.push(key.to_string());
        }
    }
    by_remote.retain(|_, accounts| accounts.len() > 1);
    by_remote
}
