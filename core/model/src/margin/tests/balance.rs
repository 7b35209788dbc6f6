//! Every cent of costs and of what is billed is in some row.

use proptest::prelude::*;

use super::*;

fn machines() -> impl Strategy<Value = Vec<Machine>> {
    let has = prop_oneof![
        Just(Has::One(1, "web")),
        Just(Has::One(1, "db")),
        Just(Has::One(2, "web")),
        Just(Has::One(3, "db")),
        Just(Has::Both),
        Just(Has::Suspense),
        Just(Has::Lab),
    ];
    prop::collection::vec((0..40_i64, 0..90_i64, 1..32_i64, has), 1..10)
}

fn sold() -> impl Strategy<Value = String> {
    let graduated = "model = \"graduated\"\nprice = [{ currency = \"EUR\", tiers = [{ up_to = 10, amount = \"7.77\" }, { amount = \"3.33\" }] }]";
    prop_oneof![
        Just(item("cpu", CPU, &price("amount = \"7.77\""))),
        Just(item("cpu", CPU, graduated)),
        Just(
            item(
                "cpu",
                CPU,
                &price("amount = \"7.77\", discount_percent = \"12.5\", minimum = \"20.00\"")
            ) + &item("ram", RAM, &price("amount = \"0.37\""))
        ),
        Just(item(
            "ram",
            RAM,
            &format!(
                "customers = [\"customer-1\", \"customer-3\"]\n{}",
                price("amount = \"1.01\"")
            )
        )),
        Just(item(
            "cpu",
            CPU,
            &format!("dimensions = [\"service\"]\n{}", price("amount = \"0.03\""))
        )),
    ]
}

fn costs() -> impl Strategy<Value = String> {
    let overhead = "[[item]]\nname = \"overhead\"\ndescription = \"Overhead\"\nunit = \"C62\"\nmodel = \"percentage\"\nof = [\"a\"]\n";
    prop_oneof![
        Just(item("a", CPU, &price("amount = \"1.234\""))),
        Just(
            item("a", CPU, &price("amount = \"2.22\""))
                + &item("b", RAM, &price("amount = \"0.11\""))
        ),
        Just(item(
            "a",
            "{ count = 1 }",
            &format!("model = \"split\"\n{}", price("amount = \"100.00\""))
        )),
        Just(item("a", RAM, &price("amount = \"0.77\"")) + overhead + &price("percent = \"8\"")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Every cent that was rated is in some row, whatever the rows are of.
    #[test]
    fn all_costs_and_all_that_is_billed_are_in_some_row(
        machines in machines(), book in sold(), cost in costs(),
    ) {
        let month = Month::new(&machines);
        let (margins, [list, net, costs]) = month.margins(&book, &cost);
        for by in [MarginBy::Line, MarginBy::Customer, MarginBy::Service, MarginBy::Agreement] {
            let rows = grouped(&margins, by, &month.accounts).unwrap();
            let sum = |of: fn(&Amounts) -> Money| -> i64 {
                rows.iter().map(|row| of(&row.amounts).minor()).sum()
            };
            prop_assert_eq!(sum(|one| one.cost), costs);
            prop_assert_eq!(sum(|one| one.net), net);
            prop_assert_eq!(sum(|one| one.list), list);
            prop_assert_eq!(sum(|one| one.discount), list - net);
            prop_assert_eq!(sum(|one| one.margin.unwrap()), net - costs);
        }
        let total = margins.cost("EUR".parse().unwrap()).unwrap();
        prop_assert_eq!(total.minor(), costs);
    }
}
