//! Charges of two sides, and what their difference is said to be.

use proptest::prelude::*;

use super::*;
use crate::charge::{ChargeKey, Explanation, PriceChoice};
use crate::ids::{AgreementKey, CustomerKey};
use crate::language::LineWords;
use crate::price::PriceAt;
use crate::time::{BillingPeriod, TimeZone};

/// Account, item, month of 2026 and minor units.
type Row = (i64, u8, u8, i64);

fn charge((account, item, month, minor): Row) -> Charge {
    let currency: Currency = if account % 2 == 0 { "SEK" } else { "EUR" }
        .parse()
        .unwrap();
    let period = BillingPeriod::parse(&format!("2026-{month:02}"), TimeZone::UTC).unwrap();
    Charge {
        words: LineWords::default(),
        key: ChargeKey {
            account: AccountId(account),
            agreement: AgreementKey::from("standard"),
            item: ItemKey(format!("item-{item}")),
            billing_period: period.id(),
            period: period.period(),
            dimensions: BTreeMap::new(),
            since: None,
        },
        customer: CustomerKey(format!("customer-{account}")),
        description: String::new(),
        quantity: Decimal::ONE,
        unit: "C62".to_owned(),
        unit_price: Decimal::ONE,
        net: Money::from_minor(minor, currency),
        first_day: period.first_day(),
        last_day: period.last_day(),
        tax_category: None,
        account_code: None,
        explanation: Box::new(Explanation {
            model: "unit".to_owned(),
            price: PriceChoice {
                level: "list".to_owned(),
                from: None,
                place: String::new(),
                overruled: Vec::new(),
                policy: PriceAt::Usage,
                signed: None,
                signed_before: None,
                passed_over: Vec::new(),
                exchange: None,
            },
            proration: "second".to_owned(),
            quantity_exact: "1".to_owned(),
            metered_exact: None,
            commitment: None,
            manual: Vec::new(),
            measured: None,
            parts: Vec::new(),
            contents: Vec::new(),
            net_exact: "1".to_owned(),
            rounding: Rounding::HalfUp,
            change: None,
            rounded_together: false,
            change_at: None,
            handover: None,
            presumed_seconds: 0,
        }),
        contributions: Vec::new(),
    }
}

fn compared(before: &[Row], after: &[Row]) -> Changes {
    let charges = |rows: &[Row]| rows.iter().map(|row| charge(*row)).collect::<Vec<_>>();
    let mut comparison = Comparison::default();
    let months = charges(before).into_iter().chain(charges(after));
    let months: BTreeSet<String> = months.map(|one| one.key.billing_period).collect();
    for month in months {
        let of_month = |rows: &[Row]| {
            let mut charges = charges(rows);
            charges.retain(|one| one.key.billing_period == month);
            charges
        };
        let added = comparison.add(&month, &of_month(before), &of_month(after));
        added.unwrap();
    }
    comparison.changes(|_| true).unwrap()
}

fn told(change: &Change) -> String {
    let percent = change.percent.map_or("-".to_owned(), |one| one.to_string());
    format!(
        "{} {} {} {percent}",
        change.before.amount(),
        change.after.amount(),
        change.difference.amount()
    )
}

#[test]
fn gains_and_losses_are_of_accounts_over_all_periods() {
    // Account 1 pays 30 less in January and 10 more in February: a loss of 20.
    let changes = compared(
        &[(1, 1, 1, 10_000), (1, 1, 2, 10_000), (3, 1, 1, 5_000)],
        &[(1, 1, 1, 7_000), (1, 1, 2, 11_000), (3, 1, 1, 5_050)],
    );
    let [total] = changes.totals.as_slice() else {
        panic!("one currency: {:?}", changes.totals);
    };
    assert_eq!(told(&total.change), "250.00 230.50 -19.50 -7.8");
    assert_eq!(total.gains.amount(), "0.50");
    assert_eq!(total.losses.amount(), "-20.00");
    assert_eq!((total.accounts_gaining, total.accounts_losing), (1, 1));
    let accounts = changes.accounts.iter();
    let accounts: Vec<_> = accounts
        .map(|row| format!("{} {}", row.account, told(&row.change)))
        .collect();
    assert_eq!(
        accounts,
        ["1 200.00 180.00 -20.00 -10", "3 50.00 50.50 0.50 1"]
    );
    let item = &changes.items[0];
    assert_eq!(
        (item.accounts, told(&item.change).as_str()),
        (2, "250.00 230.50 -19.50 -7.8")
    );
}

#[test]
fn what_is_on_one_side_alone_counts_in_full() {
    let changes = compared(&[(1, 1, 1, 100)], &[(1, 2, 1, 300), (3, 1, 1, 7)]);
    let items = changes.account_items.iter();
    let items: Vec<_> = items
        .map(|row| format!("{} {} {}", row.account, row.item, told(&row.change)))
        .collect();
    assert_eq!(
        items,
        [
            "1 item-2 0.00 3.00 3.00 -",
            "1 item-1 1.00 0.00 -1.00 -100",
            "3 item-1 0.00 0.07 0.07 -"
        ]
    );
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (1..6_i64, 0..3_u8, 1..13_u8, -100_000..1_000_000_i64);
    prop::collection::vec(row, 0..30)
}

proptest! {
    /// Whichever way the difference is told, it is the same money.
    #[test]
    fn every_grouping_sums_to_the_totals(before in rows(), after in rows()) {
        let changes = compared(&before, &after);
        let own = |rows: &[Row], currency: Currency| -> i64 {
            let charges = rows.iter().map(|row| charge(*row).net);
            charges.filter(|net| net.currency() == currency).map(Money::minor).sum()
        };
        for total in &changes.totals {
            let currency = total.gains.currency();
            let expected = own(&after, currency) - own(&before, currency);
            let groupings: [Vec<&Change>; 5] = [
                changes.accounts.iter().map(|row| &row.change).collect(),
                changes.periods.iter().map(|row| &row.change).collect(),
                changes.account_periods.iter().map(|row| &row.change).collect(),
                changes.items.iter().map(|row| &row.change).collect(),
                changes.account_items.iter().map(|row| &row.change).collect(),
            ];
            for grouping in groupings {
                let of_currency = grouping.iter().filter(|one| one.before.currency() == currency);
                prop_assert_eq!(of_currency.map(|one| one.difference.minor()).sum::<i64>(), expected);
            }
            prop_assert_eq!(total.gains.minor() + total.losses.minor(), expected);
            prop_assert_eq!(total.change.difference.minor(), expected);
        }
    }
}

#[test]
fn a_charge_period_counts_in_the_month_with_which_it_is_due() {
    let mut quarter = charge((1, 1, 3, 9000));
    quarter.key.billing_period = "2026-Q1".to_owned();
    let month = charge((1, 2, 3, 2000));
    let due = [quarter, month];
    let mut comparison = Comparison::default();
    comparison.add("2026-03", &due, &due[1..]).unwrap();
    let changes = comparison.changes(|_| true).unwrap();
    let periods = changes.periods.iter();
    let periods: Vec<_> = periods
        .map(|one| {
            (
                one.billing_period.as_str(),
                one.change.before.minor(),
                one.change.after.minor(),
            )
        })
        .collect();
    assert_eq!(periods, [("2026-03", 11000, 2000)]);
    assert_eq!(changes.account_periods.len(), 1);
}
