//! Connectors that crash, loop, hoard, reach out or answer nonsense: each is told with its next step, the other sources go
//! on, and once a sound one stands in its place the bill is the same to the cent.

use anyhow::{Context, Result};
use counterfoil_tests::guests::guest;

use crate::small::{Company, machines};

/// What the hostile source does while it lists its four rows.
const MODES: [&str; 19] = [
    "trap",
    "loop",
    "memory",
    "recurse",
    "get-plain",
    "flood",
    "escape",
    "no-day",
    "wrong-kind",
    "wrong-attribute",
    "wrong-value",
    "attribute-twice",
    "id-twice",
    "no-id",
    "position",
    "overflow",
    "endless",
    "endless-broken",
    "miscount",
];

/// A second source, after the tables of the sink, and a price for what it shows.
fn rack(plugin: &str, of_source: &str, mode: &str) -> String {
    format!(
        r#"
[[pipeline.main.source]]
name = "rack"
plugin = "{plugin}"
{of_source}
grant = {{ files = "exports" }}
credential.api = {{ token = "none" }}
config = {{ mode = "{mode}", rows = 4, target = "http://127.0.0.1:9/" }}

[[price_book.standard.item]]
name = "row"
description = "Row"
unit = "C62"
kind = "row"
meter = {{ attribute = "cpu" }}
proration = "actual-day"
price = [{{ currency = "EUR", amount = 7.00 }}]
"#
    )
}

fn hostile(company: &Company, mode: &str) -> Result<()> {
    let plugin = guest("hostile");
    company.write_with("", "", &rack(&plugin.to_string_lossy(), "", mode))
}

fn company() -> Result<Company> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(4))?;
    Ok(company)
}

fn at(company: &mut Company, minutes: usize) {
    let (hour, minute) = (6 + minutes / 60, minutes % 60);
    company.place.now = format!("2026-03-10T{hour:02}:{minute:02}:00Z");
}

/// What a call said, without what differs from one machine or run to the next.
fn said(company: &Company, arguments: &[&str]) -> Result<String> {
    let answer = company.place.call(arguments)?;
    let code = answer.status.code().context("it was killed")?;
    let text = format!("exit {code}\n{}{}", answer.stdout, answer.stderr);
    let guests = guest("hostile").with_file_name("");
    let text = text
        .replace(&*guests.to_string_lossy(), "GUESTS/")
        .replace(&company.server.url(), "SINK")
        // Which stack ends first is up to the guest's compiler.
        .replace("call stack exhausted", "STACK")
        .replace("out of bounds memory access", "STACK");
    let mut lines = Vec::new();
    for line in text.lines() {
        // How far a guest comes in its time, and where its panic stands in its source.
        let line = match line.split_once(" rows were not read") {
            Some((count, rest)) if count.len() > 1 => format!("MANY rows were not read{rest}"),
            _ => line.to_owned(),
        };
        let line = match line.split_once("lib.rs:") {
            Some((before, rest)) => {
                let rest = rest
                    .trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ':');
                format!("{before}lib.rs: {}", rest.trim_start())
            }
            None => line,
        };
        let is_cell = line.starts_with(" rows ") && line.contains("partial");
        lines.push(if is_cell {
            " rows PARTIAL".to_owned()
        } else {
            line
        });
    }
    Ok(lines.join("\n"))
}

/// What was billed in the end, per document.
fn billed(company: &mut Company) -> Result<Vec<String>> {
    company.export("2026-03-31", &machines(4))?;
    "2026-04-01T06:00:00Z".clone_into(&mut company.place.now);
    company.bill()?;
    company.posted_nets()
}

#[test]
fn a_source_that_misbehaves_is_told_and_harms_nothing() -> Result<()> {
    let mut company = company()?;
    let mut undisturbed = self::company()?;
    let mut golden = String::new();
    for (number, mode) in MODES.into_iter().enumerate() {
        at(&mut company, 2 * number);
        hostile(&company, mode)?;
        golden.push_str(&format!(
            "## {mode}\n{}\n\n",
            said(&company, &["discover"])?
        ));
        assert!(
            company.resources_at("2026-03-10")? >= 4,
            "{mode}: the machines are there"
        );
        for company in [&mut company, &mut undisturbed] {
            at(company, 2 * number + 1);
            hostile(company, "sound")?;
            company.place.expect(0, &["discover"])?;
            assert_eq!(company.resources_at("2026-03-10")?, 8, "after {mode}");
        }
    }
    insta::assert_snapshot!("sources", golden);
    assert_eq!(billed(&mut company)?, billed(&mut undisturbed)?);
    assert_eq!(company.planned_effects()?, 0);
    company.place.expect(0, &["verify"])?;
    Ok(())
}

#[test]
fn a_file_that_is_no_sound_connector_is_told_and_the_other_source_goes_on() -> Result<()> {
    let mut company = company()?;
    let sound = std::fs::read(guest("hostile"))?;
    let changed = |from: &str, to: &str| -> Vec<u8> {
        assert_eq!(from.len(), to.len());
        let mut bytes = sound.clone();
        for at in 0..bytes.len() - from.len() {
            if bytes[at..].starts_with(from.as_bytes()) {
                bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
            }
        }
        bytes
    };
    let files: [(&str, Vec<u8>); 7] = [
        ("empty", Vec::new()),
        ("text", b"hello\n".to_vec()),
        ("binary", vec![0xff; 512]),
        ("module", b"\0asm\x01\0\0\0".to_vec()),
        ("half", sound[..sound.len() / 2].to_vec()),
        (
            "newer-door",
            changed(
                "counterfoil:connector/http@0.1.0",
                "counterfoil:connector/http@0.9.0",
            ),
        ),
        (
            "newer-contract",
            changed("contract = \"0.1\"", "contract = \"0.9\""),
        ),
    ];
    let mut golden = String::new();
    let mut tell = |company: &Company, name: &str, plugin: &str, of_source: &str| -> Result<()> {
        company.write_with("", "", &rack(plugin, of_source, "sound"))?;
        let told = said(company, &["discover"])?;
        assert!(
            told.starts_with("exit 3") && told.contains("hint:"),
            "{told}"
        );
        let told = told.split("\n\n").last().unwrap_or_default().to_owned();
        golden.push_str(&format!("## {name}\n{told}\n\n"));
        assert_eq!(company.resources_at("2026-03-10")?, 4, "{name}");
        Ok(())
    };
    at(&mut company, 0);
    for (name, bytes) in files {
        let file = format!("{name}.wasm");
        std::fs::write(company.place.folder.join(&file), bytes)?;
        tell(&company, name, &file, "")?;
    }
    let [hostile, careless, socket] =
        ["hostile", "careless", "socket"].map(|name| guest(name).to_string_lossy().into_owned());
    tell(&company, "not there", "gone.wasm", "")?;
    tell(&company, "sink", &careless, "")?;
    tell(&company, "socket", &socket, "")?;
    let digest = format!("digest = \"{}\"", "0".repeat(64));
    tell(&company, "pinned", &hostile, &digest)?;
    let golden = golden.replace(&digest_of(&sound), "DIGEST");
    // Where a file is cut depends on how its guest was compiled.
    insta::with_settings!({ filters => [("at offset 0x[0-9a-f]+", "at offset OFFSET")] }, {
        insta::assert_snapshot!("components", golden);
    });
    company.write_with("", "", &rack(&careless, "", "sound"))?;
    insta::assert_snapshot!("sink_as_source_checked", said(&company, &["check"])?);
    self::hostile(&company, "sound")?;
    company.place.expect(0, &["discover"])?;
    assert_eq!(company.resources_at("2026-03-10")?, 8);
    Ok(())
}

fn digest_of(bytes: &[u8]) -> String {
    use sha2::Digest;
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(bytes))
}

/// The ledger of the company is another connector for a while.
fn careless(company: &Company, mode: &str) -> Result<()> {
    company.write()?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let plugin = guest("careless");
    let text = text
        .replace(
            "plugin = \"practice\"",
            &format!("plugin = \"{}\"", plugin.display()),
        )
        .replace("credential = { api = {", "credential = { key = {")
        .replace("create_customers = true", &format!("mode = \"{mode}\""));
    Ok(std::fs::write(path, text)?)
}

const PLAN: [&str; 3] = ["plan", "--period", "2026-03"];
const APPLY: [&str; 3] = ["apply", "--period", "2026-03"];
const APPROVE: [&str; 6] = ["approve", "--period", "2026-03", "--all", "--by", "test"];

#[test]
fn a_sink_that_misbehaves_is_told_and_nothing_is_sent_twice() -> Result<()> {
    let discovered = |company: Company| -> Result<Company> {
        company.export("2026-03-01", &machines(4))?;
        company.export("2026-03-31", &machines(4))?;
        company.place.expect(0, &["discover"])?;
        Ok(company)
    };
    let undisturbed = discovered(Company::new()?)?;
    undisturbed.bill()?;
    let right = undisturbed.posted_nets()?;
    assert_eq!(right.len(), 2);
    let mut golden = String::new();
    let first = Company::new()?;
    first.compiled_by(&undisturbed)?;
    let first = discovered(first)?;
    for mode in ["describe-trap", "describe-nonsense"] {
        careless(&first, mode)?;
        golden.push_str(&format!("## {mode}\n{}\n\n", said(&first, &PLAN)?));
    }
    for mode in [
        "trap",
        "loop",
        "memory",
        "elsewhere",
        "no-id",
        "trap-after-post",
        "find-trap",
        "find-nonsense",
    ] {
        let company = Company::new()?;
        company.compiled_by(&first)?;
        let company = discovered(company)?;
        careless(&company, mode)?;
        company.plan_and_approve()?;
        let told = said(&company, &APPLY)?;
        golden.push_str(&format!("## {mode}\n{}\n\n", without_references(&told)));
        company.write()?;
        release_what_is_parked(&company)?;
        for _ in 0..2 {
            company.place.call(&PLAN)?;
            company.place.call(&APPROVE)?;
            company.place.call(&APPLY)?;
        }
        assert_eq!(company.posted_nets()?, right, "after {mode}");
        company
            .place
            .expect(0, &["reconcile", "--period", "2026-03"])?;
        company.place.expect(0, &["verify"])?;
    }
    insta::assert_snapshot!("sinks", golden);
    Ok(())
}

fn release_what_is_parked(company: &Company) -> Result<()> {
    company.place.call(&PLAN)?;
    company.place.call(&APPROVE)?;
    let report: serde_json::Value = serde_json::from_str(
        &company
            .place
            .call(&["apply", "--period", "2026-03", "--json"])?
            .stdout,
    )?;
    for delivery in report["deliveries"].as_array().into_iter().flatten() {
        if delivery["state"] == "parked" {
            let reference = delivery["reference"].as_str().context("a reference")?;
            let release = [
                "release",
                reference,
                "--by",
                "test",
                "--reason",
                "a sound connector",
            ];
            company.place.expect(0, &release)?;
        }
    }
    Ok(())
}

fn without_references(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        if bare.starts_with("CF-") {
            word.replace(bare, "CF-…")
        } else if bare
            .split_once(':')
            .is_some_and(|(_, digest)| digest.len() == 64)
        {
            word.replace(bare, "[head]")
        } else if bare.starts_with("2026-04-01T06:") {
            word.replace(bare, "SOON")
        } else {
            word.to_owned()
        }
    };
    text.split_inclusive([' ', '\n']).map(word).collect()
}
