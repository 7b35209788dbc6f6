//! Progress bars: on a terminal alone, and not where somebody does not want them. `script` makes the terminal.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use counterfoil_tests::binary::binary;

use crate::small::{Company, machines};

/// What a command writes to a terminal.
fn on_a_terminal(
    company: &Company,
    arguments: &str,
    environment: &[(&str, &str)],
) -> Result<String> {
    let binary = binary();
    let now = &company.place.now;
    let line = format!("{} {arguments} --now {now}", binary.display());
    // The settings are those of every call, but for the program that is called.
    let template = company.place.command(&[]);
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]);
    command
        .current_dir(&company.place.folder)
        .env("TERM", "xterm");
    for (name, value) in template.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.envs(environment.iter().copied());
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("`script`, of util-linux")?;
    let written = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{written}");
    Ok(written)
}

/// A bar is drawn with these.
fn is_drawn(written: &str) -> bool {
    written.contains('█') || written.contains('░')
}

#[test]
fn a_terminal_sees_how_far_a_file_is_read() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(4000))?;
    let written = on_a_terminal(&company, "discover", &[])?;
    assert!(is_drawn(&written), "{written}");
    assert!(
        written.contains("/s") && written.contains("left"),
        "{written}"
    );
    assert!(written.contains("keeping 4,000 rows"), "{written}");
    // NO_COLOR is set, and every bar is taken away in the end.
    assert!(!written.contains("\u{1b}[3"), "{written:?}");
    let last = written.trim_end().lines().last().unwrap_or_default();
    assert_eq!(last.trim(), "1 listing taken in");
    company.export("2026-03-31", &machines(4000))?;
    company.bill()?;
    for command in ["reconcile --period 2026-03", "verify"] {
        let written = on_a_terminal(&company, command, &[])?;
        assert!(is_drawn(&written), "{command}: {written}");
    }
    Ok(())
}

#[test]
fn nobody_else_sees_bars() -> Result<()> {
    let company = Company::new()?;
    company.export("2026-03-01", &machines(40))?;
    let quiet = on_a_terminal(&company, "discover --no-progress", &[])?;
    assert!(!is_drawn(&quiet) && !quiet.contains('\u{1b}'), "{quiet:?}");
    company.export("2026-03-02", &machines(40))?;
    let dumb = on_a_terminal(&company, "discover", &[("TERM", "dumb")])?;
    assert!(!is_drawn(&dumb) && !dumb.contains('\u{1b}'), "{dumb:?}");
    company.export("2026-03-03", &machines(40))?;
    let piped = company.place.expect(0, &["discover"])?;
    assert_eq!(piped.stderr, "");
    Ok(())
}
