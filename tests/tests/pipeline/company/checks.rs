//! What must hold after each month: the finance system holds what certificates say, and nothing is unexplained.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::book::called;
use super::calendar;
use super::ledger::{Ledger, cents, text};
use super::months::Life;

const OLDER: &str = "older than the look-back";

impl Life {
    pub(crate) fn check(&mut self, step: usize, touched: &BTreeSet<String>) -> Result<()> {
        let period = calendar::name(step);
        self.reconcile(&period)?;
        let mut periods = touched.clone();
        periods.insert(period);
        for period in &periods {
            self.close(period, step)?;
            let exported = self.exported_of(period)?;
            self.exported.insert(period.clone(), exported);
        }
        self.place.expect(0, &["verify"])?;
        let ledger = Ledger::read(&self.server, |account| called(step, account))?;
        let mut confirmed = BTreeMap::<[String; 2], i64>::new();
        for ([account, currency], cents) in self.certified.values().flatten() {
            let key = [called(step, account), currency.clone()];
            *confirmed.entry(key).or_default() += cents;
        }
        confirmed.retain(|_, cents| *cents != 0);
        let exported: BTreeMap<String, i64> = self
            .exported
            .values()
            .flatten()
            .map(|(number, cents)| (number.clone(), *cents))
            .collect();
        ensure!(
            exported == ledger.numbers,
            "exported are {exported:?}, and the ledger holds {:?}",
            ledger.numbers
        );
        let mut held = ledger.documents;
        held.retain(|_, cents| *cents != 0);
        ensure!(
            held == confirmed,
            "the ledger holds {held:?}, confirmed are {confirmed:?}"
        );
        Ok(())
    }

    /// The sink is read back, and holds to the cent what was sent.
    fn reconcile(&self, period: &str) -> Result<()> {
        let mut said = String::new();
        for _ in 0..6 {
            let answer = self
                .place
                .call(&["reconcile", "--period", period, "--json"])?;
            let report = serde_json::from_str::<Value>(&answer.stdout).unwrap_or_default();
            let Some(sinks) = report["sinks"].as_array() else {
                said = answer.stderr;
                continue;
            };
            for sink in sinks {
                let totals = sink["result"]["totals"].as_array().context("totals")?;
                ensure!(!totals.is_empty(), "{sink:#}");
                ensure!(
                    totals.iter().all(|one| one["balanced"] == true),
                    "{totals:#?}"
                );
                let findings = sink["result"]["findings"].as_array().context("findings")?;
                let grave = findings.iter().find(|one| one["severity"] == "blocking");
                ensure!(grave.is_none(), "{grave:#?}");
            }
            return Ok(());
        }
        bail!("{period} was never read back: {said}")
    }

    /// FOCUS: what is billed on the rows of a document sums to what is to be paid of it.
    fn exported_of(&self, period: &str) -> Result<BTreeMap<String, i64>> {
        let ask = ["export", "focus", "--period", period, "--json"];
        let answer = self.place.call(&ask)?;
        // 3 where an account is told whose difference is older than the look-back.
        if !matches!(answer.status.code(), Some(0 | 3)) {
            bail!("{period} is not exported: {}", answer.stderr);
        }
        let export: Value = serde_json::from_str(&answer.stdout).context("rows")?;
        let mut exported = BTreeMap::new();
        for row in export["rows"].as_array().context("rows")? {
            let billed = cents(&text(row, "BilledCost")?)?;
            *exported.entry(text(row, "InvoiceId")?).or_default() += billed;
        }
        Ok(exported)
    }

    fn close(&mut self, period: &str, step: usize) -> Result<()> {
        let close = ["close", "--period", period, "--by", "test", "--json"];
        for _ in 0..6 {
            let answer = self.place.call(&close)?;
            let Ok(report) = serde_json::from_str::<Value>(&answer.stdout) else {
                bail!("{period} is not closed: {}", answer.stderr);
            };
            let open = open(&report)?;
            if open.iter().any(|(_, code)| code == "not-read-back") {
                continue;
            }
            if !open.is_empty() {
                self.accept(period, &open)
                    .with_context(|| format!("{report:#}"))?;
                continue;
            }
            ensure!(answer.status.success(), "{report:#}");
            let statement = &report["sealed"]["certificate"]["statement"];
            balanced(statement).with_context(|| format!("{period}: {statement:#}"))?;
            let mut confirmed = BTreeMap::new();
            for row in statement["money"].as_array().context("money")? {
                let amount = &row["amounts"]["confirmed"];
                let key = [called(step, &text(row, "key")?), text(amount, "currency")?];
                *confirmed.entry(key).or_default() += cents(&text(amount, "amount")?)?;
            }
            self.certified.insert(period.to_owned(), confirmed);
            return Ok(());
        }
        bail!("{period} was never read back")
    }

    /// Nothing but what nobody knows the owner of, for a while, and hours by hand that were for one month. What began between two
    /// listings was there before its level was read. What is older than the look-back is corrected when its month is planned by name.
    fn accept(&self, period: &str, open: &[(String, String)]) -> Result<()> {
        let mut accept = vec![
            "close", "--period", period, "--by", "test", "--reason", "asked",
        ];
        for (id, code) in open {
            let is_known = match code.as_str() {
                "suspense" | "quantity-expires" | OLDER => true,
                "unreadable-quantity" => self.world.change_at() == "midpoint",
                _ => false,
            };
            ensure!(is_known, "{period} is kept open by {code}");
            accept.extend(["--accept", id]);
        }
        self.place.call(&accept)?;
        Ok(())
    }
}

/// The ids and codes of what keeps a period open.
fn open(report: &Value) -> Result<Vec<(String, String)>> {
    let reasons = report["reasons"].as_array().context("reasons")?.iter();
    let open = reasons.filter(|one| one.get("accepted").is_none());
    let told = open.filter(|one| one["finding"]["severity"] != "note");
    told.map(|one| {
        let finding = &one["finding"];
        let is_older = text(finding, "message")?.contains(OLDER);
        let code = if is_older {
            OLDER.to_owned()
        } else {
            text(finding, "code")?
        };
        Ok((text(one, "id")?, code))
    })
    .collect()
}

/// Discovered is billed, and the rest has a name; money has no remainder.
fn balanced(statement: &Value) -> Result<()> {
    for (kind, equation) in statement["kinds"].as_object().context("kinds")? {
        for part in ["seconds", "at_end"] {
            let of = &equation[part];
            let number = |key: &str| of[key].as_i64().unwrap_or(0);
            let named = [
                "billed",
                "non_billable",
                "not_charged",
                "suspended",
                "unpriced",
            ];
            let sum: i64 = named.iter().map(|key| number(key)).sum();
            ensure!(number("discovered") == sum, "{part} of {kind}: {of:#}");
        }
        ensure!(
            equation["seconds"]["discovered"].as_i64() > Some(0),
            "{equation:#}"
        );
    }
    for row in statement["money"].as_array().context("money")? {
        let amount = |key: &str| cents(row["amounts"][key]["amount"].as_str().unwrap_or("0.00"));
        ensure!(amount("remainder")? == 0, "{row:#}");
    }
    Ok(())
}
