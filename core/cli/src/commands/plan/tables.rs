//! A plan as tables.

use std::collections::BTreeMap;

use counterfoil_engine::approve::Decision;
use counterfoil_engine::classify::suspended_text;
use counterfoil_engine::plan::{PlanReport, SinkPlan};
use counterfoil_model::document::DocumentKind;
use counterfoil_model::ids::AccountId;
use counterfoil_model::plan::{PlannedAction, PlannedDelivery};
use counterfoil_model::rate::{Completeness, KindBalance};

use super::review;
use crate::commands::findings;
use crate::output::{Cell, Column, Table, row};

pub(super) fn all(report: &PlanReport) -> Vec<Table> {
    let planned = report.plans.iter().flat_map(|plan| {
        let deliveries = plan.plan.deliveries.iter();
        deliveries.map(move |planned| (plan, planned))
    });
    let of_plans = report.plans.iter().flat_map(|plan| &plan.plan.findings);
    vec![
        deliveries(&report.plans),
        lines(planned),
        totals(&report.plans),
        changes(&report.plans),
        review::accounts(report.review.as_ref()),
        review::resources(report.review.as_ref()),
        completeness(&report.completeness),
        suspense(&report.completeness),
        findings::table(report.findings.iter().chain(of_plans)),
    ]
}

pub(super) fn deliveries<'a>(plans: impl IntoIterator<Item = &'a SinkPlan>) -> Table {
    let columns = [
        Column::text("sink"),
        Column::text("plan"),
        Column::text("billing_period"),
        Column::text("account"),
        Column::text("buyer_account").for_exports(),
        Column::text("buyer"),
        Column::text("reference"),
        Column::text("kind"),
        Column::text("action"),
        Column::integer("lines"),
        Column::money("confirmed"),
        Column::money("now"),
        Column::money("difference").with_currency(),
        Column::text("approval"),
    ];
    let mut table = Table::new("deliveries", columns);
    for plan in plans {
        for planned in &plan.plan.deliveries {
            let delivery = &planned.delivery;
            table.push(row![
                &plan.sink,
                plan.plan.id.short(),
                &delivery.slot.billing_period,
                plan.account_of(delivery),
                delivery.buyer.account.to_string(),
                &delivery.buyer.name,
                delivery.reference.to_string(),
                kind(planned),
                format!("{} {}", action(planned), kind(planned)),
                delivery.lines.len(),
                planned.amount.confirmed,
                planned.amount.now,
                planned.amount.difference,
                approval(plan, planned),
            ]);
        }
        // The rows come to the totals.
        for withheld in &plan.plan.withheld {
            let key = withheld.key.as_ref();
            table.push(row![
                &plan.sink,
                plan.plan.id.short(),
                &withheld.billing_period,
                key.map_or_else(|| withheld.account.to_string(), ToString::to_string),
                key.map(ToString::to_string),
                withheld.name.as_deref(),
                withheld.reference.as_ref().map(ToString::to_string),
                "",
                withheld.because.words(),
                0_usize,
                withheld.amount.confirmed,
                withheld.amount.now,
                withheld.amount.difference,
                "not sent",
            ]);
        }
    }
    table
}

fn approval(plan: &SinkPlan, planned: &PlannedDelivery) -> String {
    match plan.approval_of(&planned.delivery) {
        Some(Decision::Approved { by, .. }) => format!("approved by {by}"),
        Some(Decision::Held { by, reason, .. }) => format!("held by {by}: {reason}"),
        Some(Decision::Waiting { .. }) | None if planned.action == PlannedAction::Nothing => {
            "stands".to_owned()
        }
        Some(Decision::Waiting {
            approved_by,
            needed,
        }) if !approved_by.is_empty() => format!(
            "waits: {} of {needed} approved ({})",
            approved_by.len(),
            approved_by.join(", ")
        ),
        Some(Decision::Waiting { .. }) | None => waits(plan, planned.delivery.slot.account),
    }
}

/// Why a tolerance did not let it go, where one decides.
fn waits(plan: &SinkPlan, account: AccountId) -> String {
    let outside = plan
        .judgements
        .iter()
        .find(|one| one.account == account && !one.within);
    match outside.map(|one| (one.last, one.deviation)) {
        Some((Some(last), Some(deviation))) => {
            format!("waits: differs by {deviation} from {last}")
        }
        Some((_, _)) => "waits: never billed before".to_owned(),
        None => "waits".to_owned(),
    }
}

fn action(planned: &PlannedDelivery) -> &'static str {
    match planned.action {
        PlannedAction::Create => "create",
        PlannedAction::Update => "update",
        PlannedAction::Void => "void",
        PlannedAction::Nothing => "nothing",
    }
}

fn kind(planned: &PlannedDelivery) -> &'static str {
    match planned.delivery.kind {
        DocumentKind::Invoice => "invoice",
        DocumentKind::CreditNote => "credit note",
    }
}

pub(super) fn lines<'a>(
    planned: impl IntoIterator<Item = (&'a SinkPlan, &'a PlannedDelivery)>,
) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("reference"),
        Column::text("kind"),
        Column::integer("line"),
        Column::text("item"),
        Column::text("description"),
        Column::date("first_day"),
        Column::date("last_day"),
        Column::decimal("quantity"),
        Column::text("unit"),
        Column::decimal("unit_price"),
        Column::money("net"),
        Column::money("billed"),
    ];
    let mut table = Table::new("lines", columns);
    for (plan, planned) in planned {
        let delivery = &planned.delivery;
        for (index, line) in delivery.lines.iter().enumerate() {
            table.push(row![
                plan.account_of(delivery),
                delivery.reference.to_string(),
                kind(planned),
                index + 1,
                line.item.to_string(),
                &line.description,
                line.first_day,
                line.last_day,
                line.quantity,
                &line.unit,
                line.unit_price,
                line.net,
                line.billed,
            ]);
        }
    }
    table
}

pub(super) fn totals<'a>(plans: impl IntoIterator<Item = &'a SinkPlan>) -> Table {
    let columns = [
        Column::text("sink"),
        Column::text("total").for_people(),
        Column::money("confirmed"),
        Column::money("now"),
        Column::money("difference"),
    ];
    let mut table = Table::new("totals", columns);
    for plan in plans {
        for total in &plan.plan.totals {
            table.push(row![
                &plan.sink,
                total.now.currency().to_string(),
                total.confirmed,
                total.now,
                total.difference,
            ]);
        }
    }
    table
}

/// Against the period before, the greatest of a sink first.
pub(super) fn changes<'a>(plans: impl IntoIterator<Item = &'a SinkPlan>) -> Table {
    let columns = [
        Column::text("sink"),
        Column::text("account").titled("changed"),
        Column::text("item"),
        Column::text("of"),
        Column::money("period_before").titled("confirmed before"),
        Column::money("now"),
        Column::money("difference").with_currency(),
    ];
    let mut table = Table::new("changes", columns);
    for plan in plans {
        let mut changes: Vec<_> = plan.plan.changes.iter().collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.difference.minor().unsigned_abs()));
        let totals = plan.plan.accounts.iter();
        let keys: BTreeMap<_, _> = totals
            .filter_map(|total| Some((total.account, total.key.clone()?)))
            .collect();
        for change in changes {
            let dimensions: Vec<&str> = change.dimensions.values().map(String::as_str).collect();
            let key = keys.get(&change.account);
            table.push(row![
                &plan.sink,
                key.map_or_else(|| change.account.to_string(), ToString::to_string),
                change.item.to_string(),
                dimensions.join(", "),
                change.before,
                change.now,
                change.difference,
            ]);
        }
    }
    table
}

/// Hours of resources for people, and the exact seconds of what does not balance.
pub(super) fn completeness(completeness: &Completeness) -> Table {
    balances(completeness.kinds.iter())
}

pub(in crate::commands) fn balances<'a, K: ToString>(
    kinds: impl Iterator<Item = (K, &'a KindBalance)>,
) -> Table {
    let columns = [
        Column::text("kind"),
        Column::integer("at_end"),
        Column::duration("discovered"),
        Column::duration("billed"),
        Column::duration("non-billable"),
        Column::duration("not_charged"),
        Column::duration("suspended"),
        Column::duration("unpriced"),
        Column::integer("remainder"),
    ];
    let rows = kinds.map(|(kind, balance)| {
        let seconds = &balance.seconds;
        row![
            kind.to_string(),
            balance.at_end.discovered,
            Cell::Seconds(seconds.discovered),
            Cell::Seconds(seconds.billed),
            Cell::Seconds(seconds.non_billable),
            Cell::Seconds(seconds.not_charged),
            Cell::Seconds(seconds.suspended),
            Cell::Seconds(seconds.unpriced),
            seconds.remainder(),
        ]
    });
    Table::new("completeness", columns).with_rows(rows)
}

fn suspense(completeness: &Completeness) -> Table {
    let columns = [
        Column::text("kind"),
        Column::text("name"),
        Column::text("reason"),
        Column::duration("suspended"),
        Column::money("value"),
        Column::integer("resource"),
    ];
    let rows = completeness.suspense.resources.iter().map(|resource| {
        row![
            resource.kind.to_string(),
            &resource.name,
            suspended_text(&resource.reason, resource.later.as_ref()),
            Cell::Seconds(resource.seconds),
            resource.value,
            resource.resource.0,
        ]
    });
    Table::new("suspense", columns).with_rows(rows)
}
