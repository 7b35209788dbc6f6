//! The way out for traces: posts batches to a collector that takes OTLP over HTTP. Nothing of a connector gets here.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, redirect};
use thiserror::Error;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Where the protocol has traces (OTLP 1.x, section OTLP/HTTP).
const PATH: &str = "/v1/traces";

/// A collector of traces.
#[derive(Debug)]
pub struct Collector {
    client: Client,
    url: String,
}

#[derive(Debug, Error)]
pub enum CollectorError {
    #[error("make a client for the collector of traces")]
    Client {
        #[source]
        source: reqwest::Error,
    },
    #[error("reach the collector of traces")]
    Unreached {
        #[source]
        source: reqwest::Error,
    },
    #[error("send traces: the collector answers {status}")]
    Refused { status: u16 },
}

impl Collector {
    /// `base` is its address, such as `http://127.0.0.1:4318`.
    pub fn new(base: &str) -> Result<Self, CollectorError> {
        // TLS is rustls with ring; whoever comes first says so.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .user_agent(concat!("counterfoil/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|source| CollectorError::Client { source })?;
        Ok(Self {
            client,
            url: format!("{}{PATH}", base.trim_end_matches('/')),
        })
    }

    /// Sends a batch in the protocol's JSON.
    pub async fn send(&self, batch: Vec<u8>) -> Result<(), CollectorError> {
        let posted = self
            .client
            .post(&self.url)
            .header(CONTENT_TYPE, "application/json")
            .body(batch)
            .send()
            .await;
        // The address may hold a password.
        let answer = posted.map_err(|source| CollectorError::Unreached {
            source: source.without_url(),
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        Err(CollectorError::Refused {
            status: status.as_u16(),
        })
    }
}
