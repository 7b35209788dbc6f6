//! An answer, and the reading of it.

use serde::de::DeserializeOwned;

use super::{About, status};
use crate::Error;
use crate::bindings::http;

/// The answer to a request, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    raw: http::Response,
    about: About,
}

impl Response {
    pub(super) fn new(raw: http::Response, about: About) -> Self {
        Self { raw, about }
    }

    pub fn status(&self) -> u16 {
        self.raw.status
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.raw.status)
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .raw
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn bytes(&self) -> &[u8] {
        &self.raw.body
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.raw.body).into_owned()
    }

    /// The number of the recorded exchange within this call.
    pub fn exchange(&self) -> u32 {
        self.raw.exchange
    }

    /// How often the request was sent.
    pub fn attempts(&self) -> u32 {
        self.raw.attempts
    }

    /// Reads the body as JSON. An answer that does not fit is `internal`: whether a write was applied is then unknown.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.raw.body).map_err(|error| {
            Error::internal(format!(
                "{}: the answer does not fit: {error}",
                self.about.line
            ))
        })
    }

    /// The response if its status is 2xx, else the error that its status stands for.
    pub fn error_for_status(self) -> Result<Self, Error> {
        if self.is_success() {
            Ok(self)
        } else {
            Err(self.to_error())
        }
    }

    /// As [`Self::error_for_status`], where the remote tells more in its body: the function reads from the response a
    /// sentence for people and the remote's own code.
    pub fn error_for_status_with(
        self,
        explain: impl FnOnce(&Self) -> (Option<String>, Option<String>),
    ) -> Result<Self, Error> {
        if self.is_success() {
            return Ok(self);
        }
        let (message, code) = explain(&self);
        let mut error = self.to_error();
        if let Some(message) = message {
            error.message = format!("{}: {message}", error.message);
        }
        error.remote_code = code;
        Err(error)
    }

    fn to_error(&self) -> Error {
        let kind = status::kind(self.raw.status, self.about.writes);
        let message = match self.header("location") {
            Some(location) if (300..400).contains(&self.raw.status) => {
                format!(
                    "{} answered {}, a redirect to {location}",
                    self.about.line, self.raw.status
                )
            }
            _ => format!("{} answered {}", self.about.line, self.raw.status),
        };
        let mut error = Error::new(kind, message);
        error.retry_after_ms = self.header("retry-after").and_then(status::retry_after_ms);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Request};

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let raw = http::Response {
            exchange: 3,
            status,
            headers: headers
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            body: body.as_bytes().to_vec(),
            attempts: 1,
        };
        Response::new(raw, Request::post("https://x.example/a?token=1").about())
    }

    #[test]
    fn a_status_becomes_an_error_with_the_time_to_wait() {
        let error = response(429, &[("Retry-After", "7")], "")
            .error_for_status()
            .unwrap_err();
        assert_eq!(
            (error.kind, error.retry_after_ms),
            (ErrorKind::RateLimited, Some(7000))
        );
        assert_eq!(error.message, "POST https://x.example/a answered 429");
        assert!(response(201, &[], "").error_for_status().is_ok());
    }

    #[test]
    fn a_redirect_names_its_target() {
        let moved = response(301, &[("location", "https://y.example/")], "");
        let error = moved.error_for_status().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Misconfigured);
        assert!(
            error.message.ends_with("a redirect to https://y.example/"),
            "{}",
            error.message
        );
    }

    #[test]
    fn the_body_can_say_more() {
        let refused = response(422, &[], "quantity");
        let error = refused
            .error_for_status_with(|response| (Some(response.text()), Some("bad".into())))
            .unwrap_err();
        assert_eq!(
            error.message,
            "POST https://x.example/a answered 422: quantity"
        );
        assert_eq!(error.remote_code.as_deref(), Some("bad"));
    }

    #[test]
    fn an_answer_that_does_not_fit_is_internal() {
        let error = response(200, &[], "<html>").json::<Vec<u8>>().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
    }
}
