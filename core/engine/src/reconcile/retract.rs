//! A person takes back that a document is void, as long as nothing bills anew what it billed: then it counts as billed
//! again, as before the acceptance. The sink is not asked: the next comparison tells what stands there.

use std::collections::BTreeSet;

use counterfoil_model::counterfoil::{Action, Counterfoil};
use counterfoil_model::document::{Delivery, Reference};
use counterfoil_model::effect::State;
use counterfoil_model::ids::{AccountKey, SinkId};
use counterfoil_model::money::{Money, MoneyError};
use counterfoil_model::plan::{Confirmed, PlannedAction, RemoteState};
use counterfoil_store::{DecisionKind, PastDecision, StoreError, VoidDocument};
use thiserror::Error;

use super::AcceptedVoid;
use crate::approve::{Decision, decisions};
use crate::config::Right;
use crate::identity::IdentityError;
use crate::session::{Session, Wired};

#[derive(Debug, Error)]
pub enum RetractError {
    #[error("take back that {reference} is void: nothing was confirmed under it in this pipeline")]
    NoDocument { reference: String },
    #[error(
        "take back that {reference} is void: it is of {billing_period}, and {asked} is asked for"
    )]
    OtherPeriod {
        reference: Reference,
        billing_period: String,
        asked: String,
    },
    #[error("take back that {reference} is void: it is not recorded as void")]
    NotVoid { reference: Reference },
    #[error("take back that {reference} is void: it was withdrawn, and accepted as void by nobody")]
    NotAccepted { reference: Reference },
    #[error("take back that {reference} is void: what it billed was sent anew with {anew}")]
    SentAnew {
        reference: Reference,
        anew: Reference,
    },
    #[error(
        "take back that {reference} is void: the outcome of {anew}, which bills anew what it billed, is not known"
    )]
    Open {
        reference: Reference,
        anew: Reference,
        is_parked: bool,
    },
    #[error(
        "take back that {reference} is void: {anew}, which bills anew what it billed, is approved by {by}"
    )]
    Approved {
        reference: Reference,
        anew: Reference,
        by: String,
        account: AccountKey,
        billing_period: String,
    },
    #[error("take back that {reference} is void: {original}, which it corrects, is void")]
    OfVoid {
        reference: Reference,
        original: Reference,
    },
    #[error("take back that {reference} is void: another process wrote of it meanwhile")]
    Meanwhile { reference: Reference },
    #[error("sign the decision")]
    Identity(#[from] IdentityError),
    #[error("sum what {reference} billed")]
    Amount {
        reference: Reference,
        source: MoneyError,
    },
    #[error("keep that documents are not void")]
    Store { source: StoreError },
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
            Self::Open {
                anew,
                is_parked: true,
                ..
            } => format!(
                "it is parked: look at the sink, then run `counterfoil release {anew} --by NAME --reason TEXT` and \
                 `counterfoil apply` first"
            ),
            Self::Open { .. } => {
                "run `counterfoil apply` first: it looks the reference up".to_owned()
            }
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
            Self::Amount { .. } | Self::Store { .. } => return None,
        })
    }
}

fn store_error(source: StoreError) -> RetractError {
    RetractError::Store { source }
}

/// All of them or, where one cannot be, none. Where a period is asked for, it is that of each.
pub async fn retract_void(
    session: &Session,
    wired: &Wired<'_>,
    references: &[String],
    (by, reason): (&str, &str),
    period: Option<&str>,
) -> Result<Vec<AcceptedVoid>, RetractError> {
    let signature = session.signature(by, Right::Void)?;
    // Nothing is sent meanwhile.
    let _lease = session.store.begin_apply().map_err(store_error)?;
    let past = session.store.past_decisions(wired.id).await;
    let past = past.map_err(store_error)?;
    let mut left: BTreeSet<&str> = references.iter().map(String::as_str).collect();
    let (mut retracted, mut documents) = (Vec::new(), Vec::new());
    for (id, config) in &wired.sinks {
        let counterfoils = session.store.counterfoils_of(wired.id, *id).await;
        let counterfoils = counterfoils.map_err(store_error)?;
        let own = named(&counterfoils, &mut left);
        let references: BTreeSet<&Reference> =
            own.iter().map(|one| &one.delivery.reference).collect();
        for void in &own {
            let delivery = &void.delivery;
            let reference = delivery.reference.clone();
            if let Some(asked) = period.filter(|asked| *asked != delivery.slot.billing_period) {
                return Err(RetractError::OtherPeriod {
                    reference,
                    billing_period: delivery.slot.billing_period.clone(),
                    asked: asked.to_owned(),
                });
            }
            is_accepted(void, &past)?;
            let of_sink = OfSink {
                session,
                wired,
                id: *id,
                counterfoils: &counterfoils,
            };
            of_sink.may_stand(void, &references)?;
            of_sink.is_not_billed_anew(void).await?;
            let billed = delivery.lines.iter().map(|line| line.billed);
            let amount = Money::sum(billed, delivery.slot.currency);
            retracted.push(AcceptedVoid {
                sink: config.name.clone(),
                reference: reference.to_string(),
                number: void.remote.number.clone(),
                account: wired.known.key_of(delivery).to_string(),
                billing_period: delivery.slot.billing_period.clone(),
                amount: amount.map_err(|source| RetractError::Amount { reference, source })?,
                by: signature.by.clone(),
                reason: reason.to_owned(),
            });
            documents.push(VoidDocument {
                newest: (*void).clone(),
                remote: of_sink.before(void).map(|before| before.remote.clone()),
            });
        }
    }
    if let Some(unknown) = left.first() {
        return Err(RetractError::NoDocument {
            reference: (*unknown).to_owned(),
        });
    }
    let signed = session.signed(&signature, Some(reason));
    let kept = session.store.retract_void(wired.id, &documents, signed);
    match kept.await.map_err(store_error)? {
        None => Ok(retracted),
        Some(reference) => Err(RetractError::Meanwhile { reference }),
    }
}

/// The newest counterfoil of each document that is meant by a reference or by the sink's number; these are left out of
/// what is still to be found. One may be named twice.
fn named<'c>(counterfoils: &'c [Counterfoil], left: &mut BTreeSet<&str>) -> Vec<&'c Counterfoil> {
    let mut own: Vec<&Counterfoil> = Vec::new();
    left.retain(|wanted| {
        let of_it = counterfoils.iter().rfind(|one| {
            one.delivery.reference.0 == *wanted || one.remote.number.as_deref() == Some(*wanted)
        });
        if let Some(newest) = of_it
            && own.iter().all(|known| known.number != newest.number)
        {
            own.push(newest);
        }
        of_it.is_none()
    });
    own
}

/// Is it void because a person said so?
fn is_accepted(newest: &Counterfoil, past: &[PastDecision]) -> Result<(), RetractError> {
    let reference = newest.delivery.reference.clone();
    if newest.action != Action::Voided {
        return Err(RetractError::NotVoid { reference });
    }
    let accepted = past.iter().any(|one| {
        one.kind == DecisionKind::AcceptVoid
            && one.subject == reference.0
            && one.at == newest.confirmed
    });
    if accepted {
        Ok(())
    } else {
        Err(RetractError::NotAccepted { reference })
    }
}

struct OfSink<'a> {
    session: &'a Session,
    wired: &'a Wired<'a>,
    id: SinkId,
    counterfoils: &'a [Counterfoil],
}

impl OfSink<'_> {
    /// What stood there before it was accepted as void.
    fn before(&self, void: &Counterfoil) -> Option<&Counterfoil> {
        self.counterfoils.iter().rfind(|one| {
            one.delivery.reference == void.delivery.reference && one.action != Action::Voided
        })
    }

    /// A correction does not stand without its original.
    fn may_stand(
        &self,
        void: &Counterfoil,
        named: &BTreeSet<&Reference>,
    ) -> Result<(), RetractError> {
        let Some(original) = &void.delivery.corrects else {
            return Ok(());
        };
        let latest = Confirmed::latest(self.counterfoils);
        let is_void = latest
            .iter()
            .any(|one| one.delivery.reference == *original && one.state == RemoteState::Void);
        if is_void && !named.contains(original) {
            return Err(RetractError::OfVoid {
                reference: void.delivery.reference.clone(),
                original: original.clone(),
            });
        }
        Ok(())
    }

    /// Nothing was sent, may have been sent, or is approved that bills again what was billed.
    async fn is_not_billed_anew(&self, void: &Counterfoil) -> Result<(), RetractError> {
        let reference = || void.delivery.reference.clone();
        let latest = Confirmed::latest(self.counterfoils);
        let later = self.counterfoils.iter().find(|one| {
            let stands = |confirmed: &Confirmed| {
                confirmed.state != RemoteState::Void
                    && confirmed.delivery.reference == one.delivery.reference
            };
            one.number > void.number
                && bills_anew(&void.delivery, &one.delivery)
                && latest.iter().any(stands)
        });
        if let Some(later) = later {
            return Err(RetractError::SentAnew {
                reference: reference(),
                anew: later.delivery.reference.clone(),
            });
        }
        let store = &self.session.store;
        let open = store.open_effects(self.wired.id, self.id).await;
        for stored in open.map_err(store_error)? {
            if bills_anew(&void.delivery, &stored.planned.delivery) {
                return Err(RetractError::Open {
                    reference: reference(),
                    anew: stored.effect.reference.clone(),
                    is_parked: stored.effect.state == State::Parked,
                });
            }
        }
        for period in store
            .planned_periods(self.wired.id)
            .await
            .map_err(store_error)?
        {
            self.is_not_approved(void, &period).await?;
        }
        Ok(())
    }

    async fn is_not_approved(&self, void: &Counterfoil, period: &str) -> Result<(), RetractError> {
        let store = &self.session.store;
        let newest = store.newest_plan(self.wired.id, self.id, period).await;
        let Some(stored) = newest.map_err(store_error)? else {
            return Ok(());
        };
        // One that was made before the acceptance is not applied any more.
        let head = stored.plan.basis.head.map_or(0, |head| head.number);
        if head < void.number {
            return Ok(());
        }
        let decided = decisions(self.session, self.wired, &stored.plan).await;
        let decided = decided.map_err(store_error)?;
        // What became of a delivery that was applied is told by its counterfoils.
        let is_applied = |reference: &Reference| {
            let mut since = self.counterfoils.iter().rev();
            since.any(|one| one.number > head && one.delivery.reference == *reference)
        };
        for planned in &stored.plan.deliveries {
            let delivery = &planned.delivery;
            if planned.action != PlannedAction::Nothing
                && !is_applied(&delivery.reference)
                && bills_anew(&void.delivery, delivery)
                && let Some(Decision::Approved { by, .. }) = decided.get(&delivery.slot.account)
            {
                return Err(RetractError::Approved {
                    reference: void.delivery.reference.clone(),
                    anew: delivery.reference.clone(),
                    by: by.clone(),
                    account: self.wired.known.key_of(delivery),
                    billing_period: period.to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// Does another document stand in the place of a void one, or bill any of its charges?
fn bills_anew(void: &Delivery, other: &Delivery) -> bool {
    if void.reference == other.reference {
        return false;
    }
    let mut in_its_place = other.slot.clone();
    in_its_place.correction = void.slot.correction;
    let charges: BTreeSet<_> = void.lines.iter().map(|line| &line.charge).collect();
    let mut lines = other.lines.iter();
    in_its_place == void.slot || lines.any(|line| charges.contains(&line.charge))
}
