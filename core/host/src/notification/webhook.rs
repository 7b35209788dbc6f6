//! Posts JSON to an address, signed as <https://www.standardwebhooks.com> says, and tries again a few times.

use std::time::Duration;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use reqwest::header::{HeaderValue, RETRY_AFTER};
use sha2::Sha256;
use url::Url;

use super::{NotificationError, choose_tls, told};
use crate::credential::Secret;
use crate::egress::{client, is_link_local};
use crate::grant::is_loopback;

const ATTEMPTS_MAX: u32 = 3;
const PAUSE_FIRST: Duration = Duration::from_millis(250);
/// A receiver that asks for more is tried again with the next command.
const PAUSE_MAX: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);
/// Secrets in base64 carry this mark.
const SECRET_PREFIX: &str = "whsec_";

/// Where to post, and the key by which the receiver knows us. The address is a secret, too: many services put one into it.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub url: Secret,
    pub secret: Option<Secret>,
}

/// What is posted.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// The same for every attempt, so that a receiver takes it once.
    pub id: &'a str,
    /// Seconds since 1970; a receiver refuses what is too old.
    pub timestamp: i64,
    pub json: &'a str,
}

impl Webhook {
    /// Answers when the receiver has taken it (2xx).
    pub async fn post(&self, post: Post<'_>) -> Result<(), NotificationError> {
        let url = allowed(self.url.expose())?;
        let signature = match &self.secret {
            Some(secret) => Some(signature(secret, post)?),
            None => None,
        };
        choose_tls();
        let client = client().map_err(|error| NotificationError::failed(told(&error)))?;
        for attempt in 1.. {
            let outcome = once(&client, &url, post, signature.as_ref()).await;
            let Err((reason, pause)) = outcome else {
                return Ok(());
            };
            let backoff = PAUSE_FIRST * 2_u32.pow(attempt - 1);
            let pause = pause.map(|asked| asked.max(backoff));
            match pause.filter(|pause| attempt < ATTEMPTS_MAX && *pause <= PAUSE_MAX) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(NotificationError::failed(reason)),
            }
        }
        unreachable!("the last attempt answers")
    }
}

/// One attempt; an error says after how long another one makes sense, if it does.
async fn once(
    client: &Client,
    url: &Url,
    post: Post<'_>,
    signature: Option<&HeaderValue>,
) -> Result<(), (String, Option<Duration>)> {
    let mut request = client
        .post(url.clone())
        .header("content-type", "application/json")
        .header("webhook-id", post.id)
        .header("webhook-timestamp", post.timestamp.to_string())
        .timeout(TIMEOUT)
        .body(post.json.to_owned());
    if let Some(signature) = signature {
        request = request.header("webhook-signature", signature.clone());
    }
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => {
            // A receiver that does not answer in time will hardly do so a moment later.
            let again = (!error.is_timeout()).then_some(Duration::ZERO);
            return Err((told(&error.without_url()), again));
        }
    };
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let asked = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map_or(Duration::ZERO, Duration::from_secs);
    let again = (status.as_u16() == 429 || status.is_server_error()).then_some(asked);
    Err((format!("the receiver answered {}", status.as_u16()), again))
}

fn allowed(text: &str) -> Result<Url, NotificationError> {
    let refused = |reason: &str| NotificationError::settings(reason);
    let url =
        Url::parse(text).map_err(|error| refused(&format!("its address is no URL: {error}")))?;
    let host = url
        .host()
        .ok_or_else(|| refused("its address has no host"))?;
    let literal = match host {
        url::Host::Ipv4(address) => Some(address.into()),
        url::Host::Ipv6(address) => Some(address.into()),
        url::Host::Domain(_) => None,
    };
    if literal.is_some_and(is_link_local) {
        return Err(refused(
            "its address is link-local, where clouds keep their credentials",
        ));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&host) => Ok(url),
        _ => Err(refused(
            "its address is not https; http is for this machine only",
        )),
    }
}

/// `v1,` and the HMAC-SHA256 of id, timestamp and body in base64.
fn signature(secret: &Secret, post: Post<'_>) -> Result<HeaderValue, NotificationError> {
    let text = secret.expose();
    let key = match text.strip_prefix(SECRET_PREFIX) {
        Some(encoded) => BASE64
            .decode(encoded.as_bytes())
            .map_err(|_| NotificationError::settings("its secret is no base64 after `whsec_`"))?,
        None => text.as_bytes().to_vec(),
    };
    if key.is_empty() {
        return Err(NotificationError::settings("its secret is empty"));
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key may have any length");
    mac.update(format!("{}.{}.{}", post.id, post.timestamp, post.json).as_bytes());
    let code = BASE64.encode(&mac.finalize().into_bytes());
    Ok(HeaderValue::from_str(&format!("v1,{code}")).expect("base64 is ASCII"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_standard() {
        // The example of the reference implementations of Standard Webhooks.
        let post = Post {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: 1_614_265_330,
            json: "{\"test\": 2432232314}",
        };
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        assert_eq!(
            signature(&secret, post).unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert!(signature(&Secret::new("whsec_no base64"), post).is_err());
        assert!(signature(&Secret::new(""), post).is_err());
    }

    #[test]
    fn only_encrypted_addresses_and_this_machine_are_reached() {
        for url in [
            "https://hooks.example.net/a?b=c",
            "http://127.0.0.1:9/x",
            "http://localhost/x",
        ] {
            assert!(allowed(url).is_ok(), "{url}");
        }
        for url in [
            "http://hooks.example.net/",
            "ftp://127.0.0.1/",
            "https://169.254.169.254/latest",
            "hooks.example.net",
        ] {
            assert!(allowed(url).is_err(), "{url}");
        }
    }
}
