//! Nautobot: a few hundred tenants, machines and disks, changed between two months; listings that break off or shift.

mod bill;
mod estate;
mod listings;
mod load;
mod months;
mod place;

use anyhow::{Context, Result};
use counterfoil_tests::rest::Rest;

use crate::rig::System;

/// One system serves all parts, since its start takes longer than each of them.
#[test]
#[ignore = "needs Nautobot: cargo xtask test --real"]
fn real_nautobot_bills_what_changed_and_ends_nothing_by_mistake() -> Result<()> {
    let system = System::reset("nautobot")?;
    let token = system.value("NAUTOBOT_TOKEN")?;
    let nautobot = Rest::new(system.value("NAUTOBOT_URL")?, format!("Token {token}"));
    load::surroundings(&nautobot).context("loading tenants, clusters and the like")?;
    let estate = load::resources(&nautobot).context("loading resources")?;
    months::two_months_are_billed_as_loaded_and_changed(&nautobot, token, estate)
        .context("billing two months")?;
    listings::an_expired_token_ends_nothing(&nautobot)
        .context("a token that expires in the middle")?;
    listings::a_row_deleted_between_two_pages_ends_nothing_else(&nautobot, token)
        .context("a row deleted between two pages")?;
    listings::a_row_made_as_another_is_deleted_ends_nothing_else(&nautobot, token)
        .context("a row made as another is deleted")
}
