//! The configuration of the company as people have written it by a month: every change has its date.

use std::fmt::Write as _;

use counterfoil_tests::practice::TOKEN;

use super::calendar;
use super::world::{NAMELESS, World};

/// An account that is called otherwise from this month on.
pub(crate) const RENAMED: (usize, &str, &str) = (12, "iris", "nordic");

/// How an account is called in a month.
pub(crate) fn called(step: usize, account: &str) -> String {
    let (from, before, since) = RENAMED;
    let is_renamed = step >= from && account == before;
    if is_renamed { since } else { account }.to_owned()
}

const PIPELINE: &str = r#"[store]
url = "sqlite:counterfoil.db"

[pipeline.main]
issuer = "Test"
timezone = "Europe/Stockholm"
bill_from = 2024-05-01
price_book = "standard"
estimate_currency = "EUR"
withhold = { share_percent = 10, resources = 6 }

[[pipeline.main.source]]
name = "exports"
plugin = "spreadsheet"
grant = { files = "exports" }
[pipeline.main.source.config]
files = "list-*.csv"
date = "list-{date}.csv"
id = "Id"
kind = { column = "Type", map = { virtual-machine = "virtual-machine", disk = "disk", rack = "rack", licence = "licence" } }
[pipeline.main.source.config.attribute]
owner = { column = "Owner" }
vcpu = { column = "vCPU", type = "integer", kinds = ["virtual-machine"] }
gb = { column = "GB", type = "integer", unit = "E34", kinds = ["disk"] }
used = { column = "Used", type = "integer", unit = "E34", class = "gauge", kinds = ["disk"] }
count = { column = "Count", type = "integer", kinds = ["rack", "licence"] }

[[pipeline.main.rule]]
name = "house"
when = { owner = "house" }
set = { non_billable = { reason = "runs the house", owner = "operations" } }

[[pipeline.main.rule]]
name = "joint"
when = { owner = "joint" }
set = { owners = [{ customer = "alto", share = "1/3" }, { customer = "juno", share = "2/3" }] }

[[pipeline.main.rule]]
name = "owner"
when = { has = "owner" }
set = { customer = { from = "owner" } }
"#;

const ITEMS: &str = r#"
[[price_book.standard.item]]
name = "disk"
description = "Disk"
unit = "E34"
kind = "disk"
meter = { attribute = "gb" }
model = "graduated"
proration = "second"
price = [
    { currency = "EUR", tiers = [{ up_to = 500, amount = 0.0833 }, { up_to = 1500, amount = 0.0617, flat = 5.00 }, { amount = 0.0529 }] },
    { currency = "SEK", tiers = [{ up_to = 800, amount = 0.91 }, { amount = 0.755 }] },
]

[[price_book.standard.item]]
name = "used"
description = "Used storage"
unit = "E34"
kind = "disk"
meter = { gauge = "used" }
proration = "second"
price = [{ currency = "EUR", amount = 0.0371, allowance = 120, allowance_per = "customer" }]

[[price_book.standard.item]]
name = "rack"
description = "Rack units"
unit = "H80"
kind = "rack"
meter = { attribute = "count" }
per = "quarter"
proration = "actual-day"
price = [{ currency = "EUR", amount = 100.00 }]

[[price_book.standard.item]]
name = "licence"
description = "Licence"
unit = "C62"
kind = "licence"
meter = { attribute = "count" }
billed = "in-advance"
proration = "actual-day"
price = [{ currency = "EUR", amount = 17.30 }]

[[price_book.standard.item]]
name = "power"
description = "Power"
unit = "C62"
kind = "rack"
meter = { attribute = "count" }
model = "split"
customers = ["alto", "cedar", "elm", "grove", "hudson", "juno", "drift"]
price = [{ currency = "EUR", amount = 901.00 }]

[[price_book.standard.item]]
name = "support"
description = "Support"
unit = "C62"
model = "percentage"
of = ["vcpu", "disk"]
price = [{ currency = "EUR", percent = 12.5, minimum = 20.00 }, { currency = "SEK", percent = 11 }]

[[price_book.standard.item]]
name = "consulting"
description = "Consulting"
unit = "HUR"
meter = { manual = true }
proration = "none"
price = [{ currency = "EUR", amount = 120.00 }]
"#;

/// What a machine costs: list prices by version, one mid month, and what single accounts were promised, one of it late.
fn machines(step: usize) -> String {
    let mut prices = vec![
        r#"currency = "EUR", to = 2025-01-01, amount = 7.91"#,
        r#"currency = "EUR", plan = "silver", amount = 9.13"#,
        r#"currency = "SEK", amount = 88.70"#,
    ];
    prices.push(match step {
        0..=6 => r#"currency = "EUR", from = 2025-01-01, amount = 8.37"#,
        _ => r#"currency = "EUR", from = 2025-01-01, to = 2025-07-11, amount = 8.37"#,
    });
    if step >= 7 {
        prices.push(r#"currency = "EUR", from = 2025-07-11, amount = 8.99"#);
    }
    if step >= 5 {
        // A credit: one month is cheaper, agreed after it was billed.
        prices.push(r#"currency = "EUR", account = "alto", from = 2024-09-01, to = 2024-10-01, amount = 7.91, discount_amount = 31.25"#);
    }
    if step >= 10 {
        prices.push(r#"currency = "EUR", account = "hudson", from = 2024-12-17, amount = 7.49"#);
    }
    let prices = prices.iter().map(|price| format!("    {{ {price} }},\n"));
    let prices: String = prices.collect();
    format!(
        "\n[[price_book.standard.item]]\nname = \"vcpu\"\ndescription = \"vCPU\"\nunit = \"C62\"\n\
         kind = \"virtual-machine\"\nmeter = {{ attribute = \"vcpu\" }}\nproration = \"actual-day\"\nprice = [\n{prices}]\n"
    )
}

/// The rates of the last day of each month, as they are published.
fn rates(step: usize, seed: u64) -> String {
    let mut rows = String::new();
    for month in 0..=step {
        for (currency, base) in [("NOK", 117_000), ("SEK", 113_000)] {
            let moved = (month as u64 * 3_571 + seed * 977 + base) % 4_999;
            let rate = base + moved;
            let _ = writeln!(
                rows,
                "    {{ from = \"EUR\", to = \"{currency}\", rate = {}.{:04}, date = {}, source = \"Riksbanken\" }},",
                rate / 10_000,
                rate % 10_000,
                calendar::last(month),
            );
        }
    }
    format!("\n[price_book.standard]\nconvert_from = \"EUR\"\nexchange_rate = [\n{rows}]\n")
}

fn accounts(step: usize) -> String {
    let mut text = String::new();
    let mut account = |key: &str, currency: &str, more: &str| {
        let _ = write!(
            text,
            "\n[account.{key}]\nname = \"{key}\"\ncurrency = \"{currency}\"\n{more}"
        );
    };
    account("alto", "EUR", "");
    account("birk", "SEK", "");
    account(
        "cedar",
        "EUR",
        "\n[[account.cedar.commitment]]\nname = \"base\"\namount = 400.00\nitems = [\"vcpu\", \"disk\"]\n",
    );
    account(
        "elm",
        "EUR",
        "agreement = [{ name = \"old\", plan = \"bronze\", to = 2025-02-14 }, { name = \"new\", plan = \"silver\", from = 2025-02-14 }]\n",
    );
    account("fjord", "NOK", "");
    account("grove", "EUR", "billing_period = \"quarter\"\n");
    account("hudson", "EUR", "timezone = \"America/New_York\"\n");
    account("juno", "EUR", &hours(step));
    let (from, before, since) = RENAMED;
    if step >= from {
        account(
            since,
            "SEK",
            &format!("renamed_from = \"{before}\"\ncustomer = \"{before}\"\n"),
        );
    } else {
        account(before, "SEK", "");
    }
    account(
        "drift",
        "EUR",
        "agreement = [{ name = \"only\", plan = \"bronze\", from = 2024-09-01 }]\n",
    );
    text
}

/// Hours by hand, written after each of some months.
fn hours(step: usize) -> String {
    let mut text = String::new();
    for month in (0..=step).filter(|month| month % 5 == 2) {
        let _ = write!(
            text,
            "\n[[account.juno.quantity]]\nitem = \"consulting\"\nquantity = {}.25\nfrom = {}\nto = {}\nowner = \"anna\"\nreason = \"a project\"\n",
            month + 1,
            calendar::first(month),
            calendar::first(month + 1),
        );
    }
    text
}

impl World {
    pub(crate) fn configuration(&self, step: usize) -> String {
        let sink = format!(
            "\n[[pipeline.main.sink]]\nname = \"books\"\nplugin = \"practice\"\nfinalize = \"post\"\n\
             grant = {{ http = [\"${{env:PRACTICE_URL}}\"] }}\ncredential = {{ api = {{ token = \"{TOKEN}\" }} }}\n\
             config = {{ url = \"${{env:PRACTICE_URL}}\", create_customers = true }}\n"
        );
        [
            self.policies(),
            self.found(step),
            sink,
            accounts(step),
            rates(step, self.seed),
            ITEMS.to_owned(),
            machines(step),
        ]
        .concat()
    }

    fn policy(&self) -> usize {
        usize::try_from(self.seed).unwrap_or(0)
    }

    pub(crate) fn change_at(&self) -> &'static str {
        ["first-seen", "midpoint", "customer-favour"][self.policy() / 3 % 3]
    }

    /// Each of them holds for the whole life of the company.
    fn policies(&self) -> String {
        let change_at = self.change_at();
        let handover = ["time", "end-of-period", "start-of-period"][self.policy() % 3];
        let head = "estimate_currency = \"EUR\"\n";
        let more = format!("{head}change_at = \"{change_at}\"\nhandover = \"{handover}\"\n");
        PIPELINE.replace(head, &more)
    }

    /// Whose the nameless one is, said back to its beginning.
    fn found(&self, step: usize) -> String {
        let (came, since) = NAMELESS;
        let Some(thing) = self.nameless.filter(|_| step >= since) else {
            return String::new();
        };
        format!(
            "\n[[pipeline.main.rule]]\nname = \"found\"\nfrom = {}\nwhen = {{ id = \"{}\" }}\nset = {{ customer = \"grove\" }}\n",
            calendar::first(came),
            self.things[thing].id
        )
    }
}
