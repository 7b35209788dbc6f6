//! A company that bills machines into Odoo, through a proxy that a test can arm.

use std::path::PathBuf;

use anyhow::{Context, Result};
use counterfoil_tests::binary::{Answer, Workplace};
use counterfoil_tests::proxy::Proxy;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::api::Odoo;
use crate::rig::System;

pub(super) const APRIL: &str = "2026-04-01T06:00:00Z";
pub(super) const MARCH: [&str; 2] = ["--period", "2026-03"];

pub(super) const ACME: &str = "[account.acme]\nname = \"Acme GmbH\"\ncurrency = \"EUR\"\n";
pub(super) const BLUE: &str = "[account.blue]\nname = \"Blue BV\"\ncurrency = \"EUR\"\n";

const CPU: &str = r#"
[[price_book.standard.item]]
name = "cpu"
description = "vCPU"
unit = "C62"
kind = "virtual-machine"
meter = { attribute = "cpu" }
proration = "actual-day"
"#;
const DISK: &str = r#"
[[price_book.standard.item]]
name = "disk"
description = "Disk"
unit = "E34"
kind = "virtual-machine"
meter = { attribute = "disk" }
proration = "actual-day"
"#;

pub(super) struct Company {
    pub(super) place: Workplace,
    pub(super) proxy: Proxy,
    pub(super) odoo: Odoo,
    pub(super) terms: Terms,
    _folder: TempDir,
    _system: System,
}

/// What a test changes in the configuration.
pub(super) struct Terms {
    pub(super) finalize: &'static str,
    pub(super) create_customers: bool,
    pub(super) accounts: String,
    pub(super) cpu_price: &'static str,
    /// Nothing: the price book has no such item.
    pub(super) disk_price: Option<&'static str>,
}

impl Company {
    /// With an Odoo as its dump has it.
    pub(super) fn new(finalize: &'static str) -> Result<Self> {
        let system = System::reset("odoo")?;
        let (url, key) = (system.value("ODOO_URL")?, system.value("ODOO_API_KEY")?);
        let upstream = url
            .strip_prefix("http://")
            .context("Odoo listens in the open")?;
        let proxy = Proxy::start(upstream.parse()?)?;
        let folder = tempfile::tempdir()?;
        std::fs::create_dir_all(folder.path().join("exports"))?;
        let mut place = Workplace::new(folder.path(), APRIL);
        place.set("ODOO_URL", &proxy.url());
        place.set("ODOO_API_KEY", key);
        let company = Self {
            place,
            proxy,
            odoo: Odoo::new(url, key),
            terms: Terms {
                finalize,
                create_customers: false,
                accounts: format!("{ACME}{BLUE}"),
                cpu_price: "amount = 12.35",
                disk_price: Some("amount = 0.10"),
            },
            _folder: folder,
            _system: system,
        };
        company.write()?;
        Ok(company)
    }

    /// Partners that have our accounts as their reference, as a person would set them.
    pub(super) fn add_partners(&self) -> Result<()> {
        for (account, name) in [("acme", "Acme GmbH"), ("blue", "Blue BV")] {
            let partner = json!({ "name": name, "ref": account, "is_company": true });
            self.odoo.create("res.partner", &partner)?;
        }
        Ok(())
    }

    pub(super) fn write(&self) -> Result<()> {
        let Terms {
            finalize,
            create_customers,
            accounts,
            cpu_price,
            disk_price,
        } = &self.terms;
        let price =
            |price: &str| format!("price = [{{ name = \"list\", currency = \"EUR\", {price} }}]\n");
        let cpu = format!("{CPU}{}", price(cpu_price));
        let disk = disk_price.map_or(String::new(), |disk| format!("{DISK}{}", price(disk)));
        // The proxy waits for each answer before it strikes: nothing is at work in Odoo afterwards.
        let text = format!(
            r#"[store]
url = "sqlite:counterfoil.db"

[pipeline.hosting]
issuer = "Hosting GmbH"
timezone = "Europe/Berlin"
price_book = "standard"
estimate_currency = "EUR"

[[pipeline.hosting.source]]
name = "exports"
plugin = "spreadsheet"
grant = {{ files = "exports" }}
[pipeline.hosting.source.config]
files = "vms-*.csv"
date = "vms-{{date}}.csv"
id = "Id"
kind = "virtual-machine"
[pipeline.hosting.source.config.attribute]
owner = {{ column = "Owner" }}
cpu = {{ column = "CPU", type = "decimal" }}
disk = {{ column = "Disk", type = "decimal" }}

[[pipeline.hosting.rule]]
name = "owner"
when = {{ has = "owner" }}
set = {{ customer = {{ from = "owner" }} }}

[[pipeline.hosting.sink]]
name = "odoo"
plugin = "odoo"
finalize = "{finalize}"
grant = {{ http = ["${{env:ODOO_URL}}"] }}
credential = {{ api = {{ token = "${{env:ODOO_API_KEY}}" }} }}
config = {{ url = "${{env:ODOO_URL}}", find_lag_ms = 0, create_customers = {create_customers} }}

{accounts}
{cpu}{disk}"#
        );
        Ok(std::fs::write(
            self.place.folder.join("counterfoil.toml"),
            text,
        )?)
    }

    /// Writes the export of a day: `id,owner,cpu,disk` a row.
    pub(super) fn export(&self, day: &str, rows: &[&str]) -> Result<()> {
        let text = format!("Id,Owner,CPU,Disk\n{}\n", rows.join("\n"));
        let path = self.place.folder.join(format!("exports/vms-{day}.csv"));
        Ok(std::fs::write(path, text)?)
    }

    /// March, with a machine of Acme's that comes on the 20th: its share of the month has endless decimals.
    pub(super) fn export_march(&self) -> Result<()> {
        for day in 1..=31 {
            let mut rows = vec!["VM-1,acme,2,100", "VM-2,blue,3,40"];
            if day >= 20 {
                rows.push("VM-3,acme,3,50");
            }
            self.export(&format!("2026-03-{day:02}"), &rows)?;
        }
        Ok(())
    }

    pub(super) fn store(&self) -> PathBuf {
        self.place.folder.join("counterfoil.db")
    }

    pub(super) fn plan_and_approve(&self, period: [&str; 2]) -> Result<()> {
        self.place.expect(0, &["plan", period[0], period[1]])?;
        self.approve(period)
    }

    pub(super) fn approve(&self, period: [&str; 2]) -> Result<()> {
        let arguments = ["approve", period[0], period[1], "--all", "--by", "test"];
        self.place.expect(0, &arguments)?;
        Ok(())
    }

    pub(super) fn apply(&self, code: i32) -> Result<Answer> {
        self.place.expect(code, &["apply", MARCH[0], MARCH[1]])
    }

    /// What a plan of March would still send.
    pub(super) fn effects(&self) -> Result<Vec<Value>> {
        let plan = self.place.json(&["plan", MARCH[0], MARCH[1]])?;
        let deliveries = plan["plans"][0]["plan"]["deliveries"].as_array();
        let mut deliveries = deliveries.context("a plan has deliveries")?.clone();
        deliveries.retain(|delivery| delivery["action"] != "nothing");
        Ok(deliveries)
    }

    /// Reads back and expects that all agree, to the cent, on this much.
    pub(super) fn reconciles(&self, period: [&str; 2], observed: &str) -> Result<()> {
        let [option, month] = period;
        let report = self.place.json(&["reconcile", option, month])?;
        let totals = &report["sinks"][0]["result"]["totals"];
        assert_eq!(totals[0]["balanced"], true, "{report:#}");
        assert_eq!(totals[0]["observed"]["amount"], observed, "{report:#}");
        assert_eq!(totals[0]["rated"]["amount"], observed, "{report:#}");
        Ok(())
    }

    /// Reads back and expects one finding.
    pub(super) fn finding(&self) -> Result<Value> {
        let report = self
            .place
            .json_with(3, &["reconcile", MARCH[0], MARCH[1]])?;
        let findings = report["sinks"][0]["result"]["findings"].as_array();
        let findings = findings.context("a report has findings")?;
        assert_eq!(findings.len(), 1, "{findings:#?}");
        Ok(findings[0].clone())
    }
}
