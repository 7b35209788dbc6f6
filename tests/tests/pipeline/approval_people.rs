//! Named people, what each may decide, four eyes, withdrawals, and the history of all that.

use anyhow::{Context, Result};
use counterfoil_tests::binary::Answer;

use crate::small::{Company, machines};

/// March of two machines, discovered; people and keys of the pipeline are the test's.
fn company_with(people: &str, of_pipeline: &str) -> Result<Company> {
    let company = configured(people, of_pipeline)?;
    company.export("2026-03-31", &machines(2))?;
    company.place.expect(0, &["discover"])?;
    Ok(company)
}

fn configured(people: &str, of_pipeline: &str) -> Result<Company> {
    let company = Company::new()?;
    company.write_with(of_pipeline, "", "")?;
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, format!("{text}\n{people}"))?;
    Ok(company)
}

const PEOPLE: &str = r#"
[person.anna]
name = "Anna Andersson"
email = "anna@example.net"
[person.bob]
may = ["approve"]
[person.carl]
may = ["hold", "pause"]
"#;

fn march(company: &Company, code: i32, arguments: &[&str]) -> Result<Answer> {
    company
        .place
        .expect(code, &[arguments, &["--period", "2026-03"]].concat())
}

fn approve(company: &Company, code: i32, arguments: &[&str]) -> Result<Answer> {
    march(company, code, &[&["approve"], arguments].concat())
}

fn says(answer: &Answer, words: &[&str]) {
    for word in words {
        let told = answer.stdout.contains(word) || answer.stderr.contains(word);
        assert!(told, "{word:?} in {}{}", answer.stdout, answer.stderr);
    }
}

#[test]
fn only_people_of_the_configuration_decide_and_only_what_they_may() -> Result<()> {
    let company = company_with(PEOPLE, "")?;
    march(&company, 0, &["plan"])?;
    let near = approve(&company, 2, &["--all", "--by", "ana"])?;
    says(
        &near,
        &["knows nobody called `ana`", "did you mean `anna`?"],
    );
    let far = approve(&company, 2, &["--all", "--by", "zacharias"])?;
    says(&far, &["it has anna, bob, carl", "[person.zacharias]"]);
    let refused = approve(&company, 1, &["--all", "--by", "carl"])?;
    says(&refused, &["`carl` may not approve", "anna, bob may"]);
    let hold = ["--hold", "acme", "--reason", "disputed", "--by"];
    let refused = approve(&company, 1, &[&hold[..], &["bob"]].concat())?;
    says(&refused, &["`bob` may not hold", "anna, carl may"]);
    approve(&company, 0, &[&hold[..], &["carl"]].concat())?;
    let place = &company.place;
    let pause = ["pause", "--reason", "an audit", "--by"];
    let refused = place.expect(1, &[&pause[..], &["bob"]].concat())?;
    says(&refused, &["`bob` may not pause"]);
    let unknown = place.expect(2, &[&pause[..], &["bobb"]].concat())?;
    says(&unknown, &["did you mean `bob`?"]);
    let release = [
        "release",
        "CF-ABCDEFGHIJKLMNOP",
        "--reason",
        "seen",
        "--by",
        "bob",
    ];
    says(
        &place.expect(1, &release)?,
        &["`bob` may not release", "anna may"],
    );
    let dismiss = ["inventory", "dismiss-withheld", "1", "--by", "bob"];
    says(
        &place.expect(1, &dismiss)?,
        &["`bob` may not settle withheld endings"],
    );
    let end = [
        "inventory",
        "approve-withheld",
        "1",
        "--ceiling",
        "1",
        "--by",
        "Anna",
    ];
    says(&place.expect(2, &end)?, &["did you mean `anna`?"]);
    let retire = ["inventory", "retire", "source", "old", "--by", "bob"];
    says(&place.expect(1, &retire)?, &["`bob` may not retire"]);
    // Nothing of all that was kept but the hold.
    let history = place.json(&["approvals"])?;
    let decisions = history["decisions"].as_array().context("a list")?;
    assert_eq!(decisions.len(), 1, "{history:#}");
    Ok(())
}

#[test]
fn a_person_may_be_bound_to_a_user_of_the_operating_system() -> Result<()> {
    let user = std::process::Command::new("id").arg("-un").output()?.stdout;
    let user = String::from_utf8(user)?.trim().to_owned();
    let people =
        format!("[person.anna]\nlogin = \"{user}\"\n[person.bob]\nlogin = \"bob-of-finance\"\n");
    let mut company = company_with(&people, "")?;
    march(&company, 0, &["plan"])?;
    // What the environment says of the user proves nothing.
    company.place.set("USER", "bob-of-finance");
    company.place.set("LOGNAME", "bob-of-finance");
    let refused = approve(&company, 1, &["--all", "--by", "bob"])?;
    says(
        &refused,
        &["as the user `bob-of-finance`", &format!("this is `{user}`")],
    );
    approve(&company, 0, &["--all", "--by", "anna"])?;
    let history = company.place.json(&["approvals"])?;
    assert_eq!(history["decisions"][0]["login"], user.as_str());
    Ok(())
}

#[test]
fn four_eyes_are_two_people() -> Result<()> {
    let company = company_with(PEOPLE, "approvers = 2")?;
    march(&company, 0, &["plan"])?;
    let first = approve(&company, 0, &["--all", "--by", "anna"])?;
    says(&first, &["waits: 1 of 2", "anna"]);
    let nothing = march(&company, 1, &["apply"])?;
    says(&nothing, &["nothing of the plan is approved"]);
    let again = approve(&company, 1, &["--all", "--by", "anna"])?;
    says(
        &again,
        &["anna approved already", "hint: somebody else has to"],
    );
    let by_name = approve(&company, 1, &["--account", "acme", "--by", "anna"])?;
    says(&by_name, &["anna approved already"]);
    let shown = march(&company, 0, &["plan"])?;
    says(&shown, &["waits: 1 of 2 approved (anna)"]);
    // One account by the second person: the other one still waits.
    let second = approve(&company, 0, &["--account", "acme", "--by", "bob"])?;
    says(&second, &["approved", "anna, bob"]);
    let applied = march(&company, 0, &["apply"])?;
    says(&applied, &["acme", "confirmed"]);
    assert!(!applied.stdout.contains("blue"), "{}", applied.stdout);
    approve(&company, 0, &["--all", "--by", "bob"])?;
    let applied = march(&company, 0, &["apply"])?;
    says(&applied, &["blue", "confirmed"]);
    march(&company, 0, &["reconcile"])?;
    Ok(())
}

#[test]
fn a_small_change_needs_one_person_and_a_greater_one_two() -> Result<()> {
    // Two CPUs at 10.00 for one of 31 days: 0.65 each. Acme gets three more machines.
    let company = company_with(
        PEOPLE,
        "approvers = 2\none_approver_up_to = { EUR = \"0.65\" }",
    )?;
    let mut rows = machines(2);
    rows.extend((3..6).map(|number| format!("VM-00{number},acme,2")));
    company.export("2026-03-31", &rows)?;
    company.place.expect(0, &["discover"])?;
    march(&company, 0, &["plan"])?;
    let first = approve(&company, 0, &["--all", "--by", "anna"])?;
    let row = |account: &str| {
        let lines = first.stdout.lines();
        lines
            .filter(|line| line.contains(account))
            .map(str::to_owned)
            .next()
    };
    let acme = row("acme").context("acme is shown")?;
    assert!(
        acme.contains("2.58 EUR") && acme.contains("waits: 1 of 2"),
        "{acme}"
    );
    let blue = row("blue").context("blue is shown")?;
    assert!(
        blue.contains("0.65 EUR") && blue.contains("approved"),
        "{blue}"
    );
    Ok(())
}

#[test]
fn who_ended_withheld_resources_is_not_the_last_to_approve() -> Result<()> {
    let company = configured(PEOPLE, "approvers = 2")?;
    // Twenty of thirty machines are gone at once: that waits for a person.
    company.export("2026-03-30", &machines(30))?;
    company.export("2026-03-31", &machines(10))?;
    company.place.call(&["discover"])?;
    let settle = [
        "inventory",
        "approve-withheld",
        "1",
        "--ceiling",
        "20",
        "--reason",
        "the old cluster",
        "--by",
        "anna",
    ];
    company.place.expect(0, &settle)?;
    march(&company, 0, &["plan"])?;
    approve(&company, 0, &["--account", "acme", "--by", "bob"])?;
    let refused = approve(&company, 1, &["--account", "acme", "--by", "anna"])?;
    says(
        &refused,
        &["anna changed what the plan", "hint: somebody else has to"],
    );
    // The other way round somebody who changed nothing has the last word.
    approve(&company, 0, &["--account", "blue", "--by", "anna"])?;
    let approved = approve(&company, 0, &["--account", "blue", "--by", "bob"])?;
    says(&approved, &["anna, bob"]);
    let history = company.place.expect(0, &["approvals"])?;
    says(
        &history,
        &[
            "approve-withheld",
            "withheld endings 1: 20 resources",
            "the old cluster",
        ],
    );
    Ok(())
}

#[test]
fn an_approval_is_withdrawn_until_it_is_sent() -> Result<()> {
    let company = company_with("", "")?;
    march(&company, 0, &["plan"])?;
    let withdraw = [
        "--withdraw",
        "acme",
        "--reason",
        "wrong month",
        "--by",
        "bob",
    ];
    let nothing = approve(&company, 1, &withdraw)?;
    says(&nothing, &["nothing of `acme` is approved", "--hold acme"]);
    approve(&company, 0, &["--all", "--by", "anna"])?;
    approve(&company, 0, &withdraw)?;
    let applied = march(&company, 0, &["apply"])?;
    says(&applied, &["blue", "confirmed"]);
    assert!(!applied.stdout.contains("acme"), "{}", applied.stdout);
    let sent = [
        "--withdraw",
        "blue",
        "--reason",
        "wrong month",
        "--by",
        "bob",
    ];
    says(&approve(&company, 1, &sent)?, &["is sent already"]);
    approve(&company, 0, &["--account", "acme", "--by", "anna"])?;
    says(&march(&company, 0, &["apply"])?, &["acme", "confirmed"]);
    Ok(())
}

#[test]
fn everything_that_was_decided_is_told_with_who_and_why() -> Result<()> {
    let mut company = company_with("", "")?;
    march(&company, 0, &["plan"])?;
    approve(&company, 0, &["--all", "--by", "anna"])?;
    let place = &mut company.place;
    place.now = "2026-04-01T07:00:00Z".to_owned();
    place.expect(0, &["pause", "--reason", "an audit", "--by", "bob"])?;
    place.now = "2026-04-01T08:00:00Z".to_owned();
    place.expect(0, &["pause", "--resume", "--by", "carl"])?;
    place.now = "2026-04-01T09:00:00Z".to_owned();
    let hold = ["--hold", "acme", "--reason", "disputed", "--by", "dora"];
    approve(&company, 0, &hold)?;
    let history = march(&company, 0, &["approvals", "--json"])?;
    let history: serde_json::Value = serde_json::from_str(&history.stdout)?;
    let told: Vec<String> = history["decisions"]
        .as_array()
        .context("a list")?
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap_or("-").to_owned();
            [
                text("at"),
                text("what"),
                text("subject"),
                text("by"),
                text("reason"),
            ]
            .join(" ")
        })
        .collect();
    assert_eq!(
        told,
        [
            "2026-04-01T06:00:00Z approve - anna -",
            "2026-04-01T07:00:00Z pause - bob an audit",
            "2026-04-01T08:00:00Z resume - carl -",
            "2026-04-01T09:00:00Z hold acme dora disputed",
        ]
    );
    let february = company
        .place
        .expect(0, &["approvals", "--period", "2026-02"])?;
    says(&february, &["nothing was decided"]);
    Ok(())
}

#[test]
fn four_eyes_need_people_and_wrong_limits_are_named() -> Result<()> {
    let company = Company::new()?;
    company.write_with(
        "approvers = 2\none_approver_up_to = { EURO = 5 }\ntolerance = { percent = 5 }",
        "",
        "",
    )?;
    let wrong = company.place.expect(2, &["check"])?;
    says(
        &wrong,
        &[
            "2 people have to approve, and 0 may",
            "[person.NAME]",
            "`EURO` is no ISO 4217 currency code",
            "counts only with approval = \"automatic-within-tolerance\"",
        ],
    );
    Ok(())
}
