//! The calls of the practice API. It knows requests, answers and what their failures mean, and decides nothing.

use counterfoil_sdk::sink::Delivery;
use counterfoil_sdk::{Error, Request, Response, send_all, settings};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::wire::{Customer, CustomerInput, Document, DocumentInput, ErrorBody, Info, Page};

/// Look-ups under way at once.
const IN_FLIGHT_MAX: u32 = 8;
/// Items of a page: the most that the API gives.
const PAGE_ITEMS: &str = "200";
/// Pages of one look-up: more documents under one reference are a fault of the API.
const PAGES_MAX: u32 = 50;

#[derive(Debug, Deserialize)]
struct Settings {
    url: String,
    #[serde(default)]
    create_customers: bool,
    #[serde(default)]
    find_lag_ms: u32,
}

/// The API of this connection.
#[derive(Debug)]
pub(crate) struct Api {
    settings: Settings,
}

impl Api {
    pub(crate) fn open() -> Result<Self, Error> {
        Ok(Self {
            settings: settings()?,
        })
    }

    /// The base URL without a slash at its end.
    pub(crate) fn url(&self) -> &str {
        self.settings.url.trim_end_matches('/')
    }

    pub(crate) fn find_lag_ms(&self) -> u32 {
        self.settings.find_lag_ms
    }

    pub(crate) fn creates_customers(&self) -> bool {
        self.settings.create_customers
    }

    pub(crate) fn info(&self) -> Result<Info, Error> {
        read(self.get("info").send()?)
    }

    /// Everything under these references.
    pub(crate) fn find(&self, references: &[String]) -> Result<Vec<Document>, Error> {
        let request = |reference: &String| {
            self.get("documents")
                .query("reference", reference)
                .query("limit", PAGE_ITEMS)
        };
        let mut documents = Vec::new();
        let answers = send_all(references.iter().map(request).collect(), IN_FLIGHT_MAX);
        for (reference, answer) in references.iter().zip(answers) {
            let mut page: Page<Document> = read(answer?)?;
            documents.append(&mut page.items);
            for _ in 1..PAGES_MAX {
                let Some(next) = page.next.take() else { break };
                page = read(request(reference).query("cursor", &next).send()?)?;
                documents.append(&mut page.items);
            }
            if page.next.is_some() {
                return Err(Error::internal(format!(
                    "there is no end of documents under {reference}"
                )));
            }
        }
        Ok(documents)
    }

    /// A page of what was issued in a window.
    pub(crate) fn list(
        &self,
        first_day: &str,
        last_day: &str,
        cursor: Option<&str>,
    ) -> Result<Page<Document>, Error> {
        let request = self
            .get("documents")
            .query("first_day", first_day)
            .query("last_day", last_day)
            .query("limit", PAGE_ITEMS);
        read(at(request, cursor).send()?)
    }

    pub(crate) fn customers(&self, cursor: Option<&str>) -> Result<Page<Customer>, Error> {
        read(at(self.get("customers").query("limit", PAGE_ITEMS), cursor).send()?)
    }

    /// The customer with our account as its reference.
    pub(crate) fn customer(&self, account: &str) -> Result<Option<Customer>, Error> {
        let page: Page<Customer> = read(self.get("customers").query("reference", account).send()?)?;
        Ok(page.items.into_iter().next())
    }

    pub(crate) fn create_customer(&self, delivery: &Delivery) -> Result<Customer, Error> {
        let input = CustomerInput {
            reference: &delivery.customer.account,
            name: &delivery.customer.name,
        };
        let request = Request::post(self.path("customers")).json(&input);
        read(carrying(request, &delivery.reference).send()?)
    }

    pub(crate) fn document(&self, id: &str) -> Result<Document, Error> {
        read(self.get(&format!("documents/{id}")).send()?)
    }

    pub(crate) fn create(&self, input: &DocumentInput) -> Result<Document, Error> {
        let request = Request::post(self.path("documents")).json(input);
        read(carrying(request, input.reference).send()?)
    }

    /// Replaces a draft, unless it changed since this version.
    pub(crate) fn replace(
        &self,
        held: &Document,
        input: &DocumentInput,
    ) -> Result<Document, Error> {
        let request = Request::put(self.path(&format!("documents/{}", held.id))).json(input);
        // The version makes a repetition by the host fail that was applied the first time.
        let request = request
            .query("version", &held.version.to_string())
            .never_retry();
        read(carrying(request, input.reference).send()?)
    }

    /// Posts a draft, unless it changed since this version.
    pub(crate) fn post(&self, held: &Document, reference: &str) -> Result<Document, Error> {
        let request = Request::post(self.path(&format!("documents/{}/post", held.id)));
        let request = request.query("version", &held.version.to_string());
        read(carrying(request, reference).send()?)
    }

    /// Withdraws a document, unless it changed since this version.
    pub(crate) fn void(&self, held: &Document, reference: &str) -> Result<Document, Error> {
        let request = Request::post(self.path(&format!("documents/{}/void", held.id)));
        let request = request.query("version", &held.version.to_string());
        read(carrying(request, reference).send()?)
    }

    fn get(&self, path: &str) -> Request {
        Request::get(self.path(path)).credential("api")
    }

    fn path(&self, path: &str) -> String {
        format!("{}/api/v1/{path}", self.url())
    }
}

fn at(request: Request, cursor: Option<&str>) -> Request {
    match cursor {
        Some(cursor) => request.query("cursor", cursor),
        None => request,
    }
}

/// A request that writes names the delivery that it carries.
fn carrying(request: Request, reference: &str) -> Request {
    request.credential("api").delivery(reference)
}

/// Reads an answer, or the API's own words on why there is none.
fn read<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let told = (!response.is_success())
        .then(|| response.json::<ErrorBody>().ok())
        .flatten();
    let field = told.as_ref().and_then(|told| told.error.field.clone());
    let response = response
        .error_for_status_with(|_| {
            told.map(|told| (told.error.message, told.error.code))
                .unzip()
        })
        .map_err(|error| match field {
            Some(field) => error.with_field(field),
            None => error,
        })?;
    response.json()
}
