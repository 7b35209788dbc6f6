//! Explanations as tables.

use counterfoil_engine::classify::suspended_text;
use counterfoil_engine::explain::{DeliveryExplained, ResourceExplained, Standing};
use counterfoil_model::money::Money;

use crate::output::{Column, Table, row};

pub(super) fn delivery(explained: &DeliveryExplained) -> Vec<Table> {
    vec![
        lines(explained),
        contributions(explained),
        receipts(explained),
    ]
}

pub(super) fn lines(explained: &DeliveryExplained) -> Table {
    let columns = [
        Column::text("reference"),
        Column::text("account"),
        Column::integer("line"),
        Column::text("item"),
        Column::text("description"),
        Column::date("first_day"),
        Column::date("last_day"),
        Column::decimal("quantity"),
        Column::decimal("unit_price"),
        Column::money("net"),
        Column::text("rated_again").aligned_right(),
    ];
    let rows = explained.lines.iter().map(|line| {
        row![
            &explained.reference,
            &explained.account,
            line.number,
            line.line.item.to_string(),
            &line.line.description,
            line.line.first_day,
            line.line.last_day,
            line.line.quantity,
            line.line.unit_price,
            line.line.net,
            line.rated_again
                .map_or_else(|| "gone".to_owned(), Money::amount),
        ]
    });
    Table::new("lines", columns).with_rows(rows)
}

fn contributions(explained: &DeliveryExplained) -> Table {
    let columns = [
        Column::integer("line"),
        Column::text("external_id"),
        Column::text("name"),
        Column::decimal("quantity"),
        Column::text("share"),
        Column::instant("from"),
        Column::instant("to"),
        Column::text("weighted"),
        Column::money("allocated"),
        Column::text("source"),
        Column::text("scope"),
        Column::text("listing"),
        Column::text("place"),
        Column::instant("recorded"),
    ];
    let mut table = Table::new("contributions", columns);
    for line in &explained.lines {
        for one in &line.contributions {
            let (own, evidence) = (&one.contribution, &one.evidence);
            table.push(row![
                line.number,
                &one.external_id,
                &own.name,
                own.quantity,
                &own.share,
                own.period.from(),
                own.period.to(),
                &own.weighted,
                own.allocated,
                &evidence.source,
                &evidence.scope,
                &evidence.listing,
                &evidence.place,
                evidence.recorded,
            ]);
        }
    }
    table
}

fn receipts(explained: &DeliveryExplained) -> Table {
    let columns = [
        Column::instant("started"),
        Column::text("method"),
        Column::text("url"),
        Column::integer("status"),
        Column::text("failure"),
    ];
    let rows = explained.receipts.iter().map(|receipt| {
        row![
            receipt.started,
            &receipt.method,
            &receipt.url,
            receipt.status,
            receipt.failure.as_ref(),
        ]
    });
    Table::new("receipts", columns).with_rows(rows)
}

pub(super) fn resource(explained: &ResourceExplained) -> Vec<Table> {
    vec![charges(explained), stretches(explained), why_not(explained)]
}

pub(super) fn charges(explained: &ResourceExplained) -> Table {
    let columns = [
        Column::text("external_id"),
        Column::text("account"),
        Column::text("item"),
        Column::text("charge"),
        Column::text("period").for_people(),
        Column::instant("from"),
        Column::instant("to"),
        Column::money("allocated").titled("its part"),
        Column::money("charge_net").titled("of").with_currency(),
        Column::money("billed").titled("billed of that"),
        Column::text("documents"),
    ];
    let rows = explained.charges.iter().map(|part| {
        let (from, to) = (part.period.from(), part.period.to());
        row![
            &explained.external_id,
            &part.account_key,
            &part.item,
            &part.description,
            format!("{from} to {to}"),
            from,
            to,
            part.allocated,
            part.of,
            part.billed,
            part.documents.join(" "),
        ]
    });
    Table::new("charges", columns).with_rows(rows)
}

fn stretches(explained: &ResourceExplained) -> Table {
    let columns = [
        Column::text("external_id"),
        Column::instant("from"),
        Column::instant("to"),
        Column::text("standing"),
        Column::text("customers"),
        Column::text("service"),
        Column::text("plan"),
        Column::text("reason"),
        Column::text("source"),
        Column::text("place"),
    ];
    let rows = explained.stretches.iter().map(|stretch| {
        let (standing, customers, service, plan, reason) = match &stretch.standing {
            Standing::Owned {
                customers,
                service,
                plan,
            } => (
                "owned",
                Some(customers.join(", ")),
                service.clone(),
                plan.clone(),
                None,
            ),
            Standing::NonBillable(why) => {
                ("non-billable", None, None, None, Some(why.reason.clone()))
            }
            Standing::Suspended { why, later } => {
                let reason = suspended_text(why, later.as_ref());
                ("suspended", None, None, None, Some(reason))
            }
        };
        row![
            &explained.external_id,
            stretch.period.from(),
            stretch.period.to(),
            standing,
            customers,
            service,
            plan,
            reason,
            &stretch.evidence.source,
            &stretch.evidence.place,
        ]
    });
    Table::new("stretches", columns).with_rows(rows)
}

fn why_not(explained: &ResourceExplained) -> Table {
    let columns = [
        Column::text("external_id"),
        Column::text("code"),
        Column::text("message"),
        Column::text("next_step"),
    ];
    let rows = explained.why_not.iter().map(|one| {
        row![
            &explained.external_id,
            super::total::word(&one.code),
            &one.message,
            one.next_step.as_ref(),
        ]
    });
    Table::new("why_not", columns).with_rows(rows)
}
