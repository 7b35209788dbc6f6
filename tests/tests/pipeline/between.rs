//! Changes between two observations, and hands that change, through the store: the policies with numbers, and what an outage
//! does to the bill.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::small::{APRIL, Company};

const LATE_APRIL: &str = "2026-04-21T06:00:00Z";

/// Ten a day for 31 CPUs.
fn company(policies: &str) -> Result<Company> {
    let mut company = Company::new()?;
    company.set_price("price = [{ currency = \"EUR\", amount = 10.00 }]")?;
    company.write_with(policies, "", "")?;
    Ok(company)
}

fn export(company: &Company, days: (u8, u8), rows: &[&str]) -> Result<()> {
    let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
    for day in days.0..=days.1 {
        company.export(&format!("2026-03-{day:02}"), &rows)?;
    }
    Ok(())
}

fn nets(company: &Company, period: &str) -> Result<Vec<String>> {
    let rated = company.place.json(&["rate", "--period", period])?;
    let lines = rated["lines"].as_array().context("there are lines")?;
    let shown = lines.iter().map(|line| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        format!(
            "{} {}",
            text(&line["account"]),
            text(&line["net"]["amount"])
        )
    });
    Ok(shown.collect())
}

/// Seen until the end of the 10th, and then on the 21st.
#[test]
fn each_policy_places_growth_shrinking_beginnings_and_ends() -> Result<()> {
    for (policy, expected) in [
        (
            "",
            ["acme 420.00", "acme 510.00", "acme 110.00", "acme 200.00"],
        ),
        (
            "change_at = \"first-seen\"",
            ["acme 420.00", "acme 510.00", "acme 110.00", "acme 200.00"],
        ),
        (
            "change_at = \"midpoint\"",
            ["acme 470.00", "acme 460.00", "acme 160.00", "acme 150.00"],
        ),
        (
            "change_at = \"customer-favour\"",
            ["acme 420.00", "acme 410.00", "acme 110.00", "acme 100.00"],
        ),
    ] {
        let cases = [
            ("VM-001,acme,31", "VM-001,acme,62"),
            ("VM-001,acme,62", "VM-001,acme,31"),
            ("", "VM-001,acme,31"),
            ("VM-001,acme,31", ""),
        ];
        let company = company(policy)?;
        for ((before, after), expected) in cases.into_iter().zip(expected) {
            let row = |row: &'static str| -> Vec<&'static str> {
                let other = ["VM-900,blue,0.31"].into_iter();
                other
                    .chain([row].into_iter().filter(|row| !row.is_empty()))
                    .collect()
            };
            export(&company, (1, 10), &row(before))?;
            export(&company, (21, 31), &row(after))?;
            company.place.expect(0, &["discover"])?;
            let nets = nets(&company, "2026-03")?;
            assert_eq!(
                nets,
                [expected, "blue 3.10"],
                "{policy}: {before} to {after}"
            );
            std::fs::remove_file(company.store())?;
            for beside in ["counterfoil.db-wal", "counterfoil.db-shm"] {
                let _ = std::fs::remove_file(company.place.folder.join(beside));
            }
        }
    }
    Ok(())
}

#[test]
fn a_line_names_its_policy_and_what_it_could_have_come_to() -> Result<()> {
    let company = company("change_at = \"midpoint\"")?;
    export(&company, (1, 10), &["VM-001,acme,31"])?;
    export(&company, (21, 31), &["VM-001,acme,62"])?;
    company.bill()?;
    let posted = company.posted()?;
    let (reference, net) = posted.first().context("it was billed")?;
    assert_eq!(net, "470.00");
    let told = company.place.json(&["explain", reference])?;
    let line = &told["lines"][0];
    assert_eq!(line["explanation"]["change_at"], "midpoint");
    assert_eq!(line["net_if_earliest"]["amount"], "520.00");
    assert_eq!(line["net_if_latest"]["amount"], "420.00");
    let grown = &line["contributions"][1];
    assert_eq!(
        grown["uncertain"]["from"],
        json!({ "earliest": "2026-03-10T23:00:00Z", "latest": "2026-03-20T23:00:00Z" })
    );
    assert_eq!(grown["period"]["from"], "2026-03-15T23:00:00Z");
    let shown = company
        .place
        .expect(0, &["explain", reference, "--line", "1"])?;
    for words in [
        "change at midpoint",
        "uncertain: 520.00 EUR at the earliest times of its changes, 420.00 EUR at the latest",
        "began after 2026-03-10T23:00:00Z and not later than 2026-03-20T23:00:00Z",
    ] {
        assert!(shown.stdout.contains(words), "{words}: {}", shown.stdout);
    }
    let shown = company.place.expect(
        0,
        &["explain", "--resource", "VM-001", "--period", "2026-03"],
    )?;
    assert!(
        shown.stdout.contains("ended after 2026-03-10T23:00:00Z"),
        "{}",
        shown.stdout
    );
    let shown = company
        .place
        .expect(0, &["rate", "--period", "2026-03", "--detail"])?;
    assert!(
        shown.stdout.contains("change at midpoint"),
        "{}",
        shown.stdout
    );
    Ok(())
}

/// Exports of consecutive days vouch for whole days: nothing is uncertain between them.
#[test]
fn exports_of_each_day_leave_nothing_uncertain() -> Result<()> {
    for policy in ["first-seen", "midpoint", "customer-favour"] {
        let company = company(&format!("change_at = \"{policy}\""))?;
        export(&company, (1, 10), &["VM-001,acme,62"])?;
        export(&company, (11, 31), &["VM-001,acme,31"])?;
        company.place.expect(0, &["discover"])?;
        assert_eq!(nets(&company, "2026-03")?, ["acme 410.00"], "{policy}");
    }
    Ok(())
}

/// Invariant 10. While nothing is listed nothing changes; what is proven then to have changed meanwhile is placed within the
/// outage, also in a month that is closed: that is a correction.
#[test]
fn an_outage_changes_no_bill_until_it_is_over() -> Result<()> {
    for (policy, corrected) in [("first-seen", 0), ("midpoint", 1), ("customer-favour", 1)] {
        let policies = format!("change_at = \"{policy}\"\nstaleness_hours_max = 9000");
        let mut company = company(&policies)?;
        export(&company, (1, 10), &["VM-001,acme,62"])?;
        company.bill()?;
        assert_eq!(company.posted_nets()?, ["620.00"]);
        for now in [APRIL, "2026-04-10T06:00:00Z", LATE_APRIL] {
            company.place.now = now.to_owned();
            company.place.expect(0, &["discover"])?;
            assert_eq!(company.planned_effects()?, 0, "{policy} at {now}");
        }
        company.export("2026-04-21", &["VM-001,acme,31".to_owned()])?;
        company.place.expect(0, &["discover"])?;
        assert_eq!(company.planned_effects()?, corrected, "{policy}");
        if corrected > 0 {
            company.plan_and_approve()?;
            company.place.expect(0, &["apply", "--period", "2026-03"])?;
            assert_eq!(company.planned_effects()?, 0);
        }
        let march = nets(&company, "2026-03")?;
        let expected = match policy {
            // The middle of 41 days less an hour from the 11th is the 31st at 12:30 by summer time.
            "midpoint" => "acme 615.21",
            "customer-favour" => "acme 410.00",
            _ => "acme 620.00",
        };
        assert_eq!(march, [expected], "{policy}");
    }
    Ok(())
}

/// The policy is an undated edit: it holds from the first open period on.
#[test]
fn another_policy_changes_no_closed_period() -> Result<()> {
    for edit in ["change_at = \"midpoint\"", "handover = \"end-of-period\""] {
        let company = company("")?;
        export(&company, (1, 10), &["VM-001,acme,31"])?;
        export(&company, (21, 31), &["VM-001,blue,62"])?;
        company.bill()?;
        let before = nets(&company, "2026-03")?;
        company.write_with(edit, "", "")?;
        assert_eq!(company.planned_effects()?, 0, "{edit}");
        assert_eq!(nets(&company, "2026-03")?, before, "{edit}");
        let asked = company.place.json(&["rate", "--period", "2026-04"])?;
        let key = edit.split(' ').next().unwrap_or_default();
        assert!(asked["lines"][0][key].is_string(), "{edit}: {asked:#}");
    }
    Ok(())
}

#[test]
fn a_machine_that_changes_hands_is_paid_as_the_policy_says() -> Result<()> {
    for (policy, expected) in [
        ("", vec!["acme 100.00", "blue 210.00"]),
        ("handover = \"time\"", vec!["acme 100.00", "blue 210.00"]),
        ("handover = \"start-of-period\"", vec!["acme 310.00"]),
        ("handover = \"end-of-period\"", vec!["blue 310.00"]),
    ] {
        let company = company(policy)?;
        export(&company, (1, 10), &["VM-001,acme,31"])?;
        export(&company, (11, 31), &["VM-001,blue,31"])?;
        company.place.expect(0, &["discover"])?;
        assert_eq!(nets(&company, "2026-03")?, expected, "{policy}");
        let plan = company.place.json(&["plan", "--period", "2026-03"])?;
        let kinds = &plan["completeness"]["kinds"]["virtual-machine"]["seconds"];
        assert_eq!(kinds["discovered"], kinds["billed"], "{policy}: {plan:#}");
        assert_eq!(kinds["billed"], 743 * 3600, "{policy}");
        // The next month is wholly whose it is by then.
        assert_eq!(nets(&company, "2026-04")?, ["blue 310.00"], "{policy}");
    }
    Ok(())
}

#[test]
fn what_is_said_of_uncertain_bounds_is_checked() -> Result<()> {
    let company = Company::new()?;
    let book = "[[item]]\nname = \"a\"\ndescription = \"A\"\nunit = \"C62\"\nkind = \"thing\"\nmeter = { attribute = \"n\" }\nprice = [{ currency = \"EUR\", amount = 1 }]\n";
    std::fs::write(company.place.folder.join("book.toml"), book)?;
    let rate = |code: i32, facts: &str, more: &[&str]| -> Result<String> {
        std::fs::write(company.place.folder.join("facts.csv"), facts)?;
        let of = [
            "rate",
            "--facts",
            "facts.csv",
            "--price-book",
            "book.toml",
            "--period",
            "2026-03",
            "--timezone",
            "UTC",
        ];
        let answer = company.place.expect(code, &[&of[..], more].concat())?;
        Ok(answer.stdout + &answer.stderr)
    };
    for (facts, words) in [
        (
            "resource,from_earliest,n\na,2026-03-02,1\n",
            "`from_earliest` is uncertain, and the row has no `from`",
        ),
        (
            "resource,to_earliest,n\na,2026-03-02,1\n",
            "`to_earliest` is uncertain, and the row has no `to`",
        ),
        (
            "resource,from,from_earliest,n\na,2026-03-02,2026-03-03,1\n",
            "it may have begun only after it was first seen, at 2026-03-02",
        ),
        (
            "resource,from,to,to_earliest,n\na,2026-03-02,2026-03-05,2026-03-01,1\n",
            "it may have ended only while it is known to be there",
        ),
        (
            "resource,from,to,from_earliest,to_earliest,n\na,,2026-03-05,,2026-03-02,1\na,2026-03-05,,2026-03-03,,2\n",
            "may have changed since",
        ),
        (
            "resource,from,from_earliest,n\na,2026-03-02,2026-02-30,1\n",
            "there is no day 2026-02-30",
        ),
    ] {
        let said = rate(3, facts, &[])?;
        assert!(said.contains(words), "{words}: {said}");
    }
    let facts = "resource,n\na,1\n";
    for (option, policy, words) in [
        ("--change-at", "middle", "there is no policy `middle`"),
        ("--change-at", "midpont", "did you mean `midpoint`?"),
        (
            "--handover",
            "start",
            "one of time, start-of-period, end-of-period",
        ),
    ] {
        let said = rate(2, facts, &[option, policy])?;
        assert!(said.contains(words), "{words}: {said}");
    }
    Ok(())
}

#[test]
fn a_report_of_changes_tells_the_moment_that_is_billed() -> Result<()> {
    for (policy, since) in [
        ("", "2026-03-20T23:00:00Z"),
        ("change_at = \"midpoint\"", "2026-03-15T23:00:00Z"),
    ] {
        let company = company(policy)?;
        export(&company, (1, 10), &["VM-001,acme,31"])?;
        export(&company, (21, 31), &["VM-001,acme,62"])?;
        company.place.call(&["discover"])?;
        let report = company
            .place
            .json(&["report", "changes", "2026-03-05", "2026-03-31"])?;
        let change = &report["changes"][0];
        assert_eq!(change["cause"], "changed", "{report:#}");
        assert_eq!(change["since"], since, "{report:#}");
        // The listing that showed it is told as it was.
        assert!(
            change["seen"].to_string().contains("vms-2026-03-21.csv"),
            "{change:#}"
        );
    }
    Ok(())
}

/// Charge periods from the 15th on: February's days are those of whoever had it first in February, though March bills them.
#[test]
fn months_are_handed_over_whole_whatever_is_cut_of_them() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price("anchor = 2026-01-15\nprice = [{ currency = \"EUR\", amount = 28.00 }]")?;
    company.write_with("handover = \"start-of-period\"", "", "")?;
    for (day, row) in [
        ("2026-01-10", "VM-001,acme,1"),
        ("2026-02-08", "VM-001,acme,1"),
        ("2026-02-09", "VM-001,blue,1"),
        ("2026-03-31", "VM-001,blue,1"),
    ] {
        company.export(day, &[row.to_owned()])?;
    }
    company.place.call(&["discover"])?;
    assert_eq!(nets(&company, "2026-03")?, ["acme 14.00", "blue 14.00"]);
    let same = company.configuration();
    let same = same.to_string_lossy();
    let months = ["--from", "2026-03", "--to", "2026-03"];
    let asked = [&["what-if", "--candidate", &*same], &months[..]].concat();
    let report = company.place.json(&asked)?;
    let moved = report["accounts"].as_array().context("accounts")?;
    let before: Vec<&Value> = moved
        .iter()
        .map(|one| &one["change"]["before"]["amount"])
        .collect();
    assert_eq!(before, ["14.00", "14.00"], "{report:#}");
    Ok(())
}

/// In February 45 cost more than 90, and in March less: it shrank when March's prices were in force.
#[test]
fn a_change_is_judged_by_the_month_that_first_saw_it() -> Result<()> {
    let mut company = Company::new()?;
    company.set_price(
        "model = \"volume\"\nprice = [\n\
         { currency = \"EUR\", to = 2026-03-01, tiers = [{ up_to = 50, amount = 3 }, { amount = 1 }] },\n\
         { currency = \"EUR\", from = 2026-03-01, tiers = [{ amount = 1 }] },\n]",
    )?;
    company.write_with("change_at = \"customer-favour\"", "", "")?;
    for (day, row) in [
        ("2026-02-01", "VM-001,acme,90"),
        ("2026-02-19", "VM-001,acme,90"),
        ("2026-03-10", "VM-001,acme,45"),
    ] {
        company.export(day, &[row.to_owned()])?;
    }
    company.place.call(&["discover"])?;
    assert_eq!(nets(&company, "2026-02")?, ["acme 75.54"]);
    assert_eq!(nets(&company, "2026-03")?, ["acme 45.00"]);
    Ok(())
}
