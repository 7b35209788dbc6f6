//! Accounts and the customers of a sink: pairs are proposed, a person confirms them, and what is confirmed is kept with who and
//! when. Nothing is mapped without a person.

mod import;
mod propose;

use std::path::Path;

use counterfoil_model::customer_match::RemoteCustomer;
use counterfoil_model::ids::SinkId;
use counterfoil_model::nearest::nearest;
use counterfoil_model::time::Instant;
use counterfoil_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

pub use import::{Check, MapReport, Mapped, import};
pub use propose::{Pair, ProposalReport, propose};

use crate::config::SinkConfig;
use crate::given::{Given, GivenError};
use crate::identity::IdentityError;
use crate::session::{Session, Wired};
use crate::sinks::{OpenSink, SinkError};
use crate::terms::{Keep, TermsError, versions};

/// The columns of a proposal, which an import reads again.
pub const COLUMNS: [&str; 7] = [
    "account",
    "name",
    "remote_id",
    "remote_name",
    "how",
    "score",
    "confirm",
];
/// Pages of a listing, after which it is taken as endless.
const PAGES_MAX: usize = 10_000;

#[derive(Debug, Error)]
pub enum CustomersError {
    #[error("there is no sink `{name}`")]
    NoSink { name: String, hint: String },
    #[error("the pipeline has {count} sinks, and none was named")]
    WhichSink { count: usize, hint: String },
    #[error("list the customers of the sink `{sink}`: {message}")]
    List { sink: String, message: String },
    #[error("the sink `{sink}` lists customers without end: {PAGES_MAX} pages and more")]
    Endless { sink: String },
    #[error("look for the ids at the sink `{sink}`")]
    Unchecked {
        sink: String,
        source: Box<CustomersError>,
    },
    #[error("sign the decision")]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Given(#[from] GivenError),
    #[error(transparent)]
    Sink(#[from] SinkError),
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("keep what was confirmed")]
    Store { source: StoreError },
}

impl CustomersError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSink { hint, .. } | Self::WhichSink { hint, .. } => Some(hint.clone()),
            Self::List { .. } => Some(
                "give an export of its customers instead: --customers FILE, with the columns id and name".to_owned(),
            ),
            Self::Unchecked { .. } => Some(
                "run it again when the sink answers, give an export of its customers by --customers FILE, or take the ids \
                 unchecked with --offline"
                    .to_owned(),
            ),
            Self::Identity(error) => error.hint(),
            Self::Given(error) => error.hint(),
            Self::Sink(error) => error.hint(),
            Self::Terms(error) => error.hint(),
            Self::Endless { .. } | Self::Store { .. } => None,
        }
    }

    /// Is it the command line that is wrong?
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NoSink { .. } | Self::WhichSink { .. })
    }
}

fn store_error(source: StoreError) -> CustomersError {
    CustomersError::Store { source }
}

/// The sink that is named, or the only one.
pub fn sink<'w>(
    wired: &'w Wired<'_>,
    name: Option<&str>,
) -> Result<(SinkId, &'w SinkConfig), CustomersError> {
    let known: Vec<&str> = wired
        .sinks
        .iter()
        .map(|(_, sink)| sink.name.as_str())
        .collect();
    let listed = || format!("name one with --sink: {}", known.join(", "));
    match name {
        Some(name) => {
            let found = wired.sinks.iter().find(|(_, sink)| sink.name == name);
            let found = found.map(|(id, sink)| (*id, *sink));
            found.ok_or_else(|| CustomersError::NoSink {
                name: name.to_owned(),
                hint: nearest(name, &known)
                    .map_or_else(listed, |near| format!("did you mean `{near}`?")),
            })
        }
        None => match wired.sinks.as_slice() {
            [(id, only)] => Ok((*id, *only)),
            _ => Err(CustomersError::WhichSink {
                count: known.len(),
                hint: listed(),
            }),
        },
    }
}

/// The customers that a sink knows, page by page.
pub async fn remote_customers(sink: &OpenSink<'_>) -> Result<Vec<RemoteCustomer>, CustomersError> {
    let mut customers = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = sink.connection.customers(cursor.as_deref()).await;
        let page = page.map_err(|error| CustomersError::List {
            sink: sink.config.name.clone(),
            message: crate::chain(&error),
        })?;
        customers.extend(page.items.into_iter().map(|one| RemoteCustomer {
            id: one.id,
            reference: one.reference.filter(|text| !text.is_empty()),
            name: one.name,
        }));
        cursor = page.next;
        if cursor.is_none() {
            customers.sort();
            customers.dedup();
            return Ok(customers);
        }
    }
    Err(CustomersError::Endless {
        sink: sink.config.name.clone(),
    })
}

/// The same from an export of them.
pub fn exported_customers(path: &Path) -> Result<Vec<RemoteCustomer>, CustomersError> {
    let is_column =
        |name: &str| ["id", "name", "reference", "ref"].contains(&name.to_lowercase().as_str());
    let sheet = Given::read(path, &is_column)?.whole()?;
    let columns = sheet.needed(&["id", "name"])?;
    let reference = sheet.column(&["reference", "ref"]);
    let customers = sheet.rows().map(|row| RemoteCustomer {
        id: row.cell(Some(columns[0])).to_owned(),
        reference: Some(row.cell(reference).to_owned()).filter(|text| !text.is_empty()),
        name: row.cell(Some(columns[1])).to_owned(),
    });
    let mut customers: Vec<RemoteCustomer> = customers.filter(|one| !one.id.is_empty()).collect();
    customers.sort();
    customers.dedup();
    Ok(customers)
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MapList {
    pub sink: String,
    pub accounts: Vec<ListedAccount>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ListedAccount {
    pub account: String,
    pub name: String,
    /// None: the sink's connector looks for the account's key, and the delivery waits where it finds nothing.
    pub remote_id: Option<String>,
    pub remote_name: Option<String>,
    /// "configuration", or who confirmed it.
    pub by: Option<String>,
    pub at: Option<Instant>,
}

/// What each account is at a sink now.
pub async fn list(
    session: &Session,
    wired: &Wired<'_>,
    (id, config): (SinkId, &SinkConfig),
) -> Result<MapList, CustomersError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let accounts = &versions.current().classification.accounts;
    let listed = accounts.iter().map(|account| {
        let confirmed = wired
            .accounts
            .get(&account.key)
            .and_then(|account| versions.mapped.get(&(id, *account)));
        let written = account.remote.get(&config.name);
        let counts = confirmed.filter(|_| written.is_none());
        ListedAccount {
            account: account.key.to_string(),
            name: account.name.clone(),
            remote_id: written
                .cloned()
                .or_else(|| counts.map(|one| one.remote_id.clone())),
            remote_name: counts.map(|one| one.remote_name.clone()),
            by: match written {
                Some(_) => Some("configuration".to_owned()),
                None => counts.map(|one| one.by.clone()),
            },
            at: counts.map(|one| one.at),
        }
    });
    Ok(MapList {
        sink: config.name.clone(),
        accounts: listed.collect(),
    })
}
