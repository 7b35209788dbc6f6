//! The pages of a preview: what the customer will see, before and after it is sent.

use anyhow::{Context, Result};

use crate::small::{Company, machines};

fn edit(company: &Company, from: &str, to: &str) -> Result<()> {
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    assert!(text.contains(from), "{from} is not in {text}");
    Ok(std::fs::write(path, text.replace(from, to))?)
}

/// March is planned: two machines of two CPUs for Acme, and for Blue.
fn planned() -> Result<Company> {
    let company = Company::new()?;
    edit(
        &company,
        "name = \"Acme\"\n",
        "name = \"Acme & Söhne <GmbH>\"\nbuyer_reference = \"PO 7\"\n",
    )?;
    edit(
        &company,
        "[account.blue]",
        "[issuer.Test]\nname = \"Test Hosting AB\"\ndetails = [\"Storgatan 1\", \"Org.nr 556000-0000\"]\n\n[account.blue]",
    )?;
    company.export("2026-03-01", &machines(4))?;
    company.export("2026-03-31", &machines(4))?;
    company.place.expect(0, &["discover"])?;
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    Ok(company)
}

fn preview(company: &Company, folder: &str, more: &[&str]) -> Result<serde_json::Value> {
    let arguments = ["preview", "--period", "2026-03", "--folder", folder];
    company.place.json(&[&arguments[..], more].concat())
}

/// The page of the first document that fits.
fn page(
    company: &Company,
    folder: &str,
    fits: impl Fn(&serde_json::Value) -> bool,
) -> Result<String> {
    let answer = preview(company, folder, &["--force"])?;
    let documents = answer["documents"].as_array().context("a list")?;
    let found = documents.iter().find(|one| fits(one));
    let file = found.and_then(|one| one["file"].as_str());
    let file = file.with_context(|| format!("{answer:#}"))?;
    Ok(std::fs::read_to_string(
        company.place.folder.join(folder).join(file),
    )?)
}

fn holds(page: &str, words: &[&str]) {
    for word in words {
        assert!(page.contains(word), "{word:?} in {page}");
    }
}

#[test]
fn a_planned_document_is_shown_as_the_customer_will_see_it() -> Result<()> {
    let company = planned()?;
    let acme = page(&company, "pages", |one| one["account"] == "acme")?;
    holds(
        &acme,
        &[
            "<html lang=\"en\">",
            "DRAFT, not sent",
            "Test Hosting AB",
            "Org.nr 556000-0000",
            "Acme &amp; Söhne &lt;GmbH&gt;",
            "Your reference: PO 7",
            "2026-03-01 – 2026-03-31",
            "<dt>Issue date</dt><dd>2026-04-01</dd>",
            "<dt>Due date</dt><dd>2026-05-01</dd>",
            "vCPU",
            "<td class=\"number\">4",
            "each <span class=\"code\">C62</span>",
            "<td class=\"number\">10",
            "40.00 EUR",
            "Tax category: none given",
        ],
    );
    assert!(!acme.contains("Söhne <GmbH>"), "{acme}");
    let index = std::fs::read_to_string(company.place.folder.join("pages/index.html"))?;
    holds(
        &index,
        &["Blue (blue)", "acme-CF-", "40.00 EUR", "DRAFT, not sent"],
    );
    let german = preview(
        &company,
        "seiten",
        &["--language", "de", "--account", "blue"],
    )?;
    assert_eq!(german["documents"].as_array().map(Vec::len), Some(1));
    let file = german["documents"][0]["file"].as_str().context("a file")?;
    let german = std::fs::read_to_string(company.place.folder.join("seiten").join(file))?;
    holds(
        &german,
        &[
            "Rechnung",
            "ENTWURF, nicht gesendet",
            "40,00 EUR",
            "01.03.2026 – 31.03.2026",
            "Stück",
        ],
    );
    Ok(())
}

#[test]
fn what_was_sent_is_shown_from_its_counterfoil_and_a_correction_names_its_original() -> Result<()> {
    let mut company = planned()?;
    company.place.expect(
        0,
        &["approve", "--period", "2026-03", "--all", "--by", "anna"],
    )?;
    company.place.expect(0, &["apply", "--period", "2026-03"])?;
    let issued = page(&company, "pages", |one| one["account"] == "acme")?;
    holds(
        &issued,
        &["<span class=\"standing\">issued</span>", "<dt>Number</dt>"],
    );
    assert!(!issued.contains("not sent"), "{issued}");
    let number = issued
        .split("<dt>Number</dt><dd>")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .context("it has a number")?
        .to_owned();
    edit(
        &company,
        "price = [{ currency = \"EUR\", amount = 10.00 }]",
        "price = [{ name = \"list\", currency = \"EUR\", from = 2026-03-01, amount = 8.00 }]",
    )?;
    company.place.now = "2026-05-01T06:00:00Z".to_owned();
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    let credit = page(&company, "pages", |one| {
        one["account"] == "acme" && one["kind"] == "credit-note"
    })?;
    holds(
        &credit,
        &[
            "Credit note",
            "DRAFT, not sent",
            &format!("<dt>Corrects</dt><dd>{number} (CF-"),
            "Taken back: vCPU",
            "Corrected: vCPU",
            "\u{2212}32.00",
            "8.00 EUR",
            "Total credited, net",
        ],
    );
    Ok(())
}

#[test]
fn mistakes_are_told_and_nothing_is_overwritten() -> Result<()> {
    let company = planned()?;
    let place = &company.place;
    let call = |code: i32, more: &[&str]| -> Result<String> {
        let arguments = ["preview", "--folder", "pages"];
        Ok(place.expect(code, &[&arguments[..], more].concat())?.stderr)
    };
    let none = call(1, &["--period", "2026-01"])?;
    holds(
        &none,
        &[
            "neither a plan nor a counterfoil of 2026-01",
            "counterfoil plan --period 2026-01",
        ],
    );
    let near = call(1, &["--period", "2026-03", "--account", "acm"])?;
    holds(
        &near,
        &[
            "nothing of 2026-03 for an account `acm`",
            "did you mean `acme`?",
        ],
    );
    call(0, &["--period", "2026-03"])?;
    let again = call(1, &["--period", "2026-03"])?;
    holds(&again, &["index.html exists", "--force"]);
    call(2, &["--period", "2026-03", "--language", "fi"])?;
    let template = place.folder.join("own.html");
    std::fs::write(&template, "<p>{{ words.invoice }}</p>\n{{ sellr.name }}")?;
    let wrong = call(
        1,
        &["--period", "2026-03", "--force", "--template", "own.html"],
    )?;
    holds(&wrong, &["make a page from the template", "line 2"]);
    let absent = call(
        1,
        &["--period", "2026-03", "--force", "--template", "none.html"],
    )?;
    holds(&absent, &["read the template none.html"]);
    std::fs::write(&template, "{{ title }} to {{ buyer.name }}")?;
    call(
        0,
        &[
            "--period",
            "2026-03",
            "--force",
            "--account",
            "acme",
            "--template",
            "own.html",
        ],
    )?;
    let pages = std::fs::read_dir(place.folder.join("pages"))?;
    let texts: Vec<String> = pages
        .map(|entry| Ok(std::fs::read_to_string(entry?.path())?))
        .collect::<Result<_>>()?;
    let own = "Invoice to Acme &amp; Söhne &lt;GmbH&gt;";
    assert!(texts.iter().any(|text| text == own), "{texts:?}");
    Ok(())
}

#[test]
fn a_file_where_a_folder_is_due_is_told_with_what_the_option_names() -> Result<()> {
    let company = planned()?;
    for (option, name, told, hint) in [
        (
            "--folder",
            "counterfoil.toml",
            "write into counterfoil.toml: it is no folder",
            "hint: --folder names the folder for the pages",
        ),
        (
            "--folder",
            "counterfoil.toml/pages",
            "write counterfoil.toml/pages",
            "hint: choose a folder with --folder",
        ),
        (
            "--template",
            "exports",
            "read the template exports",
            "hint: --template names a file",
        ),
    ] {
        let refused = company
            .place
            .expect(1, &["preview", "--period", "2026-03", option, name])?;
        for words in [told, hint] {
            assert!(refused.stderr.contains(words), "{}", refused.stderr);
        }
    }
    Ok(())
}
