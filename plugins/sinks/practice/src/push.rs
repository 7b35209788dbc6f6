//! Carries a delivery out, step by step, and says what became of it. Once something was applied, a failure is
//! indeterminate: only a look-up tells how far it came.

use counterfoil_sdk::sink::{Delivery, Finalize, Pushed, Remote};
use counterfoil_sdk::{Error, ErrorKind};

use crate::api::Api;
use crate::decide::{Step, Withdrawal, decide, decide_void};
use crate::mapping::{document_input, line_ids, remote};
use crate::wire::Document;

pub(crate) fn push(api: &Api, delivery: &Delivery) -> Result<Pushed, Error> {
    let Some(known) = &delivery.known else {
        return create(api, delivery);
    };
    let held = api.document(&known.id)?;
    match decide(delivery, &held) {
        Step::Leave => Ok(Pushed::unchanged(remote(&held, api.url()), line_ids(&held))),
        Step::Post => Ok(updated(api, &api.post(&held, &delivery.reference)?)),
        Step::Replace => {
            let customer = customer(api, delivery)?;
            let draft = api.replace(&held, &document_input(delivery, &customer))?;
            Ok(updated(api, &finish(api, delivery, draft)?))
        }
        Step::Refuse(reason) => Err(Error::conflict(reason)),
    }
}

/// Withdraws a draft.
pub(crate) fn void(api: &Api, reference: &str, known: &Remote) -> Result<Pushed, Error> {
    let held = api.document(&known.id)?;
    match decide_void(known, &held) {
        Withdrawal::Leave => Ok(Pushed::unchanged(remote(&held, api.url()), line_ids(&held))),
        Withdrawal::Withdraw => Ok(updated(api, &api.void(&held, reference)?)),
        Withdrawal::Refuse(reason) => Err(Error::conflict(reason)),
    }
}

fn create(api: &Api, delivery: &Delivery) -> Result<Pushed, Error> {
    let customer = customer(api, delivery)?;
    let draft = api.create(&document_input(delivery, &customer))?;
    let document = finish(api, delivery, draft)?;
    Ok(Pushed::created(
        remote(&document, api.url()),
        line_ids(&document),
    ))
}

fn updated(api: &Api, document: &Document) -> Pushed {
    Pushed::updated(remote(document, api.url()), line_ids(document))
}

/// Posts the draft that was just written, if that is wanted.
fn finish(api: &Api, delivery: &Delivery, draft: Document) -> Result<Document, Error> {
    match delivery.finalize {
        Finalize::Draft => Ok(draft),
        Finalize::Post => api
            .post(&draft, &delivery.reference)
            .map_err(|error| after_write(error, &draft)),
    }
}

/// The draft is there whatever the kind of the failure says.
fn after_write(error: Error, draft: &Document) -> Error {
    Error {
        kind: ErrorKind::Indeterminate,
        message: format!(
            "the draft {} was written and not posted: {}",
            draft.id, error.message
        ),
        ..error
    }
}

/// The API's id of the customer: from the reviewed table, by our account, or made where that is switched on.
fn customer(api: &Api, delivery: &Delivery) -> Result<String, Error> {
    if let Some(id) = &delivery.customer.remote_id {
        return Ok(id.clone());
    }
    let account = &delivery.customer.account;
    if let Some(found) = api.customer(account)? {
        return Ok(found.id);
    }
    if !api.creates_customers() {
        let message = format!(
            "the customer {account} is not at the practice API: map it, create it there, or set create_customers"
        );
        return Err(Error::not_found(message).with_field("customer"));
    }
    match api.create_customer(delivery) {
        Ok(created) => Ok(created.id),
        // Somebody, or a request of ours whose answer was lost, was quicker.
        Err(error) if error.remote_code.as_deref() == Some("reference-taken") => {
            match api.customer(account)? {
                Some(found) => Ok(found.id),
                None => Err(error),
            }
        }
        // It is created once whatever happens, its reference being unique.
        Err(error) => Err(error.before_delivery()),
    }
}

#[cfg(test)]
mod tests {
    use counterfoil_sdk::sink::Outcome;

    use super::*;
    use crate::mapping::tests::draft;

    #[test]
    fn once_a_draft_is_written_every_failure_is_indeterminate() {
        for kind in [
            ErrorKind::RateLimited,
            ErrorKind::Unavailable,
            ErrorKind::Invalid,
            ErrorKind::Conflict,
        ] {
            let failed = Pushed::failed(after_write(Error::new(kind, "no"), &draft()));
            let Outcome::Indeterminate(error) = failed.outcome else {
                panic!("{kind:?}: {:?}", failed.outcome)
            };
            assert_eq!(
                error.message,
                "the draft doc_9 was written and not posted: no"
            );
        }
    }

    #[test]
    fn a_customer_that_may_have_been_made_only_delays_the_delivery() {
        let lost = Error::indeterminate("cut").before_delivery();
        assert!(matches!(Pushed::failed(lost).outcome, Outcome::Deferred(_)));
        let refused = Error::invalid("no name").before_delivery();
        assert!(matches!(
            Pushed::failed(refused).outcome,
            Outcome::Rejected(_)
        ));
    }
}
