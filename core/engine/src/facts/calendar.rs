//! The calendar of an account as rows of accounts tell it: time zone, billing period and anchor.

use counterfoil_model::time::{AccountCalendar, Gathers, find_zone};

use super::gathered::Row;
use super::moment::day;
use super::words::{AccountFacts, Word};
use crate::config::ConfigProblem;

/// None where the row tells none, or a mistake in it was told.
pub(super) fn read(
    row: &mut Row<AccountFacts>,
    broken: &mut Vec<ConfigProblem>,
) -> Option<AccountCalendar> {
    let facts = row.facts.clone();
    let text = |word: &Option<Word>| {
        let text = word.as_ref().map(|word| word.0.trim().to_owned());
        text.filter(|text| !text.is_empty())
    };
    let zone = text(&facts.timezone);
    let gathers = text(&facts.billing_period);
    let anchor = text(&facts.anchor);
    if zone.is_none() && gathers.is_none() && anchor.is_none() {
        return None;
    }
    let mut calendar = AccountCalendar::default();
    match zone.as_deref().map(find_zone) {
        None => {}
        Some(Ok(zone)) => calendar.zone = Some(zone),
        Some(Err((message, hint))) => row.refuse(("timezone", &message, &hint), broken),
    }
    match gathers.as_deref().map(|text| (text, text.parse())) {
        None => {}
        Some((_, Ok(gathers))) => calendar.gathers = gathers,
        Some((text, Err(()))) => {
            let message = format!("`{text}` is no billing period of an account");
            let hint = format!("one of {}", Gathers::ALL.map(Gathers::name).join(", "));
            row.refuse(("billing_period", &message, &hint), broken);
        }
    }
    match anchor.as_deref().map(day) {
        None => {}
        Some(Ok(day)) => calendar.anchor = Some(day),
        Some(Err((message, hint))) => row.refuse(("anchor", &message, hint), broken),
    }
    Some(calendar).filter(|_| !row.is_broken)
}
