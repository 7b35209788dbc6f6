//! The pipeline's folder: Nautobot to the practice API, with an account for each tenant.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use counterfoil_tests::binary::Workplace;
use counterfoil_tests::practice::TOKEN;

use super::bill::ITEMS;
use super::load::{TENANTS, tenant_name};

/// Small enough for several pages of machines.
pub(crate) const PAGE_SIZE: u32 = 50;

const PIPELINE: &str = r#"[store]
url = "sqlite:counterfoil.db"

[pipeline.main]
issuer = "Test"
timezone = "Europe/Stockholm"
price_book = "standard"

[[pipeline.main.source]]
name = "nautobot"
plugin = "nautobot"
grant = { http = ["${env:NAUTOBOT_URL}"] }
credential = { api = { token = "${env:NAUTOBOT_TOKEN}" } }
config = { url = "${env:NAUTOBOT_URL}", page_size = PAGE_SIZE, kinds = KINDS }

[[pipeline.main.rule]]
name = "tenant"
when = { has = "tenant" }
set = { customer = { from = "tenant" } }

[[pipeline.main.rule]]
name = "tenant-itself"
when = { kind = "tenant" }
set = { customer = { from = "name" } }

[[pipeline.main.sink]]
name = "books"
plugin = "practice"
finalize = "post"
grant = { http = ["${env:PRACTICE_URL}"] }
credential = { api = { token = "PRACTICE_TOKEN" } }
config = { url = "${env:PRACTICE_URL}", create_customers = true }

[price_book.standard]
not_charged_kinds = ["tenant"]
"#;

pub(crate) fn workplace(
    folder: &Path,
    kinds: &[&str],
    nautobot: &str,
    token: &str,
) -> Result<Workplace> {
    let mut text = PIPELINE
        .replace("PAGE_SIZE", &PAGE_SIZE.to_string())
        .replace("KINDS", &format!("{kinds:?}"))
        .replace("PRACTICE_TOKEN", TOKEN);
    for item in ITEMS {
        let (euros, rest) = (item.ten_thousandths / 10_000, item.ten_thousandths % 10_000);
        write!(
            text,
            r#"
[[price_book.standard.item]]
name = "{name}"
description = "{name}"
unit = "C62"
kind = "{kind}"
meter = {meter}
proration = "actual-day"
price = [{{ currency = "EUR", amount = {euros}.{rest:04} }}]
"#,
            name = item.name,
            kind = item.kind,
            meter = item.meter,
        )?;
    }
    for number in 1..=TENANTS {
        let name = tenant_name(number);
        write!(
            text,
            "\n[account.{name}]\nname = \"{name}\"\ncurrency = \"EUR\"\n"
        )?;
    }
    std::fs::write(folder.join("counterfoil.toml"), text)?;
    let mut place = Workplace::new(folder, "2026-03-01T00:00:00Z");
    place.set("NAUTOBOT_URL", nautobot);
    place.set("NAUTOBOT_TOKEN", token);
    Ok(place)
}
