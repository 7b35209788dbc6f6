//! A small company for tests: exports, rules and prices that a test can change.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use counterfoil_tests::binary::Workplace;
use counterfoil_tests::practice::{PracticeServer, TOKEN};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Company {
    pub(crate) server: PracticeServer,
    pub(crate) place: Workplace,
    folder: TempDir,
    rules: String,
    price: String,
    pub(crate) names: [String; 3],
}

pub(crate) const APRIL: &str = "2026-04-01T06:00:00Z";

/// Another source of virtual machines, in the folder `annex`; stands after the tables of the sink.
pub(crate) const ANNEX: &str = r#"
[[pipeline.main.source]]
name = "annex"
plugin = "spreadsheet"
grant = { files = "annex" }
[pipeline.main.source.config]
files = "vms-*.csv"
date = "vms-{date}.csv"
id = "Id"
kind = "virtual-machine"
attribute = { owner = { column = "Owner" }, cpu = { column = "CPU", type = "decimal" } }
"#;

impl Company {
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = PracticeServer::start(folder.path(), None)?;
        let pipeline = folder.path().join("pipeline");
        std::fs::create_dir_all(pipeline.join("exports"))?;
        let mut place = Workplace::new(pipeline, APRIL);
        place.set("PRACTICE_URL", &server.url());
        let names = ["main", "exports", "books"].map(str::to_owned);
        let (rules, price) = (
            String::new(),
            "price = [{ currency = \"EUR\", amount = 10.00 }]".to_owned(),
        );
        let company = Self {
            server,
            place,
            folder,
            rules,
            price,
            names,
        };
        company.write()?;
        Ok(company)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.place.folder.join("counterfoil.db")
    }

    /// Writes the export of a day: `id,owner,cpu` a row.
    pub(crate) fn export(&self, day: &str, rows: &[String]) -> Result<()> {
        let mut text = "Id,Owner,CPU\n".to_owned();
        for row in rows {
            text.push_str(row);
            text.push('\n');
        }
        self.export_raw(day, &text)
    }

    pub(crate) fn export_raw(&self, day: &str, text: &str) -> Result<()> {
        Ok(std::fs::write(
            self.place.folder.join(format!("exports/vms-{day}.csv")),
            text,
        )?)
    }

    pub(crate) fn set_rules(&mut self, rules: &str) -> Result<()> {
        rules.clone_into(&mut self.rules);
        self.write()
    }

    pub(crate) fn set_price(&mut self, price: &str) -> Result<()> {
        price.clone_into(&mut self.price);
        self.write()
    }

    pub(crate) fn write(&self) -> Result<()> {
        self.write_with("", "", "")
    }

    /// The configuration with extra lines in the tables of pipeline, source and sink.
    pub(crate) fn write_with(
        &self,
        of_pipeline: &str,
        of_source: &str,
        of_sink: &str,
    ) -> Result<()> {
        let [pipeline, source, sink] = &self.names;
        let (rules, price) = (&self.rules, &self.price);
        let text = format!(
            r#"[store]
url = "sqlite:counterfoil.db"

[pipeline.{pipeline}]
issuer = "Test"
timezone = "Europe/Stockholm"
price_book = "standard"
estimate_currency = "EUR"
{of_pipeline}

[[pipeline.{pipeline}.source]]
name = "{source}"
plugin = "spreadsheet"
grant = {{ files = "exports" }}
{of_source}
[pipeline.{pipeline}.source.config]
files = "vms-*.csv"
date = "vms-{{date}}.csv"
id = "Id"
kind = "virtual-machine"
attribute = {{ owner = {{ column = "Owner" }}, cpu = {{ column = "CPU", type = "decimal" }} }}

[[pipeline.{pipeline}.rule]]
name = "owner"
when = {{ has = "owner" }}
set = {{ customer = {{ from = "owner" }} }}
{rules}
[[pipeline.{pipeline}.sink]]
name = "{sink}"
plugin = "practice"
finalize = "post"
grant = {{ http = ["${{env:PRACTICE_URL}}"] }}
credential = {{ api = {{ token = "{TOKEN}" }} }}
config = {{ url = "${{env:PRACTICE_URL}}", create_customers = true }}
{of_sink}

[account.acme]
name = "Acme"
currency = "EUR"

[account.blue]
name = "Blue"
currency = "EUR"

[[price_book.standard.item]]
name = "cpu"
description = "vCPU"
unit = "C62"
kind = "virtual-machine"
meter = {{ attribute = "cpu" }}
proration = "actual-day"
{price}
"#
        );
        Ok(std::fs::write(
            self.place.folder.join("counterfoil.toml"),
            text,
        )?)
    }

    /// Discovers, plans, approves and applies March.
    pub(crate) fn bill(&self) -> Result<()> {
        self.place.call(&["discover"])?;
        self.plan_and_approve()?;
        self.place.expect(0, &["apply", "--period", "2026-03"])?;
        Ok(())
    }

    pub(crate) fn plan_and_approve(&self) -> Result<()> {
        self.place.expect(0, &["plan", "--period", "2026-03"])?;
        self.place.expect(
            0,
            &["approve", "--period", "2026-03", "--all", "--by", "test"],
        )?;
        Ok(())
    }

    /// The same where findings block, which are known.
    pub(crate) fn plan_and_approve_blocked(&self) -> Result<()> {
        self.place.expect(3, &["plan", "--period", "2026-03"])?;
        let known = ["--despite", "it is known"];
        let approve = ["approve", "--period", "2026-03", "--all", "--by", "test"];
        self.place.expect(0, &[&approve[..], &known].concat())?;
        Ok(())
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.place.folder.join("counterfoil.toml")
    }

    /// Adds tables at the end of the configuration.
    pub(crate) fn append(&self, tables: &str) -> Result<()> {
        let mut text = std::fs::read_to_string(self.configuration())?;
        text.push_str(tables);
        Ok(std::fs::write(self.configuration(), text)?)
    }

    /// How many deliveries a plan of March would still send.
    pub(crate) fn planned_effects(&self) -> Result<usize> {
        let plan = self.place.json(&["plan", "--period", "2026-03"])?;
        let deliveries = plan["plans"][0]["plan"]["deliveries"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        Ok(deliveries
            .iter()
            .filter(|delivery| delivery["action"] != "nothing")
            .count())
    }

    /// What was posted at the sink: reference and net of each document.
    pub(crate) fn posted(&self) -> Result<Vec<(String, String)>> {
        let page = self.server.get("/api/v1/documents?limit=100")?;
        let items = page["items"].as_array().context("a page has items")?;
        let text = |document: &Value, key: &str| {
            let text = document[key].as_str().map(str::to_owned);
            text.with_context(|| format!("{key} of {document}"))
        };
        let posted = items
            .iter()
            .filter(|document| document["state"] == "posted");
        let mut posted: Vec<(String, String)> = posted
            .map(|document| Ok((text(document, "reference")?, text(document, "net")?)))
            .collect::<Result<_>>()?;
        posted.sort();
        Ok(posted)
    }

    /// The nets of what was posted: references differ from one store to the next.
    pub(crate) fn posted_nets(&self) -> Result<Vec<String>> {
        let mut nets: Vec<String> = self.posted()?.into_iter().map(|one| one.1).collect();
        nets.sort();
        Ok(nets)
    }

    /// Compiling a connector takes longer than all else: what another company has compiled is taken over.
    pub(crate) fn compiled_by(&self, other: &Self) -> Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        let folder = |company: &Self| company.store().with_extension("connectors");
        if !folder(self).exists() {
            let mut builder = std::fs::DirBuilder::new();
            builder.mode(0o700).create(folder(self))?;
        }
        for file in std::fs::read_dir(folder(other))? {
            let file = file?;
            std::fs::copy(file.path(), folder(self).join(file.file_name()))?;
        }
        Ok(())
    }

    /// Resources that are there at the end of a day.
    pub(crate) fn resources_at(&self, day: &str) -> Result<usize> {
        let shown = self.place.json(&["inventory", "list", "--as-of", day])?;
        Ok(shown["resources"].as_array().map_or(0, Vec::len))
    }
}

/// `count` machines of 2 CPUs, every second one Blue's.
pub(crate) fn machines(count: usize) -> Vec<String> {
    (1..=count)
        .map(|number| {
            format!(
                "VM-{number:03},{},2",
                if number % 2 == 0 { "blue" } else { "acme" }
            )
        })
        .collect()
}
