//! Refusals as JSON: every answer that is not a success has the shape of `ErrorBody`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use counterfoil_store::practice::PracticeStoreError;

use crate::wire::{ErrorBody, ErrorCode, ErrorDetail, FieldProblem};

/// An answer that refuses a request.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    detail: ErrorDetail,
    retry_after_secs: Option<u32>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        let detail = ErrorDetail {
            code,
            message: message.into(),
            field: None,
            problems: Vec::new(),
        };
        Self {
            status,
            detail,
            retry_after_secs: None,
        }
    }

    /// 422 with every problem that was found. There is at least one.
    pub(crate) fn invalid(problems: Vec<FieldProblem>) -> Self {
        let first = problems
            .first()
            .expect("a document is invalid because of at least one problem");
        let message = match problems.len() {
            1 => format!("{} {}", first.field, first.message),
            count => format!("{} {} (and {} more)", first.field, first.message, count - 1),
        };
        let mut refusal = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            ErrorCode::Invalid,
            message,
        );
        refusal.detail.field = Some(first.field.clone());
        refusal.detail.problems = problems;
        refusal
    }

    /// 422 because of one field.
    pub(crate) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldProblem {
            field: field.into(),
            message: message.into(),
        }])
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            ErrorCode::NotFound,
            format!("there is no {what} {id}"),
        )
    }

    pub(crate) fn conflict(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// The same refusal under another code.
    pub(crate) fn with_code(mut self, code: ErrorCode) -> Self {
        self.detail.code = code;
        self
    }

    /// What the fault schedule asks for.
    pub(crate) fn scheduled(status: StatusCode, retry_after_secs: Option<u32>) -> Self {
        let code = match status.as_u16() {
            400 => ErrorCode::Malformed,
            401 | 403 => ErrorCode::Unauthorized,
            404 => ErrorCode::NotFound,
            429 => ErrorCode::RateLimited,
            503 => ErrorCode::Unavailable,
            500..=599 => ErrorCode::Internal,
            _ => ErrorCode::Invalid,
        };
        let mut refusal = Self::new(status, code, "the fault schedule answers this request");
        refusal.retry_after_secs = retry_after_secs;
        refusal
    }
}

impl From<PracticeStoreError> for Refusal {
    fn from(error: PracticeStoreError) -> Self {
        match error {
            PracticeStoreError::ReferenceTaken { reference } => {
                let message = format!("another customer has the reference {reference}");
                let mut refusal = Self::conflict(ErrorCode::ReferenceTaken, message);
                refusal.detail.field = Some("reference".to_owned());
                refusal
            }
            error @ (PracticeStoreError::Open { .. }
            | PracticeStoreError::Migrate { .. }
            | PracticeStoreError::Query { .. }) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the practice database failed"
                );
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    ErrorCode::Internal,
                    "the practice database failed; its log says why",
                )
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(ErrorBody { error: self.detail })).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(secs) = self.retry_after_secs {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        response
    }
}
