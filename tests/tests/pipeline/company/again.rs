//! The whole life again, in a store that gets all facts at once: each period is rated from scratch, and comes to what was billed.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::DirBuilderExt;

use anyhow::{Context, Result, ensure};
use counterfoil_tests::binary::{Workplace, copy_folder};
use serde_json::Value;

use super::billing::LOOKED_BACK;
use super::book::called;
use super::calendar;
use super::exports::write;
use super::ledger::{Key, Ledger, cents, text};
use super::months::{Life, discover};
use super::trouble::Trouble;

impl Life {
    pub(crate) fn rated_again(&self) -> Result<()> {
        let last = self.world.months - 1;
        let fresh = self.fresh()?;
        let mut rated = BTreeMap::<Key, i64>::new();
        for step in 0..self.world.months {
            let answer = fresh.json(&["rate", "--period", &calendar::name(step)])?;
            for line in answer["lines"].as_array().context("lines")? {
                let (key, cents) = line_of(line)?;
                *rated.entry(key).or_default() += cents;
            }
        }
        rated.retain(|_, cents| *cents != 0);
        let ledger = Ledger::read(&self.server, |account| called(last, account))?;
        if self.world.is_plain() {
            self.world
                .machines_are_billed(&ledger, &self.too_old)
                .context("what machines cost")?;
        }
        self.equals(&rated, &ledger.standing())
    }

    /// Line by line, but for what was told as too old, which is so much by account.
    fn equals(&self, rated: &BTreeMap<Key, i64>, billed: &BTreeMap<Key, i64>) -> Result<()> {
        let keys: BTreeSet<&Key> = rated.keys().chain(billed.keys()).collect();
        let cents = |of: &BTreeMap<Key, i64>, key| of.get(key).copied().unwrap_or(0);
        let mut missing = BTreeMap::<String, i64>::new();
        let mut differing = Vec::new();
        for key in keys {
            let difference = cents(rated, key) - cents(billed, key);
            if difference != 0 {
                *missing.entry(key[0].clone()).or_default() += difference;
                let [billed, rated] = [billed, rated].map(|of| of.get(key));
                differing.push(format!("{key:?}: billed {billed:?}, rated {rated:?}"));
            }
        }
        missing.retain(|_, cents| *cents != 0);
        let told = &self.too_old;
        ensure!(
            missing == *told,
            "told is {told:?}, and it is {missing:?}:\n{}",
            differing.join("\n")
        );
        let periods = self
            .world
            .edits
            .iter()
            .filter(|edit| edit.back > LOOKED_BACK);
        let last = periods.map(|edit| edit.step - edit.back).max();
        let is_old = |key: &&String| last.is_some_and(|last| key.contains(&calendar::name(last)));
        let is_empty = told.is_empty();
        ensure!(
            is_empty || differing.iter().all(|one| is_old(&one)),
            "{}",
            differing.join("\n")
        );
        Ok(())
    }

    /// What a person decided then is decided again.
    fn fresh(&self) -> Result<Workplace> {
        let world = &self.world;
        let folder = self.folder.path().join("again");
        std::fs::create_dir_all(folder.join("exports"))?;
        // Compiled connectors are trusted only where nobody else may write.
        let compiled = folder.join("counterfoil.connectors");
        let mut builder = std::fs::DirBuilder::new();
        builder.mode(0o700).create(&compiled)?;
        copy_folder(&self.place.folder.join("counterfoil.connectors"), &compiled)?;
        let mut place = Workplace::new(&folder, &calendar::billed_at(world.months - 1));
        place.environment.clone_from(&self.place.environment);
        let configuration = world.configuration(world.months - 1);
        std::fs::write(folder.join("counterfoil.toml"), configuration)?;
        for step in 0..world.months {
            let [first, middle, last] = world.days(step);
            write(&folder, first, &world.final_export(first, step))?;
            if world.arrives(step) {
                write(&folder, middle, &world.final_export(middle, step))?;
            }
            if matches!(world.troubles[step], Trouble::Thin { mended: false }) {
                discover(&place, &BTreeSet::from([middle]))?;
            }
            write(&folder, last, &world.final_export(last, step))?;
        }
        let day = calendar::first(world.months);
        write(&folder, day, &world.final_export(day, world.months))?;
        discover(&place, &BTreeSet::new())?;
        Ok(place)
    }
}

fn line_of(line: &Value) -> Result<(Key, i64)> {
    let key = [
        text(line, "account")?,
        text(&line["net"], "currency")?,
        text(line, "item")?,
        text(line, "first_day")?,
        text(line, "last_day")?,
    ];
    Ok((key, cents(&text(&line["net"], "amount")?)?))
}
