//! A listing paged by offset, disturbed between two of its pages: whoever was not proved absent stays.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result};
use counterfoil_tests::binary::Workplace;
use counterfoil_tests::proxy::Proxy;
use serde_json::Value;
use tempfile::TempDir;

use crate::paged::{Paged, World, id};

const MACHINES: u32 = 7;
const PIPELINE: &str = r#"[store]
url = "sqlite:counterfoil.db"

[pipeline.main]
issuer = "Test"
timezone = "UTC"
price_book = "standard"

[[pipeline.main.source]]
name = "nautobot"
plugin = "nautobot"
grant = { http = ["${env:NAUTOBOT_URL}"] }
credential = { api = { token = "t0p" } }
config = { url = "${env:NAUTOBOT_URL}", page_size = 3, kinds = ["virtual-machine"] }

[price_book.standard]
"#;

struct Watch {
    paged: Paged,
    proxy: Proxy,
    place: Workplace,
    _folder: TempDir,
}

impl Watch {
    /// Seven machines on three pages, listed once in peace.
    fn new() -> Result<Self> {
        let paged = Paged::start(MACHINES)?;
        let proxy = Proxy::start(paged.address)?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("counterfoil.toml"), PIPELINE)?;
        let mut place = Workplace::new(folder.path(), "2026-03-01T00:00:00Z");
        place.set("NAUTOBOT_URL", &proxy.url());
        let watch = Self {
            paged,
            proxy,
            place,
            _folder: folder,
        };
        watch.place.expect(0, &["discover"])?;
        assert_eq!(watch.present()?, (1..=MACHINES).map(id).collect());
        Ok(watch)
    }

    /// The next listing, during which something happens before a page is asked for; answers what it told.
    fn disturbed(
        &mut self,
        page: u32,
        code: i32,
        happens: impl FnOnce(&World) + Send + 'static,
    ) -> Result<Value> {
        let world = Arc::clone(&self.paged.world);
        self.proxy.before(page, move || {
            happens(&world);
            Ok(())
        });
        "2026-03-02T00:00:00Z".clone_into(&mut self.place.now);
        let report = self.place.json_with(code, &["discover"])?;
        assert_eq!(report["listings"][0]["completeness"], "partial");
        assert_eq!(report["listings"][0]["ended"], 0);
        Ok(report)
    }

    /// One more listing in peace; answers what is there after it.
    fn in_peace(&mut self) -> Result<BTreeSet<String>> {
        "2026-03-03T00:00:00Z".clone_into(&mut self.place.now);
        self.place.expect(0, &["discover"])?;
        self.present()
    }

    fn present(&self) -> Result<BTreeSet<String>> {
        let now = &self.place.now;
        let shown = self.place.json(&["inventory", "list", "--as-of", now])?;
        let shown = shown["resources"]
            .as_array()
            .context("a list is an array")?;
        let ids = shown.iter().filter_map(|row| row["external_id"].as_str());
        Ok(ids.map(str::to_owned).collect())
    }
}

#[test]
fn a_row_deleted_between_two_pages_ends_nothing_else() -> Result<()> {
    let mut watch = Watch::new()?;
    // The fourth machine shifts to the first page, unseen.
    watch.disturbed(2, 3, |world| {
        world.change(|numbers| numbers.retain(|number| *number != 1));
    })?;
    assert_eq!(watch.present()?, (1..=MACHINES).map(id).collect());
    assert_eq!(watch.in_peace()?, (2..=MACHINES).map(id).collect());
    Ok(())
}

#[test]
fn a_row_made_as_another_is_deleted_ends_nothing_else() -> Result<()> {
    let mut watch = Watch::new()?;
    // The count stands still, so that only a second look at the ids tells.
    watch.disturbed(2, 3, |world| {
        world.change(|numbers| {
            numbers.retain(|number| *number != 1);
            numbers.push(MACHINES + 1);
        });
    })?;
    assert_eq!(watch.present()?, (1..=MACHINES + 1).map(id).collect());
    assert_eq!(watch.in_peace()?, (2..=MACHINES + 1).map(id).collect());
    Ok(())
}

#[test]
fn a_token_that_expires_in_the_middle_ends_nothing() -> Result<()> {
    let mut watch = Watch::new()?;
    watch
        .paged
        .world
        .change(|numbers| numbers.retain(|number| *number != 1));
    let report = watch.disturbed(2, 3, |world| {
        world.token_expired.store(true, Ordering::SeqCst);
    })?;
    let failure = &report["failures"][0];
    let message = failure["message"].as_str().unwrap_or_default();
    assert!(
        message.ends_with("answered 403: Token expired"),
        "{failure:#}"
    );
    assert_eq!(watch.present()?, (1..=MACHINES).map(id).collect());
    watch
        .paged
        .world
        .token_expired
        .store(false, Ordering::SeqCst);
    assert_eq!(watch.in_peace()?, (2..=MACHINES).map(id).collect());
    Ok(())
}
