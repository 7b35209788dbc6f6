//! The calls of Odoo's JSON-2 API and what their failures mean. It decides nothing.

use counterfoil_sdk::{Error, ErrorKind, Request, Response, settings};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::settings::Settings;
use crate::wire::{Failure, Loaded, Message};

/// An import of many lines takes its time.
const WRITE_TIMEOUT_MS: u32 = 120_000;
/// Of Odoo's words in a message of ours.
const MESSAGE_CHARS_MAX: usize = 300;

/// The database of this connection.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) settings: Settings,
}

impl Api {
    pub(crate) fn open() -> Result<Self, Error> {
        Ok(Self {
            settings: settings()?,
        })
    }

    pub(crate) fn search<T: DeserializeOwned>(
        &self,
        model: &str,
        domain: &Value,
        fields: &[&str],
        order: &str,
        limit: Option<u32>,
    ) -> Result<Vec<T>, Error> {
        let arguments =
            json!({ "domain": domain, "fields": fields, "order": order, "limit": limit });
        self.read(model, "search_read", arguments)
    }

    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        model: &str,
        method: &str,
        arguments: Value,
    ) -> Result<T, Error> {
        let request = self.request(model, method, arguments).only_reads();
        answer(request.send()?)
    }

    /// A call that changes something. The host never repeats it: the engine looks first.
    pub(crate) fn write<T: DeserializeOwned>(
        &self,
        model: &str,
        method: &str,
        arguments: Value,
        reference: &str,
    ) -> Result<T, Error> {
        let request = self
            .request(model, method, arguments)
            .delivery(reference)
            .timeout_ms(WRITE_TIMEOUT_MS)
            .never_retry();
        answer(request.send()?)
    }

    /// The import API: an atomic upsert by external id.
    pub(crate) fn load(
        &self,
        model: &str,
        fields: &[String],
        rows: &[Vec<String>],
        reference: &str,
    ) -> Result<u32, Error> {
        let arguments = json!({ "fields": fields, "data": rows });
        let loaded: Loaded = self.write(model, "load", arguments, reference)?;
        match loaded.ids.as_deref() {
            Some([id]) => Ok(*id),
            Some(ids) => Err(Error::internal(format!(
                "{model}/load answered {} ids for one record",
                ids.len()
            ))),
            None => Err(refused(model, &loaded.messages)),
        }
    }

    fn request(&self, model: &str, method: &str, mut arguments: Value) -> Request {
        let context = match self.settings.company {
            // Amounts and messages are read in one language, whatever the user's is.
            Some(company) => json!({ "lang": "en_US", "allowed_company_ids": [company] }),
            None => json!({ "lang": "en_US" }),
        };
        arguments["context"] = context;
        let url = format!("{}/json/2/{model}/{method}", self.settings.url());
        Request::post(url).credential("api").json(&arguments)
    }
}

fn answer<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    if response.is_success() {
        return response.json();
    }
    let failure: Option<Failure> = response.json().ok();
    let rolled_back = failure
        .as_ref()
        .is_some_and(|failure| is_concurrency(&failure.name) || is_concurrency(&failure.message));
    let result = response.error_for_status_with(|_| {
        failure
            .map(|failure| (shortened(&failure.message), failure.name))
            .unzip()
    });
    let error = match result {
        Ok(_) => Error::internal("a failed answer counted as a success"),
        Err(error) => error,
    };
    // The database undid the transaction: nothing was applied, and it may well succeed the next time.
    Err(if rolled_back {
        Error {
            kind: ErrorKind::Unavailable,
            ..error
        }
    } else {
        error
    })
}

/// Nothing was applied: the import is undone as a whole.
fn refused(model: &str, messages: &[Message]) -> Error {
    let told: Vec<String> = messages
        .iter()
        .map(|message| shortened(&message.message))
        .collect();
    let text = format!("{model}/load: {}", told.join("; "));
    let error = if messages
        .iter()
        .any(|message| is_concurrency(&message.message))
    {
        Error::unavailable(text)
    } else {
        Error::invalid(text)
    };
    match messages.iter().find_map(|message| message.field.clone()) {
        Some(field) => error.with_field(field),
        None => error,
    }
}

/// Two transactions touched the same records.
fn is_concurrency(text: &str) -> bool {
    const SIGNS: [&str; 5] = [
        "could not serialize access",
        "deadlock detected",
        "could not obtain lock",
        "SerializationFailure",
        "LockNotAvailable",
    ];
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// The first line: what follows in a message of the database is the row.
fn shortened(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    line.chars().take(MESSAGE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        Message {
            message: text.to_owned(),
            field: None,
        }
    }

    #[test]
    fn an_import_that_lost_a_race_is_tried_again_and_another_is_invalid() {
        let race = refused(
            "account.move",
            &[message(
                "could not serialize access due to concurrent update\nCONTEXT: x",
            )],
        );
        assert_eq!(race.kind, ErrorKind::Unavailable);
        assert!(!race.message.contains("CONTEXT"));
        let bad = refused(
            "account.move",
            &[message("no such currency"), message("no such tax")],
        );
        assert_eq!(bad.kind, ErrorKind::Invalid);
        assert_eq!(
            bad.message,
            "account.move/load: no such currency; no such tax"
        );
    }
}
