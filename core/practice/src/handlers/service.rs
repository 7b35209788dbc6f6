//! What the service can do and what it holds.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use crate::app::{REFERENCE_LENGTH_MAX, Shared};
use crate::extract::{Parameters, limit};
use crate::problem::Refusal;
use crate::wire::{CountsBody, InfoBody};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListCounts {
    cursor: Option<String>,
    limit: Option<u32>,
}

pub(crate) async fn info(State(app): State<Shared>) -> Json<InfoBody> {
    let behaviour = &app.behaviour;
    Json(InfoBody {
        name: "Counterfoil practice invoicing",
        version: env!("CARGO_PKG_VERSION"),
        quantity_decimals: behaviour.quantity_decimals,
        price_decimals: behaviour.price_decimals,
        shorten: behaviour.shorten,
        lines_max: behaviour.lines_max,
        reference_length_max: REFERENCE_LENGTH_MAX,
        credit_notes_within_original: behaviour.credit_notes_within_original,
    })
}

pub(crate) async fn counts(
    State(app): State<Shared>,
    Parameters(asked): Parameters<ListCounts>,
) -> Result<Json<CountsBody>, Refusal> {
    let limit = limit(asked.limit)?;
    let counts = app
        .store
        .counts(asked.cursor.as_deref().unwrap_or_default(), limit)
        .await?;
    let is_full = counts.page.len() == limit as usize;
    let next = counts
        .page
        .last()
        .filter(|_| is_full)
        .map(|last| last.reference.clone());
    Ok(Json(CountsBody {
        live: counts.live,
        repeated: counts.repeated,
        references: counts.page.into_iter().map(Into::into).collect(),
        next,
    }))
}
