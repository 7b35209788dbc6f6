//! Why a decision on a plan is refused, and what to do next.

use counterfoil_model::finding::Finding;
use counterfoil_store::StoreError;
use thiserror::Error;

use crate::apply::Refusal;
use crate::identity::IdentityError;
use crate::terms::TermsError;

#[derive(Debug, Error)]
pub enum ApproveError {
    #[error("there is no plan of {period}")]
    NoPlan { period: String },
    #[error("the newest plan of {period} is {newest}, not {asked}")]
    OtherPlan {
        period: String,
        asked: String,
        newest: String,
    },
    #[error("the plan of {period} does not hold any more: {refusal}")]
    Stale { period: String, refusal: Refusal },
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("the plan of {period} is blocked: {}", told(findings))]
    Blocked {
        period: String,
        findings: Vec<Finding>,
    },
    #[error("the plan of {period} has nothing for an account `{account}`")]
    NoAccount {
        period: String,
        account: String,
        /// What it is called by now, where it was renamed.
        renamed: Option<String>,
        known: Vec<String>,
    },
    #[error(
        "approve `{account}` in {period}: {reference} of an earlier plan {state}, so that nothing new is planned for it"
    )]
    StillOpen {
        account: String,
        period: String,
        reference: String,
        state: &'static str,
        hint: String,
    },
    #[error("{by} approved already, and {period} needs another person")]
    SamePerson { by: String, period: String },
    #[error(
        "{by} changed what the plan of {period} is made from, and cannot be the last who approves it"
    )]
    ChangedBasis { by: String, period: String },
    #[error("nothing of `{account}` is approved in the plan of {period}")]
    NothingToWithdraw { account: String, period: String },
    #[error("what was approved of `{account}` in the plan of {period} is sent already")]
    AlreadySent { account: String, period: String },
    #[error("sign the decision")]
    Identity(#[from] IdentityError),
    #[error("keep the approval")]
    Store { source: StoreError },
}

fn told(findings: &[Finding]) -> String {
    let messages: Vec<&str> = findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    messages.join("; ")
}

impl ApproveError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoPlan { period } => {
                Some(format!("run `counterfoil plan --period {period}` first"))
            }
            Self::Stale { period, .. } => Some(format!(
                "nothing was approved: run `counterfoil plan --period {period}` again, look at it, and approve that"
            )),
            Self::Terms(error) => error.hint(),
            Self::OtherPlan { period, .. } => Some(format!(
                "something was planned since: look at `counterfoil plan --period {period}`, then approve that"
            )),
            Self::Blocked { period, .. } => Some(format!(
                "mend what `counterfoil plan --period {period}` says; to let it go all the same, say why: --despite REASON"
            )),
            Self::NoAccount {
                renamed: Some(renamed),
                ..
            } => Some(renamed.clone()),
            Self::NoAccount { known, account, .. } => {
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                Some(match counterfoil_model::nearest::nearest(account, &names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it has {}", known.join(", ")),
                })
            }
            Self::StillOpen { hint, .. } => Some(hint.clone()),
            Self::SamePerson { .. } => Some(
                "somebody else has to approve it; `counterfoil approvals` shows who did".to_owned(),
            ),
            Self::ChangedBasis { .. } => Some(
                "somebody else has to; `counterfoil approvals` shows what was changed and by whom".to_owned(),
            ),
            Self::NothingToWithdraw { account, period } => Some(format!(
                "to keep it back: counterfoil approve --period {period} --hold {account} --reason … --by NAME"
            )),
            Self::AlreadySent { .. } => Some(
                "what is a draft at the sink can be changed by the next plan; what is issued is corrected by it".to_owned(),
            ),
            Self::Identity(_) | Self::Store { .. } => None,
        }
    }
}
