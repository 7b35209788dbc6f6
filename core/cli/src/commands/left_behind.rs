//! What was in suspense in the month that ended last, as people read it.

use counterfoil_engine::classify::suspense_text;
use counterfoil_engine::later::LeftBehind;

use crate::output::{Column, Table, row};

/// One block of text; nothing where nothing was left behind.
pub(crate) fn text(left: &[LeftBehind]) -> Option<String> {
    let first = left.first()?;
    Some(format!(
        "in suspense in {}, so that its bill leaves it out:\n{}",
        first.billing_period,
        table(left).without(&["period"]).to_text()
    ))
}

pub(crate) fn table(left: &[LeftBehind]) -> Table {
    let columns = [
        Column::text("period"),
        Column::text("kind"),
        Column::text("external_id").titled("id"),
        Column::text("name"),
        Column::money("value").with_currency(),
        Column::text("reason"),
        Column::text("later").titled("but"),
        Column::integer("resource").for_exports(),
    ];
    let rows = left.iter().map(|left| {
        row![
            &left.billing_period,
            &left.kind,
            &left.external_id,
            &left.name,
            left.value,
            suspense_text(&left.reason),
            left.later.as_ref().map(ToString::to_string),
            left.resource.0,
        ]
    });
    Table::new("left_behind", columns).with_rows(rows)
}
