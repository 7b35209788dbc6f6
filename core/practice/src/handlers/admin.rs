//! Edits behind the API's back: what demos and tests use to make the two sides disagree.

use axum::Json;
use axum::extract::State;
use counterfoil_store::practice::DocumentId;

use super::documents::{open, reread};
use crate::app::Shared;
use crate::edit::{Edit, SaveEditError, save_edit};
use crate::extract::{Body, id};
use crate::problem::Refusal;
use crate::wire::{DocumentBody, EditInput};

pub(crate) async fn edit(
    State(app): State<Shared>,
    Body(input): Body<EditInput>,
) -> Result<Json<DocumentBody>, Refusal> {
    let document: DocumentId = id("document", &input.document)?;
    let edit = Edit {
        line: input.line,
        field: input.field,
        value: input.value,
    };
    let (mut writing, _) = open(&app, document).await?;
    save_edit(&mut writing, document, &edit, &app.clock.now())
        .await
        .map_err(|error| match error {
            SaveEditError::NoDocument { document } => {
                Refusal::not_found("document", &document.to_string())
            }
            SaveEditError::Refused { source, .. } => {
                Refusal::field(source.field(), source.to_string())
            }
            SaveEditError::Store { source, .. } => Refusal::from(source),
        })?;
    let document = reread(&mut writing, document).await?;
    writing.commit().await?;
    Ok(Json(DocumentBody::from(document)))
}
