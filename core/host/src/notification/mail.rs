//! Sends mail over SMTP: encrypted, or in the clear to this machine.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NotificationError, choose_tls, told};
use crate::credential::Secret;
use crate::grant::is_loopback;

const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
const WHOLE_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MailSecurity {
    /// In the clear first, then encrypted or not at all; port 587.
    #[default]
    Starttls,
    /// Encrypted from the first byte; port 465.
    Tls,
    /// In the clear; to this machine only; port 25.
    None,
}

/// The server that takes our mail.
#[derive(Debug, Clone)]
pub struct MailServer {
    pub host: String,
    /// What the security says where absent.
    pub port: Option<u16>,
    pub security: MailSecurity,
    pub login: Option<(String, Secret)>,
}

/// One mail to one address.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    /// Becomes the message's id, the same for every attempt.
    pub id: &'a str,
}

impl MailServer {
    /// Answers when the server has taken it.
    pub async fn send(&self, mail: Mail<'_>) -> Result<(), NotificationError> {
        let message = message(mail)?;
        let sending = self.transport()?;
        match tokio::time::timeout(WHOLE_TIMEOUT, sending.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(NotificationError::failed(told(&error))),
            Err(_) => Err(NotificationError::failed(
                "the mail server did not answer in time",
            )),
        }
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, NotificationError> {
        choose_tls();
        let parameters = || {
            TlsParameters::new(self.host.clone())
                .map_err(|error| NotificationError::settings(told(&error)))
        };
        let (tls, port) = match self.security {
            MailSecurity::Starttls => (Tls::Required(parameters()?), 587),
            MailSecurity::Tls => (Tls::Wrapper(parameters()?), 465),
            MailSecurity::None if self.is_this_machine() => (Tls::None, 25),
            MailSecurity::None => {
                return Err(NotificationError::settings(
                    "security = \"none\" is for a mail server on this machine",
                ));
            }
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port.unwrap_or(port))
            .tls(tls)
            .timeout(Some(COMMAND_TIMEOUT));
        if let Some((username, password)) = &self.login {
            let password = password.expose().to_owned();
            builder = builder.credentials(Credentials::new(username.clone(), password));
        }
        Ok(builder.build())
    }

    fn is_this_machine(&self) -> bool {
        url::Host::parse(&self.host).is_ok_and(|host| match &host {
            url::Host::Domain(name) => is_loopback(&url::Host::Domain(name.as_str())),
            url::Host::Ipv4(address) => address.is_loopback(),
            url::Host::Ipv6(address) => address.is_loopback(),
        })
    }
}

/// Whether a text is an address that mail can be sent to or from: `ops@example.net`, `Ops <ops@example.net>`.
pub fn is_address(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

fn message(mail: Mail<'_>) -> Result<Message, NotificationError> {
    let mailbox = |text: &str| {
        text.parse::<Mailbox>().map_err(|error| {
            NotificationError::settings(format!("`{text}` is no address: {error}"))
        })
    };
    let from = mailbox(mail.from)?;
    let domain = from.email.domain().to_owned();
    let built = Message::builder()
        .from(from)
        .to(mailbox(mail.to)?)
        .subject(mail.subject)
        .message_id(Some(format!("<{}@{domain}>", mail.id)))
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.to_owned());
    built.map_err(|error| NotificationError::settings(told(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail<'a>(to: &'a str, subject: &'a str) -> Mail<'a> {
        Mail {
            from: "Counterfoil <bills@example.net>",
            to,
            subject,
            text: "Två konton väntar.",
            id: "abc",
        }
    }

    #[test]
    fn a_message_has_its_id_and_no_line_of_its_subject_becomes_a_header() {
        let sent = message(mail("ops@example.net", "waits\r\nBcc: all@example.net")).unwrap();
        let text = String::from_utf8(sent.formatted()).unwrap();
        assert!(text.contains("Message-ID: <abc@example.net>"), "{text}");
        assert!(!text.contains("\nBcc:"), "{text}");
        assert!(message(mail("no address", "x")).is_err());
        assert!(!is_address("ops") && is_address("Ops <ops@example.net>"));
    }

    #[test]
    fn nothing_goes_in_the_clear_to_another_machine() {
        let server = |host: &str, security| MailServer {
            host: host.to_owned(),
            port: None,
            security,
            login: None,
        };
        assert!(
            server("mail.example.net", MailSecurity::None)
                .transport()
                .is_err()
        );
        assert!(server("127.0.0.1", MailSecurity::None).transport().is_ok());
        assert!(server("localhost", MailSecurity::None).transport().is_ok());
        assert!(
            server("mail.example.net", MailSecurity::Starttls)
                .transport()
                .is_ok()
        );
    }
}
