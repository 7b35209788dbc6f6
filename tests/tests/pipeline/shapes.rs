//! Every shape that `counterfoil shapes` lists is answered by the real binary as its committed schema says, and every table
//! that it lists is exported.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Workplace, repository};
use serde_json::{Value, json};

use crate::answers::assert_fits;
use crate::small::{ANNEX, APRIL, Company, machines};

const MARCH: [&str; 2] = ["--period", "2026-03"];

/// The shapes that were answered, each with a command that answers it again.
#[derive(Default)]
struct Seen(BTreeSet<String>);

impl Seen {
    fn expect(
        &mut self,
        place: &Workplace,
        code: i32,
        shape: &str,
        command: &[&str],
    ) -> Result<Value> {
        let answer = place.expect(code, &[command, &["--json"]].concat())?;
        self.0.insert(shape.to_owned());
        assert_fits(&answer.stdout, shape)
    }

    /// The same for what changes nothing: each of its tables is exported, too.
    fn ask(
        &mut self,
        place: &Workplace,
        code: i32,
        shape: &str,
        command: &[&str],
    ) -> Result<Value> {
        let answer = self.expect(place, code, shape, command)?;
        for table in tables(place, shape)? {
            let export = [command, &["--table", &table, "--format", "csv"]].concat();
            let csv = place.expect(code, &export)?.stdout;
            let head = csv.lines().next().unwrap_or_default();
            assert!(!head.is_empty(), "{shape}: the table {table}");
        }
        Ok(answer)
    }
}

fn listed(place: &Workplace) -> Result<BTreeMap<String, Vec<String>>> {
    let answer = place.json(&["shapes"])?;
    let mut listed = BTreeMap::new();
    for shape in answer["shapes"].as_array().context("a list")? {
        let name = shape["name"].as_str().context("a name")?;
        let tables = shape["tables"].as_array().context("tables")?.iter();
        let tables = tables.filter_map(|table| Some(table.as_str()?.to_owned()));
        listed.insert(name.to_owned(), tables.collect());
    }
    Ok(listed)
}

fn tables(place: &Workplace, shape: &str) -> Result<Vec<String>> {
    let mut listed = listed(place)?;
    listed
        .remove(shape)
        .with_context(|| format!("{shape} is listed"))
}

/// The owners of rows are acme and blue; one machine has none, so that something is in suspense.
fn discovered() -> Result<Company> {
    let company = Company::new()?;
    for day in 1..=31 {
        let mut rows = machines(4);
        rows.push("VM-005,,4".to_owned());
        company.export(&format!("2026-03-{day:02}"), &rows)?;
    }
    company.place.call(&["discover"])?;
    Ok(company)
}

fn march<'a>(command: &[&'a str]) -> Vec<&'a str> {
    [command, &MARCH[..]].concat()
}

#[test]
fn every_shape_is_answered_as_its_schema_says() -> Result<()> {
    let mut seen = Seen::default();
    let company = discovered()?;
    from_rack_to_ledger(&mut seen, &company)?;
    questions(&mut seen, &company)?;
    questions_of_books(&mut seen, &company)?;
    going_live(&mut seen, &company)?;
    operation(&mut seen, company)?;
    what_is_retired_or_withheld(&mut seen)?;
    what_is_parked(&mut seen)?;
    tools(&mut seen)?;
    let place = Workplace::new(repository(), APRIL);
    let listed: BTreeSet<String> = listed(&place)?.into_keys().collect();
    let unseen: Vec<&String> = listed.difference(&seen.0).collect();
    assert!(unseen.is_empty(), "answered by no command here: {unseen:?}");
    assert_eq!(listed, seen.0);
    Ok(())
}

fn from_rack_to_ledger(seen: &mut Seen, company: &Company) -> Result<()> {
    let place = &company.place;
    seen.ask(place, 0, "rate/1", &march(&["rate"]))?;
    seen.ask(place, 3, "classify/1", &["classify"])?;
    let plan = seen.ask(place, 0, "plan/1", &march(&["plan"]))?;
    let reference = plan["plans"][0]["plan"]["deliveries"][0]["delivery"]["reference"]
        .as_str()
        .context("a delivery has a reference")?
        .to_owned();
    seen.ask(
        place,
        0,
        "preview/1",
        &march(&["preview", "--folder", "pages", "--force"]),
    )?;
    seen.ask(place, 3, "export-ubl/1", &march(&["export", "ubl"]))?;
    seen.ask(place, 0, "export-focus/1", &march(&["export", "focus"]))?;
    seen.ask(place, 0, "export-lines/1", &march(&["export", "lines"]))?;
    let hold = march(&["approve", "--hold", "acme", "--reason", "r", "--by", "t"]);
    seen.expect(place, 0, "approve/1", &hold)?;
    seen.ask(place, 0, "approvals/1", &["approvals"])?;
    let paused = ["pause", "main", "--reason", "r", "--by", "t"];
    seen.expect(place, 0, "pause/1", &paused)?;
    place.expect(0, &["pause", "main", "--resume", "--by", "t"])?;
    place.expect(0, &march(&["approve", "--all", "--by", "t"]))?;
    place.expect(0, &march(&["approve", "--account", "acme", "--by", "t"]))?;
    seen.expect(place, 0, "apply/1", &march(&["apply"]))?;
    seen.ask(place, 0, "reconcile/1", &march(&["reconcile"]))?;
    let closed = seen.ask(place, 3, "close/1", &march(&["close"]))?;
    let suspense = closed["reasons"][0]["id"].as_str().unwrap_or_default();
    let close = march(&["close", "--by", "t", "--reason", "r", "--accept", suspense]);
    place.expect(0, &close)?;
    seen.ask(place, 0, "certificate/1", &march(&["close", "--show"]))?;
    seen.ask(place, 0, "verify/1", &["verify"])?;
    seen.ask(place, 0, "explain-delivery/1", &["explain", &reference])?;
    let resource = march(&["explain", "--resource", "VM-001"]);
    seen.ask(place, 0, "explain-resource/1", &resource)?;
    let total = march(&["explain", "--account", "acme"]);
    seen.ask(place, 0, "explain-total/1", &total)?;
    let difference = march(&["explain", "--account", "acme", "--against", "2026-02"]);
    seen.ask(place, 0, "explain-difference/1", &difference)?;
    seen.ask(place, 0, "report-known/1", &["report", "known", &reference])?;
    seen.ask(place, 0, "report-suggestions/1", &["report", "suggestions"])?;
    Ok(())
}

/// Asked on 2 April, of which the listing has a larger machine, one more, and one row that cannot be read. It may be the
/// machine's that is not there, so that this one goes on.
/// The price book is that of the costs, and the candidate.
fn questions_of_books(seen: &mut Seen, company: &Company) -> Result<()> {
    let compare =
        "compare = [{ kind = \"virtual-machine\", provisioned = \"cpu\", consumed = \"cpu\" }]";
    company.write_with(&format!("cost_book = \"standard\"\n{compare}"), "", "")?;
    let place = &company.place;
    for by in ["line", "customer", "service", "agreement"] {
        let margin = march(&["report", "margin", "--by", by]);
        seen.ask(place, 0, "report-margin/1", &margin)?;
    }
    let usage = march(&["report", "usage"]);
    seen.ask(place, 0, "report-usage/1", &usage)?;
    let candidate = [
        "--from",
        "2026-03",
        "--to",
        "2026-03",
        "--candidate",
        "counterfoil.toml",
    ];
    let what_if = [&["what-if"], &candidate[..]].concat();
    seen.ask(place, 0, "what-if/1", &what_if)?;
    company.write()
}

fn questions(seen: &mut Seen, company: &Company) -> Result<()> {
    let mut rows = machines(3);
    "VM-001,acme,8".clone_into(&mut rows[0]);
    rows.extend(["VM-005,,4", "VM-006,blue,2", "VM-007,acme,many"].map(str::to_owned));
    company.export("2026-04-01", &rows)?;
    let place = Workplace {
        now: "2026-04-02T06:00:00Z".to_owned(),
        folder: company.place.folder.clone(),
        environment: company.place.environment.clone(),
    };
    let place = &place;
    let discovered = seen.expect(place, 3, "discover/1", &["discover"])?;
    assert_eq!(discovered["listings"][0]["broken"], 1, "{discovered:#}");
    let list = ["inventory", "list", "--as-of", "2026-03-15"];
    seen.ask(place, 0, "inventory-list/1", &list)?;
    let delta = ["inventory", "delta", "2026-03-15", "2026-04-01"];
    let delta = seen.ask(place, 0, "inventory-delta/1", &delta)?;
    assert_eq!(delta["changes"].as_array().map(Vec::len), Some(2));
    let history = ["inventory", "history", "VM-001"];
    seen.ask(place, 0, "inventory-history/1", &history)?;
    seen.ask(place, 0, "inventory-coverage/1", &["inventory", "coverage"])?;
    seen.ask(place, 0, "inventory-broken/1", &["inventory", "broken"])?;
    for by in ["customer", "resource", "kind"] {
        let growth = [
            "report",
            "growth",
            "--since",
            "30d",
            "--attribute",
            "cpu",
            "--by",
            by,
        ];
        let growth = seen.ask(place, 0, "report-growth/1", &growth)?;
        assert!(!growth["rows"].as_array().context("rows")?.is_empty());
    }
    let changes = ["report", "changes", "2026-03-15"];
    let changes = seen.ask(place, 0, "report-changes/1", &changes)?;
    assert!(!changes["changes"].as_array().context("rows")?.is_empty());
    let delivered = ["report", "delivered", "VM-001"];
    let delivered = seen.ask(place, 0, "report-delivered/1", &delivered)?;
    // What was new in March is delivered, and what changed in April is not yet.
    assert_eq!(delivered["events"].as_array().map(Vec::len), Some(2));
    let new = ["report", "first-seen", "--all", "--attribute", "owner"];
    seen.ask(place, 0, "report-first-seen/1", &new)?;
    let unbilled = seen.ask(place, 0, "report-unbilled/1", &["report", "unbilled"])?;
    for key in ["resources", "unread"] {
        assert!(!unbilled[key].as_array().context("rows")?.is_empty());
    }
    Ok(())
}

fn going_live(seen: &mut Seen, company: &Company) -> Result<()> {
    let (place, folder) = (&company.place, &company.place.folder);
    let opening = "account,period,item,net,note\nacme,2026-04,cpu,15.50,invoice 4711\n";
    std::fs::write(folder.join("opening.csv"), opening)?;
    let import = ["opening", "import", "opening.csv", "--by", "anna"];
    seen.expect(place, 0, "opening-import/1", &import)?;
    seen.ask(place, 0, "opening-list/1", &["opening", "list"])?;
    let sent = "Customer,Description,Quantity,Net,Currency\nacme,vCPU,3,33.00,EUR\nblue,Setup,1,5.00,EUR\nNobody,vCPU,1,1.00,EUR\n,,,39.00,\n";
    std::fs::write(folder.join("sent.csv"), sent)?;
    let shadow = march(&["shadow", "--against", "sent.csv"]);
    let shadow = seen.ask(place, 3, "shadow/1", &shadow)?;
    assert_eq!(shadow["unknown_customers"][0]["customer"], "Nobody");
    let proposed = seen.ask(place, 0, "map-propose/1", &["map", "propose"])?;
    assert_eq!(proposed["pairs"][0]["confirm"], "yes", "{proposed:#}");
    place.expect(
        0,
        &["map", "propose", "--format", "csv", "--output", "map.csv"],
    )?;
    let import = ["map", "import", "map.csv", "--by", "anna"];
    seen.expect(place, 0, "map-import/1", &import)?;
    seen.ask(place, 0, "map-list/1", &["map", "list"])?;
    Ok(())
}

fn operation(seen: &mut Seen, mut company: Company) -> Result<()> {
    let path = company.place.folder.join("counterfoil.toml");
    let configuration = std::fs::read_to_string(&path)?;
    let schedule = "estimate_currency = \"EUR\"\ndiscover = \"0 0 * * * *\"";
    let configuration = configuration.replace("estimate_currency = \"EUR\"", schedule);
    // Nothing listens on that port.
    let told = "[[notify]]\non = [\"waiting\", \"found\"]\nto = \"http://127.0.0.1:9/hook\"\n";
    std::fs::write(&path, format!("{configuration}\n{told}"))?;
    "2026-04-03T06:00:00Z".clone_into(&mut company.place.now);
    let place = &company.place;
    let run = seen.expect(place, 0, "run/1", &["run", "--once"])?;
    assert_eq!(run["jobs"][0]["job"], "discover", "{run:#}");
    place.expect(3, &march(&["plan"]))?;
    seen.ask(place, 0, "status/1", &["status"])?;
    let notified = seen.ask(place, 0, "notifications/1", &["notifications"])?;
    assert!(
        !notified["notifications"]
            .as_array()
            .context("rows")?
            .is_empty()
    );
    seen.expect(place, 0, "check/1", &["check", "--connect"])?;
    seen.expect(place, 0, "backup/1", &["backup", "copy.db"])?;
    let restore = ["restore", "copy.db", "--replace"];
    seen.expect(place, 0, "restore/1", &restore)?;
    Ok(())
}

fn what_is_retired_or_withheld(seen: &mut Seen) -> Result<()> {
    let company = Company::new()?;
    std::fs::create_dir_all(company.place.folder.join("annex"))?;
    company.write_with("", "", ANNEX)?;
    let annex = company.place.folder.join("annex/vms-2026-03-01.csv");
    std::fs::write(annex, "Id,Owner,CPU\nAX-1,acme,3\n")?;
    company.export("2026-03-01", &machines(40))?;
    company.place.expect(0, &["discover"])?;
    company.write()?;
    let retire = ["inventory", "retire", "source", "annex", "--by", "t"];
    seen.expect(&company.place, 0, "inventory-retire/1", &retire)?;
    company.export("2026-03-02", &machines(4))?;
    company.place.expect(3, &["discover"])?;
    let withheld = ["inventory", "withheld"];
    let withheld = seen.ask(&company.place, 3, "inventory-withheld/1", &withheld)?;
    let id = withheld["withheld"][0]["id"].to_string();
    let settle = ["inventory", "dismiss-withheld", &id, "--by", "t"];
    seen.expect(&company.place, 0, "inventory-settled/1", &settle)?;
    Ok(())
}

/// A store that forgot what it sent finds other content at the sink.
fn what_is_parked(seen: &mut Seen) -> Result<()> {
    let company = Company::new()?;
    for day in ["2026-03-01", "2026-03-31"] {
        company.export(day, &machines(2))?;
    }
    company.place.call(&["discover"])?;
    company.plan_and_approve()?;
    let place = &company.place;
    place.expect(0, &["backup", "copy.db"])?;
    place.expect(0, &march(&["apply"]))?;
    place.expect(0, &["restore", "copy.db", "--replace"])?;
    let page = company.server.get("/api/v1/documents?limit=1")?;
    let document = &page["items"][0];
    let edit = json!({ "document": document["id"], "line": 1, "field": "net", "value": "1.00" });
    company.server.post("/api/v1/admin/edit", &edit)?;
    place.expect(4, &march(&["apply"]))?;
    let reference = document["reference"].as_str().context("a reference")?;
    let release = ["release", reference, "--by", "t", "--reason", "r"];
    seen.expect(place, 0, "release/1", &release)?;
    Ok(())
}

fn tools(seen: &mut Seen) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = Workplace::new(folder.path(), APRIL);
    seen.expect(&place, 0, "init/1", &["init", "billing", "--yes"])?;
    seen.ask(&place, 0, "schemas/1", &["schema"])?;
    seen.expect(
        &place,
        0,
        "schemas-written/1",
        &["schema", "--write", "made"],
    )?;
    seen.ask(&place, 0, "shapes/1", &["shapes"])?;
    let failed = place.expect(2, &["discover", "--json"])?;
    assert_fits(&failed.stderr, "error/1")?;
    seen.0.insert("error/1".to_owned());
    // A server answers where it listens, and goes on until it is stopped.
    let mut server = place.start(&["practice", "--listen", "127.0.0.1:0", "--json"])?;
    let mut answer = String::new();
    for line in BufReader::new(server.stdout.take().context("its output")?).lines() {
        let line = line?;
        answer.push_str(&line);
        if line == "}" {
            break;
        }
    }
    server.kill()?;
    server.wait()?;
    assert_fits(&answer, "practice/1")?;
    seen.0.insert("practice/1".to_owned());
    Ok(())
}
