//! Customers: create, list, read.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use counterfoil_store::practice::CustomerId;
use serde::Deserialize;

use crate::app::Shared;
use crate::extract::{Body, Parameters, cursor, id, limit};
use crate::problem::Refusal;
use crate::rules::check_customer;
use crate::wire::{CustomerBody, CustomerInput, CustomersPage};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListCustomers {
    reference: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

pub(crate) async fn create(
    State(app): State<Shared>,
    Body(input): Body<CustomerInput>,
) -> Result<Response, Refusal> {
    let content = check_customer(input)?;
    let mut writing = app.store.begin().await?;
    let customer = writing.insert_customer(content, &app.clock.now()).await?;
    writing.commit().await?;
    Ok((StatusCode::CREATED, Json(CustomerBody::from(customer))).into_response())
}

pub(crate) async fn list(
    State(app): State<Shared>,
    Parameters(asked): Parameters<ListCustomers>,
) -> Result<Json<CustomersPage>, Refusal> {
    let limit = limit(asked.limit)?;
    let after = cursor(asked.cursor.as_deref(), CustomerId::FIRST)?;
    let customers = app
        .store
        .customers(asked.reference.as_deref(), after, limit)
        .await?;
    let is_full = customers.len() == limit as usize;
    let next = customers
        .last()
        .filter(|_| is_full)
        .map(|last| last.id.to_string());
    Ok(Json(CustomersPage {
        items: customers.into_iter().map(CustomerBody::from).collect(),
        next,
    }))
}

pub(crate) async fn read(
    State(app): State<Shared>,
    Path(text): Path<String>,
) -> Result<Json<CustomerBody>, Refusal> {
    let customer = app.store.customer(id("customer", &text)?).await?;
    customer
        .map(|customer| Json(CustomerBody::from(customer)))
        .ok_or_else(|| Refusal::not_found("customer", &text))
}
