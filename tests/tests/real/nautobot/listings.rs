//! Listings that break off, and rows that shift from one page to another while they are read: nothing ends by mistake.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use counterfoil_tests::binary::Workplace;
use counterfoil_tests::proxy::Proxy;
use counterfoil_tests::rest::Rest;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::load::{MACHINE_PATH, Machine};
use super::place::{PAGE_SIZE, workplace};

const FIRST: &str = "2026-05-01T00:00:00Z";
const DISTURBED: &str = "2026-05-02T00:00:00Z";
const NEXT: &str = "2026-05-03T00:00:00Z";
const TOKENS: &str = "/api/users/tokens/";

/// A pipeline that lists machines and their disks through a proxy, and has done so once.
struct Watch {
    place: Workplace,
    proxy: Proxy,
    _folder: TempDir,
    before: BTreeSet<String>,
}

impl Watch {
    fn new(nautobot: &Rest, token: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = nautobot.url.trim_start_matches("http://").parse()?;
        let proxy = Proxy::start(address)?;
        let kinds = ["virtual-machine", "disk"];
        let mut place = workplace(folder.path(), &kinds, &proxy.url(), token)?;
        // The configuration names it, and nothing is sent here.
        place.set("PRACTICE_URL", "http://127.0.0.1:9");
        FIRST.clone_into(&mut place.now);
        place.expect(0, &["discover"])?;
        let before = present(&place)?;
        assert!(before.len() > 3 * usize::try_from(PAGE_SIZE)?);
        Ok(Self {
            place,
            proxy,
            _folder: folder,
            before,
        })
    }

    fn discover(&mut self, now: &str, code: i32) -> Result<Value> {
        now.clone_into(&mut self.place.now);
        self.place.json_with(code, &["discover"])
    }

    /// What is gone since the first listing, and what came.
    fn difference(&self) -> Result<(Vec<String>, Vec<String>)> {
        let now = present(&self.place)?;
        let gone = self.before.difference(&now).cloned().collect();
        Ok((gone, now.difference(&self.before).cloned().collect()))
    }
}

/// The ids of what is there.
fn present(place: &Workplace) -> Result<BTreeSet<String>> {
    let shown = place.json(&["inventory", "list", "--as-of", &place.now])?;
    let shown = shown["resources"]
        .as_array()
        .context("a list is an array")?;
    let ids = shown.iter().filter_map(|row| row["external_id"].as_str());
    Ok(ids.map(str::to_owned).collect())
}

/// The machines in the order of the listing: the ids of the first ones that have a disk.
fn first_machines(nautobot: &Rest, count: usize) -> Result<Vec<String>> {
    let page = nautobot.get(&format!("{MACHINE_PATH}?limit={PAGE_SIZE}&sort=id"))?;
    let rows = page["results"].as_array().context("a page has results")?;
    let with_disk = rows.iter().filter(|row| row["disk"].is_number());
    let ids = with_disk.filter_map(|row| row["id"].as_str());
    Ok(ids.take(count).map(str::to_owned).collect())
}

fn delete(nautobot: &Rest, id: &str) -> Result<()> {
    nautobot.delete(&format!("{MACHINE_PATH}{id}/"), None)?;
    Ok(())
}

fn ending(id: &str) -> Vec<String> {
    vec![id.to_owned(), format!("{id}/disk")]
}

pub(crate) fn an_expired_token_ends_nothing(nautobot: &Rest) -> Result<()> {
    let token = nautobot.post(TOKENS, &json!({ "description": "expires in the middle" }))?;
    let path = format!("{TOKENS}{}/", token["id"].as_str().context("it has an id")?);
    let key = token["key"].as_str().context("it has a key")?;
    let mut watch = Watch::new(nautobot, key)?;
    let [id] = first_machines(nautobot, 1)?
        .try_into()
        .map_err(|ids| anyhow::anyhow!("{ids:?} are not one machine"))?;
    delete(nautobot, &id)?;

    let (administrator, expired) = (nautobot.clone(), path.clone());
    watch.proxy.before(3, move || {
        let past = json!({ "expires": "2026-01-01T00:00:00Z" });
        administrator.patch(&expired, &past).map(drop)
    });
    let seen = watch.proxy.seen();
    let report = watch.discover(DISTURBED, 3)?;
    assert_eq!(
        watch.proxy.seen() - seen,
        3,
        "nothing is asked after the refusal"
    );
    let failure = &report["failures"][0];
    assert_eq!(failure["listing"], "virtual-machines", "{report:#}");
    let message = failure["message"].as_str().unwrap_or_default();
    assert!(message.contains("expired"), "{message}");
    let hint = failure["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("renew"), "{failure:#}");
    let listings = report["listings"].as_array().context("a report lists")?;
    assert_eq!(listings.len(), 1, "the disks were not listed: {report:#}");
    assert_eq!(listings[0]["completeness"], "partial");
    assert_eq!(listings[0]["ended"], 0);
    // The deleted one included: a listing that broke off proves nothing.
    assert_eq!(watch.difference()?, (vec![], vec![]));

    nautobot.patch(&path, &json!({ "expires": null }))?;
    watch.discover(NEXT, 0)?;
    assert_eq!(watch.difference()?, (ending(&id), vec![]));
    Ok(())
}

pub(crate) fn a_row_deleted_between_two_pages_ends_nothing_else(
    nautobot: &Rest,
    token: &str,
) -> Result<()> {
    disturbed(nautobot, token, None)
}

/// The count stands still: only the second listing tells.
pub(crate) fn a_row_made_as_another_is_deleted_ends_nothing_else(
    nautobot: &Rest,
    token: &str,
) -> Result<()> {
    disturbed(nautobot, token, Some(Machine::new(900)))
}

/// A machine on the first page goes before the second page is asked for: the first of the second page shifts to the first,
/// unseen. Another may be made at the end.
fn disturbed(nautobot: &Rest, token: &str, made: Option<Machine>) -> Result<()> {
    let mut watch = Watch::new(nautobot, token)?;
    let [id] = first_machines(nautobot, 1)?
        .try_into()
        .map_err(|ids| anyhow::anyhow!("{ids:?} are not one machine"))?;
    let (administrator, deleted) = (nautobot.clone(), id.clone());
    watch.proxy.before(2, move || {
        if let Some(machine) = made {
            administrator.post(MACHINE_PATH, &machine.body())?;
        }
        delete(&administrator, &deleted)
    });
    let report = watch.discover(DISTURBED, 3)?;
    let listings = report["listings"].as_array().context("a report lists")?;
    let [machines, disks] = listings.as_slice() else {
        anyhow::bail!("two scopes are listed: {report:#}")
    };
    assert_eq!(machines["completeness"], "partial", "{machines:#}");
    assert_eq!(machines["ended"], 0);
    let reason = machines["reason"].as_str().unwrap_or_default();
    let expected = if made.is_some() {
        "a second listing had 1 other rows and was without 1 of the first"
    } else {
        "the count went from"
    };
    assert!(reason.contains(expected), "{reason}");
    // The disks were listed after it, in peace.
    assert_eq!(disks["completeness"], "complete");
    let disk = format!("{id}/disk");
    let (gone, _) = watch.difference()?;
    assert_eq!(gone, [disk]);

    watch.discover(NEXT, 0)?;
    let (gone, came) = watch.difference()?;
    assert_eq!(gone, ending(&id));
    let new = made.map(|machine| {
        machine.body()["id"]
            .as_str()
            .map(ending)
            .unwrap_or_default()
    });
    assert_eq!(came, new.unwrap_or_default());
    Ok(())
}
