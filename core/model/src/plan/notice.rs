//! The findings of a plan, each with what is at stake and what to do next.

use super::einvoice::BrokenRule;
use super::family::Family;
use super::give_back::advance_of;
use super::input::{Finalize, OpenEffect, PlanInput, RemoteState};
use super::output::{Difference, Older, PlannedDelivery};
use super::wanted::{Uncarried, Wanted};
use crate::charge::Charge;
use crate::counted::counted_as;
use crate::document::{Delivery, INVOICE_GROUP};
use crate::finding::{Finding, FindingCode, Severity};
use crate::money::Money;

/// Shorter references could collide: 13 characters hold 50 bits.
const REFERENCE_LENGTH_LEAST: u32 = 13;

/// Why nothing at all can be planned for this sink.
pub(super) fn of_sink(input: &PlanInput) -> Vec<Finding> {
    let abilities = &input.abilities;
    let mut findings = Vec::new();
    let mut block = |message: String, next_step: &str| {
        findings.push(Finding {
            code: FindingCode::Adapted,
            severity: Severity::Blocking,
            subject: format!("sink {}", input.sink),
            message,
            next_step: next_step.to_owned(),
            value: None,
            since: None,
        });
    };
    match input.finalize {
        Finalize::Draft if !abilities.draft => block(
            "The sink has no drafts, and drafts are asked for.".to_owned(),
            "Set finalize = \"post\" for this sink, or use another sink.",
        ),
        Finalize::Post if !abilities.post && !abilities.draft => block(
            "The sink can neither keep a draft nor post.".to_owned(),
            "Look at what the connector declares with `counterfoil check`.",
        ),
        Finalize::Draft | Finalize::Post => {}
    }
    if let Some(length) = abilities.reference_length
        && length < REFERENCE_LENGTH_LEAST
    {
        block(
            format!(
                "The sink keeps {length} characters of a reference, and {REFERENCE_LENGTH_LEAST} are needed."
            ),
            "Let the connector store the reference in a longer field.",
        );
    }
    findings
}

pub(super) fn unknown_effect(effect: &OpenEffect, amount: Difference) -> Finding {
    let reference = &effect.reference;
    let (what, next_step) = if effect.is_parked {
        (
            format!("{reference} is parked"),
            format!(
                "Look at the state of the sink, then run `counterfoil release {reference} --by NAME --reason TEXT`."
            ),
        )
    } else {
        (
            format!("It is not known whether {reference} arrived"),
            "Run `counterfoil apply`: it looks the reference up before anything is sent."
                .to_owned(),
        )
    };
    Finding {
        code: FindingCode::UnknownEffect,
        severity: Severity::Blocking,
        subject: effect.reference.to_string(),
        message: format!(
            "{what}, so nothing more is planned for its account in {}.",
            effect.slot.billing_period
        ),
        next_step,
        value: Some(amount.difference),
        since: Some(effect.since),
    }
}

impl Older {
    pub fn finding(&self) -> Finding {
        let Self {
            account,
            billing_period,
            invoice_group,
            amount,
            ..
        } = self;
        let group = match invoice_group.as_str() {
            "" | INVOICE_GROUP => String::new(),
            group => format!(", invoice group {group},"),
        };
        Finding {
            code: FindingCode::NotSent,
            severity: Severity::Warning,
            subject: match &self.key {
                Some(key) => format!("account {key}"),
                None => format!("account {account}"),
            },
            message: format!(
                "{billing_period}{group} was billed as {} and is rated as {} now; it is older than the look-back and is not corrected.",
                amount.confirmed, amount.now
            ),
            next_step: format!(
                "Run `counterfoil plan --period {billing_period}`, which corrects it, or settle it by hand."
            ),
            value: Some(amount.difference),
            since: None,
        }
    }
}

pub(super) fn waits_for_grace(
    input: &PlanInput,
    family: &Family<'_>,
    amount: Difference,
) -> Finding {
    Finding {
        code: FindingCode::InGrace,
        severity: Severity::Warning,
        subject: subject(input, family),
        message: format!(
            "{} is in its grace, and the sink has no drafts: nothing of it is sent yet.",
            family.key.billing_period
        ),
        next_step: "Plan it again when the grace is over.".to_owned(),
        value: Some(amount.difference),
        since: None,
    }
}

/// It names the draft that bills it in advance, where there is one.
pub(super) fn waits_for_advance(
    input: &PlanInput,
    family: &Family<'_>,
    charge: &Charge,
) -> Finding {
    let advance = advance_of(&charge.key);
    let mut drafts = input.confirmed.iter();
    let draft = drafts.find(|one| {
        let lines = &one.delivery.lines;
        let mut billed = lines.iter().filter(|line| !line.billed.is_negative());
        one.state == RemoteState::Draft && billed.any(|line| advance_of(&line.charge) == advance)
    });
    let next_step = match draft {
        Some(draft) => format!(
            "Post {reference}; where that is done, run `counterfoil reconcile --period {month}`. Then plan again.",
            reference = draft.delivery.reference,
            month = draft.delivery.slot.billing_period
        ),
        None => "Post that invoice, or plan and send its month where that was not done; then plan again."
            .to_owned(),
    };
    Finding {
        code: FindingCode::NotSent,
        severity: Severity::Warning,
        subject: subject(input, family),
        message: format!(
            "{} of item {} waits: what bills it in advance is not posted yet, and cannot be credited.",
            charge.net, charge.key.item
        ),
        next_step,
        value: Some(charge.net),
        since: None,
    }
}

/// `room` is what is left of the document that it names, in minor units.
pub(super) fn waits_for_room(input: &PlanInput, planned: &PlannedDelivery, room: i128) -> Finding {
    let delivery = &planned.delivery;
    let currency = delivery.slot.currency;
    let named = delivery.corrects.as_ref().map(ToString::to_string);
    let left = Money::from_minor(i64::try_from(room.max(0)).unwrap_or(i64::MAX), currency);
    let now = &input.billing_period;
    Finding {
        code: FindingCode::NotSent,
        severity: Severity::Warning,
        subject: format!("account {}", delivery.buyer.account),
        message: format!(
            "A credit of {} of {} waits: {left} is left of {} after what else corrects it.",
            delivery.net,
            delivery.slot.billing_period,
            named.unwrap_or_default()
        ),
        next_step: format!(
            "Post the drafts that add to it, and plan the last month that was sent, if that is not {now}: what it gave back is rated again then, and both go out together."
        ),
        value: Some(planned.amount.difference),
        since: None,
    }
}

pub(super) fn restated(input: &PlanInput, family: &Family<'_>, charges: usize) -> Option<Finding> {
    let are = counted_as(charges, "charge is", "charges are");
    (charges > 0).then(|| Finding {
        code: FindingCode::NotSent,
        severity: Severity::Note,
        subject: subject(input, family),
        message: format!(
            "{are} rated otherwise in {}, and come to the same together, with the same tax, account code and dimensions but the plan.",
            family.key.billing_period
        ),
        next_step: "Nothing to do: no document of 0.00 is sent.".to_owned(),
        value: None,
        since: None,
    })
}

pub(super) fn no_buyer(input: &PlanInput, family: &Family<'_>, amount: Difference) -> Finding {
    Finding {
        code: FindingCode::UnmappedCustomer,
        severity: Severity::Blocking,
        subject: subject(input, family),
        message: format!(
            "Account {} has charges and no buyer in the configuration.",
            family.key.account
        ),
        next_step: "Add the account to the configuration, or end its agreement.".to_owned(),
        value: Some(amount.difference),
        since: None,
    }
}

pub(super) fn uncarried(input: &PlanInput, family: &Family<'_>, uncarried: &Uncarried) -> Finding {
    Finding {
        code: FindingCode::NotSent,
        severity: Severity::Blocking,
        subject: subject(input, family),
        message: format!(
            "The sink cannot carry {} of item {}: {}.",
            uncarried.amount, uncarried.item, uncarried.reason
        ),
        next_step:
            "Bill this account through a sink that can, or change the price so that it fits."
                .to_owned(),
        value: Some(uncarried.amount),
        since: None,
    }
}

/// A rule of EN 16931 that a document breaks.
pub(super) fn of_einvoice(
    input: &PlanInput,
    family: &Family<'_>,
    (delivery, broken): (&Delivery, BrokenRule),
) -> Finding {
    Finding {
        code: FindingCode::EInvoice,
        severity: Severity::Blocking,
        subject: subject(input, family),
        message: broken.message,
        next_step: broken.next_step,
        value: Some(delivery.net),
        since: None,
    }
}

pub(super) fn draft_is_stuck(delivery: &Delivery) -> Finding {
    Finding {
        code: FindingCode::NotSent,
        severity: Severity::Blocking,
        subject: delivery.reference.to_string(),
        message: format!(
            "The draft {} is out of date, and the sink can neither update nor withdraw it.",
            delivery.reference
        ),
        next_step: "Delete the draft at the sink and reconcile, or post it: it is corrected then."
            .to_owned(),
        value: Some(delivery.net),
        since: None,
    }
}

pub(super) fn emptied(delivery: &Delivery) -> Finding {
    Finding {
        code: FindingCode::Adapted,
        severity: Severity::Warning,
        subject: delivery.reference.to_string(),
        message: format!(
            "Nothing is left to bill with {}; the sink cannot withdraw it, so its lines are removed.",
            delivery.reference
        ),
        next_step: "Delete the empty draft at the sink.".to_owned(),
        value: Some(delivery.net),
        since: None,
    }
}

/// What was done to a document so that the sink can carry it.
pub(super) fn adapted(delivery: &Delivery, wanted: &Wanted) -> Option<Finding> {
    let as_amount = wanted.count(|bundle| bundle.as_amount);
    let net_only = wanted.count(|bundle| usize::from(bundle.net_only));
    let mut reasons = Vec::new();
    if as_amount > 0 {
        reasons.push(format!(
            "{} sent as 1 × amount with the computation in the text",
            counted_as(as_amount, "line is", "lines are")
        ));
    }
    if net_only > 0 {
        reasons.push(format!(
            "{} sent as the difference alone",
            counted_as(net_only, "corrected charge is", "corrected charges are")
        ));
    }
    if wanted.corrects.is_none() && wanted.parts > 1 {
        reasons.push(format!(
            "it is part {} of {}",
            delivery.slot.part, wanted.parts
        ));
    }
    if reasons.is_empty() {
        return None;
    }
    Some(Finding {
        code: FindingCode::Adapted,
        severity: Severity::Note,
        subject: delivery.reference.to_string(),
        message: format!("Adapted to the sink: {}.", reasons.join("; ")),
        next_step: "Nothing to do: no amount changes.".to_owned(),
        value: None,
        since: None,
    })
}

/// Under the key that its buyer has; one that has none is told by its number.
fn subject(input: &PlanInput, family: &Family<'_>) -> String {
    let account = family.key.account;
    match input.buyers.get(&account) {
        Some(terms) => format!("account {}", terms.buyer.account),
        None => format!("account {account}"),
    }
}
