//! The total of an account's bill, explained: each line, what was billed of it, and by which documents. The amounts were
//! computed by hand.

use anyhow::Result;
use serde_json::Value;

use crate::agreed_billed::{AGREED, company, export};
use crate::delivered::correct;
use crate::reports::{list, texts};
use crate::small::Company;

const MARCH: [&str; 5] = ["explain", "--account", "acme", "--period", "2026-03"];

fn lines(explained: &Value) -> Result<Vec<String>> {
    let keys = [
        "/sort",
        "/rated/amount",
        "/billed/amount",
        "/open/amount",
        "/percent",
    ];
    let account = &list(explained, "accounts")?[0];
    Ok(texts(list(account, "lines")?, &keys))
}

fn said(company: &Company, asked: &[&str], expected: &[&str]) -> Result<()> {
    let told = company.place.expect(0, asked)?.stdout;
    for text in expected {
        assert!(told.contains(text), "{text}\n\n{told}");
    }
    Ok(())
}

#[test]
fn a_total_is_its_lines_and_its_documents() -> Result<()> {
    let mut company = company(AGREED, "2")?;
    company.place.call(&["discover"])?;
    let before = company.place.json(&MARCH)?;
    assert_eq!(
        lines(&before)?,
        [
            "commitment 50.00 0.00 50.00 50",
            "manual 30.00 0.00 30.00 30",
            "resources 20.00 0.00 20.00 20"
        ]
    );
    said(
        &company,
        &MARCH,
        &["100.00 EUR is not billed", "no plan has it"],
    )?;
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    said(
        &company,
        &MARCH,
        &["100.00 EUR of it since 2026-04-01T06:00:00Z: waits for approval"],
    )?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    said(
        &company,
        &MARCH,
        &[
            "main 2026-03 · acme (Acme): 100.00 EUR rated, 100.00 EUR billed",
            "the 3 lines sum to 100.00 EUR, as rated; the 1 document to 100.00 EUR, as billed",
            "what lacks to the minimum that was agreed on",
            "commitment base: 100 EUR a period, 100 due for the time in which it holds, 50 billed of all items",
            "by hand: 1.5 consulting, until 2026-04-01, answered for by anna: migration",
            "1 resource: VM-1 20.00",
            "price: list (counterfoil.toml:",
            "nothing is left to bill or to give back",
        ],
    )?;
    // A late fact: twelve processors, so that nothing lacks to the minimum.
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    export(&company, "12")?;
    company.place.call(&["discover"])?;
    let late = company.place.json(&MARCH)?;
    assert_eq!(
        lines(&late)?,
        [
            "manual 30.00 30.00 0.00 20",
            "resources 120.00 20.00 100.00 80",
            "no-longer-rated 0.00 50.00 -50.00 null"
        ]
    );
    said(
        &company,
        &MARCH,
        &[
            "billed: 50.00 EUR by CF-",
            "left: -50.00 EUR",
            "it was billed, and nothing that is known now leads to it any more",
            "50.00 EUR is not billed",
        ],
    )?;
    correct(&company)?;
    let corrected = company.place.json(&MARCH)?;
    let account = &list(&corrected, "accounts")?[0];
    assert_eq!(account["rated"]["amount"], "150.00");
    assert_eq!(account["billed"]["amount"], "150.00");
    let nets = texts(list(account, "documents")?, &["/net/amount", "/state"]);
    assert_eq!(nets, ["100.00 posted", "50.00 posted"]);
    assert_eq!(
        account["documents"][1]["corrects"],
        account["documents"][0]["reference"]
    );
    // Taken back and added: 20.00, then -20.00 and 120.00.
    let by = list(&account["lines"][1], "billed_by")?;
    assert_eq!(texts(by, &["/billed/amount"]), ["20.00", "100.00"]);
    Ok(())
}

#[test]
fn openings_discounts_and_limits_are_told_of_their_lines() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(
        "price = [{ currency = \"EUR\", amount = 10.00, discount_percent = 10, maximum = 40.00 }]",
    )?;
    let rows = ["VM-1,acme,5", "VM-2,acme,1"].map(str::to_owned);
    company.export("2026-03-01", &rows)?;
    company.export("2026-03-31", &rows)?;
    company.place.call(&["discover"])?;
    std::fs::write(
        company.place.folder.join("opening.csv"),
        "account;period;item;net;note\nacme;2026-03;cpu;15,50;invoice 4711\n",
    )?;
    let import = ["opening", "import", "opening.csv", "--by", "anna"];
    company.place.expect(0, &import)?;
    let explained = company.place.json(&MARCH)?;
    // 60.00, less 10 %, is 54.00, of which 14.00 is beyond the maximum.
    assert_eq!(
        lines(&explained)?,
        [
            "opening -15.50 0.00 -15.50 -63.27",
            "resources 40.00 0.00 40.00 163.27"
        ]
    );
    said(
        &company,
        &MARCH,
        &[
            "discount 10 %: -1 C62 × 6 = -6.00",
            "maximum 40: -1 C62 × 14 = -14.00",
            "2 resources: VM-1 33.33, VM-2 6.67",
            "what was billed elsewhere is taken off",
            "given by anna at 2026-04-01T06:00:00Z (opening.csv row 2)",
            "24.50 EUR is not billed",
        ],
    )?;
    Ok(())
}

#[test]
fn a_customer_has_the_totals_of_its_accounts_and_a_wrong_name_is_told() -> Result<()> {
    let mut company = Company::new()?;
    company.set_rules(
        "\n[[pipeline.main.rule]]\nwhen = { owner = \"acme\" }\nset = { account = \"acme\" }\n",
    )?;
    company.append(
        "\n[account.acme-two]\nname = \"Acme Two\"\ncurrency = \"SEK\"\ncustomer = \"acme\"\n",
    )?;
    let rows = ["VM-1,acme,5".to_owned()];
    company.export("2026-03-01", &rows)?;
    company.export("2026-03-31", &rows)?;
    company.place.call(&["discover"])?;
    let asked = [
        "explain",
        "main",
        "--customer",
        "acme",
        "--period",
        "2026-03",
    ];
    let explained = company.place.json(&asked)?;
    assert_eq!(
        texts(list(&explained, "totals")?, &["/rated/amount"]),
        ["50.00"]
    );
    let none = ["explain", "--account", "blue", "--period", "2026-03"];
    said(
        &company,
        &none,
        &["nothing is rated, and nothing was billed"],
    )?;
    let wrong = ["explain", "--account", "acne", "--period", "2026-03"];
    let refused = company.place.expect(2, &wrong)?.stderr;
    assert!(refused.contains("there is no account `acne`"), "{refused}");
    assert!(refused.contains("did you mean `acme`?"), "{refused}");
    Ok(())
}

#[test]
fn what_a_correction_takes_back_is_explained_by_what_was_known_then() -> Result<()> {
    let mut company = company("", "2")?;
    company.place.call(&["discover"])?;
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    company.place.now = "2026-04-02T06:00:00Z".to_owned();
    export(&company, "12")?;
    company.place.call(&["discover"])?;
    correct(&company)?;
    let total = company.place.json(&MARCH)?;
    let documents = list(&list(&total, "accounts")?[0], "documents")?;
    let reference = documents[1]["reference"].as_str().unwrap_or_default();
    let explained = company.place.json(&["explain", reference])?;
    let keys = [
        "/line/billed/amount",
        "/rated_again/amount",
        "/contributions/0/quantity",
        "/taken_back_from",
    ];
    assert_eq!(
        texts(list(&explained, "lines")?, &keys),
        ["-20.00 -20.00 2 INV/2026/00001", "120.00 120.00 12 null"]
    );
    assert_eq!(explained["corrects"], documents[0]["reference"]);
    let asked = ["explain", reference, "--line", "1"];
    let original = documents[0]["reference"].as_str().unwrap_or_default();
    said(
        &company,
        &asked,
        &[
            &format!("correction of {original}: "),
            "it takes back what INV/2026/00001 billed, and is explained by what was known then",
            "the charge comes to -20.00 EUR: unit rounded half up, from the exact 20",
            "2 × 10 = 20",
        ],
    )?;
    Ok(())
}

const DIFFERENCE: [&str; 7] = [
    "explain",
    "--account",
    "acme",
    "--period",
    "2026-03",
    "--against",
    "2026-02",
];

#[test]
fn a_difference_has_reasons_that_sum_to_it() -> Result<()> {
    let company = crate::reviewed::company("")?;
    // 672 hours in February, 743 in March.
    company.append(
        r#"
[[price_book.standard.item]]
name = "place"
description = "Place"
unit = "C62"
kind = "virtual-machine"
meter = { count = 1 }
proration = "hour"
price = [{ currency = "EUR", amount = 0.05 }]

[[price_book.standard.item]]
name = "support"
description = "Support"
unit = "C62"
model = "percentage"
of = ["cpu"]
price = [{ currency = "EUR", percent = 10 }]
"#,
    )?;
    let explained = company.place.json(&DIFFERENCE)?;
    let account = &list(&explained, "accounts")?[0];
    // Processors 60.00 and 121.00, places 2 × 33.60 and 3 × 37.15, support 6.00 and 12.10.
    assert_eq!(account["before"]["amount"], "133.20");
    assert_eq!(account["now"]["amount"], "244.55");
    assert_eq!(account["difference"]["amount"], "111.35");
    let causes = account["by_cause"].as_object().into_iter().flatten();
    let causes: Vec<String> = causes
        .map(|(cause, money)| format!("{cause} {}", money["amount"]).replace('"', ""))
        .collect();
    assert_eq!(
        causes,
        [
            "calendar 3.55",
            "changed 50.00",
            "derived 6.10",
            "gone -73.60",
            "new 70.15",
            "reclassified 48.15",
            "repriced 7.00"
        ]
    );
    let resources = texts(
        list(account, "resources")?,
        &[
            "/name",
            "/cause",
            "/difference/amount",
            "/by_cause/calendar/amount",
        ],
    );
    assert_eq!(
        resources,
        [
            "VM-002 gone -73.60 null",
            "VM-005 new 70.15 null",
            "VM-001 changed 60.55 3.55",
            "VM-003 reclassified 48.15 null"
        ]
    );
    said(
        &company,
        &DIFFERENCE,
        &[
            "main 2026-03 (31 days, 743 hours) against 2026-02 (28 days, 672 hours)",
            "acme (Acme): 133.20 EUR before, 244.55 EUR now, a difference of 111.35 EUR (83.6 %)",
            "these 7 sum to the difference of 111.35 EUR",
            "price of vCPU: 10 by list (counterfoil.toml:",
            "Support",
        ],
    )?;
    let turned = [
        "explain",
        "--account",
        "acme",
        "--period",
        "2026-02",
        "--against",
        "2026-03",
    ];
    let refused = company.place.expect(2, &turned)?.stderr;
    assert!(
        refused.contains("the second is not the earlier one"),
        "{refused}"
    );
    assert!(
        refused.contains("hint: give the later period with --period"),
        "{refused}"
    );
    Ok(())
}
