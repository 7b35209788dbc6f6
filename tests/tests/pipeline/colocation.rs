//! The story of `examples/colocation`, as the demo plays it, with a snapshot of what is printed.

use anyhow::{Context, Result};
use counterfoil_tests::binary::Workplace;
use counterfoil_tests::practice::{PracticeServer, TOKEN};
use serde_json::json;

use crate::small::APRIL;

/// What differs from run to run: references hold the store's random id, ports and digests differ.
fn steady(text: &str) -> String {
    let words = text
        .split_inclusive(|letter: char| letter.is_whitespace())
        .map(|word| {
            let (bare, space) = word.split_at(word.trim_end().len());
            let steady = if bare.starts_with("CF-") && bare.len() == 19 {
                "CF-REFERENCE-------".to_owned()
            } else if bare.len() >= 12 && bare.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                "DIGEST".to_owned()
            } else if bare.contains(':') && bare.len() > 64 {
                "HEAD".to_owned()
            } else {
                bare.to_owned()
            };
            format!("{steady}{space}")
        });
    words
        .collect::<String>()
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_story_of_the_demo() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = PracticeServer::start(folder.path(), None)?;
    let mut place = Workplace::of_example("colocation", &folder.path().join("pipeline"), APRIL)?;
    place.set("COUNTERFOIL_STATE", &folder.path().to_string_lossy());
    place.set("PRACTICE_URL", &server.url());
    place.set("PRACTICE_TOKEN", TOKEN);
    let march = ["--period", "2026-03"];
    let mut story = String::new();
    let mut tell = |code: i32, arguments: &[&str]| -> Result<()> {
        let answer = place.expect(code, arguments)?;
        story.extend([
            "$ counterfoil ",
            &arguments.join(" "),
            "\n",
            &steady(&answer.stdout),
            "\n",
        ]);
        Ok(())
    };
    tell(0, &["check"])?;
    tell(3, &["discover"])?;
    tell(3, &["classify"])?;
    tell(0, &["plan", march[0], march[1]])?;
    tell(0, &["approve", march[0], march[1], "--all", "--by", "demo"])?;
    tell(0, &["apply", march[0], march[1]])?;
    tell(0, &["reconcile", march[0], march[1]])?;
    let page = server.get("/api/v1/documents?limit=1")?;
    let document = page["items"][0]["id"]
        .as_str()
        .context("there is a document")?;
    let edit = json!({ "document": document, "line": 1, "field": "unit_price", "value": "1.00" });
    server.post("/api/v1/admin/edit", &edit)?;
    tell(3, &["reconcile", march[0], march[1]])?;
    // A second run goes on and bills nothing twice.
    tell(0, &["discover"])?;
    tell(0, &["plan", march[0], march[1]])?;
    tell(0, &["apply", march[0], march[1]])?;
    tell(0, &["verify"])?;
    insta::assert_snapshot!("colocation", story);
    Ok(())
}
