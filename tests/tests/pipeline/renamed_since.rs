//! Names that are edited when a month is issued: whatever has dates of its own that reach into it is billed once, as it was.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::small::{Company, machines};

const MAY: &str = "2026-05-01T06:00:00Z";

/// What is agreed has dates within the month, and so have its price and a rule.
const AGREED: &str = r#"
[[account.acme.quantity]]
item = "hours"
name = "move"
quantity = 2
from = 2026-03-05
to = 2026-03-06
owner = "Anna"
reason = "cluster"

[[account.acme.commitment]]
name = "base"
amount = 900.00
from = 2026-03-12
items = ["cpu"]

[[price_book.standard.item]]
name = "hours"
description = "Hours"
unit = "HUR"
meter = { manual = true }
proration = "none"
price = [{ currency = "EUR", amount = 120.00 }]
"#;

fn company() -> Result<Company> {
    let mut company = Company::new()?;
    company.set_price(
        "price = [{ currency = \"EUR\", to = 2026-03-01, amount = 7.00 }, { currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]",
    )?;
    company.set_rules(
        "[[pipeline.main.rule]]\nname = \"first\"\nfrom = 2026-03-01\nwhen = { name = \"VM-001\" }\nset = { account = \"acme\" }\n",
    )?;
    let agreement = "agreement = [{ name = \"frame\", from = 2025-07-01 }]\n";
    edit(
        &company,
        &[(
            "[account.acme]\nname = \"Acme\"\n",
            &format!("[account.acme]\nname = \"Acme\"\n{agreement}"),
        )],
    )?;
    let path = company.configuration();
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(path, text + AGREED)?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &machines(4))?;
    }
    company.bill()?;
    company.export("2026-04-30", &machines(4))?;
    MAY.clone_into(&mut company.place.now);
    company.place.call(&["discover"])?;
    Ok(company)
}

fn edit(company: &Company, edits: &[(&str, &str)]) -> Result<()> {
    let path = company.configuration();
    let mut text = std::fs::read_to_string(&path)?;
    for (from, to) in edits {
        assert!(text.contains(from), "{from} is not in {text}");
        text = text.replace(from, to);
    }
    Ok(std::fs::write(path, text)?)
}

fn total(company: &Company, month: &str) -> Result<Value> {
    let rated = company.place.json(&["rate", "--period", month])?;
    Ok(rated["totals"].clone())
}

fn effects(company: &Company, month: &str) -> Result<usize> {
    let plan = company.place.json(&["plan", "--period", month])?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let deliveries = deliveries.context("deliveries")?.iter();
    Ok(deliveries.filter(|one| one["action"] != "nothing").count())
}

fn bill(company: &Company, month: &str) -> Result<()> {
    let approve = ["approve", "--period", month, "--all", "--by", "test"];
    company.place.expect(0, &["plan", "--period", month])?;
    company.place.expect(0, &approve)?;
    company.place.expect(0, &["apply", "--period", month])?;
    Ok(())
}

fn differences(plan: &Value) -> Result<Vec<String>> {
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let differences = deliveries.context("deliveries")?.iter().map(|one| {
        let amount = one["amount"]["difference"]["amount"].as_str();
        amount.unwrap_or_default().to_owned()
    });
    Ok(differences.collect())
}

/// Nothing changes in March, and April is rated as if it had always been called so.
fn is_billed_once(edits: &[(&str, &str)]) -> Result<()> {
    let company = company()?;
    let march = total(&company, "2026-03")?;
    let april = total(&company, "2026-04")?;
    assert_eq!(effects(&company, "2026-03")?, 0);
    edit(&company, edits)?;
    company.place.expect(0, &["check"])?;
    assert_eq!(total(&company, "2026-03")?, march, "{edits:?}");
    assert_eq!(effects(&company, "2026-03")?, 0, "{edits:?}");
    assert_eq!(total(&company, "2026-04")?, april, "{edits:?}");
    Ok(())
}

/// The new name of each thing, with what it was called.
const ITEM: [(&str, &str); 2] = [
    ("name = \"cpu\"", "name = \"core\"\nrenamed_from = \"cpu\""),
    ("items = [\"cpu\"]", "items = [\"core\"]"),
];
const METERED_BY_HAND: [(&str, &str); 2] = [
    ("\"hours\"", "\"consulting\""),
    (
        "name = \"consulting\"",
        "name = \"consulting\"\nrenamed_from = \"hours\"",
    ),
];
/// The exports still say `acme`.
const ACCOUNT: [(&str, &str); 3] = [
    (
        "[account.acme]\n",
        "[account.north]\nrenamed_from = \"acme\"\n",
    ),
    ("account.acme.", "account.north."),
    ("account = \"acme\"", "account = \"north\""),
];
const AGREEMENT: [(&str, &str); 1] = [(
    "name = \"frame\"",
    "name = \"frame 26\", renamed_from = \"frame\"",
)];
const BY_HAND: [(&str, &str); 2] = [
    (
        "name = \"move\"",
        "name = \"move to the new hall\"\nrenamed_from = \"move\"",
    ),
    (
        "name = \"base\"",
        "name = \"least\"\nrenamed_from = \"base\"",
    ),
];

#[test]
fn an_item_that_is_called_otherwise() -> Result<()> {
    is_billed_once(&ITEM)
}

#[test]
fn an_item_that_quantities_by_hand_name() -> Result<()> {
    is_billed_once(&METERED_BY_HAND)
}

#[test]
fn an_account_whose_agreement_rule_and_commitments_have_dates() -> Result<()> {
    is_billed_once(&ACCOUNT)
}

#[test]
fn an_agreement() -> Result<()> {
    is_billed_once(&AGREEMENT)
}

#[test]
fn what_lines_call_a_quantity_and_a_commitment() -> Result<()> {
    is_billed_once(&BY_HAND)
}

/// What else is edited, also with days within the month, comes to what it comes to without new names.
#[test]
fn everything_in_one_edit_with_prices_and_quantities() -> Result<()> {
    let edits = [
        ("amount = 8.00", "amount = 9.00"),
        ("quantity = 2", "quantity = 3"),
        ("amount = 900.00", "amount = 950.00"),
        ("from = 2026-03-12", "from = 2026-03-15"),
        (
            "from = 2025-07-01 }",
            "from = 2025-07-01, to = 2026-03-20 }, { name = \"next\", from = 2026-03-20, plan = \"gold\" }",
        ),
    ];
    let mut sums: Vec<[Value; 2]> = Vec::new();
    for is_renamed in [false, true] {
        let company = company()?;
        edit(&company, &edits)?;
        if is_renamed {
            for renames in [&ITEM[..], &METERED_BY_HAND, &ACCOUNT, &AGREEMENT, &BY_HAND] {
                edit(&company, renames)?;
            }
        }
        company.place.expect(0, &["check"])?;
        assert!(effects(&company, "2026-03")? > 0);
        sums.push([total(&company, "2026-03")?, total(&company, "2026-04")?]);
        bill(&company, "2026-03")?;
        assert_eq!(effects(&company, "2026-03")?, 0, "{is_renamed}");
    }
    assert_eq!(sums[0], sums[1]);
    Ok(())
}

/// Back to the first name, through a month that was issued under the other one.
#[test]
fn an_item_that_has_its_first_name_again() -> Result<()> {
    let company = company()?;
    edit(&company, &ITEM)?;
    bill(&company, "2026-04")?;
    let april = total(&company, "2026-04")?;
    edit(
        &company,
        &[
            ("name = \"core\"\nrenamed_from = \"cpu\"", "name = \"cpu\""),
            ("items = [\"core\"]", "items = [\"cpu\"]"),
        ],
    )?;
    for month in ["2026-03", "2026-04"] {
        assert_eq!(effects(&company, month)?, 0, "{month}");
    }
    assert_eq!(total(&company, "2026-04")?, april);
    Ok(())
}

/// A name is of one thing for ever.
#[test]
fn a_name_that_was_another_item_s_is_refused() -> Result<()> {
    let company = company()?;
    edit(&company, &ITEM)?;
    company.place.json(&["plan", "--period", "2026-03"])?;
    let path = company.configuration();
    let text = std::fs::read_to_string(&path)?;
    let another = "\n[[price_book.standard.item]]\nname = \"cpu\"\ndescription = \"Other\"\nunit = \"C62\"\n\
                   kind = \"virtual-machine\"\nmeter = { count = 1 }\nprice = [{ currency = \"EUR\", amount = 1.00 }]\n";
    std::fs::write(path, text + another)?;
    for command in [&["check"][..], &["rate", "--period", "2026-03"]] {
        let answer = company.place.call(command)?;
        assert!(!answer.status.success(), "{command:?}");
        let told = answer.stdout + &answer.stderr;
        for expected in [
            "the item `core` cannot be what the item `cpu` was",
            "choose a name that nothing had before",
        ] {
            assert!(told.contains(expected), "{told}");
        }
    }
    Ok(())
}

/// A price for agreements of a name goes along with none of several.
#[test]
fn an_agreement_takes_no_price_of_others_along() -> Result<()> {
    let company = company()?;
    edit(
        &company,
        &[
            (
                "[account.blue]\nname = \"Blue\"\n",
                "[account.blue]\nname = \"Blue\"\nagreement = [{ name = 'frame' }]\n",
            ),
            (
                "amount = 8.00 }",
                "amount = 8.00 }, { currency = \"EUR\", agreement = \"frame\", amount = 6.00 }",
            ),
        ],
    )?;
    company.place.json(&["plan", "--period", "2026-04"])?;
    edit(&company, &AGREEMENT)?;
    for command in [&["check"][..], &["rate", "--period", "2026-04"]] {
        let answer = company.place.call(command)?;
        assert!(!answer.status.success(), "{command:?}");
        let told = answer.stdout + &answer.stderr;
        let expected = "the agreement `frame` cannot be called `frame 26`: a price names agreements of one of these names";
        assert!(told.contains(expected), "{told}");
    }
    Ok(())
}

#[test]
fn a_former_name_that_nothing_had_is_asked_about() -> Result<()> {
    let company = company()?;
    edit(&company, &ITEM)?;
    edit(
        &company,
        &[("renamed_from = \"cpu\"", "renamed_from = \"cqu\"")],
    )?;
    let checked = company.place.expect(0, &["check"])?.stdout;
    assert!(
        checked.contains("the item `core` was never `cqu`"),
        "{checked}"
    );
    assert!(
        checked.contains("write `renamed_from = \"cpu\"`"),
        "{checked}"
    );
    Ok(())
}

/// What was billed elsewhere follows its item, whichever name the table says.
#[test]
fn an_opening_position_follows_its_item() -> Result<()> {
    let company = company()?;
    let import = |item: &str, net: &str| -> Result<Value> {
        let table = format!("account,period,item,net,note\nacme,2026-04,{item},{net},\n");
        std::fs::write(company.place.folder.join("opening.csv"), table)?;
        company
            .place
            .json(&["opening", "import", "opening.csv", "--by", "anna"])
    };
    let april = total(&company, "2026-04")?;
    import("cpu", "5.00")?;
    let less = total(&company, "2026-04")?;
    assert_ne!(less, april);
    edit(&company, &ITEM)?;
    for item in ["cpu", "core"] {
        let report = import(item, "5.00")?;
        assert_eq!(report["unchanged"], 1, "{report}");
        assert_eq!(total(&company, "2026-04")?, less);
    }
    import("core", "0.00")?;
    assert_eq!(total(&company, "2026-04")?, april);
    Ok(())
}

/// What nobody says to be the same is another one: with dates in March it is billed there, beside what is left out by now.
#[test]
fn what_only_looks_alike_is_no_new_name() -> Result<()> {
    for edits in [
        &[
            ("name = \"cpu\"", "name = \"care\""),
            ("amount = 7.00", "amount = 2.00"),
            ("amount = 8.00", "amount = 3.00"),
            ("items = [\"cpu\"]", "items = [\"care\"]"),
        ][..],
        &[("\"move\"", "\"care\""), ("quantity = 2", "quantity = 3")],
    ] {
        let company = company()?;
        edit(&company, edits)?;
        let checked = company.place.expect(0, &["check"])?;
        assert!(
            checked.stdout.contains("begins in a month that was issued"),
            "{}",
            checked.stdout
        );
        let plan = company.place.json(&["plan", "--period", "2026-03"])?;
        let differences = differences(&plan)?;
        assert!(
            differences.iter().all(|one| !one.starts_with('-')),
            "{differences:?}"
        );
        assert!(
            differences.iter().any(|one| one != "0.00"),
            "{differences:?}"
        );
    }
    Ok(())
}

/// The one that goes on from a day has a name of its own; that the other one ends there counts as much.
#[test]
fn what_one_follows_on_another_within_the_month() -> Result<()> {
    let company = company()?;
    let march = total(&company, "2026-03")?;
    edit(
        &company,
        &[(
            "agreement = [{ name = \"frame\", from = 2025-07-01 }]",
            "agreement = [{ name = \"frame\", to = 2026-03-03 }, { name = \"frame 26\", from = 2026-03-03 }]",
        )],
    )?;
    company.place.expect(0, &["check"])?;
    assert_eq!(total(&company, "2026-03")?, march);
    Ok(())
}
