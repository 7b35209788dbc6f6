//! The stages in order: the only place that knows the order. Business rules are in the model, SQL in the store, the
//! sandbox in the host.

pub mod apply;
pub mod approve;
mod at_risk;
mod at_stake;
mod backoff;
pub mod backup;
mod between;
pub mod buyers;
pub mod check;
pub mod classify;
pub mod close;
pub mod config;
pub mod connect;
pub mod customers;
pub mod discover;
pub mod explain;
pub mod export;
pub mod facts;
pub mod filter;
pub mod given;
mod grace;
pub mod identity;
pub mod init;
pub mod inventory;
mod invoicing;
pub mod later;
mod left_out;
pub mod near_miss;
pub mod notify;
pub mod opening;
pub mod pause;
pub mod plan;
pub mod preview;
pub mod progress;
pub mod rate;
pub mod rating;
mod receipts;
pub mod reconcile;
pub mod release;
pub mod report;
pub mod retire;
pub mod run;
pub mod schedule;
pub mod schema;
pub mod session;
pub mod shadow;
pub mod sinks;
mod staleness;
pub mod status;
pub mod stop;
mod store_hints;
pub mod terms;
pub mod verify;
pub mod what_if;

use std::error::Error;
use std::fmt::Write;

/// An error and its causes in one line, each said once.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        // A transparent layer says the same again.
        if !text.ends_with(&inner_text) {
            write!(text, ": {inner_text}").expect("writing to a text does not fail");
        }
        cause = inner.source();
    }
    text
}

/// The next step that an error of any stage names.
pub fn hint_of(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        let hint = None
            .or_else(|| of::<session::SessionError>(error, session::SessionError::hint))
            .or_else(|| of::<init::InitError>(error, init::InitError::hint))
            .or_else(|| of::<connect::ConnectError>(error, connect::ConnectError::hint))
            .or_else(|| of::<discover::DiscoverError>(error, discover::DiscoverError::hint))
            .or_else(|| of::<filter::FilterError>(error, filter::FilterError::hint))
            .or_else(|| of::<plan::PlanError>(error, plan::PlanError::hint))
            .or_else(|| of::<rate::RateError>(error, rate::RateError::hint))
            .or_else(|| of::<terms::TermsError>(error, terms::TermsError::hint))
            .or_else(|| of::<counterfoil_store::StoreError>(error, store_hints::of_lease))
            .or_else(|| of::<approve::ApproveError>(error, approve::ApproveError::hint))
            .or_else(|| of::<identity::IdentityError>(error, identity::IdentityError::hint))
            .or_else(|| of::<inventory::SettleError>(error, inventory::SettleError::hint))
            .or_else(|| of::<preview::PreviewError>(error, preview::PreviewError::hint))
            .or_else(|| of::<export::ExportError>(error, export::ExportError::hint))
            .or_else(|| of::<apply::ApplyError>(error, apply::ApplyError::hint))
            .or_else(|| of::<release::ReleaseError>(error, release::ReleaseError::hint))
            .or_else(|| of::<reconcile::ReconcileError>(error, reconcile::ReconcileError::hint))
            .or_else(|| of::<reconcile::AcceptError>(error, reconcile::AcceptError::hint))
            .or_else(|| of::<reconcile::RetractError>(error, reconcile::RetractError::hint))
            .or_else(|| of::<close::CloseError>(error, close::CloseError::hint))
            .or_else(|| of::<explain::ExplainError>(error, explain::ExplainError::hint))
            .or_else(|| hint_of_question(error))
            .or_else(|| hint_of_operation(error))
            .or_else(|| of::<counterfoil_store::OpenError>(error, store_hints::of_open))
            .or_else(|| of::<counterfoil_store::DatabaseError>(error, store_hints::of_database));
        if hint.is_some() {
            return hint;
        }
        next = error.source();
    }
    None
}

/// Of what is asked, or given, outside of the stages.
fn hint_of_question(error: &(dyn Error + 'static)) -> Option<String> {
    None.or_else(|| of::<opening::OpeningError>(error, opening::OpeningError::hint))
        .or_else(|| of::<customers::CustomersError>(error, customers::CustomersError::hint))
        .or_else(|| of::<shadow::ShadowError>(error, shadow::ShadowError::hint))
        .or_else(|| of::<report::ReportError>(error, report::ReportError::hint))
        .or_else(|| of::<what_if::WhatIfError>(error, what_if::WhatIfError::hint))
}

/// Of what is done with a store as a whole.
fn hint_of_operation(error: &(dyn Error + 'static)) -> Option<String> {
    None.or_else(|| of::<verify::VerifyError>(error, verify::VerifyError::hint))
        .or_else(|| of::<retire::RetireError>(error, retire::RetireError::hint))
        .or_else(|| of::<backup::BackupError>(error, backup::BackupError::hint))
        .or_else(|| of::<run::RunError>(error, run::RunError::hint))
}

fn of<E: Error + 'static>(
    error: &(dyn Error + 'static),
    hint: fn(&E) -> Option<String>,
) -> Option<String> {
    error.downcast_ref::<E>().and_then(hint)
}

/// Is it the command line or the configuration that is wrong?
pub fn is_usage(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(identity) = error.downcast_ref::<identity::IdentityError>() {
            return identity.is_usage();
        }
        next = error.source();
    }
    if let Some(error) = error.downcast_ref::<run::RunError>() {
        return match error {
            run::RunError::NoSchedule => true,
            run::RunError::Session(error) => is_usage(error),
        };
    }
    error.is::<facts::FactsError>()
        || error
            .downcast_ref::<session::SessionError>()
            .is_some_and(|error| match error {
                session::SessionError::Open { .. } | session::SessionError::Store { .. } => false,
                session::SessionError::Config(_)
                | session::SessionError::NoPipeline { .. }
                | session::SessionError::WhichPipeline { .. }
                | session::SessionError::Name { .. }
                | session::SessionError::Vanished { .. }
                | session::SessionError::Period { .. } => true,
            })
        || error
            .downcast_ref::<report::ReportError>()
            .is_some_and(report::ReportError::is_usage)
        || error
            .downcast_ref::<customers::CustomersError>()
            .is_some_and(customers::CustomersError::is_usage)
        || error
            .downcast_ref::<shadow::ShadowError>()
            .is_some_and(shadow::ShadowError::is_usage)
        || error
            .downcast_ref::<discover::DiscoverError>()
            .is_some_and(discover::DiscoverError::is_usage)
        || error
            .downcast_ref::<explain::ExplainError>()
            .is_some_and(explain::ExplainError::is_usage)
        || error
            .downcast_ref::<verify::VerifyError>()
            .is_some_and(verify::VerifyError::is_usage)
        || error
            .downcast_ref::<filter::FilterError>()
            .is_some_and(filter::FilterError::is_usage)
        || error
            .downcast_ref::<what_if::WhatIfError>()
            .is_some_and(what_if::WhatIfError::is_usage)
        || error
            .downcast_ref::<retire::RetireError>()
            .is_some_and(retire::RetireError::is_usage)
}
