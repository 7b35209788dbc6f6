//! The life of a document: posting gives it a number and fixes it, voiding withdraws it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use counterfoil_store::practice::{Document, DocumentId, DocumentKind, DocumentState};

use super::documents::{ExpectedVersion, answer, open, reread};
use crate::app::Shared;
use crate::extract::{Parameters, id};
use crate::problem::Refusal;
use crate::rules::{check_relations, expect_draft, expect_version, may_void};

pub(crate) async fn post(
    State(app): State<Shared>,
    Path(text): Path<String>,
    Parameters(expected): Parameters<ExpectedVersion>,
) -> Result<Response, Refusal> {
    let id: DocumentId = id("document", &text)?;
    let (mut writing, document) = open(&app, id).await?;
    expect_draft(&document)?;
    expect_version(&document, expected.version)?;
    check_relations(
        &mut writing,
        &document.header,
        document.net_minor,
        Some(id),
        &app.behaviour,
    )
    .await?;
    let series = series(&document);
    let number = writing.next_number(&series).await?;
    let number = format!("{series}/{number:05}");
    writing
        .set_state(id, DocumentState::Posted, Some(&number), &app.clock.now())
        .await?;
    let document = reread(&mut writing, id).await?;
    writing.commit().await?;
    Ok(answer(StatusCode::OK, document, false))
}

pub(crate) async fn void(
    State(app): State<Shared>,
    Path(text): Path<String>,
    Parameters(expected): Parameters<ExpectedVersion>,
) -> Result<Response, Refusal> {
    let id: DocumentId = id("document", &text)?;
    let (mut writing, document) = open(&app, id).await?;
    expect_version(&document, expected.version)?;
    may_void(&mut writing, &document).await?;
    writing
        .set_state(id, DocumentState::Void, None, &app.clock.now())
        .await?;
    let document = reread(&mut writing, id).await?;
    writing.commit().await?;
    Ok(answer(StatusCode::OK, document, false))
}

/// Numbers run by kind and year of issue.
fn series(document: &Document) -> String {
    let prefix = match document.header.kind {
        DocumentKind::Invoice => "INV",
        DocumentKind::CreditNote => "CRN",
    };
    let year = document
        .header
        .issue_date
        .get(..4)
        .expect("an issue date begins with its year");
    format!("{prefix}/{year}")
}
