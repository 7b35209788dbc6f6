//! What the equation of a period comes to now, in resources and in money, and everything that is to be explained of it:
//! what rating, planning and each sink's read-back find.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::close::{
    Acceptance, AcceptedFinding, AccountMoney, Basis, ClosedAccount, ClosedDocument, Exempted,
    Found, MoneyInput, Reason, Statement, balance, reasons, totals, unbalanced,
};
use counterfoil_model::counted::counted_as;
use counterfoil_model::counterfoil::Link;
use counterfoil_model::digest::Digest;
use counterfoil_model::finding::{Finding, FindingCode, Severity};
use counterfoil_model::ids::{RecordingId, RunId, SinkId};
use counterfoil_model::money::Money;
use counterfoil_model::plan::{Confirmed, LookBack, Plan, RemoteState};
use counterfoil_model::rate::{Completeness, Detail};
use counterfoil_model::time::{BillingPeriod, Instant};

use super::accounts::{accounts, months_open};
use super::error::CloseError;
use super::exempted::exempted;
use crate::config::{Role, SinkConfig};
use crate::connect::Connectors;
use crate::filter::Narrow;
use crate::plan::{findings as findings_of_plan, older as periods_older};
use crate::progress::Progress;
use crate::rating::{PeriodRated, billed_until, rate_period};
use crate::reconcile::{Compared, Comparing, ReconcileError, SinkReport, compare_sink};
use crate::session::{Session, Wired};
use crate::terms::{Keep, versions};

/// A period as it stands now.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) period: BillingPeriod,
    pub(super) cutoff: RecordingId,
    pub(super) config: Digest,
    pub(super) chain: Option<Link>,
    pub(super) reasons: Vec<Reason>,
    completeness: Completeness,
    exempted: Vec<Exempted>,
    accounts: Vec<ClosedAccount>,
    money: Vec<AccountMoney>,
    documents: Vec<ClosedDocument>,
}

/// Of one sink.
struct AtSink {
    findings: Vec<Found>,
    money: Vec<AccountMoney>,
    documents: Vec<ClosedDocument>,
}

pub(super) async fn judge(
    session: &Session,
    connectors: &Connectors,
    wired: &Wired<'_>,
    (period, run): (&BillingPeriod, RunId),
    progress: &dyn Progress,
) -> Result<Judged, CloseError> {
    let store_error = |source| CloseError::Store { source };
    let versions = versions(session, wired, Keep::Stored).await?;
    let cutoff = session.store.cutoff().await.map_err(store_error)?;
    progress.begin("rating", None);
    let rated = rate_period(session, wired, &versions, period, cutoff, Detail::Lines).await?;
    let mut older = Vec::new();
    for one in periods_older(session, wired, period).await? {
        progress.note(&one.id());
        older.push(rate_period(session, wired, &versions, &one, cutoff, Detail::Lines).await?);
    }
    progress.end();
    let rated = [(rated, LookBack::Within)];
    let asked = &rated[0].0;
    let of_period = (&versions, period);
    let mut findings = findings_of_plan(session, wired, of_period, &asked.rated, &rated).await?;
    findings.extend(not_ended(
        session,
        period,
        billed_until(wired, &versions, period),
    ));
    let accounts = accounts((wired, &versions), asked);
    findings.extend(months_open(session, wired, &accounts).await?);
    let mut findings: Vec<Found> = findings.into_iter().map(Found::from).collect();
    let (mut money, mut documents) = (Vec::new(), Vec::new());
    let narrow = Narrow::default();
    for (id, config) in &wired.sinks {
        let of = Comparing {
            versions: &versions,
            rated: asked,
            older: &older,
            cutoff,
            narrow: &narrow,
            run,
        };
        let sink = (wired, *id, *config);
        let compared = compare_sink(session, connectors, sink, of, progress).await;
        let at_sink = at_sink(session, sink, asked, compared).await?;
        findings.extend(at_sink.findings);
        money.extend(at_sink.money);
        documents.extend(at_sink.documents);
    }
    let older_periods = findings.iter().filter_map(|one| one.older_period.clone());
    let mut about: BTreeSet<String> = older_periods.collect();
    about.insert(period.id());
    let standing = standing(session, wired, &about).await?;
    let completeness = asked.rated.completeness.clone();
    let basis = Basis {
        billing_period: &period.id(),
        kinds: &completeness.kinds,
        suspense: &completeness.suspense,
    };
    let chain = session.store.chain_head(wired.id).await;
    Ok(Judged {
        period: period.clone(),
        cutoff,
        config: versions.digest(),
        chain: chain.map_err(store_error)?,
        reasons: reasons(findings, basis, &standing),
        exempted: exempted(asked, (wired, &versions))
            .map_err(|source| CloseError::Amount { source })?,
        accounts,
        completeness,
        money,
        documents,
    })
}

async fn at_sink(
    session: &Session,
    (wired, id, config): (&Wired<'_>, SinkId, &SinkConfig),
    rated: &PeriodRated,
    compared: Result<Compared, ReconcileError>,
) -> Result<AtSink, CloseError> {
    let period = rated.period.id();
    let counterfoils = session.store.counterfoils_of(wired.id, id).await;
    let counterfoils = counterfoils.map_err(|source| CloseError::Store { source })?;
    let mut confirmed = Confirmed::latest(&counterfoils);
    confirmed.retain(|one| one.delivery.slot.billing_period == period);
    let amount_error = |source| CloseError::Amount { source };
    let document =
        |one: &Confirmed| ClosedDocument::of(one, &config.name, &wired.known.key_of(&one.delivery));
    let documents: Result<Vec<_>, _> = confirmed.iter().map(document).collect();
    let documents = documents.map_err(amount_error)?;
    let (findings, plan) = match compared {
        Ok(compared) => {
            let mut findings = compared.report.result.findings.clone();
            findings.extend(of_plan(&compared.plan));
            findings.extend(not_seen(&config.name, &compared.report));
            let may_post = compared.abilities.draft && compared.abilities.post;
            if may_post && config.role == Role::Ledger {
                findings.extend(drafts(&config.name, &documents));
            }
            let older = compared.plan.older.iter().map(Found::from);
            let findings = findings.into_iter().map(Found::from).chain(older);
            (findings.collect(), Some(compared.plan))
        }
        Err(error) => (vec![not_read_back(&config.name, error)?.into()], None),
    };
    let is_planned = plan.is_some();
    let money = balance(&MoneyInput {
        sink: &config.name,
        billing_period: &period,
        charges: &rated.rated.charges,
        confirmed: &confirmed,
        planned: plan.as_ref().map_or(&[], |plan| &plan.deliveries),
        keys: &wired.known.accounts,
    })
    .map_err(amount_error)?;
    let mut at_sink = AtSink {
        findings,
        money,
        documents,
    };
    if is_planned {
        let unbalanced = unbalanced(&at_sink.money).into_iter();
        at_sink.findings.extend(unbalanced.map(Found::from));
    }
    Ok(at_sink)
}

/// What is accepted of these months.
pub(super) async fn standing(
    session: &Session,
    wired: &Wired<'_>,
    months: &BTreeSet<String>,
) -> Result<BTreeMap<Digest, Acceptance>, CloseError> {
    let mut standing = BTreeMap::new();
    for month in months {
        let accepted = session.store.accepted_findings(wired.id, month).await;
        standing.extend(accepted.map_err(|source| CloseError::Store { source })?);
    }
    Ok(standing)
}

/// What planning finds; what is not sent is told by the comparison.
fn of_plan(plan: &Plan) -> impl Iterator<Item = Finding> {
    let findings = plan.findings.iter();
    findings
        .filter(|finding| finding.code != FindingCode::NotSent)
        .cloned()
}

/// An account may be where midnight is later.
fn not_ended(session: &Session, period: &BillingPeriod, end: Instant) -> Option<Finding> {
    (end > session.now).then(|| Finding {
        code: FindingCode::NotEnded,
        severity: Severity::Blocking,
        subject: period.id(),
        message: format!("{} has not ended: it ends at {end}.", period.id()),
        next_step: "close it when it is over".to_owned(),
        value: None,
        since: None,
    })
}

/// A sink that does not answer keeps the period open, and hides nothing of what else does.
fn not_read_back(sink: &str, error: ReconcileError) -> Result<Finding, CloseError> {
    match error {
        ReconcileError::Sink(_)
        | ReconcileError::ReadBack { .. }
        | ReconcileError::Endless { .. } => {
            let hint = error.hint();
            Ok(Finding {
                code: FindingCode::NotReadBack,
                severity: Severity::Blocking,
                subject: sink.to_owned(),
                message: format!("it could not be read back: {}", crate::chain(&error)),
                next_step: hint.unwrap_or_else(|| "run it again when the sink answers".to_owned()),
                value: None,
                since: None,
            })
        }
        ReconcileError::Plan(_)
        | ReconcileError::Terms(_)
        | ReconcileError::Judge { .. }
        | ReconcileError::Store { .. } => Err(error.into()),
    }
}

/// Sent so lately that the sink may not show it yet.
fn not_seen(sink: &str, report: &SinkReport) -> Vec<Finding> {
    let young = report.result.young.iter();
    let finding = |one: &counterfoil_model::reconcile::Young| Finding {
        code: FindingCode::NotReadBack,
        severity: Severity::Blocking,
        subject: one.reference.to_string(),
        message: format!("it was sent so lately that {sink} may not show it yet"),
        next_step: format!("close it from {} on", one.judged_from),
        value: Some(one.amount),
        since: Some(one.sent),
    };
    young.map(finding).collect()
}

fn drafts(sink: &str, documents: &[ClosedDocument]) -> Vec<Finding> {
    let drafts = documents
        .iter()
        .filter(|document| document.state == RemoteState::Draft);
    let mut by_currency: BTreeMap<_, Vec<&ClosedDocument>> = BTreeMap::new();
    for document in drafts {
        let currency = document.amount.currency();
        by_currency.entry(currency).or_default().push(document);
    }
    let finding = |(currency, drafts): (_, Vec<&ClosedDocument>)| {
        let names: Vec<String> = drafts.iter().map(|one| one.reference.to_string()).collect();
        Finding {
            code: FindingCode::Draft,
            severity: Severity::Warning,
            subject: sink.to_owned(),
            message: format!(
                "{} there, and may still become something else: {}",
                counted_as(drafts.len(), "document is a draft", "documents are drafts"),
                names.join(", ")
            ),
            next_step: "post them at the sink, and close again".to_owned(),
            value: Money::sum(drafts.iter().map(|one| one.amount), currency).ok(),
            since: None,
        }
    };
    by_currency.into_iter().map(finding).collect()
}

impl Judged {
    /// The one that a person means by its id, or the beginning of it.
    pub(super) fn named(&self, id: &str) -> Result<&Reason, CloseError> {
        const DIGITS_MIN: usize = 4;
        let id = id.trim().to_ascii_lowercase();
        let is_meant =
            |reason: &&Reason| id.len() >= DIGITS_MIN && reason.digest.to_string().starts_with(&id);
        let mut meant = self.reasons.iter().filter(is_meant);
        let ids = |reasons: &mut dyn Iterator<Item = &Reason>| -> Vec<String> {
            reasons.map(|reason| reason.id.clone()).collect()
        };
        match (meant.next(), meant.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(CloseError::NoFinding {
                id,
                known: ids(&mut self.reasons.iter()),
            }),
            (Some(_), Some(_)) => Err(CloseError::Ambiguous {
                known: ids(&mut self.reasons.iter().filter(is_meant)),
                id,
            }),
        }
    }

    /// The month that is closed, and those that its reasons are about.
    pub(super) fn months(&self) -> BTreeSet<String> {
        let older = self.reasons.iter();
        let older = older.filter_map(|reason| reason.older_period.clone());
        older.chain([self.period.id()]).collect()
    }

    /// What is accepted by now.
    pub(super) fn accept(&mut self, standing: &BTreeMap<Digest, Acceptance>) {
        for reason in &mut self.reasons {
            reason.accepted = standing.get(&reason.digest).cloned();
        }
    }

    pub(super) fn statement(&self) -> Result<Statement, CloseError> {
        let accepted = self.reasons.iter().filter_map(|reason| {
            Some(AcceptedFinding {
                finding: reason.finding.clone(),
                digest: reason.digest,
                acceptance: reason.accepted.clone()?,
            })
        });
        Ok(Statement {
            kinds: self.completeness.kinds.clone(),
            non_billable: self.exempted.clone(),
            accounts: self.accounts.clone(),
            totals: totals(&self.money).map_err(|source| CloseError::Amount { source })?,
            money: self.money.clone(),
            documents: self.documents.clone(),
            accepted: accepted.collect(),
        })
    }
}
