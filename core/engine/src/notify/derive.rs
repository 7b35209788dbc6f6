//! What the store shows and people want to hear of: what waits, what is parked, what went stale, what was delivered. It is
//! looked for anew at the end of every command, so that a crash leaves nothing untold.

use std::collections::BTreeMap;

use counterfoil_model::approval::Decision;
use counterfoil_model::counted::counted;
use counterfoil_model::counterfoil::{Action, Counterfoil};
use counterfoil_model::effect::State;
use counterfoil_model::ids::AccountKey;
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::plan::Plan;
use counterfoil_store::{NotificationMark, StoreError};
use serde_json::json;

use super::event::Event;
use crate::approve::decisions;
use crate::config::EventKind;
use crate::session::{Session, Wired};

/// The events since the last look, and the mark that the next one starts from.
pub(super) async fn events(
    session: &Session,
    wired: &Wired<'_>,
) -> Result<(Vec<Event>, NotificationMark), StoreError> {
    let store = &session.store;
    let mark = match store.notification_mark(wired.id).await? {
        Some(mark) => mark,
        // The first look: what is older than this command was there before anybody asked to be told.
        None => {
            store
                .notification_mark_before(wired.id, session.now)
                .await?
        }
    };
    let mut events = Vec::new();
    let (plans, plan) = store.plans_since(wired.id, mark.plan).await?;
    for (sink, period) in plans {
        let name = wired.sinks.iter().find(|(id, _)| *id == sink);
        let newest = store.newest_plan(wired.id, sink, &period).await?;
        if let (Some((_, name)), Some(newest)) = (name, newest) {
            events.extend(waiting(session, wired, &name.name, &newest.plan).await?);
        }
    }
    events.extend(withheld(session, wired).await?);
    events.extend(parked(session, wired).await?);
    events.extend(stale(session, wired).await?);
    let sent = store.counterfoils_after(wired.id, mark.counterfoil).await?;
    let counterfoil = sent.last().map_or(mark.counterfoil, |last| last.number);
    events.extend(of_sent(wired, &sent));
    Ok((events, NotificationMark { plan, counterfoil }))
}

/// Accounts that a person has to approve. The same accounts with the same money are told once, however often it is planned.
async fn waiting(
    session: &Session,
    wired: &Wired<'_>,
    sink: &str,
    plan: &Plan,
) -> Result<Option<Event>, StoreError> {
    let decided = decisions(session, wired, plan).await?;
    let mut accounts: BTreeMap<String, BTreeMap<Currency, i64>> = BTreeMap::new();
    let mut former: BTreeMap<String, AccountKey> = BTreeMap::new();
    let mut needed = 1;
    for planned in plan.effects() {
        let delivery = &planned.delivery;
        if let Some(Decision::Waiting {
            needed: of_account, ..
        }) = decided.get(&delivery.slot.account)
        {
            needed = needed.max(*of_account);
            let difference = planned.amount.difference;
            let key = wired.known.key_of(delivery).to_string();
            if let Some(before) = wired.known.former_key_of(delivery) {
                former.insert(key.clone(), before);
            }
            let of_account = accounts.entry(key).or_default();
            let sum = of_account.entry(difference.currency()).or_default();
            *sum = sum.saturating_add(difference.minor());
        }
    }
    if accounts.is_empty() {
        return Ok(None);
    }
    let sums = |of_account: &BTreeMap<Currency, i64>| -> Vec<String> {
        let sums = of_account.iter();
        sums.map(|(currency, minor)| Money::from_minor(*minor, *currency).to_string())
            .collect()
    };
    let lines: Vec<String> = accounts
        .iter()
        .map(|(account, of_account)| {
            let on_document = former.get(account);
            let on_document =
                on_document.map_or_else(String::new, |key| format!(" ({key} on the document)"));
            format!("{account}{on_document}: {}", sums(of_account).join(", "))
        })
        .collect();
    let mut totals: BTreeMap<Currency, i64> = BTreeMap::new();
    for (currency, minor) in accounts.values().flatten() {
        let total = totals.entry(*currency).or_default();
        *total = total.saturating_add(*minor);
    }
    let period = &plan.billing_period;
    let people = match needed {
        1 => String::new(),
        needed => format!(" by {needed} people"),
    };
    let pipeline = &wired.pipeline.name;
    Ok(Some(Event {
        kind: EventKind::Waiting,
        key: json!(["plan", sink, period, lines]),
        subject: format!(
            "{} of {period} {} for approval{people}: {}",
            counted(accounts.len(), "account"),
            if accounts.len() == 1 { "waits" } else { "wait" },
            sums(&totals).join(", ")
        ),
        lines,
        next_step: format!(
            "counterfoil preview {pipeline} --period {period}, then counterfoil approve {pipeline} --period {period} --plan {} \
             --all --by NAME",
            plan.id.short()
        ),
        details: json!({
            "sink": sink, "billing_period": period, "plan": plan.id.short(), "approvers": needed,
            "accounts": accounts.iter().map(|(account, of_account)| json!({
                "account": account,
                "buyer_account": former.get(account),
                "differences": of_account.iter().map(|(currency, minor)| Money::from_minor(*minor, *currency))
                    .collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }),
    }))
}

async fn withheld(session: &Session, wired: &Wired<'_>) -> Result<Vec<Event>, StoreError> {
    let mut events = Vec::new();
    for (id, source) in &wired.known.sources {
        for endings in session.store.withheld_pending(*id).await? {
            events.push(Event {
                kind: EventKind::Waiting,
                key: json!(["withheld", endings.id.0, endings.absent]),
                subject: format!(
                    "{} of {} resources of {source} {} are gone at once, and billed until somebody decides",
                    endings.absent, endings.known, endings.scope
                ),
                lines: Vec::new(),
                next_step: format!(
                    "counterfoil inventory approve-withheld {0} --ceiling {1} --by NAME, or dismiss-withheld {0} --by NAME",
                    endings.id, endings.absent
                ),
                details: json!({
                    "source": source, "scope": endings.scope, "withheld": endings.id.0,
                    "absent": endings.absent, "known": endings.known,
                }),
            });
        }
    }
    Ok(events)
}

/// A release begins anew: what parks again after one is told again.
async fn parked(session: &Session, wired: &Wired<'_>) -> Result<Vec<Event>, StoreError> {
    let mut events = Vec::new();
    for (id, sink) in &wired.sinks {
        for stored in session.store.open_effects(wired.id, *id).await? {
            if stored.effect.state != State::Parked {
                continue;
            }
            let releases = session.store.releases(stored.id).await?.len();
            let delivery = &stored.planned.delivery;
            let reference = &stored.effect.reference;
            events.push(Event {
                kind: EventKind::Parked,
                key: json!(["parked", reference, releases]),
                subject: format!(
                    "{reference} of {} over {} is parked at {}",
                    wired.known.keys_of(delivery),
                    delivery.net,
                    sink.name
                ),
                lines: Vec::new(),
                next_step: format!(
                    "look at {} for {reference}; then counterfoil release {reference} --by NAME --reason …",
                    sink.name
                ),
                details: json!({
                    "sink": sink.name, "reference": reference, "account": wired.known.key_of(delivery),
                    "net": delivery.net, "parked": stored.effect.parked,
                }),
            });
        }
    }
    Ok(events)
}

/// Sources whose last complete listing is older than the pipeline allows.
async fn stale(session: &Session, wired: &Wired<'_>) -> Result<Vec<Event>, StoreError> {
    let limit_secs = i64::from(wired.pipeline.config.staleness_hours_max) * 3600;
    let mut events = Vec::new();
    for (id, source) in &wired.sources {
        for coverage in session.store.scope_coverage(*id).await? {
            let since = coverage.covered_until.unwrap_or(coverage.first);
            let silent_secs = session.now.seconds() - since.seconds();
            if silent_secs <= limit_secs {
                continue;
            }
            events.push(Event {
                kind: EventKind::Stale,
                key: json!(["stale", id, coverage.scope, since]),
                subject: format!(
                    "{} {} was not listed completely for {}",
                    source.name,
                    coverage.scope,
                    counted(silent_secs / 3600, "hour")
                ),
                lines: vec![format!("what it shows is presumed since {since}")],
                next_step: format!(
                    "counterfoil discover {} --source {}",
                    wired.pipeline.name, source.name
                ),
                details: json!({ "source": source.name, "scope": coverage.scope, "since": since }),
            });
        }
    }
    Ok(events)
}

fn of_sent(wired: &Wired<'_>, sent: &[Counterfoil]) -> Option<Event> {
    let (first, last) = (sent.first()?, sent.last()?);
    let count = |what: Sent| sent.iter().filter(|one| Sent::of(one) == what).count();
    let counts = [Sent::Delivered, Sent::Void, Sent::Reinstated].map(|what| (what, count(what)));
    let mut subject: Vec<String> = Vec::new();
    for (what, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        subject.push(if subject.is_empty() {
            format!("{} {}", counted(count, "document"), what.word())
        } else {
            format!("{count} {}", what.word())
        });
    }
    let line = |counterfoil: &Counterfoil| {
        let delivery = &counterfoil.delivery;
        let number = counterfoil.remote.number.as_ref();
        format!(
            "{}: {}{} {}, {}{}",
            wired.known.keys_of(delivery),
            delivery.reference,
            number.map_or_else(String::new, |number| format!(" ({number})")),
            delivery.signed_net(),
            action(counterfoil.action),
            if counterfoil.posted && Sent::of(counterfoil) == Sent::Delivered {
                ", posted"
            } else {
                ""
            }
        )
    };
    Some(Event {
        kind: EventKind::Sent,
        key: json!(["sent", first.number, last.number]),
        subject: subject.join(", "),
        lines: sent.iter().map(line).collect(),
        next_step: String::new(),
        details: json!({
            "deliveries": sent.iter().map(|counterfoil| json!({
                "counterfoil": counterfoil.number,
                "reference": counterfoil.delivery.reference,
                "account": wired.known.key_of(&counterfoil.delivery),
                "billing_period": counterfoil.delivery.slot.billing_period,
                "net": counterfoil.delivery.net,
                "number": counterfoil.remote.number,
                "action": counterfoil.action,
                "posted": counterfoil.posted,
            })).collect::<Vec<_>>(),
        }),
    })
}

/// What a counterfoil says of its document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    Delivered,
    Void,
    /// Nothing was sent: a person retracted that it is void.
    Reinstated,
}

impl Sent {
    fn of(counterfoil: &Counterfoil) -> Self {
        match counterfoil.action {
            Action::Created | Action::Updated | Action::Adopted => Self::Delivered,
            Action::Voided => Self::Void,
            Action::Reinstated => Self::Reinstated,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Void => "void",
            Self::Reinstated => "reinstated",
        }
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Created => "created",
        Action::Updated => "updated",
        Action::Adopted => "adopted",
        Action::Voided => "voided",
        Action::Reinstated => "reinstated: it counts as billed again",
    }
}
