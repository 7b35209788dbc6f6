//! What people see of a table.

use super::*;

#[test]
fn people_see_the_currency_only_where_it_is_asked_for() {
    let eur = "EUR".parse().unwrap();
    let money = |text: &str| Money::parse(text, eur).unwrap();
    let columns = [
        Column::text("account"),
        Column::money("now"),
        Column::money("difference").with_currency(),
        Column::text("message").titled(""),
    ];
    let rows = [
        row!["acme", money("10.00"), money("-1.50"), None::<String>],
        row!["globex", money("1000.00"), money("0"), "held"],
    ];
    let table = Table::new("accounts", columns).with_rows(rows);
    assert_eq!(
        table.to_text(),
        " ACCOUNT      NOW  DIFFERENCE\n acme       10.00   -1.50 EUR\n globex   1000.00    0.00 EUR  held"
    );
    assert!(!table.first_to_text(1).contains("globex"));
}

#[test]
fn growth_has_a_sign_midnight_is_a_day_and_programs_get_more() {
    let zone = TimeZone::get("Europe/Stockholm").unwrap();
    let eur = "EUR".parse().unwrap();
    let columns = [
        Column::money("growth").signed(),
        Column::instant("since").in_zone(&zone),
        Column::integer("resource").for_exports(),
        Column::text("said").for_people(),
    ];
    let midnight: Instant = "2026-02-28T23:00:00Z".parse().unwrap();
    let rows = ["1.50", "0", "-1.50"].map(|growth| {
        let growth = Money::parse(growth, eur).unwrap();
        row![growth, midnight, 7_u32, "so"]
    });
    let table = Table::new("growth", columns).with_rows(rows);
    assert_eq!(
        table.to_text(),
        " GROWTH  SINCE       SAID\n  +1.50  2026-03-01  so\n   0.00  2026-03-01  so\n  -1.50  2026-03-01  so"
    );
    let exported = table.for_export();
    let names: Vec<&str> = exported.columns().iter().map(Column::name).collect();
    assert_eq!(names, ["growth", "since", "resource"]);
    assert_eq!(exported.rows()[0][1], Cell::Instant(midnight));
}
