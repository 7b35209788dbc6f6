//! A page of Markdown whose commands are run in order, in one shell and one folder, and whose outputs are compared. It knows
//! what a block looks like, and nothing of what the commands do.
//!
//! ````text
//! ```sh                     commands; each must end with 0 or 3 unless the output says otherwise
//! ```text                   right after commands: what they print
//! ```toml,file=NAME         is written to this file before the next commands
//! ```toml,append=NAME       is added to this file
//! ````

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::binary::{Workplace, binary, connectors};

/// What pages write where a run has something of its own.
pub const REFERENCE: &str = "CF-ABCDEFGHIJKLMNOP";
const PLAN: &str = "5617743f1cbd";
const PRACTICE: &str = "127.0.0.1:8080";

/// A fenced block and where it stands.
#[derive(Debug, Clone)]
struct Block {
    info: String,
    text: String,
    /// The lines between the fences, from 0, the second exclusive.
    lines: std::ops::Range<usize>,
}

/// Commands with the output that the page promises, if it promises one.
#[derive(Debug)]
pub struct Played {
    pub commands: String,
    pub promised: Option<String>,
    pub printed: String,
    lines: Option<std::ops::Range<usize>>,
}

/// The commands of a page, without their outputs.
pub fn commands(text: &str) -> String {
    let sh = blocks(text).into_iter().filter(|block| block.info == "sh");
    sh.map(|block| block.text).collect()
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block {
                    info: info.trim().to_owned(),
                    text: String::new(),
                    lines: number + 1..number + 1,
                });
            }
            (Some(block), Some("")) => {
                block.lines.end = number;
                blocks.extend(open.take());
            }
            (Some(block), _) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Runs a page in the workplace's folder. What is started in the background is stopped at the end.
pub fn play(place: &Workplace, text: &str) -> Result<Vec<Played>> {
    let outputs = tempfile::tempdir()?;
    let port = free_port()?;
    let address = format!("127.0.0.1:{port}");
    let (script, mut played) = script(text, &address)?;
    let mut bash = Command::new("bash");
    bash.arg("-c")
        .arg(script)
        .current_dir(&place.folder)
        .env("COUNTERFOIL", binary())
        .env("OUT", outputs.path())
        .env("NOW", &place.now)
        .env("COUNTERFOIL_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for (name, value) in place.command(&[]).get_envs() {
        match value {
            Some(value) => bash.env(name, value),
            None => bash.env_remove(name),
        };
    }
    let status = bash.status().context("running bash")?;
    for (number, block) in played.iter_mut().enumerate() {
        let path = outputs.path().join(format!("{number}.txt"));
        let Ok(printed) = std::fs::read(&path) else {
            bail!("the shell ended with {status} before\n{}", block.commands);
        };
        let printed = String::from_utf8_lossy(&printed);
        block.printed = steady(&printed, &address, &place.folder);
    }
    Ok(played)
}

/// Free now, and as long as the port that pages name, so that tables keep their widths.
fn free_port() -> Result<u16> {
    // The system's own choice differs from test to test, so that two of them do not begin at one place.
    let begin = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port() % 8000;
    let mut ports = (1100 + begin..9999).chain(1100..1100 + begin);
    ports
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("a port is free")
}

/// The shell's side: exit codes are shown, what a page cannot know is filled in, a server is waited for.
const PRELUDE: &str = r#"
trap 'kill $(jobs -p) 2>/dev/null' EXIT
counterfoil() {
    local code=0 words=() word
    for word in "$@"; do
        word=${word//REFERENCE/$(grep -ohE 'CF-[A-Z2-7]{16}' "$OUT"/*.txt 2>/dev/null | head -n 1)}
        word=${word//PLAN/$(grep -ohE '\bplan [0-9a-f]{12}\b' "$OUT"/*.txt 2>/dev/null | tail -n 1 | cut -d' ' -f2)}
        words+=("$word")
    done
    [ "$1" != practice ] || exec "$COUNTERFOIL" "${words[@]}" >"$OUT/practice.log" 2>&1
    "$COUNTERFOIL" "${words[@]}" --now "$NOW" || code=$?
    [ $code -eq 0 ] || echo "(exit code $code)"
}
answers() {
    for _ in $(seq 600); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        sleep 0.05
    done
}
"#;

fn script(text: &str, address: &str) -> Result<(String, Vec<Played>)> {
    let mut script = PRELUDE
        .replace("REFERENCE", REFERENCE)
        .replace("PLAN", PLAN);
    let mut played: Vec<Played> = Vec::new();
    let mut after_commands = false;
    let port = address.rsplit(':').next().unwrap_or_default();
    for block in blocks(text) {
        let (language, option) = block.info.split_once(',').unwrap_or((&block.info, ""));
        if language == "sh" {
            writeln!(script, "exec >\"$OUT/{}.txt\" 2>&1", played.len())?;
            for line in block.text.replace(PRACTICE, address).lines() {
                writeln!(script, "{line}")?;
                if line.contains("counterfoil practice ") && line.contains('&') {
                    writeln!(script, "answers {port}")?;
                }
            }
            played.push(Played {
                commands: block.text,
                promised: None,
                printed: String::new(),
                lines: None,
            });
            after_commands = true;
            continue;
        }
        if let Some(last) = played
            .last_mut()
            .filter(|_| after_commands && block.info == "text")
        {
            last.promised = Some(block.text);
            last.lines = Some(block.lines);
        } else if let Some((how, file)) = option.split_once('=') {
            let arrow = match how {
                "file" => ">",
                "append" => ">>",
                _ => bail!("a block says `{}`", block.info),
            };
            let text = block.text.replace(PRACTICE, address);
            writeln!(
                script,
                "cat {arrow}'{file}' <<'END OF BLOCK'\n{text}END OF BLOCK"
            )?;
        }
        after_commands = false;
    }
    Ok((script, played))
}

/// Without what differs from run to run: each is written as pages write it.
fn steady(printed: &str, address: &str, folder: &Path) -> String {
    let printed = printed
        .replace(address, PRACTICE)
        .replace(&*folder.to_string_lossy(), "FOLDER")
        .replace(&*connectors().to_string_lossy(), "CONNECTORS");
    let mut text = String::new();
    for line in printed.trim_end().lines() {
        let words = line.split_inclusive([' ', ',', '(', ')', ':', '`', '\'', '"']);
        let line: String = words.map(steady_word).collect();
        text.push_str(&without_seconds(&without_user(&line)));
        text.push('\n');
    }
    text
}

/// Decisions name the user of the operating system: "anna (as root)".
fn without_user(line: &str) -> String {
    match line.split_once(" (as ") {
        Some((before, after)) => match after.split_once(')') {
            Some((_, rest)) => format!("{before} (as you){rest}"),
            None => line.to_owned(),
        },
        None => line.to_owned(),
    }
}

fn steady_word(word: &str) -> String {
    let end = word.trim_end_matches([' ', ',', '(', ')', ':', '`', '\'', '"']);
    let rest = &word[end.len()..];
    let is_base32 = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte))
    };
    let is_hex = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
    };
    // Also within the name of a file.
    let reference = end.find("CF-").and_then(|at| {
        let (before, found) = end.split_at(at);
        let (found, after) = found.split_at_checked(REFERENCE.len())?;
        let is_whole = !after.starts_with(|next: char| next.is_alphanumeric());
        (is_whole && is_base32(&found["CF-".len()..])).then_some((before, after))
    });
    if let Some((before, after)) = reference {
        return format!("{before}{REFERENCE}{after}{rest}");
    }
    match end.len() {
        12 if is_hex(end) => format!("{PLAN}{rest}"),
        64 if is_hex(end) => format!("{}{rest}", "9f2c41d0".repeat(8)),
        _ => word.to_owned(),
    }
}

/// A page's clock starts at a full minute, and a slow machine needs some seconds.
fn without_seconds(line: &str) -> String {
    let mut steady = line.to_owned();
    for (at, _) in line.match_indices('T') {
        let Some(time) = line.get(at..at + "T06:00:07Z".len()) else {
            continue;
        };
        let shape = time.bytes().map(|byte| match byte {
            b'0'..=b'9' => b'0',
            other => other,
        });
        let is_time = shape.eq("T00:00:00Z".bytes());
        if is_time && time.as_bytes()[7] < b'3' {
            steady.replace_range(at + 7..at + 9, "00");
        }
    }
    steady
}

/// Columns are as wide as what is in them, which may differ from run to run: one space is as good as many.
fn spaced(text: &str) -> Vec<String> {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim_end().lines().map(line).collect()
}

/// What is not as the page says, one text a block.
pub fn differences(played: &[Played]) -> Vec<String> {
    let differs = |block: &&Played| match &block.promised {
        Some(promised) => spaced(promised) != spaced(&block.printed),
        None => [
            "(exit code 1)",
            "(exit code 2)",
            "(exit code 4)",
            "command not found",
        ]
        .iter()
        .any(|mark| block.printed.contains(mark)),
    };
    let told = |block: &Played| match &block.promised {
        Some(promised) => format!(
            "{}printed\n{}instead of\n{promised}",
            block.commands, block.printed
        ),
        None => format!("{}failed:\n{}", block.commands, block.printed),
    };
    played.iter().filter(differs).map(told).collect()
}

/// The page with what was printed in the place of what it promised.
pub fn updated(text: &str, played: &[Played]) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    for block in played.iter().rev() {
        if let Some(place) = &block.lines {
            lines.splice(place.clone(), block.printed.lines());
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "Text.\n\n```toml,file=a.toml\nx = 1\n```\n\n```sh\ncat a.toml\necho CF-ABCDEFGHIJKLMN77, plan\n```\n\n\
        ```text\nx = 2\n```\n\n```text\nnot an output\n```\n\n```sh\nfalse\n```\n";

    #[test]
    fn a_page_is_played_compared_and_mended() {
        let folder = tempfile::tempdir().unwrap();
        let place = Workplace::new(folder.path(), "2026-04-01T06:00:00Z");
        let played = play(&place, PAGE).unwrap();
        assert_eq!(played.len(), 2);
        assert_eq!(played[0].printed, format!("x = 1\n{REFERENCE}, plan\n"));
        let differences = differences(&played);
        assert_eq!(differences.len(), 1, "{differences:#?}");
        let mended = updated(PAGE, &played);
        assert!(
            mended.contains("```text\nx = 1\nCF-ABCDEFGHIJKLMNOP, plan\n```\n"),
            "{mended}"
        );
        assert!(super::differences(&play(&place, &mended).unwrap()).is_empty());
        assert!(mended.contains("not an output"));
    }

    #[test]
    fn what_differs_from_run_to_run_is_written_the_same() {
        let line = steady(
            "plan 0123456789ab (CF-ZZZZZZZZZZZZZZZ2): http://127.0.0.1:5/x 0123456789AB\n\
             sent 2026-04-01T06:00:07Z, to 2026-03-31T21:59:59Z\n",
            "127.0.0.1:5",
            Path::new("/f"),
        );
        assert_eq!(
            line,
            "plan 5617743f1cbd (CF-ABCDEFGHIJKLMNOP): http://127.0.0.1:8080/x 0123456789AB\n\
             sent 2026-04-01T06:00:00Z, to 2026-03-31T21:59:59Z\n"
        );
    }
}
