//! Where requests go: to the network, or to a recording. The only user of reqwest's client.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, redirect};

use super::policy::is_link_local;
use super::prepare::Prepared;
use crate::cassette::{Cassette, RecordedAnswer, RecordedExchange};
use crate::credential::Placement;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Shorter than most servers keep a connection, so that we seldom write into one that they are closing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(crate) enum Transport {
    Network(Client),
    Replay(Replay),
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// No whole answer, and whether the request may have arrived.
#[derive(Debug)]
pub(super) enum Unreceived {
    NotSent(String),
    Interrupted(String),
}

impl Transport {
    pub(crate) fn is_live(&self) -> bool {
        matches!(self, Self::Network(_))
    }

    pub(super) async fn send(
        &self,
        prepared: &Prepared,
        body_bytes_max: usize,
    ) -> Result<Received, Unreceived> {
        match self {
            Self::Network(client) => over_network(client, prepared, body_bytes_max).await,
            Self::Replay(replay) => replay.answer(prepared),
        }
    }
}

/// A client that follows nothing, repeats nothing and asks no proxy.
pub(crate) fn client() -> reqwest::Result<Client> {
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .dns_resolver(Resolver)
        .user_agent(concat!("counterfoil/", env!("CARGO_PKG_VERSION")))
        .build()
}

async fn over_network(
    client: &Client,
    prepared: &Prepared,
    body_bytes_max: usize,
) -> Result<Received, Unreceived> {
    let request = with_credential(client, prepared)?;
    let mut response = client
        .execute(request)
        .await
        .map_err(|error| classify(&error))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > body_bytes_max {
            // Not "denied": the remote has done what it was asked to do, whatever the length of its answer.
            let reason =
                format!("the answer is longer than http.body_bytes_max = {body_bytes_max}");
            return Err(Unreceived::Interrupted(reason));
        }
    }
    Ok(Received {
        status,
        headers,
        body: body.freeze(),
    })
}

fn with_credential(client: &Client, prepared: &Prepared) -> Result<reqwest::Request, Unreceived> {
    let (mut url, mut headers) = (prepared.url.clone(), prepared.headers.clone());
    match &prepared.credential {
        None => {}
        Some((_, Placement::Query { parameter, value })) => {
            url.query_pairs_mut().append_pair(parameter, value.expose());
        }
        Some((
            name,
            Placement::Header {
                name: header,
                value,
            },
        )) => {
            let refused = |what| Unreceived::NotSent(format!("the credential {name} has {what}"));
            let header = HeaderName::from_bytes(header.as_bytes())
                .map_err(|_| refused("no header's name"))?;
            let mut value = HeaderValue::from_str(value.expose())
                .map_err(|_| refused("characters that a header may not have"))?;
            value.set_sensitive(true);
            headers.insert(header, value);
        }
    }
    let built = client
        .request(prepared.method.clone(), url)
        .headers(headers)
        .body(prepared.body.clone())
        .timeout(prepared.timeout)
        .build();
    built.map_err(|error| Unreceived::NotSent(chain(&error.without_url())))
}

/// A connection that was not made carried nothing; anything later may have arrived.
fn classify(error: &reqwest::Error) -> Unreceived {
    // The URL may hold a credential, and the chain below it does not repeat it.
    let reason = chain_below(error);
    if error.is_connect() || error.is_builder() {
        Unreceived::NotSent(reason)
    } else if error.is_timeout() {
        Unreceived::Interrupted(format!("no answer in time: {reason}"))
    } else {
        Unreceived::Interrupted(reason)
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn chain_below(error: &reqwest::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => chain(source),
        None => "the exchange failed".to_owned(),
    }
}

/// The system's resolver, without the addresses that are refused: a name must not lead where its address may not.
#[derive(Debug)]
struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| !is_link_local(address.ip()))
                .collect();
            if allowed.is_empty() {
                let error = io::Error::new(
                    io::ErrorKind::NotFound,
                    "the name has no address that may be reached",
                );
                return Err(error.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// A recording that answers in place of the network: each exchange once, in the order of its likes.
#[derive(Debug)]
pub(crate) struct Replay {
    left: Mutex<Vec<RecordedExchange>>,
}

impl Replay {
    pub(crate) fn new(cassette: Cassette) -> Self {
        Self {
            left: Mutex::new(cassette.exchanges),
        }
    }

    fn answer(&self, prepared: &Prepared) -> Result<Received, Unreceived> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let like = |exchange: &RecordedExchange| {
            exchange.method == prepared.method.as_str()
                && exchange.url == prepared.url.as_str()
                && exchange.body_digest == prepared.body_digest
        };
        let Some(position) = left.iter().position(like) else {
            let (method, url) = (&prepared.method, &prepared.url);
            return Err(Unreceived::NotSent(format!(
                "the recording holds no further {method} {url} with this body"
            )));
        };
        match left.remove(position).answer {
            RecordedAnswer::Answered {
                status,
                headers,
                body,
            } => {
                let pair = |(name, value): (String, String)| {
                    Some((
                        name.parse::<HeaderName>().ok()?,
                        value.parse::<HeaderValue>().ok()?,
                    ))
                };
                let headers = headers.into_iter().filter_map(pair).collect();
                Ok(Received {
                    status,
                    headers,
                    body: Bytes::from(body),
                })
            }
            RecordedAnswer::NotSent { reason } => Err(Unreceived::NotSent(reason)),
            RecordedAnswer::Interrupted { reason } => Err(Unreceived::Interrupted(reason)),
        }
    }
}
