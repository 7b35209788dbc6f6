//! Carries a delivery out, step by step, and says what became of it. Once something was applied, a failure is
//! indeterminate: only a look-up tells how far it came.

use std::collections::BTreeSet;

use counterfoil_sdk::sink::{Delivery, Finalize, Pushed, Remote};
use counterfoil_sdk::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::api::Api;
use crate::decide::{Step, Withdrawal, decide, decide_void};
use crate::read_back::by_id;
use crate::resolve::resolve;
use crate::rows::table;
use crate::wire::Move;

pub(crate) fn push(api: &Api, delivery: &Delivery) -> Result<Pushed, Error> {
    let Some(known) = &delivery.known else {
        let id = load(api, delivery)?;
        let made = after_write(id, || {
            if delivery.finalize == Finalize::Post {
                post(api, delivery, id)?;
            }
            by_id(api, &delivery.reference, id)
        })?;
        return Ok(Pushed::created(
            made.remote(api.settings.url()),
            made.line_ids(),
        ));
    };
    let id = remote_id(known)?;
    let held = by_id(api, &delivery.reference, id)?;
    match decide(delivery, &held) {
        Step::Leave => Ok(Pushed::unchanged(
            held.remote(api.settings.url()),
            held.line_ids(),
        )),
        Step::Post => {
            post(api, delivery, id)?;
            after_write(id, || read_updated(api, &delivery.reference, id))
        }
        Step::Replace => replace(api, delivery, id),
        Step::Refuse(reason) => Err(Error::conflict(reason)),
    }
}

/// The import leaves lines alone that it does not name: those that vanished are removed after it.
fn replace(api: &Api, delivery: &Delivery, id: u32) -> Result<Pushed, Error> {
    let loaded = load(api, delivery)?;
    after_write(loaded, || {
        if loaded != id {
            return Err(Error::internal(format!(
                "the import wrote the document {loaded} in place of {id}"
            )));
        }
        let ours: BTreeSet<&str> = delivery.lines.iter().map(|line| line.id.as_str()).collect();
        let gone = by_id(api, &delivery.reference, id)?.lines_besides(&ours);
        if !gone.is_empty() {
            let removals: Vec<Value> = gone.iter().map(|line| json!([2, line, 0])).collect();
            let values = json!({ "ids": [id], "vals": { "invoice_line_ids": removals } });
            let _: Value = api.write("account.move", "write", values, &delivery.reference)?;
        }
        if delivery.finalize == Finalize::Post {
            post(api, delivery, id)?;
        }
        read_updated(api, &delivery.reference, id)
    })
}

/// Withdraws a draft.
pub(crate) fn void(api: &Api, reference: &str, known: &Remote) -> Result<Pushed, Error> {
    let id = remote_id(known)?;
    let held = by_id(api, reference, id)?;
    match decide_void(known, &held) {
        Withdrawal::Leave => {
            let left = held.remote(api.settings.url());
            Ok(Pushed::unchanged(left, held.line_ids()))
        }
        Withdrawal::Withdraw => {
            let arguments = json!({ "ids": [id] });
            let _: Value = api.write("account.move", "button_cancel", arguments, reference)?;
            after_write(id, || read_updated(api, reference, id))
        }
        Withdrawal::Refuse(reason) => Err(Error::conflict(reason)),
    }
}

fn load(api: &Api, delivery: &Delivery) -> Result<u32, Error> {
    let resolved = resolve(api, delivery)?;
    let table = table(delivery, &resolved, &api.settings)?;
    api.load(
        "account.move",
        &table.fields,
        &table.rows,
        &delivery.reference,
    )
}

fn post(api: &Api, delivery: &Delivery, id: u32) -> Result<(), Error> {
    let arguments = json!({ "ids": [id] });
    let _: Value = api.write(
        "account.move",
        "action_post",
        arguments,
        &delivery.reference,
    )?;
    Ok(())
}

fn read_updated(api: &Api, reference: &str, id: u32) -> Result<Pushed, Error> {
    let held: Move = by_id(api, reference, id)?;
    Ok(Pushed::updated(
        held.remote(api.settings.url()),
        held.line_ids(),
    ))
}

fn remote_id(remote: &Remote) -> Result<u32, Error> {
    let unreadable = |_| Error::invalid(format!("{:?} is no id of an Odoo document", remote.id));
    remote.id.parse().map_err(unreadable)
}

/// Something stands there whatever the kind of the failure says.
fn after_write<T>(id: u32, rest: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    rest().map_err(|error| Error {
        kind: ErrorKind::Indeterminate,
        message: format!("the document {id} was written, and then: {}", error.message),
        ..error
    })
}

#[cfg(test)]
mod tests {
    use counterfoil_sdk::sink::Outcome;

    use super::*;

    #[test]
    fn once_something_is_written_every_failure_is_indeterminate() {
        for kind in [
            ErrorKind::RateLimited,
            ErrorKind::Invalid,
            ErrorKind::Unavailable,
        ] {
            let failed = after_write::<()>(7, || Err(Error::new(kind, "no"))).unwrap_err();
            let Outcome::Indeterminate(error) = Pushed::failed(failed).outcome else {
                panic!("{kind:?}")
            };
            assert_eq!(error.message, "the document 7 was written, and then: no");
        }
    }
}
