//! What a stranger tries: a configuration in every form that a file can have, words where names belong, odd paths, a folder full
//! of other files. Each ends with a message that helps, and none with a crash.

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Answer, Workplace};

use crate::small::{Company, machines};

fn expect(answer: &Answer, code: i32, words: &str, what: &str) {
    let said = format!("{}{}", answer.stdout, answer.stderr);
    assert_eq!(answer.status.code(), Some(code), "{what}: {said}");
    assert!(said.contains(words), "{what}: `{words}` in {said}");
    assert!(!said.contains("panicked"), "{what}: {said}");
}

#[test]
fn a_configuration_in_any_form_is_read_or_told() -> Result<()> {
    let company = Company::new()?;
    let path = company.place.folder.join("counterfoil.toml");
    let text = std::fs::read_to_string(&path)?;
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let right = "the configuration is right";
    let cases: [(&str, Vec<u8>, i32, &str); 7] = [
        (
            "a mark of UTF-8",
            format!("\u{feff}{text}").into_bytes(),
            0,
            right,
        ),
        ("CR LF", text.replace('\n', "\r\n").into_bytes(), 0, right),
        ("nothing", Vec::new(), 2, "the table [store] is missing"),
        (
            "a zero byte",
            format!("{text}x = \"\0\"\n").into_bytes(),
            2,
            "x = \"\\u{0}\"",
        ),
        (
            "Latin-1",
            [text.as_bytes(), b"# caf\xe9\n"].concat(),
            2,
            "is not UTF-8 text",
        ),
        (
            "UTF-16",
            [&b"\xff\xfe"[..], &utf16].concat(),
            2,
            "save the file as UTF-8",
        ),
        ("noise", vec![0x93; 3000], 2, "line 1 is not UTF-8 text"),
    ];
    for (name, bytes, code, words) in cases {
        std::fs::write(&path, bytes)?;
        expect(&company.place.call(&["check"])?, code, words, name);
    }
    std::fs::remove_file(&path)?;
    expect(
        &company.place.call(&["check"])?,
        2,
        "counterfoil init",
        "no file",
    );
    std::fs::create_dir(&path)?;
    expect(
        &company.place.call(&["check"])?,
        2,
        "cannot be read",
        "a folder",
    );
    Ok(())
}

#[test]
fn words_where_names_and_times_belong_are_told() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(2))?;
    company.place.expect(0, &["discover"])?;
    let cases: [(&[&str], i32, &str); 9] = [
        (&["frobnicate"], 2, "unrecognized subcommand"),
        (
            &["plan", "--period", "2026-3"],
            2,
            "expected a month such as 2026-03",
        ),
        (
            &["plan", "--period", ""],
            2,
            "expected a month such as 2026-03",
        ),
        (&["plan", "nowhere"], 2, "there is no pipeline `nowhere`"),
        (
            &["approve", "--all", "--by", ""],
            2,
            "hint: name the person who decides",
        ),
        (
            &["approve", "--all", "--by", "anna\nbob"],
            2,
            "`anna\\nbob` is no person's name",
        ),
        (&["explain", "CF-NOPE"], 1, "there is no counterfoil"),
        (
            &["inventory", "history", ""],
            1,
            "hint: give the id at the source",
        ),
        (
            &["inventory", "list", "--as-of", "2026-02-30"],
            2,
            "the calendar has no such day",
        ),
    ];
    for (arguments, code, words) in cases {
        let answer = company.place.call(arguments)?;
        expect(&answer, code, words, &arguments.join(" "));
    }
    Ok(())
}

#[test]
fn odd_paths_and_a_crowded_folder_are_no_hindrance() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(2))?;
    for number in 0..10_000 {
        std::fs::write(
            company
                .place
                .folder
                .join(format!("exports/other-{number}.txt")),
            "",
        )?;
    }
    let odd = company.folder().join("ärger ☃ 'x'");
    std::fs::rename(&company.place.folder, &odd)?;
    let mut place = Workplace::new(&odd, &company.place.now);
    place.environment.clone_from(&company.place.environment);
    let mut command = place.command(&["discover"]);
    let output = command
        .env_remove("HOME")
        .output()
        .context("starting the binary")?;
    expect(
        &Answer::from(output),
        0,
        "1 listing taken in",
        "without a home",
    );
    let shown = place.json(&["inventory", "list"])?;
    assert_eq!(shown["resources"].as_array().map(Vec::len), Some(2));
    Ok(())
}
