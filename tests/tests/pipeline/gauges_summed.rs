//! A sum over a gauge in the real run: samples that say the same are one level in the store, and count by time all the same.

use anyhow::{Result, ensure};

use crate::small::Company;

const ITEM: &str = r#"
[[price_book.standard.item]]
name = "gigabyte-hours"
description = "Gigabyte hours"
unit = "E34"
kind = "virtual-machine"
meter = { gauge = "used", aggregate = "sum", sample = "1h" }
price = [{ currency = "EUR", amount = 0.01 }]
"#;

/// What the hours of March come to where a disk is listed on these days.
fn hours(days: &[(&str, u32)]) -> Result<(String, String, String)> {
    let company = Company::new()?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let cpu = "cpu = { column = \"CPU\", type = \"decimal\" } }";
    ensure!(text.contains(cpu), "the attributes are written otherwise");
    let gauge =
        "used = { column = \"Used\", type = \"decimal\", unit = \"E34\", class = \"gauge\" }, ";
    std::fs::write(
        &path,
        format!("{}{ITEM}", text.replace(cpu, &format!("{gauge}{cpu}"))),
    )?;
    for (day, used) in days {
        let export = format!("Id,Owner,CPU,Used\nVM-1,acme,1,{used}\n");
        company.export_raw(day, &export)?;
    }
    company.place.call(&["discover"])?;
    let rated = company.place.json(&["rate", "--period", "2026-03"])?;
    let lines = rated["lines"].as_array().into_iter().flatten();
    let mut lines = lines.filter(|line| line["item"] == "gigabyte-hours");
    let Some(line) = lines.next() else {
        anyhow::bail!("{rated:#}");
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    Ok((
        text(&line["quantity"]),
        text(&line["net"]["amount"]),
        text(&line["measured"]),
    ))
}

#[test]
fn equal_samples_count_for_the_time_that_they_held_however_often_they_were_taken() -> Result<()> {
    let end = ("2026-03-31", 20);
    let seldom = hours(&[("2026-03-01", 10), ("2026-03-03", 20), end])?;
    let often = hours(&[
        ("2026-03-01", 10),
        ("2026-03-02", 10),
        ("2026-03-03", 20),
        ("2026-03-04", 20),
        ("2026-03-05", 20),
        end,
    ])?;
    // 48 hours of 10, and of 20 the other 695 that March has in Stockholm.
    let (quantity, net, measured) = &often;
    assert_eq!((quantity.as_str(), net.as_str()), ("14380", "143.80"));
    assert_eq!(
        measured,
        "the sum of the levels, each once for every 3600 s that it lasted"
    );
    assert_eq!(seldom, often);
    Ok(())
}
