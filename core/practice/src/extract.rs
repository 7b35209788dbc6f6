//! Reads bodies, query strings and ids; what cannot be read becomes a JSON error that names the field.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::app::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX};
use crate::problem::Refusal;
use crate::wire::ErrorCode;

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                Refusal::new(
                    rejection.status(),
                    ErrorCode::Malformed,
                    rejection.body_text(),
                )
            })?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            let error = error.into_inner();
            match error.classify() {
                Category::Data => Refusal::field(path, format!("cannot be read: {error}")),
                Category::Io | Category::Syntax | Category::Eof => malformed(&error),
            }
        })?;
        reader.end().map_err(|error| malformed(&error))?;
        Ok(Self(value))
    }
}

fn malformed(error: &serde_json::Error) -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        ErrorCode::Malformed,
        format!("the body is not JSON: {error}"),
    )
}

/// The query string.
#[derive(Debug)]
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(value)| Self(value))
            .map_err(|rejection| {
                Refusal::new(
                    StatusCode::BAD_REQUEST,
                    ErrorCode::Malformed,
                    rejection.body_text(),
                )
            })
    }
}

/// Reads an id of the path. A text that is no id of this kind names nothing that is here.
pub(crate) fn id<T: FromStr>(what: &str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::not_found(what, text))
}

/// The number of items of a page.
pub(crate) fn limit(asked: Option<u32>) -> Result<u32, Refusal> {
    match asked {
        None => Ok(PAGE_ITEMS_DEFAULT),
        Some(limit @ 1..=PAGE_ITEMS_MAX) => Ok(limit),
        Some(_) => Err(Refusal::field(
            "limit",
            format!("must be from 1 to {PAGE_ITEMS_MAX}"),
        )),
    }
}

/// Where a page starts: an id that the page before gave as its cursor.
pub(crate) fn cursor<T: FromStr>(asked: Option<&str>, start: T) -> Result<T, Refusal> {
    match asked {
        None => Ok(start),
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::field("cursor", "must be the `next` of the page before")),
    }
}
