//! The first door: a request builder over the host's `http`, and what its failures mean.

mod response;
mod status;

use serde::Serialize;

use crate::bindings::http::{self, FailureKind, Retry};
use crate::{Error, ErrorKind};

pub use crate::bindings::http::Method;
pub use response::Response;

/// A request in the making.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    raw: http::Request,
    writes: bool,
    /// A body that could not be written as JSON; told when the request is sent.
    fault: Option<String>,
}

impl Request {
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            raw: http::Request {
                method,
                url: url.into(),
                headers: Vec::new(),
                body: Vec::new(),
                credential: None,
                idempotency_key: None,
                deliveries: Vec::new(),
                timeout_ms: None,
                retry: Retry::Automatic,
            },
            writes: !matches!(method, Method::Get | Method::Head),
            fault: None,
        }
    }

    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::Get, url)
    }

    pub fn head(url: impl Into<String>) -> Self {
        Self::new(Method::Head, url)
    }

    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::Post, url)
    }

    pub fn put(url: impl Into<String>) -> Self {
        Self::new(Method::Put, url)
    }

    pub fn patch(url: impl Into<String>) -> Self {
        Self::new(Method::Patch, url)
    }

    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::Delete, url)
    }

    /// Adds a parameter to the query, percent-encoded.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.raw
            .url
            .push(if self.raw.url.contains('?') { '&' } else { '?' });
        push_encoded(&mut self.raw.url, name);
        self.raw.url.push('=');
        push_encoded(&mut self.raw.url, value);
        self
    }

    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.raw.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body to a value as JSON, with its content type.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.raw.body = body,
            Err(error) => self.fault = Some(error.to_string()),
        }
        self.header("content-type", "application/json")
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.raw.body = body.into();
        self
    }

    /// Names the credential of the manifest that the host shall add.
    pub fn credential(mut self, name: impl Into<String>) -> Self {
        self.raw.credential = Some(name.into());
        self
    }

    /// Adds the reference of a delivery that this request carries. A sink's writing request needs one.
    pub fn delivery(mut self, reference: impl Into<String>) -> Self {
        self.raw.deliveries.push(reference.into());
        self
    }

    /// Sent in the header that the manifest names; makes a POST repeatable.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.raw.idempotency_key = Some(key.into());
        self
    }

    /// For the whole exchange.
    pub fn timeout_ms(mut self, timeout_ms: u32) -> Self {
        self.raw.timeout_ms = Some(timeout_ms);
        self
    }

    /// Keeps the host from sending the request again by itself.
    pub fn never_retry(mut self) -> Self {
        self.raw.retry = Retry::Never;
        self
    }

    /// Says that this request changes nothing although its method is POST, as with an API that searches by POST. Its
    /// failures then count as failed reads. The manifest must list the path among `read_paths`.
    pub fn only_reads(mut self) -> Self {
        self.writes = false;
        self
    }

    /// Sends the request and waits for the answer, whatever its status.
    pub fn send(self) -> Result<Response, Error> {
        let sent = self.checked()?;
        let about = sent.about();
        match http::send(&sent.raw) {
            Ok(response) => Ok(Response::new(response, about)),
            Err(failure) => Err(about.failed(&failure)),
        }
    }

    fn checked(self) -> Result<Self, Error> {
        match &self.fault {
            None => Ok(self),
            Some(fault) => Err(Error::internal(format!(
                "the body could not be written: {fault}"
            ))),
        }
    }

    fn about(&self) -> About {
        let path = self.raw.url.split(['?', '#']).next().unwrap_or_default();
        About {
            line: format!("{} {path}", verb(self.raw.method)),
            writes: self.writes,
        }
    }
}

/// Sends all requests, at most `max_in_flight` at once, and answers in the order given.
pub fn send_all(requests: Vec<Request>, max_in_flight: u32) -> Vec<Result<Response, Error>> {
    let checked: Vec<Result<Request, Error>> = requests.into_iter().map(Request::checked).collect();
    let raw: Vec<http::Request> = checked
        .iter()
        .flatten()
        .map(|request| request.raw.clone())
        .collect();
    let mut answers = http::send_all(&raw, max_in_flight).into_iter();
    checked
        .into_iter()
        .map(|request| {
            let about = request?.about();
            match answers.next() {
                Some(Ok(response)) => Ok(Response::new(response, about)),
                Some(Err(failure)) => Err(about.failed(&failure)),
                None => Err(Error::internal("the host gave fewer answers than requests")),
            }
        })
        .collect()
}

/// What is remembered of a request once it is sent: enough to say what its failure means.
#[derive(Clone, Debug)]
struct About {
    /// Method and URL without the query.
    line: String,
    writes: bool,
}

impl About {
    /// What a request without an answer means for whoever waits for its effect.
    fn failed(&self, failure: &http::Failure) -> Error {
        let kind = match failure.kind {
            FailureKind::Denied => ErrorKind::Misconfigured,
            FailureKind::Interrupted | FailureKind::Exhausted if self.writes => {
                ErrorKind::Indeterminate
            }
            FailureKind::NotSent | FailureKind::Interrupted | FailureKind::Exhausted => {
                ErrorKind::Unavailable
            }
        };
        Error::new(kind, format!("{}: {}", self.line, failure.message))
    }
}

fn verb(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// RFC 3986: everything but the unreserved characters is encoded.
fn push_encoded(url: &mut String, text: &str) {
    use std::fmt::Write;
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(char::from(byte));
        } else {
            write!(url, "%{byte:02X}").expect("a String takes every write");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind) -> http::Failure {
        http::Failure {
            kind,
            message: "no".into(),
            exchange: None,
        }
    }

    #[test]
    fn a_failed_write_is_indeterminate_only_when_it_may_have_arrived() {
        let write = Request::post("https://x.example/invoices?key=1").about();
        let read = Request::get("https://x.example/invoices").about();
        let cases = [
            (
                FailureKind::Denied,
                ErrorKind::Misconfigured,
                ErrorKind::Misconfigured,
            ),
            (
                FailureKind::NotSent,
                ErrorKind::Unavailable,
                ErrorKind::Unavailable,
            ),
            (
                FailureKind::Interrupted,
                ErrorKind::Indeterminate,
                ErrorKind::Unavailable,
            ),
            (
                FailureKind::Exhausted,
                ErrorKind::Indeterminate,
                ErrorKind::Unavailable,
            ),
        ];
        for (kind, of_write, of_read) in cases {
            assert_eq!(
                write.failed(&failure(kind)).kind,
                of_write,
                "{kind:?} of a write"
            );
            assert_eq!(
                read.failed(&failure(kind)).kind,
                of_read,
                "{kind:?} of a read"
            );
        }
        assert_eq!(
            write.failed(&failure(FailureKind::Denied)).message,
            "POST https://x.example/invoices: no"
        );
    }

    #[test]
    fn a_post_that_only_reads_counts_as_a_read() {
        let about = Request::post("https://x.example/search")
            .only_reads()
            .about();
        assert_eq!(
            about.failed(&failure(FailureKind::Interrupted)).kind,
            ErrorKind::Unavailable
        );
    }

    #[test]
    fn query_parameters_are_encoded_and_joined() {
        let request = Request::get("https://x.example/a")
            .query("q", "å & b=c")
            .query("page", "2");
        assert_eq!(
            request.raw.url,
            "https://x.example/a?q=%C3%A5%20%26%20b%3Dc&page=2"
        );
    }

    #[test]
    fn a_body_that_is_no_json_is_told_before_anything_is_sent() {
        let unwritable: std::collections::BTreeMap<(u8, u8), u8> = [((1, 2), 3)].into();
        let error = Request::post("https://x.example")
            .json(&unwritable)
            .send()
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
    }
}
