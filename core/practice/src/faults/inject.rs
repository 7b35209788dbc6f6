//! Lets the faults happen around the handlers: before the commit, after it, or instead of the answer.

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use counterfoil_store::practice::DocumentId;

use super::counters::Ending;
use crate::app::{App, BODY_BYTES_MAX, Shared};
use crate::connection::Scissors;
use crate::edit::{Edit, SaveEditError, save_edit};
use crate::problem::Refusal;
use crate::wire::ErrorCode;

/// A handler's word on the document that it created or changed; travels in the answer's extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Touched {
    pub(crate) document: DocumentId,
    pub(crate) is_new: bool,
}

pub(crate) async fn inject(
    State(app): State<Shared>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
    next: Next,
) -> Response {
    // The whole request is read first: a fault strikes at what was received, not at how it arrived.
    let mut request = match receive(request).await {
        Ok(request) => request,
        Err(refusal) => return refusal.into_response(),
    };
    let fate = app
        .faults
        .fate(request.method().as_str(), request.uri().path());
    if !fate.delay_before.is_zero() {
        tokio::time::sleep(fate.delay_before).await;
    }
    if let Some(ending) = fate.ending_before {
        return end(ending, &scissors);
    }
    request.extensions_mut().insert(fate.directive);
    let response = next.run(request).await;
    let touched = response.extensions().get::<Touched>().copied();
    if let Some(Touched {
        document,
        is_new: true,
    }) = touched
    {
        app.faults.note_created(document, fate.directive);
    }
    for edit in &fate.edits {
        if let Err(error) = apply_edit(&app, touched, edit).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a scheduled edit was not made"
            );
        }
    }
    if !fate.delay_after.is_zero() {
        tokio::time::sleep(fate.delay_after).await;
    }
    match fate.ending_after {
        Some(ending) => end(ending, &scissors),
        None => response,
    }
}

async fn receive(request: Request) -> Result<Request, Refusal> {
    let too_large = || {
        let message = format!("the body must not have more than {BODY_BYTES_MAX} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge, message)
    };
    let (parts, body) = request.into_parts();
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: usize| bytes > BODY_BYTES_MAX) {
        return Err(too_large());
    }
    let bytes = to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_| too_large())?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

fn end(ending: Ending, scissors: &Scissors) -> Response {
    match ending {
        Ending::Status {
            status,
            retry_after_secs,
        } => Refusal::scheduled(status, retry_after_secs).into_response(),
        Ending::Cut => {
            scissors.cut();
            // No byte of it leaves: the connection is gone when it is to be written.
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn apply_edit(
    app: &App,
    touched: Option<Touched>,
    edit: &Edit,
) -> Result<(), ScheduledEditError> {
    let mut writing = app.store.begin().await?;
    let document = match touched {
        Some(touched) => touched.document,
        None => writing
            .latest_document()
            .await?
            .ok_or(ScheduledEditError::Nothing)?,
    };
    save_edit(&mut writing, document, edit, &app.clock.now()).await?;
    writing.commit().await?;
    Ok(())
}

/// Why a scheduled edit was not made.
#[derive(Debug, thiserror::Error)]
enum ScheduledEditError {
    #[error("edit a document: there is none yet")]
    Nothing,
    #[error(transparent)]
    Save(#[from] SaveEditError),
    #[error(transparent)]
    Store(#[from] counterfoil_store::practice::PracticeStoreError),
}
