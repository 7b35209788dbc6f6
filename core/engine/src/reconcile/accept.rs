//! A person says that a document which was voided or removed at the sink stays so: it is looked for there once more, and
//! kept as void. What it billed is for the next plan, under another reference.

use std::collections::BTreeSet;

use counterfoil_host::sink::Window;
use counterfoil_model::counterfoil::{Counterfoil, RemoteDocument};
use counterfoil_model::document::Reference;
use counterfoil_model::effect::{ObservedDocument, State};
use counterfoil_model::ids::RunId;
use counterfoil_model::money::MoneyError;
use counterfoil_model::plan::{Confirmed, RemoteState};
use counterfoil_model::time::Instant;
use counterfoil_store::{Signature, StoreError, StoredEffect, VoidDocument};
use thiserror::Error;

use super::ReconcileError;
use super::named::{AcceptedVoid, named, sent_at};
use super::read_back::list;
use crate::config::Right;
use crate::connect::Connectors;
use crate::identity::IdentityError;
use crate::progress::Silent;
use crate::session::{Session, Wired};
use crate::sinks::{self, FindError, OpenSink, SinkError};

#[derive(Debug, Error)]
pub enum AcceptError {
    #[error("accept {reference} as void: nothing was confirmed under it in this pipeline")]
    NoDocument { reference: String },
    #[error("accept {reference} as void: it is of {billing_period}, and {asked} is asked for")]
    OtherPeriod {
        reference: Reference,
        billing_period: String,
        asked: String,
    },
    #[error("accept {reference} as void: it is recorded as void already")]
    Already { reference: Reference },
    #[error("accept {reference} as void: the outcome of {open} is not known")]
    Open {
        reference: Reference,
        /// Its own last delivery, or a correction of it.
        open: Reference,
        is_parked: bool,
    },
    #[error("accept {reference} as void: another process wrote of it meanwhile")]
    Meanwhile { reference: Reference },
    #[error("accept {reference} as void: it stands at the sink as {name} ({state})")]
    Stands {
        reference: Reference,
        name: String,
        state: &'static str,
    },
    #[error("accept {reference} as void: {correction}, which corrects it, is issued and not void")]
    Corrected {
        reference: Reference,
        correction: Reference,
    },
    #[error(
        "accept {reference} as void: it is not to be seen at `{sink}`, and that sink cannot be asked for it reliably"
    )]
    NoLookUp { reference: Reference, sink: String },
    #[error("accept {reference} as void: it was sent so lately that `{sink}` may not show it yet")]
    Young {
        reference: Reference,
        sink: String,
        /// When it is told for sure whether it is gone.
        from: Instant,
    },
    #[error("sign the decision")]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Sink(#[from] SinkError),
    #[error("look for {reference} at the sink `{sink}`")]
    Find {
        reference: Reference,
        sink: String,
        source: FindError,
    },
    #[error(transparent)]
    List(Box<ReconcileError>),
    #[error("sum what {reference} billed")]
    Amount {
        reference: Reference,
        source: MoneyError,
    },
    #[error("keep that documents are void")]
    Store { source: StoreError },
}

impl AcceptError {
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoDocument { .. } => {
                "`counterfoil reconcile` names what is void at the sink; of what is parked, `counterfoil release` lets it go on"
                    .to_owned()
            }
            Self::OtherPeriod { billing_period, .. } => format!(
                "nothing was changed; look whether it is the document that you mean, then name its period: --period {billing_period}"
            ),
            Self::Already { reference } => format!(
                "`counterfoil plan` proposes what it billed under another reference; `counterfoil explain {reference}` shows \
                 what it was"
            ),
            Self::Open { open, is_parked: true, .. } => format!(
                "it is parked: look at the sink, then run `counterfoil release {open} --by NAME --reason TEXT` and \
                 `counterfoil apply` first"
            ),
            Self::Open { .. } => "run `counterfoil apply` first: it looks the reference up".to_owned(),
            Self::Meanwhile { .. } => "nothing was changed; run it again".to_owned(),
            Self::Stands { .. } => {
                "void it at the sink first; what is wrong with it otherwise is corrected by a plan".to_owned()
            }
            Self::Corrected { correction, .. } => format!(
                "void {correction} at the sink too, and name both: --accept-void {correction}"
            ),
            Self::NoLookUp { .. } => {
                "void it at the sink instead of removing it, so that it is to be seen there as void".to_owned()
            }
            Self::Young { from, .. } => format!("try it again from {from} on"),
            Self::Sink(error) => return error.hint(),
            Self::List(error) => return error.hint(),
            Self::Find { .. } => {
                "nothing was changed; run it again when the sink answers".to_owned()
            }
            Self::Identity(_) | Self::Amount { .. } | Self::Store { .. } => return None,
        })
    }
}

fn store_error(source: StoreError) -> AcceptError {
    AcceptError::Store { source }
}

/// All of them or, where one cannot be, none. Where a period is asked for, it is that of each.
pub async fn accept_void(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    references: &[String],
    (by, reason): (&str, &str),
    period: Option<&str>,
) -> Result<Vec<AcceptedVoid>, AcceptError> {
    let signature = session.signature(by, Right::Void)?;
    // Nothing is sent meanwhile.
    let _lease = session.store.begin_apply().map_err(store_error)?;
    let begun = session
        .store
        .begin_run(wired.id, "reconcile", None, session.now);
    let run = begun.await.map_err(store_error)?;
    let outcome = accept_in(
        session,
        connectors,
        wired,
        references,
        (&signature, reason, run, period),
    );
    let accepted = session.ended(run, outcome.await).await?;
    let end = counterfoil_store::RunEnd {
        run,
        status: counterfoil_store::RunStatus::Complete,
        detail: serde_json::json!({ "accepted": accepted.len() }),
        now: session.now,
    };
    session.store.end_run(end).await.map_err(store_error)?;
    Ok(accepted)
}

async fn accept_in(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    references: &[String],
    (signature, reason, run, period): (&Signature, &str, RunId, Option<&str>),
) -> Result<Vec<AcceptedVoid>, AcceptError> {
    let found = looked_for(session, connectors, wired, references, run).await?;
    let mut accepted = Vec::new();
    let mut documents = Vec::new();
    for Found { sink, document } in found {
        let newest = &document.newest;
        let delivery = &newest.delivery;
        if let Some(asked) = period.filter(|asked| *asked != delivery.slot.billing_period) {
            return Err(AcceptError::OtherPeriod {
                reference: delivery.reference.clone(),
                billing_period: delivery.slot.billing_period.clone(),
                asked: asked.to_owned(),
            });
        }
        let told = AcceptedVoid::of(
            newest,
            (wired, sink.as_str()),
            (signature.by.as_str(), reason),
        );
        accepted.push(told.map_err(|source| AcceptError::Amount {
            reference: delivery.reference.clone(),
            source,
        })?);
        documents.push(document);
    }
    let signed = session.signed(signature, Some(reason));
    let kept = session
        .store
        .accept_void(wired.id, &documents, signed)
        .await;
    match kept.map_err(store_error)? {
        None => Ok(accepted),
        Some(reference) => Err(AcceptError::Meanwhile { reference }),
    }
}

/// A document that is void at the sink, or gone.
struct Found {
    sink: String,
    document: VoidDocument,
}

async fn looked_for(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    references: &[String],
    run: RunId,
) -> Result<Vec<Found>, AcceptError> {
    let mut found = Vec::new();
    let mut left: BTreeSet<&str> = references.iter().map(String::as_str).collect();
    for (id, config) in &wired.sinks {
        let counterfoils = session.store.counterfoils_of(wired.id, *id).await;
        let counterfoils = counterfoils.map_err(store_error)?;
        let latest = Confirmed::latest(&counterfoils);
        let own = named(&counterfoils, &mut left);
        if own.is_empty() {
            continue;
        }
        let references = own.iter().map(|newest| newest.delivery.reference.clone());
        let references: BTreeSet<Reference> = references.collect();
        let sent_at = sent_at(&counterfoils);
        let sink = sinks::open(session, connectors, *id, config, run).await?;
        let open = session.store.open_effects(wired.id, *id).await;
        let open = open.map_err(store_error)?;
        for newest in own {
            may_be_void(newest, &open, &latest, &references)?;
            let sent = sent_at[&newest.delivery.reference];
            let remote = look_at_sink(session, wired, &sink, (newest, sent)).await?;
            found.push(Found {
                sink: config.name.clone(),
                document: VoidDocument {
                    newest: newest.clone(),
                    remote,
                },
            });
        }
    }
    match left.first() {
        Some(unknown) => Err(AcceptError::NoDocument {
            reference: (*unknown).to_owned(),
        }),
        None => Ok(found),
    }
}

/// By what is recorded.
fn may_be_void(
    newest: &Counterfoil,
    open: &[StoredEffect],
    latest: &[Confirmed],
    named: &BTreeSet<Reference>,
) -> Result<(), AcceptError> {
    let reference = newest.delivery.reference.clone();
    if Confirmed::of(newest).state == RemoteState::Void {
        return Err(AcceptError::Already { reference });
    }
    // A correction that may have arrived would stand there without its original.
    let open = open.iter().find(|stored| {
        stored.effect.reference == reference
            || stored.planned.delivery.corrects.as_ref() == Some(&reference)
    });
    if let Some(stored) = open {
        return Err(AcceptError::Open {
            reference,
            open: stored.effect.reference.clone(),
            is_parked: stored.effect.state == State::Parked,
        });
    }
    let correction = latest.iter().find(|one| {
        one.state == RemoteState::Posted
            && one.delivery.corrects.as_ref() == Some(&reference)
            && !named.contains(&one.delivery.reference)
    });
    match correction {
        Some(correction) => Err(AcceptError::Corrected {
            reference,
            correction: correction.delivery.reference.clone(),
        }),
        None => Ok(()),
    }
}

/// What stands there as void; nothing where it is gone.
async fn look_at_sink(
    session: &Session,
    wired: &Wired<'_>,
    sink: &OpenSink<'_>,
    (newest, sent): (&Counterfoil, Instant),
) -> Result<Option<RemoteDocument>, AcceptError> {
    let reference = newest.delivery.reference.clone();
    let name = || sink.config.name.clone();
    let found = sink.find(std::slice::from_ref(&reference)).await;
    let mut found = found.map_err(|source| AcceptError::Find {
        reference: reference.clone(),
        sink: name(),
        source,
    })?;
    if found.is_empty() {
        // Whoever took the reference off a document has not removed it.
        let window = Window {
            first_day: newest.delivery.issue_date.to_string(),
            last_day: session.now.date(&wired.pipeline.zone).to_string(),
        };
        let listed = list(sink, &window, &Silent).await;
        let listed = listed.map_err(|error| AcceptError::List(Box::new(error)))?;
        let is_it = |one: &ObservedDocument| one.id == newest.remote.id;
        found.extend(listed.into_iter().filter(is_it));
    }
    let live = found.iter().find(|one| one.state != RemoteState::Void);
    if let Some(live) = live {
        return Err(AcceptError::Stands {
            reference,
            name: live.number.clone().unwrap_or_else(|| live.id.clone()),
            state: live.state.word(),
        });
    }
    if let Some(void) = found.first() {
        let mut remote = sinks::remote_document(void);
        remote.number = remote.number.or_else(|| newest.remote.number.clone());
        return Ok(Some(remote));
    }
    if !sink.abilities.find {
        return Err(AcceptError::NoLookUp {
            reference,
            sink: name(),
        });
    }
    let lag_secs = i64::from(sink.abilities.find_lag_ms.div_ceil(1000)) + 1;
    let last = sent.seconds().saturating_add(lag_secs);
    if session.now.seconds() <= last {
        return Err(AcceptError::Young {
            reference,
            sink: name(),
            from: Instant::from_seconds(last.saturating_add(1)).unwrap_or(session.now),
        });
    }
    Ok(None)
}
