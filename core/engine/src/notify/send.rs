//! One attempt to bring a notification to its recipient, and when the next one is.

use counterfoil_host::{Mail, MailServer, NotificationError, Post, Secret, Webhook};
use counterfoil_model::time::Instant;
use counterfoil_store::{Attempt, Notification, NotificationState, StoreError};
use thiserror::Error;

use super::NotifyFailure;
use super::event::{id, text};
use crate::config::{MailConfig, Recipient, SecretError, expand};
use crate::session::Session;

/// After so many attempts it is given up: with the pauses below that is two days and a half.
const ATTEMPTS_MAX: u32 = 16;
const PAUSE_FIRST_SECS: i64 = 60;
const PAUSE_MAX_SECS: i64 = 6 * 3600;
/// Longer than an attempt can take. A process that dies meanwhile leaves it due after that.
const CLAIM_SECS: i64 = 180;

pub(super) enum Sent {
    Delivered,
    /// Another process has it.
    Taken,
}

#[derive(Debug, Error)]
enum AttemptError {
    #[error("it is configured no more")]
    NoRecipient,
    #[error("there is no table [mail] any more")]
    NoMail,
    #[error("read a secret of the notification's settings")]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Host(#[from] NotificationError),
}

/// Sends one, and keeps how that went.
pub(super) async fn attempt(
    session: &Session,
    notification: &Notification,
) -> Result<Sent, NotifyFailure> {
    let failure = |message: String, next| NotifyFailure {
        recipient: notification.recipient.clone(),
        subject: notification.body["subject"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        message,
        next,
    };
    let kept = |error: StoreError| failure(crate::chain(&error), None);
    let claim = later(session.clock(), CLAIM_SECS);
    let claimed = session.store.claim_notification(notification, claim).await;
    if !claimed.map_err(kept)? {
        return Ok(Sent::Taken);
    }
    let sent = send(session, notification).await;
    let now = session.clock();
    let (state, next, message) = match &sent {
        Ok(()) => (NotificationState::Delivered, now, None),
        Err(error) => {
            let message = Some(crate::chain(error));
            let attempts = notification.attempts + 1;
            if matches!(error, AttemptError::NoRecipient) || attempts >= ATTEMPTS_MAX {
                (NotificationState::GivenUp, now, message)
            } else {
                let next = later(now, pause_secs(attempts));
                (NotificationState::Pending, next, message)
            }
        }
    };
    let attempt = Attempt {
        state,
        next,
        message: message.clone(),
        now,
    };
    let ended = session.store.end_attempt(notification.id, &attempt).await;
    ended.map_err(kept)?;
    match message {
        None => Ok(Sent::Delivered),
        Some(message) => Err(failure(
            message,
            (state == NotificationState::Pending).then_some(next),
        )),
    }
}

async fn send(session: &Session, notification: &Notification) -> Result<(), AttemptError> {
    let config = &session.config;
    let (recipient, secret) = config
        .notify
        .recipient(&notification.recipient)
        .ok_or(AttemptError::NoRecipient)?;
    let id = id(notification.event);
    match recipient {
        Recipient::Webhook(address) => {
            let secret = secret
                .map(|secret| expand(secret, &config.folder))
                .transpose()?;
            let webhook = Webhook {
                url: Secret::new(expand(address, &config.folder)?),
                secret: secret.map(Secret::new),
            };
            let post = Post {
                id: &id,
                timestamp: session.clock().seconds(),
                json: &notification.body.to_string(),
            };
            webhook.post(post).await?;
        }
        Recipient::Mail { address, .. } => {
            let mail = config.notify.mail.as_ref().ok_or(AttemptError::NoMail)?;
            let subject = notification.body["subject"].as_str().unwrap_or_default();
            let sending = Mail {
                from: &mail.from,
                to: address,
                subject,
                text: &text(&notification.body),
                id: &id,
            };
            server(session, mail)?.send(sending).await?;
        }
    }
    Ok(())
}

fn server(session: &Session, mail: &MailConfig) -> Result<MailServer, SecretError> {
    let expanded = |text: &str| expand(text, &session.config.folder);
    let login = match (&mail.username, &mail.password) {
        (Some(username), Some(password)) => {
            Some((expanded(username)?, Secret::new(expanded(password)?)))
        }
        (_, _) => None,
    };
    Ok(MailServer {
        host: expanded(&mail.server)?,
        port: mail.port,
        security: mail.security,
        login,
    })
}

/// A minute, two, four, and at most six hours.
fn pause_secs(attempts: u32) -> i64 {
    let doubled = 2_i64.checked_pow(attempts.saturating_sub(1));
    doubled
        .and_then(|times| PAUSE_FIRST_SECS.checked_mul(times))
        .map_or(PAUSE_MAX_SECS, |pause| pause.min(PAUSE_MAX_SECS))
}

fn later(now: Instant, secs: i64) -> Instant {
    Instant::from_seconds(now.seconds().saturating_add(secs)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_six_hours() {
        let pauses: Vec<i64> = [1, 2, 3, 9, 10, 40].into_iter().map(pause_secs).collect();
        assert_eq!(pauses, [60, 120, 240, 15_360, 21_600, 21_600]);
        let whole: i64 = (1..ATTEMPTS_MAX).map(pause_secs).sum();
        assert_eq!(whole / 3600, 44, "hours until it is given up");
    }
}
