//! What a bill is made of, as tables.

use counterfoil_engine::explain::{AccountExplained, TotalExplained, TotalLineExplained};
use counterfoil_model::time::Date;

use crate::output::{Column, Table, row};

pub(crate) fn tables(explained: &TotalExplained) -> Vec<Table> {
    let accounts = &explained.accounts;
    vec![
        lines(accounts),
        totals(explained),
        parts(accounts),
        resources(accounts),
        documents(accounts),
        waiting(accounts),
    ]
}

pub(super) fn lines(accounts: &[AccountExplained]) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("customer"),
        Column::integer("line"),
        Column::text("sort"),
        Column::text("agreement"),
        Column::text("item"),
        Column::text("dimensions"),
        Column::text("description").titled("charge"),
        Column::text("days").for_people(),
        Column::date("first_day"),
        Column::date("last_day"),
        Column::decimal("quantity"),
        Column::text("unit"),
        Column::decimal("unit_price"),
        Column::money("rated").with_currency(),
        Column::decimal("percent").titled("%"),
        Column::money("billed"),
        Column::money("open").titled("not billed").signed(),
        Column::text("price_level"),
        Column::text("price_place"),
        Column::text("documents"),
    ];
    let mut table = Table::new("lines", columns);
    for account in accounts {
        for TotalLineExplained { line, rated_line } in &account.lines {
            let rated = rated_line.as_ref();
            let dimensions = line.charge.dimensions.iter();
            let dimensions = dimensions.map(|(name, value)| format!("{name}={value}"));
            let by = line.billed_by.iter().map(|one| one.reference.as_str());
            table.push(row![
                &account.account_key,
                &account.customer,
                line.number,
                word(&line.sort),
                line.charge.agreement.to_string(),
                line.charge.item.to_string(),
                dimensions.collect::<Vec<_>>().join(" "),
                &line.description,
                days(line.first_day, line.last_day),
                line.first_day,
                line.last_day,
                rated.map(|one| one.quantity),
                rated.map(|one| one.unit.as_str()),
                rated.map(|one| one.unit_price),
                line.rated,
                line.percent,
                line.billed,
                line.open,
                rated.map(|one| one.price.level.as_str()),
                rated.map(|one| one.price.place.as_str()),
                by.collect::<Vec<_>>().join(" "),
            ]);
        }
    }
    table
}

fn days(first: Date, last: Date) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first} to {last}")
    }
}

/// As JSON has it.
pub(crate) fn word<T: serde::Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).ok();
    let word = value.as_ref().and_then(serde_json::Value::as_str);
    word.unwrap_or_default().to_owned()
}

fn totals(explained: &TotalExplained) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("customer"),
        Column::text("name"),
        Column::text("billing_period"),
        Column::money("rated"),
        Column::money("billed"),
        Column::money("open"),
    ];
    let rows = explained.accounts.iter().map(|account| {
        row![
            &account.account_key,
            &account.customer,
            &account.name,
            &explained.billing_period,
            account.rated,
            account.billed,
            account.open,
        ]
    });
    Table::new("accounts", columns).with_rows(rows)
}

fn parts(accounts: &[AccountExplained]) -> Table {
    let columns = [
        Column::text("account"),
        Column::integer("line"),
        Column::text("part"),
        Column::decimal("quantity"),
        Column::text("quantity_exact"),
        Column::text("unit"),
        Column::decimal("unit_price"),
        Column::money("amount"),
        Column::text("amount_exact"),
    ];
    let mut table = Table::new("parts", columns);
    for account in accounts {
        for TotalLineExplained { line, rated_line } in &account.lines {
            for part in rated_line.iter().flat_map(|rated| &rated.parts) {
                table.push(row![
                    &account.account_key,
                    line.number,
                    part.tier.as_ref(),
                    part.quantity,
                    &part.quantity_exact,
                    &part.unit,
                    part.unit_price,
                    part.amount,
                    &part.amount_exact,
                ]);
            }
        }
    }
    table
}

fn resources(accounts: &[AccountExplained]) -> Table {
    let columns = [
        Column::text("account"),
        Column::integer("line"),
        Column::integer("resource"),
        Column::text("name"),
        Column::text("shares"),
        Column::money("allocated"),
    ];
    let mut table = Table::new("resources", columns);
    for account in accounts {
        for line in account.lines.iter().map(|one| &one.line) {
            for part in &line.resources {
                table.push(row![
                    &account.account_key,
                    line.number,
                    part.resource.0,
                    &part.name,
                    part.shares.join(", "),
                    part.allocated,
                ]);
            }
        }
    }
    table
}

pub(super) fn documents(accounts: &[AccountExplained]) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("reference").titled("document"),
        Column::text("number"),
        Column::text("kind"),
        Column::text("corrects"),
        Column::date("issued"),
        Column::text("state"),
        Column::integer("lines"),
        Column::money("net").with_currency(),
    ];
    let mut table = Table::new("documents", columns);
    for account in accounts {
        for one in &account.documents {
            table.push(row![
                &account.account_key,
                &one.reference,
                one.number.as_ref(),
                one.kind.word(),
                one.corrects.as_ref(),
                one.issue_date,
                one.state.word(),
                one.lines,
                one.net,
            ]);
        }
    }
    table
}

fn waiting(accounts: &[AccountExplained]) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("reference"),
        Column::money("amount"),
        Column::instant("since"),
        Column::text("state"),
    ];
    let mut table = Table::new("waiting", columns);
    for account in accounts {
        for row in &account.waiting {
            table.push(row![
                &account.account_key,
                &row.reference,
                row.amount,
                row.since,
                &row.state,
            ]);
        }
    }
    table
}
