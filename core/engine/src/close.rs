//! Closes a period: judges whether anything of it is unexplained, keeps what a person answers for, and writes the
//! certificate. The judgement is the model's; the order, the sinks and the store are here.

mod accounts;
mod error;
mod exempted;
mod judge;
mod show;

use counterfoil_model::close::{Certificate, Reason, Sealed, Statement};
use counterfoil_model::time::BillingPeriod;
use counterfoil_model::verify::Anchor;
use counterfoil_store::Signature;
use schemars::JsonSchema;
use serde::Serialize;

pub use self::error::CloseError;
pub(crate) use self::exempted::ending;
use self::judge::{Judged, judge, standing};
pub(crate) use self::show::closed;
pub use self::show::{ClosedPeriod, certificate};
use crate::config::Right;
use crate::connect::Connectors;
use crate::progress::Progress;
use crate::session::{Session, Wired};

/// What becomes of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Something is unexplained: nothing was written.
    Refused,
    /// Nothing is, and nobody was named who closes it.
    Ready,
    Closed,
    /// It was closed before, and something changed since: another certificate says so.
    Supplemented,
    /// It was closed before, and nothing changed since.
    Unchanged,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct CloseReport {
    pub pipeline: String,
    pub billing_period: String,
    pub outcome: Outcome,
    /// What is to be explained, the worst first; what is accepted is among it.
    pub reasons: Vec<Reason>,
    /// The ids of those that were accepted just before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<String>,
    /// The ids of those whose acceptance was withdrawn just before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<String>,
    /// As it is now.
    pub statement: Statement,
    /// The certificate by which the period is closed: the one that was written, or an earlier one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
}

/// What a person wants.
#[derive(Debug, Clone, Copy)]
pub struct Closing<'a> {
    /// Who closes. Without a name it is only looked whether it could be closed.
    pub by: Option<&'a str>,
    /// Ids of findings that are in order.
    pub accept: &'a [String],
    /// Ids of findings that are not, after all.
    pub withdraw: &'a [String],
    pub reason: Option<&'a str>,
}

/// Closes a period, or says everything that keeps it open.
pub async fn close(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    (period, asked): (&BillingPeriod, Closing<'_>),
    progress: &dyn Progress,
) -> Result<CloseReport, CloseError> {
    let store_error = |source| CloseError::Store { source };
    if wired.sinks.is_empty() {
        return Err(CloseError::NoSink);
    }
    let signature = asked.by.map(|by| session.signature(by, Right::Close));
    let signature = signature.transpose()?;
    // Nothing is sent meanwhile, and nobody else closes.
    let lease = signature.as_ref().map(|_| session.store.begin_apply());
    let _lease = lease.transpose().map_err(store_error)?;
    let run = session
        .store
        .begin_run(wired.id, "close", None, session.now)
        .await
        .map_err(store_error)?;
    tracing::Span::current().record("run.id", run.0);
    let outcome = async {
        let judged = judge(session, connectors, wired, (period, run), progress).await?;
        decided(session, wired, judged, (asked, signature.as_ref())).await
    };
    let report = session.ended(run, outcome.await).await?;
    let open = report.reasons.iter().filter(|reason| reason.is_open());
    let end = counterfoil_store::RunEnd {
        run,
        status: counterfoil_store::RunStatus::Complete,
        detail: serde_json::json!({
            "period": period.id(),
            "outcome": report.outcome,
            "open": open.count(),
        }),
        now: session.now,
    };
    session.store.end_run(end).await.map_err(store_error)?;
    Ok(report)
}

async fn decided(
    session: &Session,
    wired: &Wired<'_>,
    mut judged: Judged,
    (asked, signature): (Closing<'_>, Option<&Signature>),
) -> Result<CloseReport, CloseError> {
    let store_error = |source| CloseError::Store { source };
    let (mut accepted, mut withdrawn) = (Vec::new(), Vec::new());
    if let Some(signature) = signature {
        accepted = answer(
            session,
            wired,
            &mut judged,
            (asked.accept, true),
            (asked, signature),
        )
        .await?;
        withdrawn = answer(
            session,
            wired,
            &mut judged,
            (asked.withdraw, false),
            (asked, signature),
        )
        .await?;
    }
    let id = judged.period.id();
    let statement = judged.statement()?;
    let before = session.store.latest_certificate(wired.id, &id).await;
    let before = before.map_err(store_error)?;
    let is_unchanged = before
        .as_ref()
        .is_some_and(|sealed| sealed.certificate.statement.substance() == statement.substance());
    let is_open = judged.reasons.iter().any(Reason::is_open);
    let (outcome, sealed) = match signature {
        _ if is_open => (Outcome::Refused, before),
        _ if is_unchanged => (Outcome::Unchanged, before),
        None => (Outcome::Ready, before),
        Some(signature) => {
            let outcome = match &before {
                Some(_) => Outcome::Supplemented,
                None => Outcome::Closed,
            };
            let supplements = before.map(|sealed| sealed.certificate.number);
            let made = (statement.clone(), supplements);
            let sealed = write(session, wired, &judged, made, (asked, signature)).await?;
            (outcome, Some(sealed))
        }
    };
    Ok(CloseReport {
        pipeline: wired.pipeline.name.clone(),
        billing_period: id,
        outcome,
        reasons: judged.reasons,
        accepted,
        withdrawn,
        statement,
        sealed,
    })
}

/// Keeps that a person answers for findings that stand now, or does so no more; tells their ids.
async fn answer(
    session: &Session,
    wired: &Wired<'_>,
    judged: &mut Judged,
    (ids, is_accepted): (&[String], bool),
    (asked, signature): (Closing<'_>, &Signature),
) -> Result<Vec<String>, CloseError> {
    let store_error = |source| CloseError::Store { source };
    let Some(text) = asked.reason.map(str::trim).filter(|_| !ids.is_empty()) else {
        return Ok(Vec::new());
    };
    if text.is_empty() {
        return Err(CloseError::NoReason);
    }
    let mut named: Vec<&Reason> = Vec::new();
    for id in ids {
        let reason = judged.named(id)?;
        if !reason.can_be_accepted {
            return Err(CloseError::Unacceptable {
                id: reason.id.clone(),
                subject: reason.finding.subject.clone(),
                next_step: reason.finding.next_step.clone(),
            });
        }
        let is_known = named.iter().any(|known| known.digest == reason.digest);
        if reason.accepted.is_some() != is_accepted && !is_known {
            named.push(reason);
        }
    }
    let told = named.iter().map(|reason| reason.id.clone()).collect();
    let id = judged.period.id();
    let of = (wired.id, id.as_str());
    let signed = session.signed(signature, Some(text));
    session
        .store
        .answer_for(of, &named, is_accepted, signed)
        .await
        .map_err(store_error)?;
    let standing = standing(session, wired, &judged.months()).await?;
    judged.accept(&standing);
    Ok(told)
}

async fn write(
    session: &Session,
    wired: &Wired<'_>,
    judged: &Judged,
    (statement, supplements): (Statement, Option<i64>),
    (asked, signature): (Closing<'_>, &Signature),
) -> Result<Sealed, CloseError> {
    let store = &session.store;
    let store_error = |source| CloseError::Store { source };
    let end = store
        .certificate_head(wired.id)
        .await
        .map_err(store_error)?;
    let period = &judged.period;
    let sealed = Sealed::new(Certificate {
        number: end.map_or(0, |end| end.number) + 1,
        previous: end.map(|end| end.digest),
        store: store.identity().to_owned(),
        tenant: store.tenant(),
        pipeline: wired.pipeline.name.clone(),
        billing_period: period.id(),
        period: period.period(),
        timezone: wired.pipeline.config.timezone.clone(),
        supplements,
        closed: session.now,
        by: signature.by.clone(),
        login: signature.login.clone(),
        cutoff: judged.cutoff,
        config: judged.config,
        chain: judged.chain.as_ref().map(Anchor::from),
        statement,
    });
    let signed = session.signed(signature, asked.reason);
    let kept = store.close_period(wired.id, &sealed, signed).await;
    if kept.map_err(store_error)? {
        Ok(sealed)
    } else {
        Err(CloseError::Meanwhile {
            billing_period: period.id(),
        })
    }
}
