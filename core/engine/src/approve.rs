//! Who lets a plan's deliveries go: everything, one account, or none of it; and who takes that back.

mod error;
pub mod history;
mod open;
pub(crate) mod policy;
mod standing;

use counterfoil_model::approval::{Futile, Standing};
use counterfoil_model::digest::Digest;
use counterfoil_model::document::Delivery;
use counterfoil_model::ids::{AccountId, SinkId};
use counterfoil_model::money::Money;
use counterfoil_model::plan::Plan;
use counterfoil_model::time::BillingPeriod;
use counterfoil_store::{Approval, ApprovalDecision, Signature, StoredEffect};
use schemars::JsonSchema;
use serde::Serialize;

use self::standing::{Said, effects_of};
use crate::apply::may_be_approved;
use crate::config::Right;
use crate::session::{Session, Wired};

pub use counterfoil_model::approval::Decision;
pub use error::ApproveError;
pub use policy::PolicyError;
pub use standing::{by_key, decisions};

/// What a person decides.
#[derive(Debug, Clone, Copy)]
pub enum Verdict<'a> {
    ApproveAll {
        despite: Option<&'a str>,
    },
    Approve {
        account: &'a str,
        despite: Option<&'a str>,
    },
    Hold {
        account: &'a str,
        reason: &'a str,
    },
    /// Takes back what was approved and is not sent.
    Withdraw {
        account: &'a str,
        reason: &'a str,
    },
}

impl<'a> Verdict<'a> {
    fn account(self) -> Option<&'a str> {
        match self {
            Self::ApproveAll { .. } => None,
            Self::Approve { account, .. }
            | Self::Hold { account, .. }
            | Self::Withdraw { account, .. } => Some(account),
        }
    }

    /// What is kept as the reason.
    fn reason(self) -> Option<&'a str> {
        match self {
            Self::ApproveAll { despite } | Self::Approve { despite, .. } => despite,
            Self::Hold { reason, .. } | Self::Withdraw { reason, .. } => Some(reason),
        }
    }

    fn decision(self) -> ApprovalDecision {
        match self {
            Self::ApproveAll { .. } | Self::Approve { .. } => ApprovalDecision::Approve,
            Self::Hold { .. } => ApprovalDecision::Hold,
            Self::Withdraw { .. } => ApprovalDecision::Withdraw,
        }
    }

    /// Whoever may hold or approve may also take an approval back.
    fn rights(self) -> &'static [Right] {
        match self {
            Self::ApproveAll { .. } | Self::Approve { .. } => &[Right::Approve],
            Self::Hold { .. } => &[Right::Hold],
            Self::Withdraw { .. } => &[Right::Hold, Right::Approve],
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct ApproveReport {
    pub billing_period: String,
    pub by: String,
    /// The ids of the plans that were decided on, shortened.
    pub plans: Vec<String>,
    /// By sink and account key.
    pub accounts: Vec<AccountDecision>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountDecision {
    pub sink: String,
    /// Under its key of now.
    pub account: String,
    /// By which key its documents name their buyer, where that is another one: what is corrected was issued so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_account: Option<String>,
    /// What its deliveries would change, by currency.
    pub differences: Vec<Money>,
    pub decision: Decision,
}

/// A plan in force with the sink that it is for.
struct InForce {
    sink: SinkId,
    sink_name: String,
    plan: Plan,
    /// What earlier plans of the period left open.
    open: Vec<StoredEffect>,
}

/// Records a decision on the newest plans of a period, one for each sink; `wanted` is the id of one of them, or its
/// beginning. Everything is asked before anything is kept.
pub async fn approve(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    wanted: Option<&str>,
    verdict: Verdict<'_>,
    by: &str,
) -> Result<ApproveReport, ApproveError> {
    let store_error = |source| ApproveError::Store { source };
    let signature = session.signature_of(by, verdict.rights())?;
    let mut plans = in_force(session, wired, period, wanted).await?;
    if let Some(account) = verdict.account() {
        let known: Vec<_> = plans
            .iter()
            .map(|one| account_in(wired, one, account, period))
            .collect();
        // A mirror may have nothing for it; the error of the first plan is as good as any.
        if known.iter().all(Result::is_err) {
            known.into_iter().collect::<Result<Vec<_>, _>>()?;
        }
        plans.retain(|one| account_in(wired, one, account, period).is_ok());
    }
    let mut decisions = Vec::new();
    for one in &plans {
        let decided = decide(session, wired, period, one, verdict, &signature).await?;
        decisions.push(decided);
    }
    let mut accounts = Vec::new();
    for (one, decided) in plans.iter().zip(decisions) {
        for (plan, decided) in decided {
            let kept = session.store.decide(plan, &[decided]).await;
            kept.map_err(store_error)?;
        }
        let of_plan = standing::by_account(session, wired, one).await;
        accounts.extend(of_plan.map_err(store_error)?);
        accounts.extend(open::decisions(
            (wired, one),
            verdict,
            &signature.by,
            session.now,
        ));
    }
    Ok(ApproveReport {
        plans: plans.iter().map(|one| one.plan.id.short()).collect(),
        billing_period: period.id(),
        by: signature.by,
        accounts,
    })
}

async fn in_force(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    wanted: Option<&str>,
) -> Result<Vec<InForce>, ApproveError> {
    let mut plans = Vec::new();
    for (id, sink) in &wired.sinks {
        let newest = session.store.newest_plan(wired.id, *id, &period.id()).await;
        if let Some(stored) = newest.map_err(|source| ApproveError::Store { source })? {
            let open = open::open_effects(session, wired, *id, period).await;
            plans.push(InForce {
                open: open.map_err(|source| ApproveError::Store { source })?,
                sink: *id,
                sink_name: sink.name.clone(),
                plan: stored.plan,
            });
        }
    }
    if plans.is_empty() {
        return Err(ApproveError::NoPlan {
            period: period.id(),
        });
    }
    if let Some(wanted) = wanted {
        let newest: Vec<String> = plans.iter().map(|one| one.plan.id.short()).collect();
        plans.retain(|one| one.plan.id.to_string().starts_with(wanted));
        if plans.is_empty() {
            return Err(ApproveError::OtherPlan {
                period: period.id(),
                asked: wanted.to_owned(),
                newest: newest.join(", "),
            });
        }
    }
    Ok(plans)
}

/// What is to be kept of a verdict, and of which plan, if it may be and changes something.
async fn decide(
    session: &Session,
    wired: &Wired<'_>,
    period: &BillingPeriod,
    one: &InForce,
    verdict: Verdict<'_>,
    signature: &Signature,
) -> Result<Vec<(Digest, Approval)>, ApproveError> {
    let plan = &one.plan;
    let mut about = vec![plan.id];
    let account = match verdict.account() {
        Some(account) => Some(account_in(wired, one, account, period)?),
        None => None,
    };
    let said = Said::of(session, wired, plan).await;
    let said = said.map_err(|source| ApproveError::Store { source })?;
    match verdict {
        Verdict::ApproveAll { despite } | Verdict::Approve { despite, .. } => {
            if let (Some(account), Some(key)) = (account, verdict.account())
                && !open::is_in(plan, account)
                && let Some(stored) = open::of_account(&one.open, account).next()
            {
                return Err(open::still_open(stored, key, period));
            }
            let held = may_be_approved(session, wired, one.sink, plan).await?;
            held.map_err(|refusal| ApproveError::Stale {
                period: period.id(),
                refusal,
            })?;
            unblocked(plan, period, despite)?;
            changes_something(&said, plan, account, &signature.by, period)?;
        }
        Verdict::Hold { .. } => {}
        Verdict::Withdraw { account: key, .. } => {
            let account = account.expect("a withdrawal names its account");
            // What an earlier plan left open goes by the approval of that plan.
            let mut earlier: Vec<Digest> = open::of_account(&one.open, account)
                .map(|stored| stored.plan)
                .filter(|earlier| *earlier != plan.id)
                .collect();
            earlier.dedup();
            let of_newest = withdrawable(session, &said, one, (account, key), period).await;
            if earlier.is_empty() {
                of_newest?;
            } else if of_newest.is_err() {
                about.clear();
            }
            about.extend(earlier);
        }
    }
    let decided = Approval::by_person(
        verdict.decision(),
        account,
        signature,
        verdict.reason(),
        session.now,
    );
    Ok(about
        .into_iter()
        .map(|plan| (plan, decided.clone()))
        .collect())
}

/// Refuses an approval that would count for no account that waits.
fn changes_something(
    said: &Said,
    plan: &Plan,
    account: Option<AccountId>,
    by: &str,
    period: &BillingPeriod,
) -> Result<(), ApproveError> {
    let addressed = said
        .standings()
        .filter(|(id, _)| account.is_none_or(|account| account == *id));
    let waits = |standing: &Standing<'_>| match standing.decision() {
        Decision::Waiting { .. } => true,
        Decision::Held { .. } | Decision::Approved { .. } => false,
    };
    let futile: Vec<Option<Futile>> = addressed
        .filter(|(id, standing)| waits(standing) && effects_of(plan, *id).next().is_some())
        .map(|(_, standing)| standing.futile(by))
        .collect();
    if futile.iter().any(Option::is_none) {
        return Ok(());
    }
    let (by, period) = (by.to_owned(), period.id());
    match futile.into_iter().flatten().next() {
        None => Ok(()),
        Some(Futile::SamePerson) => Err(ApproveError::SamePerson { by, period }),
        Some(Futile::ChangedBasis) => Err(ApproveError::ChangedBasis { by, period }),
    }
}

/// Refuses to withdraw where nothing is approved, or nothing of it is still to be sent.
async fn withdrawable(
    session: &Session,
    said: &Said,
    one: &InForce,
    (account, key): (AccountId, &str),
    period: &BillingPeriod,
) -> Result<(), ApproveError> {
    let (key, period) = (key.to_owned(), period.id());
    let is_approved = said
        .standings()
        .any(|(id, standing)| id == account && !standing.approvals().is_empty());
    if !is_approved {
        return Err(ApproveError::NothingToWithdraw {
            account: key,
            period,
        });
    }
    for planned in effects_of(&one.plan, account) {
        let reference = &planned.delivery.reference;
        let stored = session.store.effect(one.sink, reference).await;
        let stored = stored.map_err(|source| ApproveError::Store { source })?;
        let waits = stored.is_none_or(|stored| {
            use counterfoil_model::effect::State;
            stored.plan != one.plan.id
                || matches!(stored.effect.state, State::Planned | State::Rejected)
        });
        if waits {
            return Ok(());
        }
    }
    Err(ApproveError::AlreadySent {
        account: key,
        period,
    })
}

/// What blocks a plan keeps it from approval, unless a reason is given, which is recorded.
fn unblocked(
    plan: &Plan,
    period: &BillingPeriod,
    despite: Option<&str>,
) -> Result<(), ApproveError> {
    if plan.blocked_by.is_empty() || despite.is_some() {
        return Ok(());
    }
    Err(ApproveError::Blocked {
        period: period.id(),
        findings: plan.blocked_by.clone(),
    })
}

/// The account that is called so now, of which the plan or an earlier one has something.
fn account_in(
    wired: &Wired<'_>,
    one: &InForce,
    account: &str,
    period: &BillingPeriod,
) -> Result<AccountId, ApproveError> {
    let buyers = || {
        let open = one.open.iter().map(|stored| &stored.planned);
        let planned = one.plan.deliveries.iter().chain(open);
        planned.map(|planned| &planned.delivery)
    };
    let key_of = |delivery: &Delivery| wired.known.key_of(delivery);
    let found = buyers().find(|delivery| key_of(delivery).as_str() == account);
    found.map(|delivery| delivery.slot.account).ok_or_else(|| {
        let mut known: Vec<String> = buyers()
            .map(|delivery| key_of(delivery).to_string())
            .collect();
        known.sort();
        known.dedup();
        ApproveError::NoAccount {
            period: period.id(),
            account: account.to_owned(),
            renamed: wired.known.renamed_hint(account),
            known,
        }
    })
}
