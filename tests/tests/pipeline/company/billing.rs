//! How a month is billed: planned, approved, applied with a sink that has bad moments, and now and then killed in the middle.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use counterfoil_tests::proxy::Strike;
use serde_json::Value;

use super::calendar;
use super::ledger::{cents, text};
use super::months::Life;

/// So many months before are corrected by each plan, where nobody says otherwise.
pub(crate) const LOOKED_BACK: usize = 3;

impl Life {
    /// What blocks is an error.
    pub(crate) fn plan(&self, period: &str) -> Result<Value> {
        let ask = || self.place.call(&["plan", "--period", period, "--json"]);
        let mut answer = ask()?;
        // The sink is asked what it can do, and has bad moments.
        for _ in 0..2 {
            if !matches!(answer.status.code(), Some(0 | 3)) {
                answer = ask()?;
            }
        }
        let plan: Value =
            serde_json::from_str(&answer.stdout).with_context(|| answer.stderr.clone())?;
        let of_rating = plan["findings"].as_array().context("findings")?;
        for finding in of_rating.iter().chain(list(&plan, "findings")?) {
            ensure!(
                finding["severity"] != "blocking",
                "{period} is blocked: {finding:#}"
            );
        }
        Ok(plan)
    }

    /// Bills a month; the periods that something was sent for.
    pub(crate) fn bill(&mut self, month: usize, step: usize) -> Result<BTreeSet<String>> {
        let period = calendar::name(month);
        let of = ["--period", period.as_str()];
        let plan = self.plan(&period).context("planning")?;
        let touched = effects(&plan)?;
        if month == step {
            self.too_old = too_old(&plan)?;
        }
        let approve = ["approve", of[0], of[1], "--all", "--by", "test"];
        self.until_it_succeeds(&approve)?;
        if step % 3 == 1 {
            let mut apply = self.place.start(&["apply", of[0], of[1]])?;
            let request = u32::try_from(self.random.within(2, 25))?;
            self.proxy.arm(request, Strike::KillAfterAnswer, apply.id());
            drop(apply.stdout.take());
            drop(apply.stderr.take());
            apply.wait()?;
            self.proxy.disarm();
        }
        self.until_it_succeeds(&["apply", of[0], of[1]])?;
        let more = effects(&self.plan(&period)?)?;
        ensure!(more.is_empty(), "planned again: {more:?}");
        Ok(touched)
    }

    /// The sink has bad moments.
    pub(crate) fn until_it_succeeds(&self, arguments: &[&str]) -> Result<()> {
        for _ in 0..5 {
            if self.place.call(arguments)?.status.success() {
                return Ok(());
            }
        }
        self.place.expect(0, arguments)?;
        Ok(())
    }
}

fn list<'v>(plan: &'v Value, key: &str) -> Result<&'v Vec<Value>> {
    let list = plan["plans"][0]["plan"][key].as_array();
    list.with_context(|| format!("{key} of {plan:#}"))
}

fn changing(plan: &Value) -> Result<impl Iterator<Item = &Value>> {
    let deliveries = list(plan, "deliveries")?.iter();
    Ok(deliveries.filter(|one| one["action"] != "nothing"))
}

/// The billing periods that a plan would change something of.
fn effects(plan: &Value) -> Result<BTreeSet<String>> {
    changing(plan)?
        .map(|one| text(&one["delivery"]["slot"], "billing_period"))
        .collect()
}

/// What a plan would change, by account.
pub(crate) fn differences(plan: &Value) -> Result<BTreeMap<String, i64>> {
    let mut differences = BTreeMap::new();
    for one in changing(plan)? {
        let amount = cents(&text(&one["amount"]["difference"], "amount")?)?;
        let account = text(&one["delivery"]["buyer"], "account")?;
        *differences.entry(account).or_default() += amount;
    }
    Ok(differences)
}

/// What is told with its value, and not corrected: it is older than the look-back.
fn too_old(plan: &Value) -> Result<BTreeMap<String, i64>> {
    let mut told = BTreeMap::new();
    for finding in list(plan, "findings")? {
        if finding["code"] == "not-sent" {
            let subject = text(finding, "subject")?;
            let account = subject.strip_prefix("account ").unwrap_or(&subject);
            let amount = cents(&text(&finding["value"], "amount")?)?;
            *told.entry(account.to_owned()).or_default() += amount;
        }
    }
    Ok(told)
}
