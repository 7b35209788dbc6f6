//! Turns a guest's request into one that may be sent, or says why it may not. Nothing is sent here.

use std::time::Duration;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use url::Url;

use super::Egress;
use crate::bindings::http::{self, Request, Retry};
use crate::call::Call;
use crate::credential::Placement;
use crate::manifest::ConnectorKind;

const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
const TIMEOUT_MAX: Duration = Duration::from_mins(5);
const HEADERS_MAX: usize = 64;

/// The host's own. `accept-encoding` too: a secret inside a compressed body would not be found.
const REFUSED_HEADERS: [&str; 12] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A request that passed the policy.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) method: Method,
    /// Without the credential.
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) body_digest: String,
    pub(super) credential: Option<(String, Placement)>,
    pub(super) deliveries: Vec<String>,
    pub(super) timeout: Duration,
    /// The host may send it again.
    pub(super) repeatable: bool,
    /// It may change something at the remote.
    pub(super) writes: bool,
}

impl Egress {
    pub(super) fn prepare(&self, call: &Call, request: Request) -> Result<Prepared, String> {
        let url = Url::parse(&request.url)
            .map_err(|error| format!("{:?} is no URL: {error}", request.url))?;
        if let Some(reason) = self.policy.refuse(&url) {
            return Err(reason);
        }
        if request.body.len() > self.body_bytes_max {
            let length = request.body.len();
            return Err(format!(
                "a body of {length} bytes is over http.body_bytes_max = {}",
                self.body_bytes_max
            ));
        }
        let method = method(request.method);
        let writes = self.policy.writes(&method, &url);
        if writes {
            self.check_deliveries(call, &method, &url, &request.deliveries)?;
        }
        let headers = self.headers(&request)?;
        let repeats = matches!(
            method,
            Method::GET | Method::HEAD | Method::PUT | Method::DELETE
        ) || !writes
            || request.idempotency_key.is_some() && self.idempotency_header.is_some();
        let timeout_ms = request
            .timeout_ms
            .map(|ms| Duration::from_millis(u64::from(ms)));
        Ok(Prepared {
            credential: self.credential(call, request.credential)?,
            timeout: timeout_ms.unwrap_or(TIMEOUT_DEFAULT).min(TIMEOUT_MAX),
            repeatable: request.retry == Retry::Automatic && repeats,
            body_digest: HEXLOWER.encode(Sha256::digest(&request.body).as_slice()),
            body: Bytes::from(request.body),
            deliveries: request.deliveries,
            method,
            url,
            headers,
            writes,
        })
    }

    /// A write is tied to what it moves, and moves nothing but what the call is about.
    fn check_deliveries(
        &self,
        call: &Call,
        method: &Method,
        url: &Url,
        deliveries: &[String],
    ) -> Result<(), String> {
        let hint = "if it only reads, list its path under http.read_paths";
        let what = format!("{method} {}", url.path());
        if self.policy.kind == ConnectorKind::Source {
            return Err(format!("a source only reads, and {what} writes; {hint}"));
        }
        if deliveries.is_empty() {
            return Err(format!("{what} names no delivery that it carries; {hint}"));
        }
        match deliveries
            .iter()
            .find(|reference| !call.references.contains(*reference))
        {
            Some(foreign) => Err(format!(
                "{what} carries {foreign}, which `{}` is not about",
                call.function
            )),
            None => Ok(()),
        }
    }

    fn credential(
        &self,
        call: &Call,
        name: Option<String>,
    ) -> Result<Option<(String, Placement)>, String> {
        let Some(name) = name else { return Ok(None) };
        match self.credentials.get(&name) {
            Some(placement) => Ok(placement.clone().map(|placement| (name, placement))),
            None => Err(format!(
                "`{}` asks for the credential {name:?}, which the pipeline does not give",
                call.function
            )),
        }
    }

    fn headers(&self, request: &Request) -> Result<HeaderMap, String> {
        if request.headers.len() > HEADERS_MAX {
            return Err(format!("more than {HEADERS_MAX} headers"));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| format!("{name:?} is no header's name"))?;
            if REFUSED_HEADERS.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
                return Err(format!("the header {name} is the host's"));
            }
            headers.append(name.clone(), header_value(&name, value)?);
        }
        if let (Some(key), Some(name)) = (&request.idempotency_key, &self.idempotency_header) {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
                format!("http.idempotency_header is {name:?}, which is no header's name")
            })?;
            let value = header_value(&name, key)?;
            headers.insert(name, value);
        }
        Ok(headers)
    }
}

fn header_value(name: &HeaderName, value: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(value)
        .map_err(|_| format!("the value of the header {name} has characters that it may not have"))
}

fn method(method: http::Method) -> Method {
    match method {
        http::Method::Get => Method::GET,
        http::Method::Head => Method::HEAD,
        http::Method::Post => Method::POST,
        http::Method::Put => Method::PUT,
        http::Method::Patch => Method::PATCH,
        http::Method::Delete => Method::DELETE,
    }
}
