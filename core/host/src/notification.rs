//! The way out for notifications to people: webhooks and mail. No connector gets here, and nothing is recorded: whoever calls
//! keeps what is to be sent until it arrived.

mod mail;
mod webhook;

use thiserror::Error;

pub use mail::{Mail, MailSecurity, MailServer, is_address};
pub use webhook::{Post, Webhook};

/// Why it did not arrive. No text of it holds a secret or an address.
#[derive(Debug, Error)]
pub enum NotificationError {
    #[error("{reason}")]
    Settings { reason: String },
    /// The other side may take it the next time.
    #[error("{reason}")]
    Failed { reason: String },
}

impl NotificationError {
    fn settings(reason: impl Into<String>) -> Self {
        Self::Settings {
            reason: reason.into(),
        }
    }

    fn failed(reason: impl Into<String>) -> Self {
        Self::Failed {
            reason: reason.into(),
        }
    }
}

/// TLS is rustls with ring; whoever comes first says so.
fn choose_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The whole chain of an error.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
