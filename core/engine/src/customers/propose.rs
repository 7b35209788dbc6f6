//! Proposes customers of a sink for accounts, as a table for a person.

use std::path::Path;

use counterfoil_model::classify::Account;
use counterfoil_model::customer_match::{How, MappedCustomer, RemoteCustomer, candidates};
use counterfoil_model::ids::SinkId;
use counterfoil_store::{RunEnd, RunStatus};
use schemars::JsonSchema;
use serde::Serialize;

use super::{CustomersError, exported_customers, remote_customers, store_error};
use crate::config::SinkConfig;
use crate::connect::Connectors;
use crate::session::{Session, Wired};
use crate::sinks;
use crate::terms::{Keep, versions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct ProposalReport {
    pub sink: String,
    pub remote_customers: usize,
    pub pairs: Vec<Pair>,
}

/// A candidate for an account, as it stands in the table.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Pair {
    pub account: String,
    pub name: String,
    pub remote_id: String,
    pub remote_name: String,
    pub how: &'static str,
    /// 0 to 100.
    pub score: u8,
    /// "yes" where nobody has to look: it is set or confirmed already, or the id is the same.
    pub confirm: &'static str,
}

/// Proposes customers for every account; one row at least for each.
pub async fn propose(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    (id, config): (SinkId, &SinkConfig),
    exported: Option<&Path>,
) -> Result<ProposalReport, CustomersError> {
    let versions = versions(session, wired, Keep::Transient).await?;
    let remotes = match exported {
        Some(path) => exported_customers(path)?,
        None => asked(session, connectors, wired, (id, config)).await?,
    };
    let mut pairs = Vec::new();
    for account in &versions.current().classification.accounts {
        let confirmed = wired
            .accounts
            .get(&account.key)
            .and_then(|account| versions.mapped.get(&(id, *account)));
        pairs.extend(pairs_of(account, config, confirmed, &remotes));
    }
    Ok(ProposalReport {
        sink: config.name.clone(),
        remote_customers: remotes.len(),
        pairs,
    })
}

/// The customers that the sink lists, asked in a run of its own.
async fn asked(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    (id, config): (SinkId, &SinkConfig),
) -> Result<Vec<RemoteCustomer>, CustomersError> {
    let run = session
        .store
        .begin_run(wired.id, "map", None, session.now)
        .await
        .map_err(store_error)?;
    let opened = sinks::open(session, connectors, id, config, run).await;
    let opened = session.ended(run, opened).await?;
    let listed = remote_customers(&opened).await;
    let end = RunEnd {
        run,
        status: match &listed {
            Ok(_) => RunStatus::Complete,
            Err(_) => RunStatus::Failed,
        },
        detail: serde_json::json!({}),
        now: session.now,
    };
    session.store.end_run(end).await.map_err(store_error)?;
    listed
}

fn pairs_of(
    account: &Account,
    sink: &SinkConfig,
    confirmed: Option<&MappedCustomer>,
    remotes: &[RemoteCustomer],
) -> Vec<Pair> {
    let pair = |remote_id: &str, remote_name: &str, how, score, confirm| Pair {
        account: account.key.to_string(),
        name: account.name.clone(),
        remote_id: remote_id.to_owned(),
        remote_name: remote_name.to_owned(),
        how,
        score,
        confirm,
    };
    let name_of = |id: &str| {
        let found = remotes.iter().find(|remote| remote.id == id);
        found.map_or_else(String::new, |remote| remote.name.clone())
    };
    if let Some(id) = account.remote.get(&sink.name) {
        return vec![pair(id, &name_of(id), "configuration", 100, "yes")];
    }
    if let Some(confirmed) = confirmed {
        let id = &confirmed.remote_id;
        return vec![pair(id, &name_of(id), "confirmed", 100, "yes")];
    }
    let found = candidates(account.key.as_str(), &account.name, remotes);
    if found.is_empty() {
        return vec![pair("", "", "none", 0, "")];
    }
    let by_id = found.iter().filter(|one| one.how == How::Id).count();
    let rows = found.iter().map(|candidate| {
        let (how, confirm) = match candidate.how {
            How::Id if by_id == 1 => ("id", "yes"),
            How::Id => ("id", ""),
            How::Name => ("name", ""),
            How::SameName => ("same-name", ""),
            How::Similar => ("similar", ""),
        };
        let remote = &candidate.remote;
        pair(&remote.id, &remote.name, how, candidate.score, confirm)
    });
    rows.collect()
}
