//! A month of the company's life: exports come, more or less, the month is billed, and everything is checked.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use counterfoil_tests::binary::Workplace;
use counterfoil_tests::practice::PracticeServer;
use counterfoil_tests::proxy::Proxy;
use jiff::civil::Date;
use serde_json::Value;
use tempfile::TempDir;

use super::billing::{LOOKED_BACK, differences};
use super::calendar;
use super::exports::write;
use super::ledger::text;
use super::trouble::Trouble;
use super::world::World;
use crate::oracle::random::Random;

/// Now and then the sink commits and its answer is lost, or it has a bad moment.
const FAULTS: &str = r#"
[[fault]]
on = "POST /api/v1/documents"
every = 7
kind = "cut-after-commit"

[[fault]]
on = "POST /api/v1/documents/*"
every = 9
kind = "status"
status = 503

[[fault]]
on = "GET /api/v1/*"
every = 997
kind = "cut-before-commit"
"#;

pub(crate) struct Life {
    pub(crate) world: World,
    pub(crate) place: Workplace,
    pub(crate) server: PracticeServer,
    pub(crate) folder: TempDir,
    pub(crate) random: Random,
    /// What certificates say was confirmed, by period, account and currency.
    pub(crate) certified: BTreeMap<String, BTreeMap<[String; 2], i64>>,
    /// What each document comes to by the rows that are exported of it, by period and number.
    pub(crate) exported: BTreeMap<String, BTreeMap<String, i64>>,
    /// What the last plan told of months that it does not correct any more, by account.
    pub(crate) too_old: BTreeMap<String, i64>,
    pub(crate) proxy: Proxy,
}

impl Life {
    pub(crate) fn begin(world: World) -> Result<Self> {
        let keep = std::env::var_os("COUNTERFOIL_COMPANY_KEEP").is_some();
        let folder = tempfile::Builder::new().disable_cleanup(keep).tempdir()?;
        let server = PracticeServer::start(folder.path(), Some(FAULTS))?;
        let proxy = Proxy::start(server.address)?;
        let pipeline = folder.path().join("pipeline");
        std::fs::create_dir_all(pipeline.join("exports"))?;
        let mut place = Workplace::new(pipeline, &calendar::billed_at(0));
        place.set("PRACTICE_URL", &proxy.url());
        let random = Random(world.seed);
        let (certified, exported, too_old) = Default::default();
        Ok(Self {
            world,
            place,
            server,
            folder,
            random,
            certified,
            exported,
            too_old,
            proxy,
        })
    }

    pub(crate) fn month(&mut self, step: usize) -> Result<()> {
        self.place.now = calendar::billed_at(step);
        let configuration = self.world.configuration(step);
        std::fs::write(self.place.folder.join("counterfoil.toml"), configuration)?;
        self.listings(step).context("taking in what is there")?;
        let touched = self.bill(step, step)?;
        self.check(step, &touched)?;
        let old = self
            .world
            .edits
            .iter()
            .find(|edit| edit.back > LOOKED_BACK && edit.step + 1 == step);
        let Some(old) = old.map(|edit| edit.step - edit.back) else {
            return Ok(());
        };
        let told = std::mem::take(&mut self.too_old);
        ensure!(
            !told.is_empty(),
            "what is older than the look-back is not told"
        );
        let plan = self.plan(&calendar::name(old))?;
        let differences = differences(&plan)?;
        ensure!(
            told == differences,
            "told were {told:?}, and it comes to {differences:?}"
        );
        let touched = self.bill(old, step)?;
        self.check(step, &touched)
    }

    fn export(&self, day: Date, step: usize) -> Result<()> {
        write(&self.place.folder, day, &self.world.export(day, step))
    }

    fn listings(&mut self, step: usize) -> Result<()> {
        let [first, middle, last] = self.world.days(step);
        if step == 0 {
            self.export(first, step)?;
        }
        match self.world.troubles[step] {
            Trouble::None => self.export(middle, step)?,
            Trouble::Unreadable => {
                write(
                    &self.place.folder,
                    middle,
                    "the export failed: out of memory\n",
                )?;
                let failed = self.place.call(&["discover"])?;
                ensure!(!failed.status.success(), "it was read: {}", failed.stdout);
                self.export(middle, step)?;
            }
            Trouble::Late(_) => {}
            Trouble::Thin { mended } => {
                let thin = self.world.thin(middle, step);
                write(&self.place.folder, middle, &thin)?;
                self.discover(&BTreeSet::from([middle]))?;
                if mended {
                    self.export(middle, step)?;
                }
            }
        }
        self.export(last, step)?;
        self.export(calendar::first(step + 1), step)?;
        for back in 1..=2.min(step) {
            if self.world.troubles[step - back] == Trouble::Late(back) {
                self.export(self.world.middles[step - back], step)?;
            }
        }
        for edit in self.world.edits.iter().filter(|edit| edit.step == step) {
            self.export(edit.day, step)?;
        }
        self.discover(&BTreeSet::new())
    }

    /// Takes in what is there; what is withheld on these days is dismissed, and the rest approved.
    fn discover(&self, dismissed: &BTreeSet<Date>) -> Result<()> {
        discover(&self.place, dismissed)
    }
}

pub(crate) fn discover(place: &Workplace, dismissed: &BTreeSet<Date>) -> Result<()> {
    let answer = place.call(&["discover"])?;
    let code = answer.status.code();
    ensure!(
        matches!(code, Some(0 | 3)),
        "discover: {}{}",
        answer.stdout,
        answer.stderr
    );
    if code == Some(0) {
        return Ok(());
    }
    let asked = place.call(&["inventory", "withheld", "--json"])?;
    let asked: Value = serde_json::from_str(&asked.stdout)?;
    for one in asked["withheld"].as_array().context("a list")? {
        let id = one["id"].to_string();
        let at: jiff::Timestamp = text(one, "valid")?.parse()?;
        let day = at.in_tz("Europe/Stockholm")?.date();
        let mut decide = vec!["inventory"];
        if dismissed.contains(&day) {
            decide.extend(["dismiss-withheld", &id, "--by", "test"]);
        } else {
            decide.extend(["approve-withheld", &id, "--ceiling", "99", "--by", "test"]);
        }
        place.expect(0, &decide)?;
    }
    Ok(())
}
