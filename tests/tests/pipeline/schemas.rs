//! What `counterfoil schema` prints: the schemas of what the binary really reads and answers.

use std::path::Path;

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Workplace, repository};
use serde_json::Value;

use crate::small::{APRIL, Company, machines};

fn schema(place: &Workplace, name: &str) -> Result<jsonschema::Validator> {
    let text = place.expect(0, &["schema", name])?.stdout;
    let schema: Value = serde_json::from_str(&text).context("a schema is JSON")?;
    jsonschema::validator_for(&schema).context("a schema can be used")
}

fn expect_valid(validator: &jsonschema::Validator, document: &Value) {
    let problems: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{problems:#?}\n{document:#}");
}

#[test]
fn the_list_names_every_schema_and_its_file() -> Result<()> {
    let place = Workplace::new(repository(), APRIL);
    let listed = place.json(&["schema"])?;
    assert_eq!(listed["shape"], "schemas/1");
    let listed = listed["schemas"].as_array().context("schemas are listed")?;
    for schema in listed {
        let file = schema["file"].as_str().context("a schema has a file")?;
        let committed = std::fs::read_to_string(repository().join("schemas").join(file))?;
        let name = schema["name"].as_str().context("a schema has a name")?;
        assert_eq!(
            place.expect(0, &["schema", name])?.stdout,
            committed,
            "{name}"
        );
    }
    let shown = place.expect(0, &["schema"])?.stdout;
    assert_eq!(shown.lines().count(), listed.len() + 1, "{shown}");
    Ok(())
}

#[test]
fn schemas_are_written_into_a_folder() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    place.expect(0, &["schema", "--write", "all"])?;
    place.expect(0, &["schema", "rules", "--write", "one"])?;
    let names = |folder: &Path| -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            // What commands answer stands in a folder of its own.
            if entry.file_type()?.is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    };
    assert_eq!(
        names(&folder.path().join("all"))?,
        names(&repository().join("schemas"))?
    );
    assert_eq!(names(&folder.path().join("one"))?, ["rules.schema.json"]);
    Ok(())
}

#[test]
fn a_misspelt_schema_is_named() -> Result<()> {
    let place = Workplace::new(repository(), APRIL);
    let answer = place.expect(1, &["schema", "price-bok"])?;
    assert!(
        answer.stderr.contains("did you mean `price-book`?"),
        "{}",
        answer.stderr
    );
    let answer = place.expect(1, &["schema", "weather"])?;
    assert!(
        answer.stderr.contains("counterfoil, rules, accounts"),
        "{}",
        answer.stderr
    );
    Ok(())
}

#[test]
fn plans_and_findings_are_answered_as_their_schemas_say() -> Result<()> {
    let mut company = Company::new()?;
    // Nobody owns the third machine: it stands in suspense, and the plan has a finding.
    let mut rows = machines(2);
    rows.push("VM-003,,4".to_owned());
    company.export("2026-03-01", &rows)?;
    company.export("2026-03-31", &rows)?;
    company.place.call(&["discover"])?;
    let place = &company.place;
    let (plan, findings) = (schema(place, "plan")?, schema(place, "findings")?);

    let first: Value = serde_json::from_str(
        &place
            .call(&["plan", "--period", "2026-03", "--json"])?
            .stdout,
    )?;
    assert!(
        !first["plans"][0]["plan"]["deliveries"]
            .as_array()
            .context("deliveries")?
            .is_empty()
    );
    expect_valid(&plan, &first);
    let found = &first["plans"][0]["plan"]["findings"];
    expect_valid(&findings, found);
    let all = [found, &first["findings"]].map(|list| list.as_array().map_or(0, Vec::len));
    assert!(all.iter().sum::<usize>() > 0, "{first:#}");

    // After a change of price there are corrections, something known at the sink, and approvals.
    company.bill()?;
    company.set_price("price = [{ currency = \"EUR\", from = 2026-03-10, amount = 12.00 }, { currency = \"EUR\", amount = 10.00 }]")?;
    let second: Value = serde_json::from_str(
        &company
            .place
            .call(&["plan", "--period", "2026-03", "--json"])?
            .stdout,
    )?;
    expect_valid(&plan, &second);
    let actions: Vec<_> = second["plans"][0]["plan"]["deliveries"]
        .as_array()
        .context("deliveries")?
        .iter()
        .map(|delivery| delivery["action"].as_str().unwrap_or_default())
        .collect();
    assert!(
        actions.contains(&"create") && actions.contains(&"nothing"),
        "{actions:?}"
    );
    let mut broken = second;
    broken["plans"][0]["plan"]["deliveries"][0]["amount"]["now"]["amount"] = 12.into();
    assert!(
        !plan.is_valid(&broken),
        "an amount that is no text is refused"
    );
    Ok(())
}

/// Editors know the settings of connectors, too, and let a value pass that is read from the environment.
#[test]
fn with_connectors_the_settings_are_described() -> Result<()> {
    let place = Workplace::new(repository(), APRIL);
    let text = place
        .expect(0, &["schema", "counterfoil", "--connectors"])?
        .stdout;
    let schema: Value = serde_json::from_str(&text)?;
    let validator = jsonschema::validator_for(&schema)?;
    for example in ["colocation", "nautobot-to-odoo"] {
        let path = repository()
            .join("examples")
            .join(example)
            .join("counterfoil.toml");
        let table: toml::Table = std::fs::read_to_string(path)?.parse()?;
        let mut document = serde_json::to_value(table)?;
        // A date is a table of TOML's own here; that it is right is tested elsewhere.
        document["pipeline"]["nordhall"]["bill_from"] = "2026-03-01".into();
        expect_valid(&validator, &document);
        for role in ["source", "sink"] {
            let mut wrong = document.clone();
            wrong["pipeline"]["nordhall"][role][0]["config"]["unknown_key"] = 1.into();
            assert!(!validator.is_valid(&wrong), "{example}: {role}");
        }
    }
    Ok(())
}
