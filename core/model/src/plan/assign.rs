//! Gives wanted documents their references: drafts that stand there are updated, others get the next number.

use std::collections::BTreeSet;

use jiff::ToSpan;

use super::chain::Chain;
use super::family::Family;
use super::input::{Confirmed, Finalize, PlanInput, RemoteState};
use super::lines::{Bundle, for_kind};
use super::output::{Difference, PlannedAction, PlannedDelivery};
use super::wanted::{Corrected, Wanted};
use super::{FamilyPlan, notice};
use crate::document::{Buyer, Delivery, DocumentKind, Line, Reference, Slot};
use crate::einvoice::Invoicing;
use crate::money::{Money, MoneyError};
use crate::time::Date;

/// What is withdrawn comes first, then documents by part and number.
pub(super) fn assign(
    input: &PlanInput,
    family: &Family<'_>,
    wanted: &[Wanted],
) -> Result<FamilyPlan, MoneyError> {
    let no_chain = Chain::default();
    let mut plan = FamilyPlan::default();
    let parts: BTreeSet<u32> = family
        .chains
        .keys()
        .copied()
        .chain(wanted.iter().map(|wanted| wanted.part))
        .collect();
    for part in parts {
        let chain = family.chains.get(&part).unwrap_or(&no_chain);
        let mut assignment = Assignment {
            input,
            family,
            next: chain.next_correction(),
            drafts: chain.in_state(RemoteState::Draft),
            plan: &mut plan,
        };
        for posted in chain.in_state(RemoteState::Posted) {
            assignment.keep(posted)?;
        }
        let of_part = wanted.iter().filter(|wanted| wanted.part == part);
        assignment.place(&of_part.collect::<Vec<_>>())?;
        assignment.withdraw_rest()?;
    }
    plan.deliveries.sort_by(|a, b| {
        let withdrawn_first = |planned: &PlannedDelivery| planned.action != PlannedAction::Void;
        (withdrawn_first(a), &a.delivery.slot).cmp(&(withdrawn_first(b), &b.delivery.slot))
    });
    Ok(plan)
}

struct Assignment<'a> {
    input: &'a PlanInput,
    family: &'a Family<'a>,
    next: u32,
    /// Not used yet.
    drafts: Vec<&'a Confirmed>,
    plan: &'a mut FamilyPlan,
}

impl Assignment<'_> {
    /// A draft that holds already what is wanted stays, whatever its kind, so that planning again changes nothing. Then
    /// each takes a draft of its kind before any of them takes one of the other kind.
    fn place(&mut self, wanted: &[&Wanted]) -> Result<(), MoneyError> {
        let mut taken: Vec<Option<&Confirmed>> = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            let mut holding = None;
            for (position, draft) in self.drafts.iter().enumerate() {
                let fits = draft.delivery.kind == wanted.kind || self.may_turn();
                if fits && self.holds(draft, wanted)? {
                    holding = Some(position);
                    break;
                }
            }
            taken.push(holding.map(|position| self.drafts.remove(position)));
        }
        for (wanted, taken) in wanted.iter().zip(&mut taken) {
            let same_kind = |draft: &&Confirmed| draft.delivery.kind == wanted.kind;
            if taken.is_none()
                && let Some(position) = self.drafts.iter().position(same_kind)
            {
                *taken = Some(self.drafts.remove(position));
            }
        }
        for (wanted, draft) in wanted.iter().zip(taken) {
            match draft {
                Some(draft) => self.replace(draft, wanted)?,
                None if self.may_turn() && !self.drafts.is_empty() => {
                    let draft = self.drafts.remove(0);
                    self.replace(draft, wanted)?;
                }
                None => self.create(wanted)?,
            }
        }
        Ok(())
    }

    /// Where a draft cannot be withdrawn, one of the other kind is used, with its signs turned.
    fn may_turn(&self) -> bool {
        !self.input.abilities.void && self.input.abilities.negative_lines
    }

    fn holds(&self, draft: &Confirmed, wanted: &Wanted) -> Result<bool, MoneyError> {
        let old = &draft.delivery;
        let same = self.rewritten(draft, wanted, (old.issue_date, old.due_date))?;
        Ok(same == *old)
    }

    /// What is wanted, under the reference and the kind of a draft.
    fn rewritten(
        &self,
        draft: &Confirmed,
        wanted: &Wanted,
        dates: (Date, Option<Date>),
    ) -> Result<Delivery, MoneyError> {
        let old = &draft.delivery;
        let (slot, reference) = (old.slot.clone(), old.reference.clone());
        self.document(wanted, old.kind, slot, reference, dates)
    }

    fn create(&mut self, wanted: &Wanted) -> Result<(), MoneyError> {
        let key = &self.family.key;
        let slot = Slot {
            store: self.input.store.clone(),
            tenant: self.input.tenant,
            pipeline: self.input.pipeline,
            sink: self.input.sink,
            account: key.account,
            currency: key.currency,
            invoice_group: key.invoice_group.clone(),
            billing_period: key.billing_period.clone(),
            part: wanted.part,
            correction: self.next,
        };
        self.next += 1;
        let reference = shortened(slot.reference(), self.input.abilities.reference_length);
        let dates = self.dates(wanted.kind);
        let delivery = self.document(wanted, wanted.kind, slot, reference, dates)?;
        self.push(PlannedAction::Create, delivery, None, wanted)
    }

    /// Makes a draft what is wanted. A document that differs in nothing but its dates is left alone, so that
    /// planning again on another day changes nothing.
    fn replace(&mut self, draft: &Confirmed, wanted: &Wanted) -> Result<(), MoneyError> {
        let old = &draft.delivery;
        if self.holds(draft, wanted)? {
            return self.keep(draft);
        }
        if self.input.abilities.update {
            let delivery = self.rewritten(draft, wanted, self.dates(old.kind))?;
            return self.push(PlannedAction::Update, delivery, Some(draft), wanted);
        }
        if self.input.abilities.void {
            self.withdraw(draft)?;
            return self.create(wanted);
        }
        self.plan.findings.push(notice::draft_is_stuck(old));
        self.keep(draft)
    }

    fn withdraw_rest(&mut self) -> Result<(), MoneyError> {
        for draft in std::mem::take(&mut self.drafts) {
            let old = &draft.delivery;
            if self.input.abilities.void {
                self.withdraw(draft)?;
            } else if old.lines.is_empty() {
                self.keep(draft)?;
            } else if self.input.abilities.update {
                self.plan.findings.push(notice::emptied(old));
                let empty = Delivery {
                    lines: Vec::new(),
                    net: Money::zero(old.net.currency()),
                    issue_date: self.input.issue_date,
                    ..old.clone()
                };
                let planned = planned(PlannedAction::Update, empty, Some(draft), None)?;
                self.plan.deliveries.push(planned);
            } else {
                self.plan.findings.push(notice::draft_is_stuck(old));
                self.keep(draft)?;
            }
        }
        Ok(())
    }

    fn withdraw(&mut self, draft: &Confirmed) -> Result<(), MoneyError> {
        self.plan.deliveries.push(withdrawn(draft)?);
        Ok(())
    }

    fn keep(&mut self, confirmed: &Confirmed) -> Result<(), MoneyError> {
        self.plan.deliveries.push(kept(confirmed)?);
        Ok(())
    }

    fn push(
        &mut self,
        action: PlannedAction,
        delivery: Delivery,
        known: Option<&Confirmed>,
        wanted: &Wanted,
    ) -> Result<(), MoneyError> {
        let adapted = notice::adapted(&delivery, wanted);
        self.plan.findings.extend(adapted);
        let planned = planned(action, delivery, known, wanted.corrects.as_ref())?;
        self.plan.deliveries.push(planned);
        Ok(())
    }

    /// A credit note is not due.
    fn dates(&self, kind: DocumentKind) -> (Date, Option<Date>) {
        let issued = self.input.issue_date;
        let terms = self.input.buyers.get(&self.family.key.account);
        let due = match kind {
            DocumentKind::Invoice => terms.and_then(|terms| terms.payment_days),
            DocumentKind::CreditNote => None,
        };
        let due = due.map(|days| issued.saturating_add(i64::from(days).days()));
        (issued, due)
    }

    /// A correction goes to whom the original went to, whoever the account's customer is by now.
    fn buyer(&self, wanted: &Wanted) -> Buyer {
        let current = &self.input.buyers[&self.family.key.account].buyer;
        match &wanted.corrects {
            None => current.clone(),
            // Without an id of its own the sink knows the customer by the account's key of then.
            Some(corrected) if corrected.buyer.remote_id.is_none() => corrected.buyer.clone(),
            Some(corrected) => Buyer {
                account: current.account.clone(),
                ..corrected.buyer.clone()
            },
        }
    }

    /// A correction keeps the buyer and the rates of its original, and is no e-invoice where that was none.
    fn invoicing(&self, wanted: &Wanted, lines: &[Line]) -> Option<Box<Invoicing>> {
        let current = self.input.buyers[&self.family.key.account]
            .invoicing
            .as_ref()?;
        let own = match &wanted.corrects {
            None => (**current).clone(),
            Some(corrected) => current.correcting(corrected.invoicing.as_deref()?),
        };
        Some(Box::new(own.narrowed(lines)))
    }

    fn document(
        &self,
        wanted: &Wanted,
        kind: DocumentKind,
        slot: Slot,
        reference: Reference,
        (issue_date, due_date): (Date, Option<Date>),
    ) -> Result<Delivery, MoneyError> {
        let lines = wanted.bundles.iter().flat_map(|bundle| &bundle.lines);
        let lines: Vec<_> = lines
            .map(|line| for_kind(line, kind))
            .collect::<Result<_, _>>()?;
        let net = Money::sum(lines.iter().map(|line| line.net), slot.currency)?;
        let invoicing = self.invoicing(wanted, &lines);
        Ok(Delivery {
            reference,
            kind,
            corrects: wanted.corrects.as_ref().map(|it| it.reference.clone()),
            buyer: self.buyer(wanted),
            issue_date,
            due_date,
            first_day: self.family.first_day,
            last_day: self.family.last_day,
            lines,
            net,
            parts: wanted.parts,
            post: self.input.finalize == Finalize::Post
                && self.input.abilities.post
                && !self.family.is_in_grace,
            invoicing,
            slot,
        })
    }
}

pub(super) fn withdrawn(draft: &Confirmed) -> Result<PlannedDelivery, MoneyError> {
    let delivery = draft.delivery.clone();
    let mut planned = planned(PlannedAction::Void, delivery, Some(draft), None)?;
    let zero = Money::zero(planned.amount.now.currency());
    planned.amount = Difference::between(planned.amount.confirmed, zero)?;
    Ok(planned)
}

fn kept(confirmed: &Confirmed) -> Result<PlannedDelivery, MoneyError> {
    let delivery = confirmed.delivery.clone();
    planned(PlannedAction::Nothing, delivery, Some(confirmed), None)
}

fn planned(
    action: PlannedAction,
    delivery: Delivery,
    known: Option<&Confirmed>,
    corrects: Option<&Corrected>,
) -> Result<PlannedDelivery, MoneyError> {
    let currency = delivery.slot.currency;
    let billed =
        |delivery: &Delivery| Money::sum(delivery.lines.iter().map(|line| line.billed), currency);
    let before = match known {
        Some(known) => billed(&known.delivery)?,
        None => Money::zero(currency),
    };
    Ok(PlannedDelivery {
        action,
        content_digest: delivery.content_digest(),
        known: known.map(|known| known.remote.clone()),
        corrects_remote: corrects.map(|corrected| corrected.remote_id.clone()),
        amount: Difference::between(before, billed(&delivery)?)?,
        delivery,
    })
}

/// Only for a new slot: one that was confirmed keeps its reference.
fn shortened(reference: Reference, most: Option<u32>) -> Reference {
    let most = most.map_or(usize::MAX, |most| most as usize);
    let Reference(mut text) = reference;
    text.truncate(most);
    Reference(text)
}

impl Wanted {
    pub(super) fn count(&self, of: impl Fn(&Bundle) -> usize) -> usize {
        self.bundles.iter().map(of).sum()
    }
}
