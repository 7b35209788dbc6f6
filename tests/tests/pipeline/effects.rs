//! What becomes of deliveries that people stop, hold, touch at the sink, or let go on: nothing is sent against their word,
//! nothing twice, and every dead end has a way out.

use anyhow::{Context, Result, bail};
use counterfoil_tests::binary::Workplace;
use counterfoil_tests::practice::TOKEN;
use counterfoil_tests::proxy::Proxy;
use counterfoil_tests::rest::Rest;
use serde_json::{Value, json};

use crate::small::{Company, machines};

pub(crate) const APPLY: [&str; 3] = ["apply", "--period", "2026-03"];

/// March is discovered; nothing is planned. `edits` are made in the configuration.
fn discovered(edits: &[(&str, &str)]) -> Result<Company> {
    let company = Company::new()?;
    for day in 1..=31 {
        company.export(&format!("2026-03-{day:02}"), &machines(4))?;
    }
    rewrite(&company, edits)?;
    company.place.call(&["discover"])?;
    Ok(company)
}

fn rewrite(company: &Company, edits: &[(&str, &str)]) -> Result<()> {
    let path = company.place.folder.join("counterfoil.toml");
    let mut text = std::fs::read_to_string(&path)?;
    for (from, to) in edits {
        assert!(text.contains(from), "`{from}` is not in the configuration");
        text = text.replace(from, to);
    }
    Ok(std::fs::write(path, text)?)
}

const DRAFTS: (&str, &str) = ("finalize = \"post\"", "finalize = \"draft\"");

/// March stands at the sink as drafts.
fn drafted() -> Result<Company> {
    let company = discovered(&[DRAFTS])?;
    company.plan_and_approve()?;
    company.place.expect(0, &APPLY)?;
    Ok(company)
}

pub(crate) fn documents(company: &Company) -> Result<Vec<Value>> {
    let page = company.server.get("/api/v1/documents?limit=100")?;
    Ok(page["items"]
        .as_array()
        .context("a page has items")?
        .clone())
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key]
        .as_str()
        .with_context(|| format!("{key} in {value}"))
}

fn document<'a>(documents: &'a [Value], reference: &str) -> Result<&'a Value> {
    documents
        .iter()
        .find(|document| document["reference"] == reference)
        .with_context(|| format!("no document under {reference}"))
}

/// Applies with an exit code, and answers what became of each account.
pub(crate) fn apply(company: &Company, code: i32) -> Result<Value> {
    company.place.json_with(code, &APPLY)
}

fn of_account<'a>(report: &'a Value, account: &str) -> Result<&'a Value> {
    let deliveries = report["deliveries"].as_array().context("a report lists")?;
    let mut of_account = deliveries
        .iter()
        .filter(|delivery| delivery["account"] == account);
    of_account
        .next()
        .with_context(|| format!("nothing of {account} in {report}"))
}

/// Somebody edits the first line's net behind the API's back.
fn edit_net(company: &Company, document: &str, net: &str) -> Result<()> {
    let edit = json!({ "document": document, "line": 1, "field": "net", "value": net });
    company.server.post("/api/v1/admin/edit", &edit)?;
    Ok(())
}

fn approve(company: &Company, how: &[&str]) -> Result<()> {
    let mut arguments = vec!["approve", "--period", "2026-03", "--by", "anna"];
    arguments.extend(how);
    company.place.expect(0, &arguments)?;
    Ok(())
}

#[test]
fn what_was_rejected_starts_anew_once_it_is_mended_at_the_sink() -> Result<()> {
    let company = discovered(&[("create_customers = true", "create_customers = false")])?;
    company.plan_and_approve()?;
    let report = apply(&company, 4)?;
    for account in ["acme", "blue"] {
        let delivery = of_account(&report, account)?;
        assert_eq!(delivery["state"], "rejected", "{report:#}");
        let customer = json!({ "reference": account, "name": account });
        company.server.post("/api/v1/customers", &customer)?;
    }
    assert_eq!(documents(&company)?.len(), 0);
    company.plan_and_approve()?;
    let report = apply(&company, 0)?;
    assert_eq!(of_account(&report, "acme")?["state"], "confirmed");
    assert_eq!(documents(&company)?.len(), 2);
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn a_draft_that_was_posted_meanwhile_is_not_withdrawn() -> Result<()> {
    let mut company = drafted()?;
    company.set_price("price = [{ currency = \"EUR\", amount = 0.00 }]")?;
    rewrite(&company, &[DRAFTS])?;
    company.plan_and_approve()?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let deliveries = &plan["plans"][0]["plan"]["deliveries"];
    let first = &deliveries[0];
    assert_eq!(first["action"], "void", "{plan:#}");
    let reference = text(&first["delivery"], "reference")?;
    let account = text(&first["delivery"]["buyer"], "account")?;
    let id = text(document(&documents(&company)?, reference)?, "id")?.to_owned();
    company
        .server
        .post(&format!("/api/v1/documents/{id}/post"), &json!({}))?;

    let report = apply(&company, 4)?;
    assert_eq!(of_account(&report, account)?["state"], "rejected");
    let other = if account == "acme" { "blue" } else { "acme" };
    assert_eq!(of_account(&report, other)?["state"], "confirmed");
    let next = text(&report["findings"][0], "next_step")?;
    assert!(next.contains("`counterfoil reconcile`"), "{next}");
    let after = documents(&company)?;
    assert_eq!(document(&after, reference)?["state"], "posted");
    assert_eq!(after.iter().filter(|one| one["state"] == "void").count(), 1);

    company.place.call(&["reconcile", "--period", "2026-03"])?;
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
    let corrected = deliveries
        .context("a plan has deliveries")?
        .iter()
        .any(|one| {
            one["action"] == "create"
                && one["delivery"]["kind"] == "credit-note"
                && one["delivery"]["corrects"] == reference
        });
    assert!(corrected, "what was issued is corrected: {plan:#}");
    Ok(())
}

#[test]
fn a_withdrawal_of_what_is_gone_gets_its_counterfoil() -> Result<()> {
    let mut company = drafted()?;
    company.set_price("price = [{ currency = \"EUR\", amount = 0.00 }]")?;
    rewrite(&company, &[DRAFTS])?;
    company.plan_and_approve()?;
    let rest = Rest::new(&company.server.url(), format!("Bearer {TOKEN}"));
    for document in documents(&company)? {
        rest.delete(
            &format!("/api/v1/documents/{}", text(&document, "id")?),
            None,
        )?;
    }
    apply(&company, 0)?;
    assert_eq!(company.planned_effects()?, 0);
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn a_draft_that_was_edited_is_left_alone_and_one_that_was_set_back_is_changed() -> Result<()> {
    let mut company = drafted()?;
    let before = documents(&company)?;
    let nets = before.iter().map(|one| {
        let (id, net) = (text(one, "id")?, text(&one["lines"][0], "net")?);
        Ok((id.to_owned(), net.to_owned()))
    });
    let nets: Vec<(String, String)> = nets.collect::<Result<_>>()?;
    for (id, _) in &nets {
        edit_net(&company, id, "1.00")?;
    }
    edit_net(&company, &nets[0].0, &nets[0].1)?;
    company.set_price("price = [{ currency = \"EUR\", amount = 12.00 }]")?;
    rewrite(&company, &[DRAFTS])?;
    company.plan_and_approve()?;
    let report = apply(&company, 4)?;
    let states = |report: &Value| -> Vec<String> {
        let deliveries = report["deliveries"].as_array().cloned().unwrap_or_default();
        let mut states: Vec<String> = deliveries
            .iter()
            .map(|one| one["state"].as_str().unwrap_or_default().to_owned())
            .collect();
        states.sort();
        states
    };
    assert_eq!(states(&report), ["confirmed", "rejected"], "{report:#}");
    let after = documents(&company)?;
    assert_eq!(after[0]["net"], "48.00");
    assert_eq!(after[1]["net"], "1.00", "somebody's work stays");
    // As the message says: set it back and apply again.
    edit_net(&company, &nets[1].0, &nets[1].1)?;
    company.plan_and_approve()?;
    apply(&company, 0)?;
    assert_eq!(documents(&company)?[1]["net"], "48.00");
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn what_is_parked_is_released_by_a_person_and_looked_up_first() -> Result<()> {
    let company = discovered(&[])?;
    company.plan_and_approve()?;
    let copy = company.folder().join("copy.db");
    std::fs::copy(company.store(), &copy)?;
    apply(&company, 0)?;
    for ending in ["db-wal", "db-shm"] {
        let _ = std::fs::remove_file(company.store().with_extension(ending));
    }
    // The store has forgotten what it sent, and somebody edits it.
    std::fs::copy(&copy, company.store())?;
    let edited = documents(&company)?.swap_remove(0);
    let (id, reference) = (text(&edited, "id")?, text(&edited, "reference")?);
    edit_net(&company, id, "1.00")?;
    for _ in 0..2 {
        let report = apply(&company, 4)?;
        let next = text(&report["findings"][0], "next_step")?.to_owned();
        assert!(
            next.contains(&format!("`counterfoil release {reference} ")),
            "{next}"
        );
    }

    let release = ["release", reference, "--by", "anna", "--reason", "looked"];
    company.place.expect(2, &release[..4])?;
    let unknown = ["release", "CF-NONE", "--by", "anna", "--reason", "looked"];
    company.place.expect(1, &unknown)?;
    let report = company.place.json(&release)?;
    assert_eq!(report["state"], "planned");
    assert_eq!(report["releases"][0]["by"], "anna");
    assert_eq!(report["releases"][0]["reason"], "looked");
    let refused = company.place.expect(1, &release)?;
    assert!(
        refused.stderr.contains("is not parked"),
        "{}",
        refused.stderr
    );
    let report = apply(&company, 4)?;
    assert_eq!(report["deliveries"][0]["state"], "parked", "{report:#}");

    let net = text(&edited["lines"][0], "net")?;
    edit_net(&company, id, net)?;
    let report = company.place.json(&release)?;
    assert_eq!(report["releases"].as_array().map(Vec::len), Some(2));
    apply(&company, 0)?;
    assert_eq!(documents(&company)?.len(), 2, "nothing was made twice");
    let settled = company.place.expect(1, &release)?;
    let said = format!("{reference} is not parked: it is confirmed");
    assert!(settled.stderr.contains(&said), "{}", settled.stderr);
    assert_eq!(company.planned_effects()?, 0);
    Ok(())
}

#[test]
fn a_held_account_stays_and_the_others_go() -> Result<()> {
    let company = discovered(&[])?;
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    approve(&company, &["--hold", "acme", "--reason", "disputed"])?;
    approve(&company, &["--all"])?;
    let report = apply(&company, 0)?;
    assert_eq!(of_account(&report, "blue")?["state"], "confirmed");
    assert_eq!(documents(&company)?.len(), 1);
    approve(&company, &["--account", "acme"])?;
    apply(&company, 0)?;
    assert_eq!(documents(&company)?.len(), 2);
    Ok(())
}

#[test]
fn one_account_is_approved_and_only_that_goes() -> Result<()> {
    let company = discovered(&[])?;
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    company.place.expect(1, &APPLY)?;
    approve(&company, &["--account", "blue"])?;
    let report = apply(&company, 0)?;
    assert_eq!(report["deliveries"].as_array().map(Vec::len), Some(1));
    assert_eq!(of_account(&report, "blue")?["state"], "confirmed");
    assert_eq!(documents(&company)?.len(), 1);
    Ok(())
}

/// Behind a proxy, and who else calls the binary in the same folder.
pub(crate) fn behind_a_proxy() -> Result<(Company, Proxy, Workplace)> {
    let mut company = discovered(&[])?;
    let proxy = Proxy::start(company.server.address)?;
    company.place.set("PRACTICE_URL", &proxy.url());
    company.plan_and_approve()?;
    let mut other = Workplace::new(&company.place.folder, &company.place.now);
    other.set("PRACTICE_URL", &proxy.url());
    Ok((company, proxy, other))
}

/// The requests of an apply: what the sink can do, the look-up, the customer asked for and made, the draft, its posting.
pub(crate) const DRAFT: u32 = 5;
const POSTING: u32 = 6;

#[test]
fn an_account_that_is_held_while_an_apply_runs_is_looked_up_and_not_sent_again() -> Result<()> {
    let (company, proxy, other) = behind_a_proxy()?;
    proxy.before(DRAFT, move || {
        for account in ["acme", "blue"] {
            let hold = ["--hold", account, "--reason", "stop", "--by", "anna"];
            let hold = [&["approve", "--period", "2026-03"][..], &hold].concat();
            other.expect(0, &hold)?;
        }
        bail!("the request is lost, so that its outcome is unknown")
    });
    let report = apply(&company, 4)?;
    for account in ["acme", "blue"] {
        let delivery = of_account(&report, account)?;
        assert_eq!(delivery["state"], "planned", "{report:#}");
        assert_eq!(delivery["message"], "held by anna: stop");
    }
    assert_eq!(documents(&company)?.len(), 0);
    let customers = company.server.get("/api/v1/customers?limit=10")?;
    let made = customers["items"].as_array().map(Vec::len);
    assert_eq!(made, Some(1), "it was the draft of the first that was lost");
    for account in ["acme", "blue"] {
        approve(&company, &["--account", account])?;
    }
    apply(&company, 0)?;
    assert_eq!(documents(&company)?.len(), 2);
    Ok(())
}

#[test]
fn a_pause_stops_an_apply_that_runs_and_resume_lets_it_go_on() -> Result<()> {
    let (company, proxy, other) = behind_a_proxy()?;
    proxy.before(POSTING, move || {
        other.expect(0, &["pause", "--reason", "wrong book", "--by", "anna"])?;
        Ok(())
    });
    let report = apply(&company, 4)?;
    let deliveries = report["deliveries"].as_array().context("a report lists")?;
    assert_eq!(deliveries[0]["state"], "confirmed", "it was being sent");
    assert_eq!(deliveries[1]["state"], "planned");
    let message = text(&deliveries[1], "message")?;
    assert_eq!(message, "the pipeline is paused by anna: wrong book");
    assert_eq!(documents(&company)?.len(), 1);
    let refused = company.place.expect(1, &APPLY)?;
    assert!(refused.stderr.contains("is paused"), "{}", refused.stderr);
    assert_eq!(documents(&company)?.len(), 1);
    let resume = ["pause", "--resume", "--by", "anna"];
    company.place.expect(0, &resume)?;
    apply(&company, 0)?;
    assert_eq!(documents(&company)?.len(), 2);
    Ok(())
}

#[test]
fn verify_names_the_record_that_was_edited_by_hand() -> Result<()> {
    let company = discovered(&[])?;
    company.plan_and_approve()?;
    apply(&company, 0)?;
    company.place.expect(0, &["verify"])?;
    let mut bytes = std::fs::read(company.store())?;
    let body = br#"{"action":"created","confirmed":"2026-04-0"#;
    let found = bytes.windows(body.len()).position(|window| window == body);
    let at = found.context("the file holds a counterfoil")? + body.len();
    assert_eq!(bytes[at], b'1');
    bytes[at] = b'2';
    std::fs::write(company.store(), bytes)?;
    let broken = company.place.expect(1, &["verify"])?;
    assert!(
        broken
            .stderr
            .contains("the chain of counterfoils is broken"),
        "{}",
        broken.stderr
    );
    Ok(())
}
