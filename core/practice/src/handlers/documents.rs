//! Documents: create, list and find, read, replace and delete drafts.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use counterfoil_store::practice::{
    Document, DocumentFilter, DocumentId, LineContent, LineId, PracticeTransaction,
};
use jiff::civil::Date;
use serde::Deserialize;

use crate::app::{App, Shared};
use crate::extract::{Body, Parameters, cursor, id, limit};
use crate::faults::{Directive, Touched};
use crate::problem::Refusal;
use crate::rules::{
    CheckedDocument, check_document, check_relations, expect_draft, expect_version,
};
use crate::wire::{DocumentBody, DocumentInput, DocumentsPage};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListDocuments {
    reference: Option<String>,
    first_day: Option<String>,
    last_day: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// The version that a change expects to meet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedVersion {
    pub(super) version: Option<i64>,
}

impl ListDocuments {
    fn filter(&self) -> Result<DocumentFilter, Refusal> {
        for (field, day) in [("first_day", &self.first_day), ("last_day", &self.last_day)] {
            if day.as_ref().is_some_and(|day| day.parse::<Date>().is_err()) {
                return Err(Refusal::field(field, "must be a date like \"2026-03-31\""));
            }
        }
        match (&self.reference, &self.first_day, &self.last_day) {
            (Some(reference), None, None) => Ok(DocumentFilter::Reference(reference.clone())),
            (None, first_day, last_day) => Ok(DocumentFilter::Issued {
                first_day: first_day.clone(),
                last_day: last_day.clone(),
            }),
            (Some(_), _, _) => Err(Refusal::field(
                "reference",
                "must not be given with first_day or last_day",
            )),
        }
    }
}

pub(crate) async fn create(
    State(app): State<Shared>,
    Extension(directive): Extension<Directive>,
    Body(input): Body<DocumentInput>,
) -> Result<Response, Refusal> {
    let CheckedDocument { header, lines } =
        check_document(input, &app.behaviour, directive.rounding)?;
    let net_minor = sum_minor(&lines)?;
    let mut writing = app.store.begin().await?;
    check_relations(&mut writing, &header, net_minor, None, &app.behaviour).await?;
    let id = writing
        .insert_document(&header, &lines, &app.clock.now())
        .await?;
    let document = reread(&mut writing, id).await?;
    writing.commit().await?;
    let location = HeaderValue::from_str(&format!("/api/v1/documents/{id}"))
        .expect("a path of ASCII letters and digits is a header value");
    let mut response = answer(StatusCode::CREATED, document, true);
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

pub(crate) async fn list(
    State(app): State<Shared>,
    Extension(directive): Extension<Directive>,
    Parameters(asked): Parameters<ListDocuments>,
) -> Result<Json<DocumentsPage>, Refusal> {
    let limit = limit(asked.limit)?;
    let after = cursor(asked.cursor.as_deref(), DocumentId::FIRST)?;
    let documents = app.store.documents(&asked.filter()?, after, limit).await?;
    let is_full = documents.len() == limit as usize;
    let next = documents
        .last()
        .filter(|_| is_full)
        .map(|last| last.id.to_string());
    let items = documents
        .into_iter()
        .filter(|document| !app.faults.is_missed(document.id, directive))
        .map(DocumentBody::from)
        .collect();
    Ok(Json(DocumentsPage { items, next }))
}

pub(crate) async fn read(
    State(app): State<Shared>,
    Path(text): Path<String>,
) -> Result<Json<DocumentBody>, Refusal> {
    let document = app.store.document(id("document", &text)?).await?;
    document
        .map(|document| Json(DocumentBody::from(document)))
        .ok_or_else(|| Refusal::not_found("document", &text))
}

pub(crate) async fn replace(
    State(app): State<Shared>,
    Path(text): Path<String>,
    Extension(directive): Extension<Directive>,
    Parameters(expected): Parameters<ExpectedVersion>,
    Body(input): Body<DocumentInput>,
) -> Result<Response, Refusal> {
    let id: DocumentId = id("document", &text)?;
    let (mut writing, before) = open(&app, id).await?;
    expect_draft(&before)?;
    expect_version(&before, expected.version)?;
    let CheckedDocument { header, lines } =
        check_document(input, &app.behaviour, directive.rounding)?;
    check_relations(
        &mut writing,
        &header,
        sum_minor(&lines)?,
        Some(id),
        &app.behaviour,
    )
    .await?;
    let lines = keep_line_ids(&before, &lines);
    writing
        .replace_document(id, &header, &lines, &app.clock.now())
        .await?;
    let document = reread(&mut writing, id).await?;
    writing.commit().await?;
    Ok(answer(StatusCode::OK, document, false))
}

pub(crate) async fn delete(
    State(app): State<Shared>,
    Path(text): Path<String>,
    Parameters(expected): Parameters<ExpectedVersion>,
) -> Result<StatusCode, Refusal> {
    let id: DocumentId = id("document", &text)?;
    let (mut writing, document) = open(&app, id).await?;
    expect_draft(&document)?;
    expect_version(&document, expected.version)?;
    writing.delete_document(id).await?;
    writing.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Starts a transaction with the document that it is about.
pub(super) async fn open(
    app: &App,
    id: DocumentId,
) -> Result<(PracticeTransaction, Document), Refusal> {
    let mut writing = app.store.begin().await?;
    match writing.document(id).await? {
        Some(document) => Ok((writing, document)),
        None => Err(Refusal::not_found("document", &id.to_string())),
    }
}

/// The document as the transaction leaves it.
pub(super) async fn reread(
    writing: &mut PracticeTransaction,
    id: DocumentId,
) -> Result<Document, Refusal> {
    let document = writing.document(id).await?;
    Ok(document.expect("the transaction that wrote the document sees it"))
}

/// An answer that tells the fault schedule which document it is about.
pub(super) fn answer(status: StatusCode, document: Document, is_new: bool) -> Response {
    let touched = Touched {
        document: document.id,
        is_new,
    };
    let mut response = (status, Json(DocumentBody::from(document))).into_response();
    response.extensions_mut().insert(touched);
    response
}

fn sum_minor(lines: &[LineContent]) -> Result<i64, Refusal> {
    lines
        .iter()
        .try_fold(0_i64, |sum, line| sum.checked_add(line.net_minor))
        .ok_or_else(|| Refusal::field("lines", "come to more than this API can hold"))
}

/// A line whose reference was there before keeps its id, so that callers may go on naming it.
fn keep_line_ids<'lines>(
    before: &Document,
    lines: &'lines [LineContent],
) -> Vec<(Option<LineId>, &'lines LineContent)> {
    let mut known: HashMap<&str, LineId> = before
        .lines
        .iter()
        .filter_map(|line| Some((line.content.line_reference.as_deref()?, line.id)))
        .collect();
    lines
        .iter()
        .map(|line| {
            (
                line.line_reference
                    .as_deref()
                    .and_then(|reference| known.remove(reference)),
                line,
            )
        })
        .collect()
}
