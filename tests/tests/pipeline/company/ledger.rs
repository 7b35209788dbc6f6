//! What the finance system holds, read over its own interface and summed here: in cents, as it stands.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use counterfoil_tests::practice::PracticeServer;
use serde_json::Value;

/// Account, currency, item, first day and last day of a line.
pub(crate) type Key = [String; 5];

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) lines: BTreeMap<Key, i64>,
    /// By account and currency: the nets that documents state.
    pub(crate) documents: BTreeMap<[String; 2], i64>,
    /// By number, in the sign of an invoice.
    pub(crate) numbers: BTreeMap<String, i64>,
}

pub(crate) fn text(value: &Value, key: &str) -> Result<String> {
    let text = value[key].as_str().map(str::to_owned);
    text.with_context(|| format!("{key} of {value:#}"))
}

pub(crate) fn cents(text: &str) -> Result<i64> {
    let (before, behind) = text.split_once('.').unwrap_or((text, ""));
    ensure!(behind.len() <= 2, "{text} has more than two decimals");
    Ok(format!("{before}{behind:0<2}").parse()?)
}

fn pages(server: &PracticeServer, of: &str) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("/api/v1/{of}?limit=100{cursor}"))?;
        let some = page["items"].as_array().context("a page has items")?;
        items.extend(some.iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
}

impl Ledger {
    /// Accounts are called as they are now.
    pub(crate) fn read(server: &PracticeServer, called: impl Fn(&str) -> String) -> Result<Self> {
        let mut names = BTreeMap::new();
        for customer in pages(server, "customers")? {
            names.insert(
                text(&customer, "id")?,
                called(&text(&customer, "reference")?),
            );
        }
        let mut ledger = Self::default();
        let mut references = std::collections::BTreeSet::new();
        for document in pages(server, "documents")? {
            ensure!(document["state"] == "posted", "not posted: {document:#}");
            ensure!(
                references.insert(text(&document, "reference")?),
                "twice: {document:#}"
            );
            let account = &names[&text(&document, "customer")?];
            ledger.add(account, &document)?;
        }
        Ok(ledger)
    }

    fn add(&mut self, account: &str, document: &Value) -> Result<()> {
        let sign = if document["kind"] == "credit-note" {
            -1
        } else {
            1
        };
        let currency = text(document, "currency")?;
        let net = cents(&text(document, "net")?)?;
        let mut sum = 0;
        for line in document["lines"].as_array().context("lines")? {
            let net = cents(&text(line, "net")?)?;
            sum += net;
            let key = [
                account.to_owned(),
                currency.clone(),
                text(line, "item")?,
                text(line, "first_day")?,
                text(line, "last_day")?,
            ];
            *self.lines.entry(key).or_default() += sign * net;
        }
        ensure!(sum == net, "the lines come to {sum}: {document:#}");
        self.numbers.insert(text(document, "number")?, sign * net);
        *self
            .documents
            .entry([account.to_owned(), currency])
            .or_default() += sign * net;
        Ok(())
    }

    /// What is not nothing.
    pub(crate) fn standing(&self) -> BTreeMap<Key, i64> {
        let some = self.lines.iter().filter(|(_, cents)| **cents != 0);
        some.map(|(key, cents)| (key.clone(), *cents)).collect()
    }
}
