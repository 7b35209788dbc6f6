//! What a sink made of one push, in the vocabulary.

use counterfoil_host::CallError;
use counterfoil_host::sink::{Outcome as HostOutcome, Pushed, Remote};
use counterfoil_model::counterfoil::RemoteDocument;
use counterfoil_model::effect::Outcome;

/// The sink's answer to one push, in the vocabulary.
#[derive(Debug)]
pub struct Answer {
    pub outcome: Outcome,
    pub remote: Option<RemoteDocument>,
    /// What the sink said, where it did not do it.
    pub message: Option<String>,
    /// It is the customer that the sink complains of.
    pub of_customer: bool,
}

/// What a push or a void came to. A call that failed after it may have written is indeterminate.
pub fn answer(result: Result<Pushed, CallError>, voided: bool) -> Answer {
    let pushed = match result {
        Ok(pushed) => pushed,
        Err(error) => return failed_call(&error),
    };
    if let HostOutcome::Created(remote)
    | HostOutcome::Updated(remote)
    | HostOutcome::Unchanged(remote) = &pushed.outcome
        && remote.id.trim().is_empty()
    {
        // Nobody could ever find it again; a look-up tells whether it is there.
        let message = "the sink said that it is done, and named no document";
        return unsettled(Outcome::Indeterminate, message);
    }
    let settled = |outcome, remote: Remote| Answer {
        outcome,
        remote: Some(RemoteDocument {
            id: remote.id,
            number: remote.number,
            url: remote.url,
            version: remote.version,
            lines: pushed.lines.clone(),
        }),
        message: None,
        of_customer: false,
    };
    match pushed.outcome {
        HostOutcome::Created(remote) => settled(Outcome::Created, remote),
        HostOutcome::Updated(remote) if voided => settled(Outcome::Voided, remote),
        HostOutcome::Updated(remote) => settled(Outcome::Updated, remote),
        HostOutcome::Unchanged(remote) => settled(Outcome::Unchanged, remote),
        HostOutcome::Rejected(error) => Answer {
            of_customer: is_of_customer(error.field.as_deref()),
            ..unsettled(Outcome::Rejected, &error.message)
        },
        HostOutcome::Deferred(error) => unsettled(
            Outcome::Deferred {
                retry_after_ms: error.retry_after_ms,
            },
            &error.message,
        ),
        HostOutcome::Indeterminate(error) => unsettled(Outcome::Indeterminate, &error.message),
    }
}

fn unsettled(outcome: Outcome, message: &str) -> Answer {
    // What a sink says cannot look like lines of ours.
    let lines = message.lines().map(str::trim);
    Answer {
        outcome,
        remote: None,
        message: Some(lines.collect::<Vec<_>>().join(" ")),
        of_customer: false,
    }
}

fn is_of_customer(field: Option<&str>) -> bool {
    field.is_some_and(|field| field == "customer" || field.starts_with("customer."))
}

fn failed_call(error: &CallError) -> Answer {
    use counterfoil_host::ErrorKind;
    let message = crate::chain(error);
    if error.effect_is_unknown() {
        return unsettled(Outcome::Indeterminate, &message);
    }
    let Some(refused) = error.refused() else {
        // A trap or a limit before anything was written.
        return unsettled(
            Outcome::Deferred {
                retry_after_ms: None,
            },
            &message,
        );
    };
    let outcome = match refused.kind {
        ErrorKind::RateLimited | ErrorKind::Unavailable => Outcome::Deferred {
            retry_after_ms: refused.retry_after_ms,
        },
        ErrorKind::Indeterminate => Outcome::Indeterminate,
        ErrorKind::Misconfigured
        | ErrorKind::Unauthorized
        | ErrorKind::Invalid
        | ErrorKind::Conflict
        | ErrorKind::NotFound
        | ErrorKind::Unsupported
        | ErrorKind::Internal => Outcome::Rejected,
    };
    Answer {
        of_customer: is_of_customer(refused.field.as_deref()),
        ..unsettled(outcome, &message)
    }
}
