//! Turns the workload's rules, customers and prices into a pipeline of ours. It reads no snapshot.

mod prices;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use toml::{Table, Value};

/// Of the workload's days; a snapshot dated D is the local day D.
pub const TIMEZONE: &str = "Europe/Stockholm";
/// The workload names none; any with two decimals will do.
pub const CURRENCY: &str = "EUR";
/// What the workload calls customers that no rule names.
pub const UNASSIGNED: &str = "UNASSIGNED";
/// Which agreement it gives them.
const UNASSIGNED_PLAN: &str = "bronze";
/// The function of resources that no rule gives one.
const OTHER: &str = "other";
/// The function that is not billed.
const FREE: &str = "infra";

/// Where the workload is, and which of its rules are taken.
#[derive(Debug, Clone)]
pub struct Workload {
    /// As `gen.py` wrote it.
    pub data: PathBuf,
    /// "rules.json" or "rules-1000.json".
    pub rules: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Customer {
    pub(crate) code: String,
    default_agreement: String,
    /// "prov" or "used".
    storage_mode: String,
}

impl Customer {
    pub(crate) fn is_billed_as_consumed(&self) -> bool {
        self.storage_mode == "used"
    }
}

impl Workload {
    /// Writes the pipeline's files into a folder: its store will be there, too.
    pub fn write_pipeline(&self, folder: &Path) -> Result<()> {
        self.write_pipeline_over(&self.snapshots(), folder)
    }

    /// The same, which reads its snapshots from elsewhere.
    pub fn write_pipeline_over(&self, snapshots: &Path, folder: &Path) -> Result<()> {
        let customers = self.customers()?;
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        let files = [
            ("counterfoil.toml", pipeline(snapshots)?),
            ("accounts.toml", accounts(&customers)),
            ("rules.toml", rules::tables(&self.data.join(&self.rules))?),
            (
                "price-book.toml",
                prices::tables(&self.data.join("prices.csv"), &customers)?,
            ),
        ];
        for (name, table) in files {
            let path = folder.join(name);
            let text = toml::to_string(&table).context("write TOML")?;
            fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        }
        Ok(())
    }

    fn customers(&self) -> Result<Vec<Customer>> {
        let path = self.data.join("customers.csv");
        let mut reader =
            csv::Reader::from_path(&path).with_context(|| format!("read {}", path.display()))?;
        let customers = reader.deserialize().collect::<Result<_, _>>();
        customers.with_context(|| format!("read {}", path.display()))
    }

    /// The folder with one file a day.
    pub fn snapshots(&self) -> PathBuf {
        self.data.join("snap")
    }
}

/// How the source reads a snapshot: what the connector is given.
pub fn source_settings() -> Result<serde_json::Value> {
    let pipeline = pipeline(Path::new("."))?;
    let settings = &pipeline["pipeline"]["month"]["source"][0]["config"];
    serde_json::to_value(settings).context("write the settings as JSON")
}

fn pipeline(snapshots: &Path) -> Result<Table> {
    let found = snapshots.canonicalize();
    let snapshots = found.with_context(|| format!("find {}", snapshots.display()))?;
    let files = text(&snapshots.display().to_string()).to_string();
    let text = format!(
        r#"
            include = ["accounts.toml", "rules.toml", "price-book.toml"]
            [store]
            url = "sqlite:month.db"
            [pipeline.month]
            issuer = "Workload"
            timezone = "{TIMEZONE}"
            price_book = "month"
            estimate_currency = "{CURRENCY}"
            default = {{ service = "{OTHER}", plan = "{UNASSIGNED_PLAN}" }}
            [[pipeline.month.source]]
            name = "snapshots"
            plugin = "spreadsheet"
            grant = {{ files = {files} }}
            [pipeline.month.source.config]
            files = "*.csv"
            date = "{{date}}.csv"
            encoding = "utf-8"
            separator = ","
            decimal = "."
            id = "id"
            name = "name"
            kind = {{ column = "kind", map = {{ vm = "vm", disk = "disk", ip = "ip", lic = "lic" }} }}
            tags = {{ column = "tags", separators = ";", assign = "=" }}
            [pipeline.month.source.config.attribute]
            cluster = {{ column = "cluster" }}
            owner = {{ column = "owner" }}
            os = {{ column = "os" }}
            env = {{ column = "env" }}
            power = {{ column = "power", kinds = ["vm"] }}
            cpu = {{ column = "cpu", type = "integer", kinds = ["vm", "lic"] }}
            ram_gb = {{ column = "ram_gb", type = "integer", kinds = ["vm"] }}
            disk_gb = {{ column = "disk_gb", type = "integer", kinds = ["disk"] }}
            used_gb = {{ column = "used_gb", type = "decimal", class = "gauge", kinds = ["disk"] }}
            "#
    );
    toml::from_str(&text).context("read the pipeline that was written")
}

/// One account a customer, whose agreement gives the plan.
fn accounts(customers: &[Customer]) -> Table {
    let accounts = customers.iter().map(|customer| {
        let account = table([
            ("name", text(&customer.code)),
            ("currency", text(CURRENCY)),
            ("plan", text(&customer.default_agreement)),
        ]);
        (customer.code.clone(), Value::Table(account))
    });
    table([("account", Value::Table(accounts.collect()))])
}

pub(crate) fn table<const COUNT: usize>(entries: [(&str, Value); COUNT]) -> Table {
    let entries = entries.into_iter();
    entries
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

pub(crate) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}
