//! The tables of a close and of a certificate.

use counterfoil_engine::close::CloseReport;
use counterfoil_model::close::{Reason, Sealed, Statement};
use counterfoil_model::rate::Balance;

use super::super::findings::word;
use super::super::plan::tables::balances;
use crate::output::{Cell, Column, Table, row};

pub(super) fn of_report(report: &CloseReport) -> Vec<Table> {
    let statement = &report.statement;
    vec![
        reasons(&report.reasons),
        money(statement),
        completeness(statement),
        accounts(statement),
        charge_periods(statement),
        documents(statement),
        non_billable(statement),
    ]
}

pub(super) fn of_certificate(sealed: &Sealed) -> Vec<Table> {
    let statement = &sealed.certificate.statement;
    vec![
        money(statement),
        completeness(statement),
        accounts(statement),
        charge_periods(statement),
        documents(statement),
        non_billable(statement),
        accepted(statement),
    ]
}

fn reasons(reasons: &[Reason]) -> Table {
    let columns = [
        Column::text("id"),
        Column::text("severity"),
        Column::text("code"),
        Column::text("subject"),
        Column::text("message"),
        Column::money("value"),
        Column::instant("since"),
        Column::text("next_step"),
        Column::text("can_be_accepted"),
        Column::text("accepted_by"),
        Column::text("reason"),
        Column::instant("accepted"),
    ];
    let rows = reasons.iter().map(|one| {
        let finding = &one.finding;
        let accepted = one.accepted.as_ref();
        row![
            &one.id,
            word(&finding.severity),
            word(&finding.code),
            &finding.subject,
            &finding.message,
            finding.value,
            finding.since,
            &finding.next_step,
            if one.can_be_accepted { "yes" } else { "no" },
            accepted.map(|accepted| &accepted.by),
            accepted.map(|accepted| &accepted.reason),
            accepted.map(|accepted| accepted.at),
        ]
    });
    Table::new("reasons", columns).with_rows(rows)
}

pub(super) fn completeness(statement: &Statement) -> Table {
    balances(statement.kinds.iter())
}

/// A row for each kind that an account has in its own period, and one where it has none.
pub(super) fn accounts(statement: &Statement) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("period"),
        Column::instant("from"),
        Column::instant("to"),
        Column::text("timezone"),
        Column::text("covered_by"),
        Column::text("kind"),
        Column::duration("discovered"),
        Column::duration("billed"),
        Column::duration("not_charged"),
        Column::duration("unpriced"),
        Column::duration("remainder"),
    ];
    let rows = statement.accounts.iter().flat_map(|one| {
        let key = one.key.as_ref();
        let key = key.map_or_else(|| one.account.to_string(), ToString::to_string);
        let covered = match &one.billed_with {
            Some(month) => format!("the close of {month}"),
            None => "this".to_owned(),
        };
        let row = move |kind: Option<String>, seconds: Option<Balance>| {
            row![
                key.clone(),
                &one.account_period,
                one.period.from(),
                one.period.to(),
                &one.timezone,
                covered.clone(),
                kind,
                seconds.map(|one| Cell::Seconds(one.discovered)),
                seconds.map(|one| Cell::Seconds(one.billed)),
                seconds.map(|one| Cell::Seconds(one.not_charged)),
                seconds.map(|one| Cell::Seconds(one.unpriced)),
                seconds.map(|one| Cell::Seconds(one.remainder())),
            ]
        };
        let mut rows: Vec<_> = one
            .kinds
            .iter()
            .map(|(kind, balance)| row(Some(kind.to_string()), Some(balance.seconds)))
            .collect();
        if rows.is_empty() {
            rows.push(row(None, None));
        }
        rows
    });
    Table::new("accounts", columns).with_rows(rows)
}

pub(super) fn charge_periods(statement: &Statement) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("sink"),
        Column::text("charge_period"),
        Column::text("first_day"),
        Column::text("last_day"),
        Column::money("rated").with_currency(),
    ];
    let rows = statement.money.iter().flat_map(|one| {
        let key = one.key.as_ref();
        let key = key.map_or_else(|| one.account.to_string(), ToString::to_string);
        one.charge_periods.iter().map(move |charged| {
            row![
                key.clone(),
                &one.sink,
                &charged.charge_period,
                charged.first_day.to_string(),
                charged.last_day.to_string(),
                charged.rated,
            ]
        })
    });
    Table::new("charge_periods", columns).with_rows(rows)
}

pub(super) fn money(statement: &Statement) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("sink"),
        Column::text("period").for_exports(),
        Column::money("rated"),
        Column::money("billed_elsewhere"),
        Column::money("confirmed"),
        Column::money("corrections").for_exports(),
        Column::money("not_sent"),
        Column::money("remainder").with_currency(),
    ];
    let rows = statement.money.iter().map(|one| {
        let amounts = &one.amounts;
        let key = one.key.as_ref();
        row![
            key.map_or_else(|| one.account.to_string(), ToString::to_string),
            &one.sink,
            &one.billing_period,
            amounts.rated,
            amounts.billed_elsewhere,
            amounts.confirmed,
            amounts.corrections,
            amounts.not_sent,
            amounts.remainder,
        ]
    });
    Table::new("money", columns).with_rows(rows)
}

pub(super) fn documents(statement: &Statement) -> Table {
    let columns = [
        Column::text("document"),
        Column::text("number"),
        Column::text("account"),
        Column::text("sink"),
        Column::text("kind"),
        Column::text("state"),
        Column::money("amount").with_currency(),
        Column::text("corrects"),
    ];
    let rows = statement.documents.iter().map(|one| {
        row![
            one.reference.to_string(),
            one.number.as_ref(),
            &one.account,
            &one.sink,
            one.kind.word(),
            one.state.word(),
            one.amount,
            one.corrects.as_ref().map(ToString::to_string),
        ]
    });
    Table::new("documents", columns).with_rows(rows)
}

pub(super) fn non_billable(statement: &Statement) -> Table {
    let columns = [
        Column::text("non_billable").titled("not billed"),
        Column::integer("at_end"),
        Column::duration("time"),
        Column::text("reason"),
        Column::text("owner"),
        Column::text("until"),
        Column::money("value").titled("about").with_currency(),
    ];
    let rows = statement.non_billable.iter().map(|one| {
        row![
            one.kind.to_string(),
            one.at_end,
            Cell::Seconds(one.seconds),
            &one.because.reason,
            &one.because.owner,
            one.because.until.map(|until| until.to_string()),
            one.value,
        ]
    });
    Table::new("non_billable", columns).with_rows(rows)
}

pub(super) fn accepted(statement: &Statement) -> Table {
    let columns = [
        Column::text("code"),
        Column::text("subject"),
        Column::text("message"),
        Column::money("value").with_currency(),
        Column::text("by"),
        Column::instant("at"),
        Column::text("reason"),
    ];
    let rows = statement.accepted.iter().map(|one| {
        row![
            word(&one.finding.code),
            &one.finding.subject,
            &one.finding.message,
            one.finding.value,
            &one.acceptance.by,
            one.acceptance.at,
            &one.acceptance.reason,
        ]
    });
    Table::new("accepted", columns).with_rows(rows)
}
