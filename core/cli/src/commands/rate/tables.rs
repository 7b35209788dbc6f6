//! What was rated, as tables.

use counterfoil_engine::rate::{RateReport, RatedLine};
use counterfoil_model::time::TimeZone;

use crate::commands::findings;
use crate::commands::plan::tables::balances;
use crate::output::{Column, Table, row};

pub(super) fn all(report: &RateReport) -> Vec<Table> {
    let totals = report.totals.values().map(|total| row![*total]);
    vec![
        lines(report),
        Table::new("totals", [Column::money("net")]).with_rows(totals),
        parts(report, |_| true),
        contributions(report),
        suspended(report),
        balances(report.kinds.iter()),
        findings::table(&report.findings),
        broken(report),
    ]
}

pub(super) fn lines(report: &RateReport) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("customer").for_exports(),
        Column::text("agreement").for_exports(),
        Column::text("item").for_exports(),
        Column::text("dimensions").for_exports(),
        Column::text("description").titled("charge"),
        Column::text("days").for_people(),
        Column::date("first_day").for_exports(),
        Column::date("last_day").for_exports(),
        Column::decimal("quantity"),
        Column::text("unit"),
        Column::decimal("unit_price"),
        Column::money("net").with_currency(),
        Column::integer("presumed_seconds").for_exports(),
        Column::text("quantity_exact").for_exports(),
        Column::text("net_exact").for_exports(),
        Column::text("model").for_exports(),
        Column::text("proration").for_exports(),
        Column::text("price_level").for_exports(),
        Column::text("price_from").for_exports(),
        Column::text("price_place").for_exports(),
        Column::text("overruled").for_exports(),
        Column::text("charge_period").for_exports(),
    ];
    let rows = report.lines.iter().map(|line| {
        let dimensions = line.dimensions.iter();
        let dimensions = dimensions.map(|(name, value)| format!("{name}={value}"));
        row![
            &line.account,
            &line.customer,
            &line.agreement,
            &line.item,
            dimensions.collect::<Vec<_>>().join(" "),
            &line.description,
            days(line),
            line.first_day,
            line.last_day,
            line.quantity,
            &line.unit,
            line.unit_price,
            line.net,
            line.presumed_seconds,
            &line.quantity_exact,
            &line.net_exact,
            &line.model,
            &line.proration,
            &line.price.level,
            line.price.from.as_ref(),
            &line.price.place,
            line.price.overruled.join("; "),
            &line.charge_period,
        ]
    });
    Table::new("lines", columns).with_rows(rows)
}

fn days(line: &RatedLine) -> String {
    format!("{} to {}", line.first_day, line.last_day)
}

pub(super) fn parts(report: &RateReport, wanted: impl Fn(&RatedLine) -> bool) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("item").for_exports(),
        Column::text("description").titled("charge"),
        Column::text("days").for_people(),
        Column::date("first_day").for_exports(),
        Column::date("last_day").for_exports(),
        Column::text("tier").titled("part"),
        Column::decimal("quantity"),
        Column::text("quantity_exact").for_exports(),
        Column::text("unit"),
        Column::decimal("unit_price"),
        Column::money("amount").with_currency(),
        Column::text("amount_exact").for_exports(),
    ];
    let mut table = Table::new("parts", columns);
    for line in report.lines.iter().filter(|line| wanted(line)) {
        for part in &line.parts {
            table.push(row![
                &line.account,
                &line.item,
                &line.description,
                days(line),
                line.first_day,
                line.last_day,
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
    table
}

pub(super) fn contributions(report: &RateReport) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("item"),
        Column::text("resource"),
        Column::text("name").for_exports(),
        Column::decimal("quantity"),
        Column::text("share"),
        in_zone(Column::instant("from"), report),
        in_zone(Column::instant("to"), report),
        Column::text("weighted"),
        Column::money("allocated").with_currency(),
        Column::integer("presumed_seconds").for_exports(),
        Column::text("place").for_exports(),
    ];
    let mut table = Table::new("contributions", columns);
    for line in &report.lines {
        for one in &line.contributions {
            table.push(row![
                &line.account,
                &line.item,
                &one.resource,
                &one.name,
                one.quantity,
                &one.share,
                one.period.from(),
                one.period.to(),
                &one.weighted,
                one.allocated,
                one.presumed_seconds,
                &one.place,
            ]);
        }
    }
    table
}

/// People see the days that they wrote.
fn in_zone(column: Column, report: &RateReport) -> Column {
    match TimeZone::get(&report.timezone) {
        Ok(zone) => column.in_zone(&zone),
        Err(_) => column,
    }
}

pub(super) fn suspended(report: &RateReport) -> Table {
    let columns = [
        Column::text("item").titled("in suspense"),
        Column::text("service"),
        Column::text("plan"),
        Column::decimal("quantity"),
        Column::money("estimate").with_currency(),
    ];
    let rows = report.suspended.iter().map(|line| {
        row![
            line.item.to_string(),
            line.service.as_ref().map(ToString::to_string),
            line.plan.as_ref().map(ToString::to_string),
            line.quantity,
            line.net,
        ]
    });
    Table::new("suspended", columns).with_rows(rows)
}

fn broken(report: &RateReport) -> Table {
    let columns = [
        Column::text("file"),
        Column::integer("line"),
        Column::text("sheet"),
        Column::integer("row"),
        Column::text("column"),
        Column::text("message"),
        Column::text("hint"),
        Column::text("excerpt"),
    ];
    let broken = report.facts.iter().flat_map(|facts| &facts.broken);
    let rows = broken.map(|problem| {
        row![
            problem.file.display().to_string(),
            problem.line,
            problem.sheet.as_ref(),
            problem.row.map(i64::from),
            problem.column.as_ref(),
            &problem.message,
            problem.hint.as_ref(),
            problem.excerpt.as_ref(),
        ]
    });
    Table::new("broken", columns).with_rows(rows)
}
