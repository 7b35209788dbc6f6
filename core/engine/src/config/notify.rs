//! Who is told what, and through which mail server, as it stands in TOML.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use counterfoil_host::{MailSecurity, is_address};
use counterfoil_model::digest::Digest;
use counterfoil_model::nearest::nearest;
use counterfoil_model::problem::Problem;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::parse::extended;
use super::person::PersonConfig;

/// Tells somebody when something happens: `[[notify]]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotifyConfig {
    /// What is told.
    pub on: BTreeSet<EventKind>,
    /// Who is told, one or a list: the key of a `[person.NAME]` with an email, a mail address, or an https address that JSON
    /// is posted to. An address may be a secret: `${env:HOOK}`.
    pub to: Recipients,
    /// What the posts are signed with (HMAC-SHA256, as Standard Webhooks says): `${env:HOOK_SECRET}`.
    pub secret: Option<String>,
    /// Only of these pipelines; of all where absent.
    #[serde(default)]
    pub pipelines: Vec<String>,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// Deliveries wait for approval, or withheld endings for a decision.
    Waiting,
    /// A stage or a source failed, or a sink rejected a delivery.
    Failed,
    /// A delivery is parked until a person looked.
    Parked,
    /// A source was not listed completely for longer than `staleness_hours_max`.
    Stale,
    /// Documents were delivered.
    Sent,
    /// Planning or reconciling found something that a person has to look at.
    Found,
}

impl EventKind {
    /// As the configuration writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Parked => "parked",
            Self::Stale => "stale",
            Self::Sent => "sent",
            Self::Found => "found",
        }
    }
}

/// The mail server: `[mail]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Its name.
    pub server: String,
    /// 587, 465 or 25 where absent, as the security says.
    pub port: Option<u16>,
    /// "starttls", "tls", or "none" for a server on this machine.
    #[serde(default)]
    pub security: MailSecurity,
    /// Who the mail is from: "Counterfoil <bills@example.net>".
    pub from: String,
    /// Where the server asks for a login.
    pub username: Option<String>,
    /// Of that login: `${env:SMTP_PASSWORD}`.
    pub password: Option<String>,
}

/// One recipient or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients(pub Vec<String>);

struct RecipientsVisitor;

impl<'de> Visitor<'de> for RecipientsVisitor {
    type Value = Recipients;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a recipient or a list of recipients")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Recipients, E> {
        Ok(Recipients(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Recipients, A::Error> {
        let mut recipients = Vec::new();
        while let Some(recipient) = items.next_element()? {
            recipients.push(recipient);
        }
        Ok(Recipients(recipients))
    }
}

impl<'de> Deserialize<'de> for Recipients {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RecipientsVisitor)
    }
}

impl JsonSchema for Recipients {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Recipients".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }]
        })
    }
}

/// Checked.
#[derive(Debug, Clone, Default)]
pub struct Notify {
    pub rules: Vec<NotifyRule>,
    pub mail: Option<MailConfig>,
}

#[derive(Debug, Clone)]
pub struct NotifyRule {
    pub on: BTreeSet<EventKind>,
    pub recipients: Vec<Recipient>,
    /// As it is written.
    pub secret: Option<String>,
    pub pipelines: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// An address as it is written.
    Webhook(String),
    /// The recipient as it is written, and the address.
    Mail { written: String, address: String },
}

impl Recipient {
    /// What the store and people call it. An address may be a secret, so that of a webhook only its host is told.
    pub fn label(&self) -> String {
        match self {
            Self::Mail { written, .. } => written.clone(),
            Self::Webhook(written) if is_placeholder(written) => written.clone(),
            Self::Webhook(written) => {
                let mark = Digest::of_bytes(written.as_bytes()).short();
                match counterfoil_host::Origin::of(written) {
                    Ok(origin) => format!("{origin} ({})", &mark[..6]),
                    Err(_) => format!("webhook {}", &mark[..6]),
                }
            }
        }
    }
}

fn is_placeholder(text: &str) -> bool {
    text.starts_with("${") && text.find('}') == Some(text.len() - 1)
}

impl Notify {
    /// The recipients of an event of a pipeline, each once.
    pub fn recipients(&self, pipeline: &str, kind: EventKind) -> Vec<&Recipient> {
        let mut recipients: Vec<&Recipient> = Vec::new();
        for rule in &self.rules {
            let is_of =
                rule.pipelines.is_empty() || rule.pipelines.iter().any(|one| one == pipeline);
            if is_of && rule.on.contains(&kind) {
                for recipient in &rule.recipients {
                    if !recipients.contains(&recipient) {
                        recipients.push(recipient);
                    }
                }
            }
        }
        recipients
    }

    /// Is anything of a pipeline told to anybody?
    pub fn concerns(&self, pipeline: &str) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| {
            rule.pipelines.is_empty() || rule.pipelines.iter().any(|one| one == pipeline)
        })
    }

    /// A recipient by its label, with the secret that its posts are signed with.
    pub fn recipient(&self, label: &str) -> Option<(&Recipient, Option<&str>)> {
        self.rules.iter().find_map(|rule| {
            let mut recipients = rule.recipients.iter();
            let found = recipients.find(|recipient| recipient.label() == label)?;
            Some((found, rule.secret.as_deref()))
        })
    }

    /// Reports every mistake of the tables.
    pub(super) fn resolve(
        written: Vec<(Vec<String>, NotifyConfig)>,
        mail: Option<MailConfig>,
        people: &BTreeMap<String, PersonConfig>,
        pipelines: &[&str],
        problems: &mut Vec<Problem>,
    ) -> Self {
        if let Some(mail) = &mail {
            check_mail(mail, problems);
        }
        let mut rules = Vec::new();
        for (path, config) in written {
            let known = Known {
                people,
                has_mail: mail.is_some(),
            };
            rules.push(known.rule(&path, config, pipelines, problems));
        }
        Self { rules, mail }
    }
}

fn check_mail(mail: &MailConfig, problems: &mut Vec<Problem>) {
    let at = |key: &str| vec!["mail".to_owned(), key.to_owned()];
    if !is_address(&mail.from) {
        let message = format!("`{}` is no mail address", mail.from);
        problems.push(
            Problem::new(at("from"), message)
                .with_hint("such as \"Counterfoil <bills@example.net>\""),
        );
    }
    if mail.username.is_some() != mail.password.is_some() {
        let message = "a mail server that asks for a login needs `username` and `password`";
        problems.push(Problem::new(at("username"), message));
    }
}

struct Known<'a> {
    people: &'a BTreeMap<String, PersonConfig>,
    has_mail: bool,
}

impl Known<'_> {
    fn rule(
        &self,
        path: &[String],
        config: NotifyConfig,
        pipelines: &[&str],
        problems: &mut Vec<Problem>,
    ) -> NotifyRule {
        if config.on.is_empty() || config.to.0.is_empty() {
            let message = "a notification needs something that is told, and somebody";
            problems.push(
                Problem::new(path.to_vec(), message)
                    .with_hint("on = [\"waiting\", \"failed\"]\n  to = \"anna\""),
            );
        }
        for name in &config.pipelines {
            if !pipelines.contains(&name.as_str()) {
                let problem = Problem::new(
                    extended(path, "pipelines"),
                    format!("there is no pipeline `{name}`"),
                );
                problems.push(match nearest(name, pipelines) {
                    Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
                    None => problem.with_hint(format!("there are: {}", pipelines.join(", "))),
                });
            }
        }
        let mut recipients = Vec::new();
        for written in &config.to.0 {
            match self.recipient(written) {
                Ok(recipient) => recipients.push(recipient),
                Err((message, hint)) => {
                    problems.push(Problem::new(extended(path, "to"), message).with_hint(hint));
                }
            }
        }
        NotifyRule {
            on: config.on,
            recipients,
            secret: config.secret,
            pipelines: config.pipelines,
        }
    }

    fn recipient(&self, written: &str) -> Result<Recipient, (String, String)> {
        let no_server = || {
            let hint = "[mail]\n  server = \"smtp.example.net\"\n  from = \"bills@example.net\"";
            (
                format!("`{written}` is told by mail, and there is no table [mail]"),
                hint.to_owned(),
            )
        };
        if written.starts_with("https://") || is_placeholder(written) {
            return Ok(Recipient::Webhook(written.to_owned()));
        }
        if written.starts_with("http://") {
            let host = written.trim_start_matches("http://");
            let is_here = ["127.0.0.1", "localhost", "[::1]"]
                .iter()
                .any(|here| host.starts_with(here));
            if is_here {
                return Ok(Recipient::Webhook(written.to_owned()));
            }
            let hint = "use https; http is for this machine only".to_owned();
            return Err(("a webhook that is not encrypted".to_owned(), hint));
        }
        let mail = |address: &str| Recipient::Mail {
            written: written.to_owned(),
            address: address.to_owned(),
        };
        if let Some(person) = self.people.get(written) {
            return match &person.email {
                Some(address) if is_address(address) && self.has_mail => Ok(mail(address)),
                Some(address) if is_address(address) => Err(no_server()),
                Some(address) => Err((
                    format!("the email of `{written}` is no address: {address}"),
                    "such as anna@example.net".to_owned(),
                )),
                None => Err((
                    format!("`{written}` has no email"),
                    format!("add `email` to [person.{written}]"),
                )),
            };
        }
        if written.contains('@') && is_address(written) {
            return if self.has_mail {
                Ok(mail(written))
            } else {
                Err(no_server())
            };
        }
        let names: Vec<&str> = self.people.keys().map(String::as_str).collect();
        let hint = match nearest(written, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the key of a [person.NAME], a mail address or an https address".to_owned(),
        };
        Err((format!("`{written}` is nobody who can be told"), hint))
    }
}
