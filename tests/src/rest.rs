//! JSON over HTTP as tests ask servers: one question, one answer, and anything but success is an error.

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::Value;

use crate::practice::{block_on, client};

/// A server, and who asks it.
#[derive(Debug, Clone)]
pub struct Rest {
    pub url: String,
    /// The whole value of the header, such as `Bearer …`.
    pub authorization: String,
}

impl Rest {
    pub fn new(url: &str, authorization: String) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            authorization,
        }
    }

    pub fn get(&self, path: &str) -> Result<Value> {
        self.ask(Method::GET, path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask(Method::POST, path, Some(body))
    }

    pub fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask(Method::PATCH, path, Some(body))
    }

    pub fn delete(&self, path: &str, body: Option<&Value>) -> Result<Value> {
        self.ask(Method::DELETE, path, body)
    }

    /// An answer without a body is null.
    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = format!("{}{path}", self.url);
        block_on(async {
            let mut request = client()
                .request(method, &url)
                .header("authorization", &self.authorization);
            if let Some(body) = body {
                request = request
                    .header("content-type", "application/json")
                    .body(body.to_string());
            }
            let response = request
                .send()
                .await
                .with_context(|| format!("asking {url}"))?;
            let status = response.status();
            let text = response.text().await?;
            if !status.is_success() {
                bail!("{url} answered {status}: {text}");
            }
            if text.is_empty() {
                return Ok(Value::Null);
            }
            serde_json::from_str(&text).with_context(|| format!("reading {text}"))
        })
    }
}
