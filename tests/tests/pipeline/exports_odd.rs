//! What people put where an export belongs: other documents, archives, links, pipes, endless lines. Each is told with what it
//! is, nothing ends because of it, and a right file in its place is read.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::Connection;

use crate::exports::told;
use crate::small::{Company, machines};

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The container of old workbooks, with the name of a stream in it.
fn container(stream: &str) -> Vec<u8> {
    let head = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    [&head[..], &[0; 504], &utf16(stream), &[0; 512]].concat()
}

/// An archive with these empty files: their names, and the table of contents at its end.
fn archive(names: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut contents = Vec::new();
    for name in names {
        let length = u16::try_from(name.len()).expect("a short name");
        let at = u32::try_from(bytes.len()).expect("a short archive");
        bytes.extend_from_slice(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        bytes.extend_from_slice(&[&length.to_le_bytes()[..], &[0; 2], name.as_bytes()].concat());
        contents
            .extend_from_slice(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        contents.extend_from_slice(&[&length.to_le_bytes()[..], &[0; 12]].concat());
        contents.extend_from_slice(&[&at.to_le_bytes()[..], name.as_bytes()].concat());
    }
    let count = u16::try_from(names.len()).expect("few files").to_le_bytes();
    let size = u32::try_from(contents.len()).expect("short").to_le_bytes();
    let at = u32::try_from(bytes.len()).expect("short").to_le_bytes();
    let end = [
        b"PK\x05\x06\0\0\0\0",
        &count[..],
        &count,
        &size,
        &at,
        &[0; 2],
    ]
    .concat();
    [bytes, contents, end].concat()
}

fn documents() -> Vec<(&'static str, Vec<u8>)> {
    let noise = (0..20_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1]);
    vec![
        ("noise", noise.collect()),
        ("a PDF", b"%PDF-1.4\n\xe2\xe3\xcf\xd3\n1 0 obj\n".to_vec()),
        (
            "gzip",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xf3L\xd1\xf1/\xcfK-\xd2q\x0e\x08\xe5".to_vec(),
        ),
        (
            "a login",
            b"\n<!DOCTYPE html>\n<html><body>Log in</body></html>\n".to_vec(),
        ),
        ("JSON", b"[{\"Id\": \"VM-001\"}]\n".to_vec()),
        (
            "a program",
            [
                &b"\x7fELF\x02\x01\x01"[..],
                &[0; 9],
                &[3, 0, 0x3e, 0].repeat(64),
            ]
            .concat(),
        ),
        ("an old workbook", container("Workbook")),
        ("a workbook with a password", container("EncryptedPackage")),
        (
            "an OpenDocument sheet",
            [&archive(&["mimetype"])[..], b""].concat(),
        ),
        ("an archive", archive(&["readme.txt", "vms.csv"])),
        (
            "a Word document",
            archive(&["[Content_Types].xml", "word/document.xml"]),
        ),
        (
            "half a workbook",
            archive(&["[Content_Types].xml", "xl/workbook.xml"])[..80].to_vec(),
        ),
    ]
}

fn short(text: &str) -> String {
    let lines = text.lines().filter(|line| {
        line.starts_with("exit") || line.starts_with("source") || line.contains("hint:")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn another_document_is_told_by_what_it_is_and_ends_nothing() -> Result<()> {
    let mut golden = String::new();
    for (name, mut bytes) in documents() {
        if name == "an OpenDocument sheet" {
            // Stored as it is, right behind the name of the first file.
            bytes.splice(
                38..38,
                b"application/vnd.oasis.opendocument.spreadsheet"
                    .iter()
                    .copied(),
            );
        }
        let (company, text) = told(|path| Ok(std::fs::write(path, &bytes)?))?;
        golden.push_str(&format!("## {name}\n{}\n\n", short(&text)));
        assert_eq!(company.resources_at("2026-03-02")?, 4, "{name}");
        let rows: Vec<String> = (1..=3)
            .map(|number| format!("VM-00{number},m,acme,2,2026-02-01\n"))
            .collect();
        company.export_raw(
            "2026-03-02",
            &format!("Id,Name,Owner,CPU,Since\n{}", rows.concat()),
        )?;
        company.place.expect(0, &["discover"])?;
        assert_eq!(
            company.resources_at("2026-03-02")?,
            3,
            "a right file after {name}"
        );
    }
    insta::assert_snapshot!("documents", golden);
    Ok(())
}

type Write = Box<dyn FnOnce(&Path) -> Result<()>>;

/// A line of 300 MB; a file of zeros takes no room on the disk.
fn endless_line(path: &Path) -> Result<()> {
    std::fs::write(
        path,
        "Id,Name,Owner,CPU,Since\nVM-001,m1,acme,2,2026-02-01\nVM-002,",
    )?;
    Ok(File::options()
        .append(true)
        .open(path)?
        .set_len(300 << 20)?)
}

#[test]
fn a_line_without_end_is_stopped_at_the_limit_of_memory() -> Result<()> {
    let (company, text) = told(endless_line)?;
    insta::assert_snapshot!("endless_line", short(&text));
    assert_eq!(company.resources_at("2026-03-02")?, 4);
    Ok(())
}

#[test]
fn a_link_that_leads_nowhere_or_outside_a_pipe_and_a_folder_are_told_as_files_that_cannot_be_read()
-> Result<()> {
    let pipe = |path: &Path| {
        anyhow::ensure!(
            Command::new("mkfifo").arg(path).status()?.success(),
            "mkfifo"
        );
        Ok(())
    };
    let link = |to: &'static str| move |path: &Path| Ok(std::os::unix::fs::symlink(to, path)?);
    let cases: [(&str, Write); 4] = [
        ("cannot be read: No such file", Box::new(link("gone.csv"))),
        (
            "is not inside the granted folder",
            Box::new(link("../counterfoil.toml")),
        ),
        ("is not a regular file", Box::new(pipe)),
        (
            "is a folder, and no file",
            Box::new(|path| Ok(std::fs::create_dir(path)?)),
        ),
    ];
    for (why, write) in cases {
        let (company, text) = told(write)?;
        assert!(text.starts_with("exit 3"), "{text}");
        // It is tried again each time, and whoever bills the month is told.
        let again = company.place.expect(3, &["discover"])?.stdout;
        let words = format!("\"vms-2026-03-02.csv\" {why}");
        let plan = company.place.expect(3, &["plan", "--period", "2026-03"])?;
        for told in [&text, &again, &plan.stdout] {
            assert!(told.contains(&words), "`{words}` in {told}");
        }
        assert_eq!(company.resources_at("2026-03-02")?, 4, "{why}");
    }
    Ok(())
}

/// The store tells how far the process is: it keeps what the source declares when the folder was listed; and while it is
/// locked, the first of the files keeps the process from the second.
#[test]
fn a_file_that_is_gone_since_the_folder_was_listed_is_told_and_ends_nothing() -> Result<()> {
    let company = Company::new()?;
    // Without exports it only makes the store.
    company.place.expect(1, &["discover"])?;
    company.export("2026-03-01", &machines(30_000))?;
    company.export("2026-03-02", &machines(29_999))?;
    let gone = company.place.folder.join("exports/vms-2026-03-02.csv");
    let mut discover = company.place.command(&["discover"]);
    discover.stdout(Stdio::piped()).stderr(Stdio::piped());
    let process = discover.spawn()?;
    let store = Connection::open(company.store())?;
    let listed = || -> Result<bool> {
        let declared = "SELECT EXISTS (SELECT 1 FROM declared_kind)";
        Ok(store.query_row(declared, [], |row| row.get(0))?)
    };
    let given_up = Instant::now() + Duration::from_mins(2);
    while !listed()? {
        anyhow::ensure!(Instant::now() < given_up, "the folder was never listed");
        std::thread::yield_now();
    }
    store.execute_batch("BEGIN IMMEDIATE")?;
    std::fs::remove_file(&gone)?;
    store.execute_batch("ROLLBACK")?;
    let output = process.wait_with_output()?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    for words in [
        "1 listing taken in; 1 could not be read: vms-2026-03-02.csv",
        "\"vms-2026-03-02.csv\" cannot be read: No such file",
    ] {
        assert!(told.contains(words), "`{words}` in {told}");
    }
    assert_eq!(company.resources_at("2026-03-02")?, 30_000);
    company.export("2026-03-02", &machines(29_999))?;
    company.place.expect(0, &["discover"])?;
    assert_eq!(company.resources_at("2026-03-02")?, 29_999);
    Ok(())
}
