//! Why two bills differ, as people read it and as tables.

use counterfoil_engine::explain::{AccountDifference, DifferenceExplained, PeriodLength};
use counterfoil_model::counted::counted;
use counterfoil_model::report::{Cause, PriceChange};

use crate::commands::plan::review::REVIEW_CAUSES;
use crate::commands::price_words;
use crate::commands::report::changes::cause_word;
use crate::commands::report::delivered::attribute;
use crate::output::{Column, Table, row};

/// Resources that are told to people.
const SHOWN_RESOURCES: usize = 40;

pub(super) fn text(explained: &DifferenceExplained) -> String {
    let (now, before) = (&explained.billing_period, &explained.against);
    let mut parts = vec![format!(
        "{} {} against {}",
        explained.pipeline,
        length(now),
        length(before)
    )];
    if let Some(end) = explained.not_ended {
        parts.push(format!(
            "{} has not ended (it ends at {end}): what is rated goes on to change",
            now.id
        ));
    }
    if explained.accounts.is_empty() {
        parts.push("nothing is rated in either period".to_owned());
    }
    for account in &explained.accounts {
        parts.extend(account_text(account));
    }
    if explained.accounts.len() > explained.totals.len() {
        let totals = explained.totals.iter().map(|sum| {
            format!(
                "all accounts: {} before, {} now, a difference of {}",
                sum.before, sum.now, sum.difference
            )
        });
        parts.push(totals.collect::<Vec<_>>().join("\n"));
    }
    parts.join("\n\n")
}

fn length(period: &PeriodLength) -> String {
    format!(
        "{} ({}, {})",
        period.id,
        counted(period.days, "day"),
        counted(period.hours, "hour")
    )
}

fn account_text(account: &AccountDifference) -> Vec<String> {
    let review = &account.review;
    let percent = review.percent.map(|percent| format!(" ({percent} %)"));
    let mut parts = vec![format!(
        "{} ({}): {} before, {} now, a difference of {}{}",
        account.account_key,
        account.name,
        review.before,
        review.now,
        review.difference,
        percent.unwrap_or_default()
    )];
    let one = std::slice::from_ref(account);
    if !review.by_cause.is_empty() {
        let shown = ["change", "why", "difference"];
        parts.push(causes(one).only(&shown).to_text());
        parts.push(format!(
            "{} to the difference of {}",
            match review.by_cause.len() {
                1 => "this one comes".to_owned(),
                count => format!("these {count} sum"),
            },
            review.difference
        ));
    }
    if !review.resources.is_empty() {
        let hidden = ["account", "customer", "resource"];
        let rows = resources(one).without(&hidden);
        parts.push(rows.first_to_text(SHOWN_RESOURCES));
        let more = review.resources.len().saturating_sub(SHOWN_RESOURCES);
        if more > 0 {
            parts.push(format!("… and {more} more (--table resources has all)"));
        }
    }
    if !account.lines.is_empty() {
        parts.push(lines(one).without(&["account"]).to_text());
    }
    parts.extend(account.prices.iter().map(price));
    parts
}

fn why(cause: Cause) -> &'static str {
    match cause {
        Cause::New => "came in the later period, or in the course of the earlier one",
        Cause::Gone => "went in the course of the later period, or before it",
        Cause::Changed => "resized: another quantity is metered",
        Cause::Usage => "other usage was measured",
        Cause::Reclassified => "another owner, share, service, plan or agreement",
        Cause::Calendar => "other days are charged, or a charge period is due in one of them alone",
        Cause::Repriced => "another price, or another average of tiers, minimums and the like",
        Cause::Derived => "lines to which no resource adds",
    }
}

fn price(change: &PriceChange) -> String {
    format!(
        "price of {}: {} by {} before, {} by {} now",
        change.description,
        change.unit_price_before,
        price_words::won(&change.before),
        change.unit_price_now,
        price_words::won(&change.now)
    )
}

pub(super) fn tables(explained: &DifferenceExplained) -> Vec<Table> {
    let all = &explained.accounts;
    vec![
        causes(all),
        accounts(explained),
        resources(all),
        lines(all),
        prices(all),
    ]
}

fn accounts(explained: &DifferenceExplained) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("customer"),
        Column::text("billing_period"),
        Column::text("against"),
        Column::money("before"),
        Column::money("now"),
        Column::money("difference"),
        Column::decimal("percent"),
    ];
    let rows = explained.accounts.iter().map(|account| {
        row![
            &account.account_key,
            &account.customer,
            &explained.billing_period.id,
            &explained.against.id,
            account.review.before,
            account.review.now,
            account.review.difference,
            account.review.percent,
        ]
    });
    Table::new("accounts", columns).with_rows(rows)
}

fn causes(accounts: &[AccountDifference]) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("customer"),
        Column::text("change"),
        Column::text("why"),
        Column::money("difference").signed().with_currency(),
    ];
    let mut table = Table::new("causes", columns);
    for account in accounts {
        for cause in REVIEW_CAUSES {
            if let Some(money) = account.review.by_cause.get(&cause) {
                table.push(row![
                    &account.account_key,
                    &account.customer,
                    cause_word(cause),
                    why(cause),
                    *money,
                ]);
            }
        }
    }
    table
}

fn resources(accounts: &[AccountDifference]) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("customer"),
        Column::text("change"),
        Column::text("kind"),
        Column::text("external_id").titled("id"),
        Column::text("name"),
        Column::text("what"),
        Column::money("before"),
        Column::money("now"),
        Column::money("difference").signed().with_currency(),
        Column::text("of_which"),
        Column::integer("resource"),
    ];
    let mut table = Table::new("resources", columns);
    for account in accounts {
        for one in &account.review.resources {
            let attributes: Vec<String> = one.attributes.iter().map(attribute).collect();
            let parts = one.by_cause.iter();
            let parts =
                parts.map(|(cause, money)| format!("{} {}", cause_word(*cause), money.amount()));
            table.push(row![
                &account.account_key,
                &account.customer,
                cause_word(one.cause),
                &one.kind,
                &one.external_id,
                &one.name,
                attributes.join(", "),
                one.before,
                one.now,
                one.difference,
                parts.collect::<Vec<_>>().join(", "),
                one.resource.map(|id| id.0),
            ]);
        }
    }
    table
}

fn lines(accounts: &[AccountDifference]) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("description").titled("line"),
        Column::money("before"),
        Column::money("now"),
        Column::money("difference").signed().with_currency(),
    ];
    let mut table = Table::new("lines", columns);
    for account in accounts {
        for line in &account.lines {
            table.push(row![
                &account.account_key,
                &line.description,
                line.before,
                line.now,
                line.difference,
            ]);
        }
    }
    table
}

fn prices(accounts: &[AccountDifference]) -> Table {
    let columns = [
        Column::text("account"),
        Column::text("item"),
        Column::decimal("unit_price_before"),
        Column::decimal("unit_price_now"),
        Column::text("price_before"),
        Column::text("price_now"),
    ];
    let mut table = Table::new("prices", columns);
    for account in accounts {
        for change in &account.prices {
            table.push(row![
                &account.account_key,
                change.item.to_string(),
                change.unit_price_before,
                change.unit_price_now,
                price_words::won(&change.before),
                price_words::won(&change.now),
            ]);
        }
    }
    table
}
