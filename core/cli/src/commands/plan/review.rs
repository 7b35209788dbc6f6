//! What differs from the period before, as people read it and as tables.

use counterfoil_engine::plan::{ReviewReport, ReviewedAccount};
use counterfoil_model::counted::counted;
use counterfoil_model::money::Money;
use counterfoil_model::report::{Cause, ReviewedResource};

use crate::commands::report::changes::cause_word;
use crate::commands::report::delivered::attribute;
use crate::output::{Cell, Column, Table, row};

/// In the order of the columns.
pub(crate) const REVIEW_CAUSES: [Cause; 8] = [
    Cause::New,
    Cause::Gone,
    Cause::Changed,
    Cause::Usage,
    Cause::Reclassified,
    Cause::Calendar,
    Cause::Repriced,
    Cause::Derived,
];

/// Accounts that are told to people, and resources of each.
const SHOWN_ACCOUNTS: usize = 20;
const SHOWN_RESOURCES: usize = 3;

pub(super) fn text(report: &ReviewReport) -> String {
    let limit = limit(report);
    let previous = &report.previous_period;
    if report.accounts.is_empty() {
        return format!(
            "review against {previous} as it is rated now: {} within {limit}",
            counted(report.within, "account")
        );
    }
    let all = report.accounts.len();
    let mut parts = vec![format!(
        "review against {previous} as it is rated now, beyond {limit}:"
    )];
    let shown = without_empty(accounts(Some(report)), report);
    parts.push(shown.first_to_text(SHOWN_ACCOUNTS));
    let first = report.accounts.iter().take(SHOWN_ACCOUNTS);
    let first = first.map(|account| (account, SHOWN_RESOURCES));
    let why = rows(first);
    if !why.rows().is_empty() {
        parts.push(why.to_text());
    }
    if all > SHOWN_ACCOUNTS {
        let more = all - SHOWN_ACCOUNTS;
        parts.push(format!("… and {more} more (--table review has all)"));
    }
    let is_hidden = !report.accounts.iter().any(|account| account.is_within);
    if report.within > 0 && is_hidden {
        parts.push(format!(
            "{} within {limit} (--all shows {})",
            counted(report.within, "account"),
            if report.within == 1 { "it" } else { "them" }
        ));
    }
    parts.join("\n\n")
}

fn limit(report: &ReviewReport) -> String {
    let percent = report.percent_max.map(|percent| format!("{percent} %"));
    let amounts = report.amount_max.values().map(ToString::to_string);
    let amounts: Vec<String> = amounts.collect();
    let amounts = (!amounts.is_empty()).then(|| amounts.join(" or "));
    let limits: Vec<String> = percent.into_iter().chain(amounts).collect();
    if limits.is_empty() {
        "any limit".to_owned()
    } else {
        limits.join(" and ")
    }
}

/// Causes that no account has are not worth a column.
fn without_empty(table: Table, report: &ReviewReport) -> Table {
    let has = |cause: &Cause| {
        let mut accounts = report.accounts.iter();
        accounts.any(|account| account.review.by_cause.contains_key(cause))
    };
    let absent = REVIEW_CAUSES.iter().filter(|cause| !has(cause));
    let absent: Vec<&str> = absent.map(|cause| cause_word(*cause)).collect();
    table.without(&absent)
}

pub(super) fn accounts(report: Option<&ReviewReport>) -> Table {
    let mut columns = vec![
        Column::text("account"),
        Column::text("customer").for_exports(),
        Column::money("before").titled("rated before"),
    ];
    columns.extend(REVIEW_CAUSES.map(|cause| Column::money(cause_word(cause)).signed()));
    columns.extend([
        Column::money("now"),
        Column::money("difference").signed().with_currency(),
        Column::decimal("percent").titled("%").signed(),
        Column::text("is_within").for_exports(),
    ]);
    let accounts = report.into_iter().flat_map(|report| &report.accounts);
    let rows = accounts.map(|account| {
        let review = &account.review;
        let zero = Money::zero(review.difference.currency());
        let of = |cause: &Cause| review.by_cause.get(cause).copied().unwrap_or(zero);
        let mut cells = row![&account.account_key, &account.customer, review.before];
        cells.extend(REVIEW_CAUSES.iter().map(|cause| Cell::from(of(cause))));
        cells.extend(row![
            review.now,
            review.difference,
            review.percent,
            account.is_within
        ]);
        cells
    });
    Table::new("review", columns).with_rows(rows)
}

pub(super) fn resources(report: Option<&ReviewReport>) -> Table {
    let accounts = report.into_iter().flat_map(|report| &report.accounts);
    rows(accounts.map(|account| (account, usize::MAX)))
}

fn rows<'a>(accounts: impl Iterator<Item = (&'a ReviewedAccount, usize)>) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("customer").for_exports(),
        Column::text("change"),
        Column::text("kind"),
        Column::text("external_id").titled("id"),
        Column::text("name"),
        Column::text("what"),
        Column::money("before").titled("rated before"),
        Column::money("now"),
        Column::money("difference").signed().with_currency(),
        Column::money("repriced").for_exports(),
        Column::integer("resource").for_exports(),
    ];
    let mut table = Table::new("reviewed_resources", columns);
    for (account, most) in accounts {
        for resource in account.review.resources.iter().take(most) {
            table.push(cells(account, resource));
        }
    }
    table
}

fn cells(account: &ReviewedAccount, resource: &ReviewedResource) -> Vec<Cell> {
    let attributes: Vec<String> = resource.attributes.iter().map(attribute).collect();
    row![
        &account.account_key,
        &account.customer,
        cause_word(resource.cause),
        &resource.kind,
        &resource.external_id,
        &resource.name,
        attributes.join(", "),
        resource.before,
        resource.now,
        resource.difference,
        resource.repriced,
        resource.resource.map(|id| id.0),
    ]
}
