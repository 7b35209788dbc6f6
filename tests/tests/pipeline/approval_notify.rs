//! People are told by webhook and mail, once, also when the other side was down; what is told holds no secret.

use anyhow::{Context, Result};
use counterfoil_tests::receiver::{Received, Receiver};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::small::{Company, machines};

const SECRET: &str = "a-secret-that-nobody-reads";
const ALL: &str = r#"on = ["waiting", "failed", "parked", "stale", "sent", "found"]"#;

/// March of two machines, exported and not discovered; the tables are the test's.
fn company_with(tables: &str) -> Result<Company> {
    let mut company = Company::new()?;
    let file = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, format!("{text}\n{tables}"))?;
    company.place.set("HOOK_SECRET", SECRET);
    company.export("2026-03-31", &machines(2))?;
    Ok(company)
}

fn webhook(receiver: &Receiver) -> String {
    let address = receiver.address;
    format!(
        "[[notify]]\n{ALL}\nto = \"http://{address}/hook/token-in-the-path\"\nsecret = \"${{env:HOOK_SECRET}}\"\n"
    )
}

fn body(arrived: &Received) -> Result<Value> {
    serde_json::from_str(&arrived.body).with_context(|| arrived.body.clone())
}

fn kinds(arrived: &[Received]) -> Result<Vec<String>> {
    let kinds = arrived
        .iter()
        .map(|one| Ok(body(one)?["kind"].as_str().unwrap_or("none").to_owned()));
    kinds.collect()
}

/// Computed as a receiver does.
fn is_signed(arrived: &Received) -> Result<bool> {
    let part = |name| arrived.header(name).context("the headers of the standard");
    let signed = format!(
        "{}.{}.{}",
        part("webhook-id")?,
        part("webhook-timestamp")?,
        arrived.body
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())?;
    mac.update(signed.as_bytes());
    let code = BASE64.encode(&mac.finalize().into_bytes());
    Ok(part("webhook-signature")? == format!("v1,{code}"))
}

#[test]
fn what_waits_and_what_was_sent_is_posted_once_and_signed() -> Result<()> {
    let receiver = Receiver::web(&[500, 200])?;
    let company = company_with(&webhook(&receiver))?;
    let place = &company.place;
    place.expect(0, &["discover"])?;
    place.expect(0, &["plan", "--period", "2026-03"])?;
    let arrived = receiver.received();
    assert_eq!(arrived.len(), 2, "the first answer was 500");
    let id = arrived[0].header("webhook-id").context("an id")?;
    assert_eq!(arrived[1].header("webhook-id"), Some(id), "one id for both");
    for one in &arrived {
        assert!(is_signed(one)?, "{one:?}");
    }
    let waits = body(&arrived[1])?;
    assert_eq!(waits["kind"], "waiting");
    assert_eq!(waits["id"], id);
    assert_eq!(
        waits["subject"],
        "main: 2 accounts of 2026-03 wait for approval: 1.30 EUR"
    );
    assert_eq!(waits["lines"], json!(["acme: 0.65 EUR", "blue: 0.65 EUR"]));
    let next = waits["next_step"].as_str().unwrap_or_default();
    assert!(
        next.contains("counterfoil approve main --period 2026-03"),
        "{next}"
    );
    let accounts = &waits["details"]["accounts"];
    assert_eq!(accounts[0]["differences"][0]["amount"], "0.65");
    // Planned again, nothing is new.
    place.expect(0, &["plan", "--period", "2026-03"])?;
    place.expect(0, &["discover"])?;
    assert_eq!(receiver.received().len(), 2);
    place.expect(
        0,
        &["approve", "--period", "2026-03", "--all", "--by", "anna"],
    )?;
    place.expect(0, &["apply", "--period", "2026-03"])?;
    let arrived = receiver.received();
    assert_eq!(kinds(&arrived)?, ["waiting", "waiting", "sent"]);
    let sent = body(&arrived[2])?;
    assert_eq!(sent["subject"], "main: 2 documents delivered");
    assert_eq!(sent["details"]["deliveries"][0]["account"], "acme");
    place.expect(0, &["apply", "--period", "2026-03"])?;
    place.expect(0, &["reconcile", "--period", "2026-03"])?;
    assert_eq!(receiver.received().len(), 3, "nothing was told twice");
    holds_no_secret(&company)
}

/// Neither the store nor what is shown of it holds the secret or the path of the address.
fn holds_no_secret(company: &Company) -> Result<()> {
    let shown = company.place.expect(0, &["notifications"])?;
    let data = company.place.json(&["notifications"])?.to_string();
    let store = std::fs::read(company.store())?;
    let texts = [
        shown.stdout,
        shown.stderr,
        data,
        String::from_utf8_lossy(&store).into_owned(),
    ];
    for text in texts {
        assert!(!text.contains(SECRET));
        assert!(!text.contains("token-in-the-path"));
    }
    Ok(())
}

#[test]
fn a_mail_says_what_waits_and_who_has_to_do_what() -> Result<()> {
    let receiver = Receiver::mail()?;
    let tables = format!(
        "[person.anna]\nemail = \"anna@example.net\"\n[mail]\nserver = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
         from = \"Counterfoil <bills@example.net>\"\n[[notify]]\n{ALL}\nto = [\"anna\", \"Ops <ops@example.net>\"]\n",
        receiver.address.port()
    );
    let company = company_with(&tables)?;
    company.place.expect(0, &["discover"])?;
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    let mut arrived = receiver.received();
    arrived.sort_by(|one, other| one.header("rcpt").cmp(&other.header("rcpt")));
    assert_eq!(arrived.len(), 2);
    let (first, second) = (&arrived[0], &arrived[1]);
    assert!(
        first
            .header("rcpt")
            .is_some_and(|to| to.contains("<anna@example.net>"))
    );
    assert!(
        second
            .header("rcpt")
            .is_some_and(|to| to.contains("<ops@example.net>"))
    );
    let text = &first.body;
    for words in [
        "Subject: main: 2 accounts of 2026-03 wait for approval: 1.30 EUR",
        "From: Counterfoil <bills@example.net>",
        "Message-ID: <",
        "  acme: 0.65 EUR",
        "next: counterfoil preview main --period 2026-03",
    ] {
        assert!(text.contains(words), "{words:?} in {text}");
    }
    Ok(())
}

#[test]
fn a_receiver_that_is_down_fails_nothing_and_gets_it_later() -> Result<()> {
    // A port that nobody listens on.
    let address = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let mut company = company_with(&format!(
        "[[notify]]\n{ALL}\nto = [\"http://{address}/hook\"]\n"
    ))?;
    company.place.expect(0, &["discover"])?;
    let planned = company.place.expect(0, &["plan", "--period", "2026-03"])?;
    for words in [
        "warning: ",
        "was not told",
        "counterfoil notifications --retry",
    ] {
        assert!(
            planned.stdout.contains(words),
            "{words:?} in {}",
            planned.stdout
        );
    }
    let pending = company.place.json(&["notifications", "--pending"])?;
    let one = &pending["notifications"][0];
    assert_eq!(
        (&one["state"], &one["attempts"]),
        (&json!("pending"), &json!(1))
    );
    // A minute after the attempt, which took some seconds itself.
    let next = one["next"].as_str().unwrap_or_default();
    assert!(next.starts_with("2026-04-01T06:01:"), "{pending:#}");
    let retried = company.place.json_with(3, &["notifications", "--retry"])?;
    assert_eq!(retried["notifications"][0]["attempts"], 2);
    // It is up again an hour later, and the next command brings it.
    let receiver = Receiver::web_at(address, &[])?;
    company.place.now = "2026-04-01T07:00:00Z".to_owned();
    company.place.expect(0, &["discover"])?;
    assert_eq!(kinds(&receiver.received())?, ["waiting"]);
    let all = company.place.json(&["notifications"])?;
    assert_eq!(all["notifications"][0]["state"], "delivered", "{all:#}");
    Ok(())
}

#[test]
fn run_tells_what_did_not_arrive_also_when_no_job_is_due() -> Result<()> {
    let address = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let mut company = company_with(&format!(
        "[[notify]]\n{ALL}\nto = [\"http://{address}/hook\"]\n"
    ))?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let scheduled = "estimate_currency = \"EUR\"\ndiscover = \"0 0 * * * *\"";
    std::fs::write(
        &path,
        text.replace("estimate_currency = \"EUR\"", scheduled),
    )?;
    company.place.expect(0, &["run", "--once"])?;
    company.place.expect(0, &["plan", "--period", "2026-03"])?;
    let receiver = Receiver::web_at(address, &[])?;
    company.place.now = "2026-04-01T06:30:00Z".to_owned();
    let ran = company.place.expect(0, &["run", "--once"])?;
    assert_eq!(ran.stdout, "nothing was due\n");
    assert_eq!(kinds(&receiver.received())?, ["waiting"]);
    Ok(())
}

#[test]
fn a_mail_server_that_is_down_fails_nothing() -> Result<()> {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port();
    let company = company_with(&format!(
        "[mail]\nserver = \"localhost\"\nport = {port}\nsecurity = \"none\"\nfrom = \"bills@example.net\"\n\
         [[notify]]\n{ALL}\nto = \"ops@example.net\"\n"
    ))?;
    company.bill()?;
    let pending = company.place.json(&["notifications", "--pending"])?;
    let pending = pending["notifications"].as_array().context("a list")?;
    assert_eq!(pending.len(), 2, "what waited, and what was sent");
    assert!(
        pending.iter().all(|one| one["message"].is_string()),
        "{pending:#?}"
    );
    Ok(())
}

#[test]
fn failures_stale_sources_and_parked_deliveries_are_told() -> Result<()> {
    let receiver = Receiver::web(&[])?;
    let mut company = company_with(&webhook(&receiver))?;
    company.place.expect(0, &["discover"])?;
    // Somebody else's document stands under the reference of Acme's.
    let plan = company.place.json(&["plan", "--period", "2026-03"])?;
    let reference = &plan["plans"][0]["plan"]["deliveries"][0]["delivery"]["reference"];
    let customer = json!({ "reference": "other", "name": "Other" });
    let customer = company.server.post("/api/v1/customers", &customer)?;
    let line = json!({
        "line_reference": "line-1", "item": "rack", "description": "Rack", "quantity": "1", "unit": "C62",
        "unit_price": "7.00", "net": "7.00", "first_day": "2026-03-01", "last_day": "2026-03-31",
        "tax_category": "standard", "account_code": "3010",
    });
    let foreign = json!({
        "kind": "invoice", "reference": reference, "slot_digest": "slot", "content_digest": "content",
        "customer": customer["id"], "currency": "EUR", "issue_date": "2026-04-01", "due_date": "2026-05-01",
        "first_day": "2026-03-01", "last_day": "2026-03-31", "buyer_reference": "PO 7", "net": "7.00", "lines": [line],
    });
    company.server.post("/api/v1/documents", &foreign)?;
    company.place.expect(
        0,
        &["approve", "--period", "2026-03", "--all", "--by", "anna"],
    )?;
    for _ in 0..2 {
        company.place.expect(4, &["apply", "--period", "2026-03"])?;
    }
    let told = kinds(&receiver.received())?;
    assert_eq!(
        told.iter().filter(|kind| *kind == "parked").count(),
        1,
        "{told:?}"
    );
    let parked = receiver.received();
    let parked = parked
        .iter()
        .find(|one| one.body.contains("\"kind\":\"parked\""))
        .context("it was told")?;
    let next = body(parked)?["next_step"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(next.contains("counterfoil release CF-"), "{next}");
    // An export without its id column, and days without any.
    company.export_raw("2026-04-01", "Owner,CPU\nacme,2\n")?;
    company.place.now = "2026-04-10T06:00:00Z".to_owned();
    for _ in 0..2 {
        company.place.call(&["discover"])?;
    }
    let told = kinds(&receiver.received())?;
    let count = |kind: &str| told.iter().filter(|one| *one == kind).count();
    assert_eq!((count("failed"), count("stale")), (1, 1), "{told:?}");
    Ok(())
}

#[test]
fn mistakes_in_who_is_told_are_named() -> Result<()> {
    let company = company_with(
        "[person.anna]\nemail = \"anna@example.net\"\n[person.bob]\n[[notify]]\non = [\"waiting\"]\n\
         to = [\"ana\", \"anna\", \"bob\", \"http://hooks.example.net/x\"]\npipelines = [\"mian\"]\n",
    )?;
    let wrong = company.place.expect(2, &["check"])?.stderr;
    let wrong = format!("{wrong}{}", company.place.call(&["check"])?.stdout);
    for words in [
        "`ana` is nobody who can be told",
        "did you mean `anna`?",
        "`anna` is told by mail, and there is no table [mail]",
        "`bob` has no email",
        "a webhook that is not encrypted",
        "there is no pipeline `mian`",
        "did you mean `main`?",
    ] {
        assert!(wrong.contains(words), "{words:?} in {wrong}");
    }
    Ok(())
}
