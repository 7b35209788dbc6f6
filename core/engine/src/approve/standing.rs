//! What was said of a plan's accounts, read from the store, and what it comes to.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::approval::{Decision, Requirement, Standing, Statement, Verdict};
use counterfoil_model::document::Delivery;
use counterfoil_model::ids::AccountId;
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::plan::{Plan, PlannedDelivery};
use counterfoil_store::{Approval, ApprovalDecision, StoreError};

use super::{AccountDecision, InForce};
use crate::config::ApprovalTerms;
use crate::session::{Session, Wired};

/// Everything that counts for the approval of a plan.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) rows: Vec<Approval>,
    changed_by: BTreeSet<String>,
    accounts: BTreeMap<AccountId, OfAccount>,
}

#[derive(Debug)]
struct OfAccount {
    approvers: u32,
    statements: Vec<Statement>,
}

impl Said {
    pub(crate) async fn of(
        session: &Session,
        wired: &Wired<'_>,
        plan: &Plan,
    ) -> Result<Self, StoreError> {
        let store = &session.store;
        let terms = &wired.pipeline.approval;
        let rows = store.approvals(plan.id).await?;
        let mut accounts: BTreeMap<AccountId, OfAccount> = BTreeMap::new();
        for account in accounts_of(plan) {
            let of_account = rows
                .iter()
                .filter(|row| row.account.is_none_or(|named| named == account));
            accounts.insert(
                account,
                OfAccount {
                    approvers: approvers(terms, effects_of(plan, account)),
                    statements: of_account.map(statement).collect(),
                },
            );
        }
        // A hold stands on every later plan of the sink, also of another period.
        if let Some(planned) = plan.deliveries.first() {
            let slot = &planned.delivery.slot;
            for (account, last) in store.last_by_name(slot.pipeline, slot.sink).await? {
                if let (Some(of_account), ApprovalDecision::Hold) =
                    (accounts.get_mut(&account), last.decision)
                {
                    of_account.statements.push(statement(&last));
                }
            }
        }
        let changed_by = if accounts.values().any(|account| account.approvers > 1) {
            store.changed_basis(wired.id, plan.id).await?
        } else {
            BTreeSet::new()
        };
        Ok(Self {
            rows,
            changed_by,
            accounts,
        })
    }

    /// Every account of the plan with what was said of it.
    pub(crate) fn standings(&self) -> impl Iterator<Item = (AccountId, Standing<'_>)> {
        self.accounts.iter().map(|(account, of_account)| {
            let requirement = Requirement {
                approvers: of_account.approvers,
                changed_by: &self.changed_by,
            };
            (*account, Standing::of(&of_account.statements, requirement))
        })
    }

    pub(crate) fn decisions(&self) -> BTreeMap<AccountId, Decision> {
        let decided = self
            .standings()
            .map(|(account, standing)| (account, standing.decision()));
        decided.collect()
    }
}

fn statement(row: &Approval) -> Statement {
    Statement {
        verdict: match row.decision {
            ApprovalDecision::Approve => Verdict::Approve,
            ApprovalDecision::Hold => Verdict::Hold,
            ApprovalDecision::Withdraw => Verdict::Withdraw,
        },
        by: row.signature.by.clone(),
        at: row.at,
        reason: row.reason.clone(),
        names_account: row.account.is_some(),
        is_policy: row.policy.is_some(),
    }
}

pub(crate) fn accounts_of(plan: &Plan) -> BTreeSet<AccountId> {
    let slots = plan.deliveries.iter().map(|planned| &planned.delivery.slot);
    slots.map(|slot| slot.account).collect()
}

/// What a plan would change for an account.
pub(crate) fn effects_of(
    plan: &Plan,
    account: AccountId,
) -> impl Iterator<Item = &PlannedDelivery> {
    plan.effects()
        .filter(move |planned| planned.delivery.slot.account == account)
}

/// How many people an account's deliveries need: all of them where its changes, without their signs, sum to more than
/// one person may let go.
fn approvers<'a>(terms: &ApprovalTerms, effects: impl Iterator<Item = &'a PlannedDelivery>) -> u32 {
    let mut sums: BTreeMap<Currency, Option<u64>> = BTreeMap::new();
    for planned in effects {
        let difference: Money = planned.amount.difference;
        let sum = sums.entry(difference.currency()).or_insert(Some(0));
        *sum = sum.and_then(|sum| sum.checked_add(difference.minor().unsigned_abs()));
    }
    let small = sums.iter().all(|(currency, sum)| {
        let limit = terms.one_approver_up_to.get(currency);
        let limit = limit.map(|limit| limit.minor().unsigned_abs());
        limit.zip(*sum).is_some_and(|(limit, sum)| sum <= limit)
    });
    if small { 1 } else { terms.approvers }
}

/// The last word on each account.
pub async fn decisions(
    session: &Session,
    wired: &Wired<'_>,
    plan: &Plan,
) -> Result<BTreeMap<AccountId, Decision>, StoreError> {
    Ok(Said::of(session, wired, plan).await?.decisions())
}

/// The same by the account's key of now, for people.
pub async fn by_key(
    session: &Session,
    wired: &Wired<'_>,
    plan: &Plan,
) -> Result<BTreeMap<String, Decision>, StoreError> {
    let mut decided = decisions(session, wired, plan).await?;
    let named = plan.deliveries.iter().filter_map(|planned| {
        let decision = decided.remove(&planned.delivery.slot.account)?;
        Some((wired.known.key_of(&planned.delivery).to_string(), decision))
    });
    Ok(named.collect())
}

/// The same with what each account's deliveries would change, in the order of the keys.
pub(super) async fn by_account(
    session: &Session,
    wired: &Wired<'_>,
    one: &InForce,
) -> Result<Vec<AccountDecision>, StoreError> {
    let mut told = Vec::new();
    for (account, decision) in decisions(session, wired, &one.plan).await? {
        let planned = one.plan.deliveries.iter();
        let deliveries: Vec<&Delivery> = planned
            .map(|planned| &planned.delivery)
            .filter(|delivery| delivery.slot.account == account)
            .collect();
        let Some(first) = deliveries.first() else {
            continue;
        };
        let mut former = deliveries.iter();
        let former = former.find_map(|delivery| wired.known.former_key_of(delivery));
        let effects = effects_of(&one.plan, account);
        let differences = effects.map(|planned| planned.amount.difference);
        told.push(AccountDecision {
            // A sum that is too large to be one is left out.
            differences: Money::by_currency(differences).flatten().collect(),
            sink: one.sink_name.clone(),
            account: wired.known.key_of(first).to_string(),
            buyer_account: former.map(|key| key.to_string()),
            decision,
        });
    }
    told.sort_by(|a, b| a.account.cmp(&b.account));
    Ok(told)
}
