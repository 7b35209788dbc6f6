//! Accounts are mapped to the customers of a sink: proposed, and confirmed by a person.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::going_live::{company, write};
use crate::small::Company;

/// The sink has customers of its own, and makes none.
pub(crate) fn with_customers(names: &[(&str, &str)]) -> Result<(Company, Vec<String>)> {
    let company = company()?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let text = text
        .replace(", create_customers = true", "")
        .replace("name = \"Acme\"", "name = \"Acme Nordic AB\"")
        .replace("name = \"Blue\"", "name = \"Blå Båt Rederi AB\"");
    std::fs::write(&path, text)?;
    let mut ids = Vec::new();
    for (reference, name) in names {
        let body = json!({ "reference": reference, "name": name });
        let made = company.server.post("/api/v1/customers", &body)?;
        ids.push(made["id"].as_str().context("an id")?.to_owned());
    }
    Ok((company, ids))
}

#[test]
fn customers_are_proposed_and_a_person_confirms_them() -> Result<()> {
    let (company, ids) = with_customers(&[
        ("K1", "ACME Nordics Ltd"),
        ("K2", "Acme Nordic Holding"),
        ("K3", "bla bat rederi"),
        ("K4", "Quite Another"),
    ])?;
    company.plan_and_approve()?;
    // Unmapped ones wait: nothing is guessed.
    company.place.expect(4, &["apply", "--period", "2026-03"])?;
    assert_eq!(company.server.get("/api/v1/documents")?["items"], json!([]));
    let proposed = company
        .place
        .expect(0, &["map", "propose", "--sink", "books"])?;
    let expected = format!(
        "account,name,remote_id,remote_name,how,score,confirm\n\
         acme,Acme Nordic AB,{},ACME Nordics Ltd,similar,91,\n\
         acme,Acme Nordic AB,{},Acme Nordic Holding,similar,80,\n\
         blue,Blå Båt Rederi AB,{},bla bat rederi,same-name,95,\n",
        ids[0], ids[1], ids[2]
    );
    assert_eq!(proposed.stdout, expected);
    // Nothing is confirmed yet.
    write(&company, "map.csv", &proposed.stdout)?;
    let import = ["map", "import", "map.csv", "--by", "anna"];
    let nothing = company.place.json_with(3, &import)?;
    assert_eq!(nothing["unconfirmed"], json!(["acme", "blue"]));
    let confirmed = proposed
        .stdout
        .replace("similar,80,", "similar,80,yes")
        .replace("same-name,95,", "same-name,95,YES");
    write(&company, "map.csv", &confirmed)?;
    let mapped = company.place.json(&import)?;
    assert_eq!(mapped["mapped"][0]["account"], "acme");
    assert_eq!(mapped["mapped"][0]["remote_id"], ids[1].as_str());
    assert_eq!(mapped["mapped"][0]["by"], "anna");
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let documents = company.server.get("/api/v1/documents")?;
    let customers: Vec<&Value> = documents["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|document| &document["customer"])
        .collect();
    assert_eq!(customers, [&json!(ids[1]), &json!(ids[2])]);
    company
        .place
        .expect(0, &["reconcile", "--period", "2026-03"])?;
    let listed = company.place.expect(0, &["map", "list"])?;
    assert!(
        listed.stdout.contains("Acme Nordic Holding"),
        "{}",
        listed.stdout
    );
    // What is confirmed is proposed as such; a no takes it back.
    let again = company.place.expect(0, &["map", "propose"])?;
    assert!(
        again.stdout.contains("confirmed,100,yes"),
        "{}",
        again.stdout
    );
    write(
        &company,
        "map.csv",
        &again.stdout.replacen(",yes", ",no", 1),
    )?;
    let taken_back = company.place.json_with(3, &import)?;
    assert_eq!(taken_back["unmapped"], json!(["acme"]));
    Ok(())
}

#[test]
fn the_configuration_wins_over_what_was_confirmed() -> Result<()> {
    let (company, ids) = with_customers(&[("K1", "Acme Nordic AB"), ("K2", "Blå Båt Rederi AB")])?;
    let table = format!(
        "account,remote_id,confirm\nacme,{},yes\nblue,{},yes\n",
        ids[0], ids[1]
    );
    write(&company, "map.csv", &table)?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let written = format!("[account.acme]\nremote = {{ books = \"{}\" }}", ids[1]);
    std::fs::write(&path, text.replace("[account.acme]", &written))?;
    let import = ["map", "import", "map.csv", "--by", "anna"];
    let report = company.place.json_with(3, &import)?;
    assert_eq!(report["overruled"], json!(["acme"]));
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let buyer = &plan["plans"][0]["plan"]["deliveries"][0]["delivery"]["buyer"];
    assert_eq!(buyer["remote_id"], ids[1].as_str());
    let finding = plan["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|finding| finding["code"] == "mapped-twice")
        .context("a finding")?;
    assert_eq!(finding["subject"], "account acme");
    Ok(())
}

#[test]
fn a_table_of_customers_with_mistakes_is_refused_whole() -> Result<()> {
    let (company, ids) = with_customers(&[("acme", "Acme Nordic AB")])?;
    write(
        &company,
        "map.csv",
        &format!(
            "account,remote_id,confirm\nacme,{0},yes\nacme,cus_9,yes\nblau,{0},yes\nblue,,yes\nblue,{0},maybe\n",
            ids[0]
        ),
    )?;
    let refused = company
        .place
        .expect(1, &["map", "import", "map.csv", "--by", "anna"])?;
    for said in [
        &format!(
            "row 3: `acme` is confirmed twice, as {} and as cus_9",
            ids[0]
        ),
        "row 4: there is no account `blau`",
        "row 5: `blue` is confirmed without a remote_id",
        "row 6: `confirm` is `maybe`",
    ] {
        assert!(refused.stderr.contains(said), "{said}\n{}", refused.stderr);
    }
    // The same key is the same customer: nobody has to look.
    let proposed = company.place.expect(0, &["map", "propose"])?;
    assert!(
        proposed.stdout.contains("Acme Nordic AB,id,100,yes"),
        "{}",
        proposed.stdout
    );
    let no_sink = company
        .place
        .expect(2, &["map", "propose", "--sink", "book"])?;
    assert!(
        no_sink.stderr.contains("did you mean `books`?"),
        "{}",
        no_sink.stderr
    );
    // An export does instead of the sink.
    write(&company, "customers.csv", "Id;Name\n77;Blå båt rederi\n")?;
    let exported = ["map", "propose", "--customers", "customers.csv"];
    let proposed = company.place.expect(0, &exported)?;
    assert!(
        proposed.stdout.contains("77,Blå båt rederi,same-name,95"),
        "{}",
        proposed.stdout
    );
    Ok(())
}

/// Customers are called by whoever made them, also as what a spreadsheet would run.
#[test]
fn a_proposal_goes_through_spreadsheets_and_back() -> Result<()> {
    let (company, ids) = with_customers(&[("K1", "=Acme Nordic AB"), ("K2", "Bla Bat Rederi")])?;
    let place = &company.place;
    let proposed = place.expect(0, &["map", "propose"])?.stdout;
    let row = format!("{},'=Acme Nordic AB,", ids[0]);
    assert!(proposed.contains(&row), "{proposed}");
    let confirmed = proposed.replace(",95,", ",95,yes");
    write(&company, "map.csv", &confirmed)?;
    let mapped = place.json(&["map", "import", "map.csv", "--by", "anna"])?;
    assert_eq!(mapped["mapped"][0]["remote_name"], "=Acme Nordic AB");
    // What is confirmed already says so in a workbook, and changes nothing when it comes back.
    place.expect(0, &["map", "propose", "--output", "map.xlsx"])?;
    let again = place.json(&["map", "import", "map.xlsx", "--by", "anna"])?;
    assert_eq!(again["unchanged"], 2, "{again:#}");
    Ok(())
}

pub(crate) fn replace(company: &Company, from: &str, to: &str) -> Result<()> {
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    assert!(text.contains(from), "`{from}` is not in the configuration");
    Ok(std::fs::write(path, text.replace(from, to))?)
}

/// An export of a hundred thousand customers takes long to look through, and a column of wrong ids is one mistake.
#[test]
fn only_the_first_mistakes_come_with_what_was_meant() -> Result<()> {
    let (company, _) = with_customers(&[])?;
    write(
        &company,
        "customers.csv",
        "id,name\ncus-100,Acme Nordic AB\n",
    )?;
    let rows = (1..=25).map(|number| format!("acme,cus-1{number:02},yes\n"));
    let table: String = std::iter::once("account,remote_id,confirm\n".to_owned())
        .chain(rows)
        .collect();
    write(&company, "map.csv", &table)?;
    let exported = [&IMPORT[..], &["--customers", "customers.csv"]].concat();
    let stderr = company.place.expect(1, &exported)?.stderr;
    let near: Vec<bool> = stderr
        .lines()
        .filter(|line| line.contains("books has no customer `cus-1"))
        .map(|line| line.contains("did you mean `cus-100`?"))
        .collect();
    assert_eq!(
        near,
        [[true; 20].as_slice(), &[false; 5]].concat(),
        "{stderr}"
    );
    Ok(())
}

pub(crate) const IMPORT: [&str; 5] = ["map", "import", "map.csv", "--by", "anna"];

#[test]
fn an_id_that_no_customer_of_the_sink_has_is_refused() -> Result<()> {
    let (mut company, ids) =
        with_customers(&[("K1", "Acme Nordic AB"), ("K2", "Blå Båt Rederi AB")])?;
    let table = format!(
        "account,remote_id,remote_name,confirm\nacme,cus_99,Acme Nordic AB,yes\nblue,{},,yes\n",
        ids[1]
    );
    write(&company, "map.csv", &table)?;
    let refused = company.place.expect(1, &IMPORT)?;
    let said = format!(
        "row 2: books has no customer `cus_99`; `Acme Nordic AB` is {} there",
        ids[0]
    );
    assert!(refused.stderr.contains(&said), "{}", refused.stderr);
    // Columns that were sorted apart: the ids are there, and are those of others.
    let shifted = format!(
        "account,remote_id,remote_name,confirm\nacme,{},acme  nordic AB,yes\nblue,{},Blå Båt Rederi AB,yes\n",
        ids[1], ids[0]
    );
    write(&company, "shifted.csv", &shifted)?;
    let refused = company.place.expect(
        1,
        &[
            "map",
            "import",
            "shifted.csv",
            "--by",
            "anna",
            "--sink",
            "books",
        ],
    )?;
    for said in [
        format!("row 2: books calls `{}` `Blå Båt Rederi AB`", ids[1]),
        format!("row 3: books calls `{}` `Acme Nordic AB`", ids[0]),
        format!("`Blå Båt Rederi AB` is {} there", ids[1]),
    ] {
        assert!(refused.stderr.contains(&said), "{}", refused.stderr);
    }
    // Where the sink cannot be asked nothing is taken for checked.
    let url = company.server.url();
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    company
        .place
        .set("PRACTICE_URL", &format!("http://{nobody}"));
    let unasked = company.place.expect(1, &IMPORT)?;
    assert!(
        unasked
            .stderr
            .contains("look for the ids at the sink `books`"),
        "{}",
        unasked.stderr
    );
    assert!(unasked.stderr.contains("--offline"), "{}", unasked.stderr);
    company.place.set("PRACTICE_URL", &url);
    write(&company, "customers.csv", "id,name\n77,Another\n")?;
    let exported = [&IMPORT[..], &["--customers", "customers.csv"]].concat();
    let refused = company.place.expect(1, &exported)?;
    assert!(
        refused.stderr.contains("row 3: books has no customer"),
        "{}",
        refused.stderr
    );
    let offline = [&IMPORT[..], &["--offline"]].concat();
    let taken = company.place.expect(0, &offline)?;
    assert!(
        taken
            .stdout
            .contains("not checked whether books has customers with these ids"),
        "{}",
        taken.stdout
    );

    // The sink refuses what goes to nobody, and the next step is where it was said.
    company.plan_and_approve()?;
    let report = company
        .place
        .json_with(4, &["apply", "--period", "2026-03"])?;
    let states: Vec<&Value> = report["deliveries"]
        .as_array()
        .context("deliveries")?
        .iter()
        .map(|delivery| &delivery["state"])
        .collect();
    assert_eq!(states, [&json!("rejected"), &json!("confirmed")]);
    let next = report["findings"][0]["next_step"]
        .as_str()
        .context("a next step")?;
    for said in ["its customer cus_99", "`counterfoil map list --sink books`"] {
        assert!(next.contains(said), "{next}");
    }
    write(&company, "map.csv", &table.replace("cus_99", &ids[0]))?;
    let mapped = company.place.json(&IMPORT)?;
    assert_eq!(mapped["checked"], true);
    // A name that was left out is the sink's.
    let listed = company.place.json(&["map", "list"])?;
    assert_eq!(listed["accounts"][0]["remote_id"], ids[0].as_str());
    company.plan_and_approve()?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    Ok(())
}
