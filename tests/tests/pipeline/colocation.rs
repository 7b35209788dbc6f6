//! The story of `examples/colocation`, as the demo plays it, with a snapshot of what is printed.

use anyhow::{Context, Result};
use counterfoil_tests::binary::Workplace;
use counterfoil_tests::practice::{PracticeServer, TOKEN};
use serde_json::json;

use crate::small::APRIL;

/// What differs from run to run: references hold the store's random id, and the practice API has a clock of its own.
const STEADY: [(&str, &str); 4] = [
    (r"CF-[A-Z2-7]{16}", "CF-REFERENCE-------"),
    (r"\b\d+:[0-9a-f]{64}", "HEAD"),
    (r"\b[0-9a-f]{12,}\b", "DIGEST"),
    (r"(BLOCKS .*\(since) [^)]+", "$1 TIME"),
];

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
            answer.stdout.trim_end(),
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
    insta::with_settings!({ filters => STEADY }, {
        insta::assert_snapshot!("colocation", story);
    });
    Ok(())
}
