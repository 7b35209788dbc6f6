//! A person retracts that a document is void, as long as nothing bills anew what it billed: then it is reinstated, and
//! counts as billed as before the acceptance. The sink is not asked: the next comparison tells what stands there.

mod error;

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_model::charge::ChargeKey;
use counterfoil_model::counterfoil::{Action, Counterfoil};
use counterfoil_model::document::{Delivery, Line, Reference};
use counterfoil_model::effect::{EffectAction, ParkReason, State};
use counterfoil_model::ids::{AccountId, SinkId};
use counterfoil_model::plan::PlannedAction;
use counterfoil_store::{
    DecisionKind, PastDecision, StoreError, StoredEffect, StoredPlan, VoidDocument,
};

pub use self::error::{RetractError, Stands};
use super::named::{AcceptedVoid, named};
use crate::approve::{Decision, decisions};
use crate::config::Right;
use crate::session::{Session, Wired};
use crate::terms::{Keep, Versions, versions};

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
    let terms = versions(session, wired, Keep::Transient).await?;
    let names = (wired, &terms);
    for (id, config) in &wired.sinks {
        let counterfoils = session.store.counterfoils_of(wired.id, *id).await;
        let counterfoils = counterfoils.map_err(store_error)?;
        let own = named(&counterfoils, &mut left);
        if own.is_empty() {
            continue;
        }
        let of_sink = OfSink::load(session, names, *id, &counterfoils, &own).await?;
        for void in own.iter().copied() {
            is_of_period(&void.delivery, period)?;
            is_accepted(session, void, &past).await?;
            of_sink.may_stand(void, &own)?;
            of_sink.is_not_billed_anew(void, &own)?;
            let signed = (signature.by.as_str(), reason);
            let told = AcceptedVoid::of(void, (wired, config.name.as_str()), signed);
            retracted.push(told.map_err(|source| RetractError::Amount {
                reference: void.delivery.reference.clone(),
                source,
            })?);
            documents.push(VoidDocument {
                newest: void.clone(),
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

fn is_of_period(delivery: &Delivery, period: Option<&str>) -> Result<(), RetractError> {
    let own = &delivery.slot.billing_period;
    match period.filter(|asked| asked != own) {
        None => Ok(()),
        Some(asked) => Err(RetractError::OtherPeriod {
            reference: delivery.reference.clone(),
            billing_period: own.clone(),
            asked: asked.to_owned(),
        }),
    }
}

/// Is it void because a person said so?
async fn is_accepted(
    session: &Session,
    newest: &Counterfoil,
    past: &[PastDecision],
) -> Result<(), RetractError> {
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
        return Ok(());
    }
    // Whoever released a delivery that was parked as void or gone said that it stays so; the apply after that recorded it.
    let effect = session.store.effect(newest.delivery.slot.sink, &reference);
    let effect = effect.await.map_err(store_error)?.map(|one| one.effect);
    match effect {
        Some(effect) if effect.absence_accepted && effect.action != EffectAction::Void => Ok(()),
        Some(_) | None => Err(RetractError::NotAccepted { reference }),
    }
}

/// What is recorded of a sink, read once for all documents that are named.
struct OfSink<'a> {
    wired: &'a Wired<'a>,
    terms: &'a Versions,
    counterfoils: &'a [Counterfoil],
    /// The newest counterfoil of each document.
    latest: BTreeMap<&'a Reference, &'a Counterfoil>,
    open: Vec<StoredEffect>,
    /// Those that may still be applied, with what people said of them.
    plans: Vec<(StoredPlan, BTreeMap<AccountId, Decision>)>,
}

impl<'a> OfSink<'a> {
    async fn load(
        session: &Session,
        (wired, terms): (&'a Wired<'a>, &'a Versions),
        id: SinkId,
        counterfoils: &'a [Counterfoil],
        own: &[&Counterfoil],
    ) -> Result<Self, RetractError> {
        let store = &session.store;
        let open = store.open_effects(wired.id, id).await;
        // One that was made before the acceptance is not applied any more.
        let first = own.iter().map(|void| void.number).min().unwrap_or_default();
        let mut plans = Vec::new();
        let since = store.plans_in_force(wired.id, id, first).await;
        for stored in since.map_err(store_error)? {
            let decided = decisions(session, wired, &stored.plan).await;
            plans.push((stored, decided.map_err(store_error)?));
        }
        let newest = counterfoils
            .iter()
            .map(|one| (&one.delivery.reference, one));
        Ok(Self {
            wired,
            terms,
            counterfoils,
            latest: newest.collect(),
            open: open.map_err(store_error)?,
            plans,
        })
    }

    fn versions(
        &self,
        reference: &'a Reference,
    ) -> impl DoubleEndedIterator<Item = &'a Counterfoil> {
        let all = self.counterfoils.iter();
        all.filter(move |one| one.delivery.reference == *reference)
    }

    /// What stood there before it was accepted as void.
    fn before(&self, void: &'a Counterfoil) -> Option<&'a Counterfoil> {
        let mut versions = self.versions(&void.delivery.reference);
        versions.rfind(|one| one.action != Action::Voided)
    }

    fn is_void(&self, reference: &Reference) -> bool {
        let latest = self.latest.get(reference);
        latest.is_some_and(|latest| latest.action == Action::Voided)
    }

    /// A correction does not stand without its original.
    fn may_stand(&self, void: &Counterfoil, own: &[&Counterfoil]) -> Result<(), RetractError> {
        let Some(original) = &void.delivery.corrects else {
            return Ok(());
        };
        let mut named = own.iter().map(|one| &one.delivery.reference);
        if self.is_void(original) && named.all(|one| one != original) {
            return Err(RetractError::OfVoid {
                reference: void.delivery.reference.clone(),
                original: original.clone(),
            });
        }
        Ok(())
    }

    /// Was either of them sent while the other one was void?
    fn took_turns(&self, a: &'a Counterfoil, b: &'a Counterfoil) -> bool {
        let sent_while_void = |sent: &'a Counterfoil, void: &'a Counterfoil| {
            let mut versions = self.versions(&sent.delivery.reference);
            versions.any(|one| {
                let mut others = self.versions(&void.delivery.reference);
                let last = others.rfind(|other| other.number < one.number);
                one.action.is_sent() && last.is_some_and(|last| last.action == Action::Voided)
            })
        };
        sent_while_void(a, b) || sent_while_void(b, a)
    }

    /// Nothing counts, may have been sent, or is approved that bills again what was billed; nor is such a thing named too.
    fn is_not_billed_anew(
        &self,
        void: &'a Counterfoil,
        own: &[&'a Counterfoil],
    ) -> Result<(), RetractError> {
        let billed = Billed::by(&void.delivery, self);
        let reference = || void.delivery.reference.clone();
        let is_same = |other: &'a Counterfoil| {
            billed.is_billed_by(&other.delivery) && self.took_turns(void, other)
        };
        if let Some(other) = own.iter().copied().find(|other| is_same(other)) {
            return Err(RetractError::Both {
                reference: reference(),
                anew: other.delivery.reference.clone(),
            });
        }
        let mut latest = self.latest.values().copied();
        let standing = latest.find(|one| one.action != Action::Voided && is_same(one));
        if let Some(standing) = standing {
            return Err(RetractError::SentAnew {
                reference: reference(),
                anew: standing.delivery.reference.clone(),
            });
        }
        let mut open = self.open.iter();
        if let Some(stored) = open.find(|one| billed.is_billed_by(&one.planned.delivery)) {
            let effect = &stored.effect;
            return Err(RetractError::Open {
                reference: reference(),
                anew: effect.reference.clone(),
                stands: if effect.state != State::Parked {
                    Stands::Open
                } else if effect.parked == Some(ParkReason::Revived) {
                    Stands::AsDraft
                } else {
                    Stands::Parked
                },
            });
        }
        self.is_not_approved(void, &billed)
    }

    fn key(&self, line: &Line) -> ChargeKey {
        let mut key = line.charge.clone();
        self.terms.read(self.wired, &mut key);
        key
    }

    fn is_not_approved(&self, void: &Counterfoil, billed: &Billed<'_>) -> Result<(), RetractError> {
        for (stored, decided) in &self.plans {
            let head = stored.plan.basis.head.map_or(0, |head| head.number);
            if head < void.number {
                continue;
            }
            // What became of a delivery that was applied is told by its counterfoils.
            let is_applied = |reference: &Reference| {
                let latest = self.latest.get(reference);
                latest.is_some_and(|latest| latest.number > head)
            };
            for planned in &stored.plan.deliveries {
                let delivery = &planned.delivery;
                if planned.action != PlannedAction::Nothing
                    && !is_applied(&delivery.reference)
                    && billed.is_billed_by(delivery)
                    && let Some(Decision::Approved { by, .. }) = decided.get(&delivery.slot.account)
                {
                    return Err(RetractError::Approved {
                        reference: void.delivery.reference.clone(),
                        anew: delivery.reference.clone(),
                        by: by.clone(),
                        account: self.wired.known.key_of(delivery),
                        billing_period: stored.plan.billing_period.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// What a void document billed.
struct Billed<'a> {
    void: &'a Delivery,
    of_sink: &'a OfSink<'a>,
    /// As they are called now.
    charges: BTreeSet<ChargeKey>,
}

impl<'a> Billed<'a> {
    fn by(void: &'a Delivery, of_sink: &'a OfSink<'a>) -> Self {
        let lines = void.lines.iter();
        Self {
            void,
            of_sink,
            charges: lines.map(|line| of_sink.key(line)).collect(),
        }
    }

    /// Does another document stand in its place, or bill any of its charges?
    fn is_billed_by(&self, other: &Delivery) -> bool {
        if self.void.reference == other.reference {
            return false;
        }
        let mut in_its_place = other.slot.clone();
        in_its_place.correction = self.void.slot.correction;
        let mut lines = other.lines.iter();
        in_its_place == self.void.slot
            || lines.any(|line| self.charges.contains(&self.of_sink.key(line)))
    }
}
