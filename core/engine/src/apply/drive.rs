//! Takes one effect as far as it goes: look up, write the intent, push, record the counterfoil.

use std::sync::atomic::{AtomicBool, Ordering};

use counterfoil_host::CallError;
use counterfoil_model::counterfoil::Action;
use counterfoil_model::counterfoil::RemoteDocument;
use counterfoil_model::document::Delivery;
use counterfoil_model::effect::{
    Effect, EffectAction, Event, Limits, LookUp, State, Step, Under, advance, look_up, next_step,
    standing,
};
use counterfoil_model::finding::Finding;
use counterfoil_model::ids::PipelineId;
use counterfoil_model::plan::RemoteState;
use counterfoil_store::{Confirmation, StoreError, StoredEffect};

use super::gate::Gate;
use super::replaced::Replaced;
use crate::session::Session;
use crate::sinks::{self, Answer, FindError, ObservedError, OpenSink};

/// A wait that is longer is left to the next run.
const WAIT_SECS_MAX: i64 = 20;
/// Steps that one effect may take in one run; the state machine ends long before.
const STEPS_MAX: u32 = 200;

pub(super) struct Driver<'a> {
    pub(super) session: &'a Session,
    pub(super) pipeline: PipelineId,
    pub(super) sink: &'a OpenSink<'a>,
    pub(super) gate: Gate<'a>,
    /// Whether to wait for the sink. It puts off one delivery after the other when it is down, and with a thousand of
    /// them the waits would take a day; the next run asks again.
    pub(super) patient: AtomicBool,
    pub(super) replaced: Replaced,
}

pub(super) struct Driven {
    pub(super) stored: StoredEffect,
    pub(super) remote: Option<RemoteDocument>,
    pub(super) message: Option<String>,
    /// What to do where it is the connector that failed.
    pub(super) hint: Option<String>,
    pub(super) findings: Vec<Finding>,
}

/// Where nothing stands yet, or it is not issued and is about to be: the last moment to see whether the same is billed twice.
fn begins_to_bill(action: EffectAction, post: bool, seen: LookUp) -> bool {
    match (action, seen) {
        (EffectAction::Create | EffectAction::Update, LookUp::NotFound | LookUp::Unfinished) => {
            true
        }
        // A draft that was confirmed bills nothing until it is posted.
        (EffectAction::Update, LookUp::Older) => post,
        (EffectAction::Create | EffectAction::Update | EffectAction::Void, _) => false,
    }
}

impl Driver<'_> {
    /// What the sink calls the document. It was not asked again of one that was settled before: the counterfoil has it.
    pub(super) async fn number(&self, driven: &Driven) -> Result<Option<String>, StoreError> {
        let effect = &driven.stored.effect;
        if let Some(remote) = &driven.remote {
            return Ok(remote.number.clone());
        }
        if !matches!(effect.state, State::Confirmed | State::Verified) {
            return Ok(None);
        }
        let (store, reference) = (&self.session.store, &effect.reference);
        let kept = store.latest_counterfoil(self.pipeline, self.sink.id, reference);
        Ok(kept.await?.and_then(|kept| kept.remote.number))
    }

    pub(super) async fn drive(&self, stored: StoredEffect) -> Result<Driven, StoreError> {
        let mut driven = Driven {
            stored,
            remote: None,
            message: None,
            hint: None,
            findings: Vec::new(),
        };
        // This process holds the lease, so that whoever had it before is gone.
        let effect = &driven.stored.effect;
        let is_begun = effect.looked_up || effect.wait_until.is_some();
        if effect.state == State::Sending || (effect.state == State::Planned && is_begun) {
            self.happened(&mut driven, &Event::ProcessDied).await?;
        }
        let standing = standing(&driven.stored.effect, self.session.clock());
        driven.findings.extend(standing);
        let mut step = next_step(
            &driven.stored.effect,
            &self.sink.abilities,
            self.session.clock(),
        );
        for _ in 0..STEPS_MAX {
            step = match step {
                Step::LookUp => self.look_up(&mut driven).await?,
                Step::WriteIntent => {
                    if let Some(reason) = self.gate.closed(&driven.stored).await? {
                        driven.message = Some(reason);
                        return Ok(driven);
                    }
                    self.happened(&mut driven, &Event::IntentWritten).await?
                }
                Step::Push => self.push(&mut driven).await?,
                Step::WaitUntil(until) => {
                    let wait_secs = until.seconds() - self.session.clock().seconds();
                    // After an unknown outcome the wait is for the sink's look-up, and short.
                    let is_put_off = driven.stored.effect.state == State::Planned;
                    if is_put_off && wait_secs > WAIT_SECS_MAX {
                        self.patient.store(false, Ordering::Relaxed);
                    }
                    let is_patient = !is_put_off || self.patient.load(Ordering::Relaxed);
                    if !is_patient || wait_secs > WAIT_SECS_MAX {
                        return Ok(driven);
                    }
                    let wait =
                        std::time::Duration::from_secs(u64::try_from(wait_secs).unwrap_or(0));
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = self.session.stop.asked() => return Ok(driven),
                    }
                    next_step(
                        &driven.stored.effect,
                        &self.sink.abilities,
                        self.session.clock(),
                    )
                }
                Step::RecordCounterfoil(_) | Step::AwaitOutcome | Step::Nothing => {
                    return Ok(driven);
                }
            };
        }
        Ok(driven)
    }

    async fn look_up(&self, driven: &mut Driven) -> Result<Step, StoreError> {
        let reference = driven.stored.effect.reference.clone();
        let found = match self.sink.find(std::slice::from_ref(&reference)).await {
            Ok(found) => found,
            Err(error) => return self.look_up_failed(driven, &error).await,
        };
        let older = self
            .session
            .store
            .latest_counterfoil(self.pipeline, self.sink.id, &reference)
            .await?;
        let delivery = &driven.stored.planned.delivery;
        let mut seen = look_up(delivery, older.as_ref(), &found, &self.sink.abilities);
        if let Some(document) = Under::of(&found).standing() {
            driven.remote = Some(sinks::remote_document(document));
        }
        if begins_to_bill(driven.stored.effect.action, delivery.post, seen) {
            match self.stands_again(delivery).await {
                Ok(true) => {
                    let begun = seen == LookUp::Unfinished;
                    seen = LookUp::Revived { begun };
                }
                Ok(false) => {}
                Err(error) => return self.look_up_failed(driven, &error).await,
            }
        }
        if matches!(seen, LookUp::Unfinished | LookUp::Older) {
            // What is changed is named to the sink as it stands there now.
            driven.stored.planned.known.clone_from(&driven.remote);
        }
        self.happened(driven, &Event::LookedUp(seen)).await
    }

    /// Does something stand at the sink, of what is recorded as void, that a delivery may bill again?
    async fn stands_again(&self, delivery: &Delivery) -> Result<bool, FindError> {
        let replaced = self.replaced.by(delivery);
        if replaced.is_empty() {
            return Ok(false);
        }
        let found = self.sink.find(&replaced).await?;
        Ok(found.iter().any(|one| one.state != RemoteState::Void))
    }

    async fn look_up_failed(
        &self,
        driven: &mut Driven,
        error: &FindError,
    ) -> Result<Step, StoreError> {
        driven.message = Some(crate::chain(error));
        let retry_after_ms = match error {
            FindError::Call(call) => {
                self.note_failure(driven, call);
                call.refused().and_then(|refused| refused.retry_after_ms)
            }
            FindError::Observed(_) => {
                self.patient.store(false, Ordering::Relaxed);
                driven.hint = Some(ObservedError::hint());
                None
            }
        };
        self.happened(driven, &Event::LookUpFailed { retry_after_ms })
            .await
    }

    async fn push(&self, driven: &mut Driven) -> Result<Step, StoreError> {
        let planned = &driven.stored.planned;
        let (result, voided) = match (driven.stored.effect.action, &planned.known) {
            (EffectAction::Void, Some(known)) => {
                let reference = planned.delivery.reference.0.as_str();
                let known = sinks::remote_of(known);
                (self.sink.connection.void(reference, &known).await, true)
            }
            (EffectAction::Create | EffectAction::Update | EffectAction::Void, _) => {
                let delivery = sinks::delivery(planned);
                (self.sink.connection.push(&delivery).await, false)
            }
        };
        if let Err(error) = &result {
            self.note_failure(driven, error);
        }
        let Answer {
            outcome,
            remote,
            message,
            of_customer,
        } = sinks::answer(result, voided);
        driven.message = message;
        if remote.is_some() {
            driven.remote = remote;
        }
        let step = self.happened(driven, &Event::Outcome(outcome)).await?;
        if of_customer && let Some(finding) = driven.findings.last_mut() {
            finding.next_step = self.look_at_the_map(&driven.stored.planned.delivery);
        }
        Ok(step)
    }

    /// Where a customer is wrong that the sink does not know.
    fn look_at_the_map(&self, delivery: &Delivery) -> String {
        let sink = &self.sink.config.name;
        let account = self.gate.wired.known.keys_of(delivery);
        let (is, mend) = match &delivery.buyer.remote_id {
            Some(id) => (format!("its customer {id}"), "correct"),
            None => ("no customer of it".to_owned(), "map"),
        };
        let again =
            "Then run `counterfoil plan`, `counterfoil approve` and `counterfoil apply` again.";
        if let Some(original) = &delivery.corrects {
            return format!(
                "At {sink} the account {account} is {is} by {original}, which this corrects, and a correction goes to the buyer of \
                 its original, whatever `map` and `remote` say by now. Set that customer right at {sink}; or void {original} \
                 there and run `counterfoil reconcile --accept-void {original} --by NAME --reason TEXT`, so that it is billed \
                 anew to the customer of now. {again}"
            );
        }
        format!(
            "At {sink} the account {account} is {is}: `counterfoil map list --sink {sink}` shows who confirmed that, \
             `counterfoil map propose` and `map import` {mend} it, or `remote` of the account in the configuration. {again}"
        )
    }

    /// A connector that crashed, or ran into a limit, does so again a second later.
    fn note_failure(&self, driven: &mut Driven, error: &CallError) {
        if error.refused().is_none() {
            self.patient.store(false, Ordering::Relaxed);
        }
        driven.hint = crate::connect::call_hint(error);
    }

    /// Applies an event and makes it durable; a confirmation together with its counterfoil.
    async fn happened(&self, driven: &mut Driven, event: &Event) -> Result<Step, StoreError> {
        let before = driven.stored.effect.clone();
        let now = self.session.clock();
        let transition = advance(
            &before,
            event,
            &self.sink.abilities,
            &Limits::default(),
            now,
        )
        .expect("the step that was taken is the one that the state machine asked for");
        driven.findings.extend(transition.finding);
        self.keep(driven, &before, transition.effect, transition.step)
            .await?;
        Ok(transition.step)
    }

    async fn keep(
        &self,
        driven: &mut Driven,
        before: &Effect,
        after: Effect,
        step: Step,
    ) -> Result<(), StoreError> {
        let store = &self.session.store;
        let now = self.session.clock();
        if let Step::RecordCounterfoil(action) = step {
            let confirmation = self.confirmation(driven, action).await?;
            if action == Action::Voided && before.action != EffectAction::Void {
                let said = "it is void at the sink, or gone: recorded as void, the next plan bills it anew";
                driven.message = Some(said.to_owned());
            }
            let stored = &driven.stored;
            store
                .confirm(
                    stored.id,
                    self.pipeline,
                    before,
                    &after,
                    &stored.planned,
                    confirmation,
                )
                .await?;
        } else {
            let stored = &driven.stored;
            let message = driven.message.as_deref();
            store
                .advance_effect(stored.id, before, &after, &stored.planned, message, now)
                .await?;
        }
        driven.stored.effect = after;
        Ok(())
    }

    async fn confirmation(
        &self,
        driven: &Driven,
        action: Action,
    ) -> Result<Confirmation, StoreError> {
        let StoredEffect { planned, plan, .. } = &driven.stored;
        // What was withdrawn or is gone cannot be read any more: it is what was confirmed last.
        let remote = driven.remote.as_ref().or(planned.known.as_ref());
        let mut confirmation = Confirmation {
            action,
            delivery: planned.delivery.clone(),
            content_digest: planned.content_digest,
            remote: remote
                .expect("what is confirmed was answered, was seen, or was known before")
                .clone(),
            posted: planned.delivery.post,
            plan: *plan,
            confirmed: self.session.clock(),
        };
        if action == Action::Voided {
            let reference = &planned.delivery.reference;
            let latest = self
                .session
                .store
                .latest_counterfoil(self.pipeline, self.sink.id, reference)
                .await?;
            if let Some(latest) = latest {
                confirmation.delivery = latest.delivery;
                confirmation.content_digest = latest.content_digest;
                confirmation.posted = latest.posted;
            } else {
                // It was voided before its arrival was recorded; only what was issued has a number.
                confirmation.posted = confirmation.remote.number.is_some();
            }
        }
        Ok(confirmation)
    }
}
