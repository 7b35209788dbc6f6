//! The invoices that were really sent, as documents that a sink shows.

use counterfoil_host::sink::Window;
use counterfoil_model::decimal::Decimal;
use counterfoil_model::document::DocumentKind;
use counterfoil_model::effect::{ObservedDocument, ObservedLine};
use counterfoil_model::money::Money;
use counterfoil_model::plan::RemoteState;
use counterfoil_model::shadow::TheirLine;
use counterfoil_model::time::Date;

use super::sent::{LeftOut, Sent, account};
use super::{ShadowError, accounts_of};
use crate::customers::remote_customers;
use crate::session::Wired;
use crate::sinks::{self, OpenSink};
use crate::terms::Versions;

/// Pages of a listing, after which it is taken as endless.
const PAGES_MAX: usize = 10_000;

/// The posted documents of a sink that were issued from one day to another; a credit note counts with the other sign.
pub async fn of_sink(
    wired: &Wired<'_>,
    versions: &Versions,
    sink: &OpenSink<'_>,
    (first_day, last_day): (Date, Date),
) -> Result<Sent, ShadowError> {
    let mut names = accounts_of(wired, versions);
    for customer in remote_customers(sink).await? {
        let by_reference = customer
            .reference
            .as_deref()
            .and_then(|reference| account(&names, reference));
        if let Some(id) = by_reference.or_else(|| account(&names, &customer.name)) {
            names.entry(customer.id).or_default().insert(id);
        }
    }
    let mut sent = Sent {
        against: format!("{}, issued {first_day} to {last_day}", sink.config.name),
        ..Sent::default()
    };
    for document in documents(sink, first_day, last_day).await? {
        let name = document
            .number
            .clone()
            .unwrap_or_else(|| document.id.clone());
        if document.state != RemoteState::Posted {
            if document.state == RemoteState::Draft {
                sent.left_out.push(LeftOut {
                    place: name,
                    why: "it is a draft".to_owned(),
                    matters: false,
                });
            }
            continue;
        }
        let customer = document.customer.clone().unwrap_or_default();
        let account = account(&names, &customer);
        for line in &document.lines {
            let net = line_net(&document, line)?;
            match account {
                Some(account) => sent.lines.push(TheirLine {
                    account,
                    item: None,
                    description: line.description.clone(),
                    quantity: line.quantity.map(|quantity| match document.kind {
                        DocumentKind::Invoice => quantity,
                        DocumentKind::CreditNote => turned(quantity),
                    }),
                    unit_price: line.unit_price,
                    net,
                    place: name.clone(),
                }),
                None => sent.unknown.push((customer.clone(), net)),
            }
        }
    }
    Ok(sent)
}

fn turned(quantity: Decimal) -> Decimal {
    Decimal::from_rational(&-quantity.to_rational()).expect("a turned sign needs no more digits")
}

fn line_net(document: &ObservedDocument, line: &ObservedLine) -> Result<Money, ShadowError> {
    let net = Money::parse(&line.net.to_string(), document.currency);
    let net = net.and_then(|net| match document.kind {
        DocumentKind::Invoice => Ok(net),
        DocumentKind::CreditNote => net.checked_neg(),
    });
    net.map_err(super::amount_error)
}

async fn documents(
    sink: &OpenSink<'_>,
    first_day: Date,
    last_day: Date,
) -> Result<Vec<ObservedDocument>, ShadowError> {
    let window = Window {
        first_day: first_day.to_string(),
        last_day: last_day.to_string(),
    };
    let name = &sink.config.name;
    let failed = |message: String| ShadowError::ReadBack {
        sink: name.clone(),
        message,
    };
    let mut documents = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = sink.connection.list(&window, cursor.as_deref()).await;
        let page = page.map_err(|error| failed(crate::chain(&error)))?;
        for document in page.items {
            let observed = sinks::observed(document).map_err(|source| ShadowError::Observed {
                sink: name.clone(),
                source,
            })?;
            documents.push(observed);
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(documents),
        }
    }
    Err(failed(format!(
        "it gives listings without end: {PAGES_MAX} pages and more"
    )))
}
