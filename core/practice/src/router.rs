//! Which path leads to which handler, and what every request passes before it.

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::app::{BODY_BYTES_MAX, Shared};
use crate::faults::inject;
use crate::handlers::{admin, customers, documents, lifecycle, service};
use crate::openapi;
use crate::problem::Refusal;
use crate::wire::ErrorCode;

pub(crate) fn router(app: Shared) -> Router {
    let api = Router::new()
        .route("/api/v1/info", get(service::info))
        .route("/api/v1/counts", get(service::counts))
        .route(
            "/api/v1/customers",
            get(customers::list).post(customers::create),
        )
        .route("/api/v1/customers/{id}", get(customers::read))
        .route(
            "/api/v1/documents",
            get(documents::list).post(documents::create),
        )
        .route(
            "/api/v1/documents/{id}",
            get(documents::read)
                .put(documents::replace)
                .delete(documents::delete),
        )
        .route("/api/v1/documents/{id}/post", post(lifecycle::post))
        .route("/api/v1/documents/{id}/void", post(lifecycle::void))
        .route("/api/v1/admin/edit", post(admin::edit))
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(app.clone(), inject))
        // Outermost: a request without a token neither meets a fault nor counts for the schedule.
        .layer(from_fn_with_state(app.clone(), authorize));
    Router::new()
        .merge(api)
        .route("/openapi.json", get(|| async { Json(openapi::document()) }))
        .fallback(no_such_path)
        .with_state(app)
}

async fn authorize(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    match &app.token {
        Some(token) if given != Some(token) => {
            let message = "the bearer token is missing or wrong";
            Refusal::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthorized, message).into_response()
        }
        Some(_) | None => next.run(request).await,
    }
}

async fn no_such_path(request: Request) -> Refusal {
    let message = format!("there is no path {}", request.uri().path());
    Refusal::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, message)
}

async fn no_such_method(request: Request) -> Refusal {
    let message = format!("{} is not for this path", request.method());
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::MethodNotAllowed,
        message,
    )
}
