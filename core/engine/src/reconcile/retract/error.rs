//! Why a document is not reinstated, and what to do next.

use counterfoil_model::document::Reference;
use counterfoil_model::ids::AccountKey;
use counterfoil_model::money::MoneyError;
use counterfoil_store::StoreError;
use thiserror::Error;

use crate::identity::IdentityError;
use crate::terms::TermsError;

#[derive(Debug, Error)]
pub enum RetractError {
    #[error("reinstate {reference}: nothing was confirmed under it in this pipeline")]
    NoDocument { reference: String },
    #[error("reinstate {reference}: it is of {billing_period}, and {asked} is asked for")]
    OtherPeriod {
        reference: Reference,
        billing_period: String,
        asked: String,
    },
    #[error("reinstate {reference}: it is not recorded as void")]
    NotVoid { reference: Reference },
    #[error("reinstate {reference}: it was withdrawn, and accepted as void by nobody")]
    NotAccepted { reference: Reference },
    #[error("reinstate {reference}: what it billed is billed by {anew}")]
    SentAnew {
        reference: Reference,
        anew: Reference,
    },
    #[error("reinstate {reference} together with {anew}: both bill the same")]
    Both {
        reference: Reference,
        anew: Reference,
    },
    #[error(
        "reinstate {reference}: the outcome of {anew}, which bills anew what it billed, is not known"
    )]
    Open {
        reference: Reference,
        anew: Reference,
        stands: Stands,
    },
    #[error("reinstate {reference}: {anew}, which bills anew what it billed, is approved by {by}")]
    Approved {
        reference: Reference,
        anew: Reference,
        by: String,
        account: AccountKey,
        billing_period: String,
    },
    #[error("reinstate {reference}: {original}, which it corrects, is void")]
    OfVoid {
        reference: Reference,
        original: Reference,
    },
    #[error("reinstate {reference}: another process wrote of it meanwhile")]
    Meanwhile { reference: Reference },
    #[error("sign the decision")]
    Identity(#[from] IdentityError),
    #[error("sum what {reference} billed")]
    Amount {
        reference: Reference,
        source: MoneyError,
    },
    #[error(transparent)]
    Terms(#[from] TermsError),
    #[error("keep that documents are reinstated")]
    Store { source: StoreError },
}

/// How far a delivery got whose outcome is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// The next apply looks it up.
    Open,
    /// A person lets it go on.
    Parked,
    /// Parked as a draft of ours, beside the document that it is to replace: releasing it alone parks it again.
    AsDraft,
}

impl RetractError {
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoDocument { .. } => {
                "`counterfoil approvals` lists what was accepted as void, by whom and why"
                    .to_owned()
            }
            Self::OtherPeriod { billing_period, .. } => format!(
                "nothing was changed; look whether it is the document that you mean, then name its period: --period {billing_period}"
            ),
            Self::NotVoid { .. } => {
                "it counts as billed; `counterfoil approvals` lists what was accepted as void"
                    .to_owned()
            }
            Self::NotAccepted { .. } => {
                "`counterfoil plan` proposes under another reference what is to be billed of it"
                    .to_owned()
            }
            Self::SentAnew { anew, .. } => format!(
                "what is billed twice by that is for a plan; to have the first one instead, void {anew} at the sink and run \
                 `counterfoil reconcile --accept-void {anew} --by NAME --reason TEXT`"
            ),
            Self::Both { .. } => {
                "nothing was changed; name only the one that is to count".to_owned()
            }
            Self::Open { anew, stands, .. } => of_open(anew, *stands),
            Self::Approved {
                account,
                billing_period,
                ..
            } => format!(
                "take the approval back first: `counterfoil approve --period {billing_period} --withdraw {account} --reason TEXT \
                 --by NAME`"
            ),
            Self::OfVoid { original, .. } => {
                format!("name both: --retract-void {original}")
            }
            Self::Meanwhile { .. } => "nothing was changed; run it again".to_owned(),
            Self::Identity(error) => return error.hint(),
            Self::Terms(error) => return error.hint(),
            Self::Amount { .. } | Self::Store { .. } => return None,
        })
    }
}

fn of_open(anew: &Reference, stands: Stands) -> String {
    let release = format!("`counterfoil release {anew} --by NAME --reason TEXT`");
    match stands {
        Stands::Open => "run `counterfoil apply` first: it looks the reference up".to_owned(),
        Stands::Parked => format!(
            "it is parked: look at the sink, then run {release} and `counterfoil apply` first"
        ),
        Stands::AsDraft => format!(
            "it is parked, and stands at the sink as a draft: delete or void {anew} there, run {release} and `counterfoil apply`, \
             which sends nothing beside what stands again, then this once more"
        ),
    }
}
