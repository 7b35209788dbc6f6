//! The difference that a candidate makes, as tables.

use counterfoil_engine::what_if::WhatIfReport;
use counterfoil_model::what_if::Change;

use crate::commands::findings;
use crate::output::{Cell, Column, Table, row};

pub(super) fn all(report: &WhatIfReport) -> Vec<Table> {
    vec![
        accounts(report),
        totals(report),
        periods(report),
        items(report),
        account_periods(report),
        account_items(report),
        findings::table(&report.findings),
    ]
}

fn columns(first: impl IntoIterator<Item = Column>) -> Vec<Column> {
    let amounts = [
        Column::money("before"),
        Column::money("after"),
        Column::money("difference").signed().with_currency(),
        Column::decimal("percent").titled("%").signed(),
    ];
    first.into_iter().chain(amounts).collect()
}

fn cells(mut first: Vec<Cell>, change: &Change) -> Vec<Cell> {
    first.extend(row![
        change.before,
        change.after,
        change.difference,
        change.percent
    ]);
    first
}

pub(super) fn accounts(report: &WhatIfReport) -> Table {
    let columns = columns([
        Column::text("account"),
        Column::text("customer").for_exports(),
    ]);
    let rows = report.accounts.iter().map(|account| {
        let first = row![&account.account_key, &account.customer];
        cells(first, &account.row.change)
    });
    Table::new("accounts", columns).with_rows(rows)
}

pub(super) fn totals(report: &WhatIfReport) -> Table {
    let mut columns = columns([Column::text("total").titled("").for_people()]);
    columns.extend([
        Column::money("gains").signed(),
        Column::integer("accounts_gaining").titled("accounts"),
        Column::money("losses").signed(),
        Column::integer("accounts_losing").titled("accounts"),
    ]);
    let rows = report.totals.iter().map(|total| {
        let mut cells = cells(row!["total"], &total.change);
        cells.extend(row![
            total.gains,
            total.accounts_gaining,
            total.losses,
            total.accounts_losing
        ]);
        cells
    });
    Table::new("totals", columns).with_rows(rows)
}

pub(super) fn periods(report: &WhatIfReport) -> Table {
    let columns = columns([Column::text("billing_period").titled("period")]);
    let rows = report
        .periods
        .iter()
        .map(|period| cells(row![&period.billing_period], &period.change));
    Table::new("periods", columns).with_rows(rows)
}

pub(super) fn items(report: &WhatIfReport) -> Table {
    let columns = columns([
        Column::text("item"),
        Column::integer("accounts").titled("accounts that differ"),
    ]);
    let rows = report
        .items
        .iter()
        .map(|item| cells(row![item.item.as_str(), item.accounts], &item.change));
    Table::new("items", columns).with_rows(rows)
}

fn account_periods(report: &WhatIfReport) -> Table {
    let columns = columns([
        Column::text("account"),
        Column::text("customer").for_exports(),
        Column::text("billing_period").titled("period"),
    ]);
    let rows = report.account_periods.iter().map(|one| {
        let first = row![&one.account_key, &one.customer, &one.row.billing_period];
        cells(first, &one.row.change)
    });
    Table::new("account_periods", columns).with_rows(rows)
}

fn account_items(report: &WhatIfReport) -> Table {
    let columns = columns([
        Column::text("account"),
        Column::text("customer").for_exports(),
        Column::text("item"),
    ]);
    let rows = report.account_items.iter().map(|one| {
        let first = row![&one.account_key, &one.customer, one.row.item.as_str()];
        cells(first, &one.row.change)
    });
    Table::new("account_items", columns).with_rows(rows)
}
