//! Between the vocabulary and a sink connector: deliveries out, documents back.

mod answer;

use counterfoil_host::sink::{
    Customer, Delivery as HostDelivery, DocumentKind as HostKind, Finalize, Line as HostLine,
    Remote, RemoteDocument as HostDocument, RemoteState as HostState, SinkInfo,
};
use counterfoil_host::{CallError, SinkConnection};
use counterfoil_model::counterfoil::RemoteDocument;
use counterfoil_model::digest::Digest;
use counterfoil_model::document::{Delivery, DocumentKind, Line, Reference};
use counterfoil_model::effect::{ObservedDocument, ObservedLine};
use counterfoil_model::ids::{RunId, SinkId};
use counterfoil_model::plan::{Abilities, PlannedDelivery, RemoteState};
use counterfoil_model::problem::Problem;
use thiserror::Error;

pub use self::answer::{Answer, answer};
use crate::config::SinkConfig;
use crate::connect::{ConnectError, ConnectedSink, Connectors};
use crate::receipts::Receipts;
use crate::session::Session;
use crate::terms::Versions;

/// A sink that answered what it can do.
#[derive(Debug, Clone)]
pub struct OpenSink<'a> {
    pub id: SinkId,
    pub config: &'a SinkConfig,
    pub connection: SinkConnection,
    pub abilities: Abilities,
    settings: Digest,
}

#[derive(Debug, Error)]
pub enum SinkError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("ask the sink `{name}` what it can do")]
    Call {
        name: String,
        source: Box<CallError>,
    },
    #[error("understand the abilities of the sink `{name}`: {}", listed(problems))]
    Abilities {
        name: String,
        problems: Vec<Problem>,
    },
}

impl SinkError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Connect(error) => error.hint(),
            // Whatever went wrong, this is the call that says whether it is the sink at all.
            Self::Call { source, .. } => crate::connect::call_hint(source).or_else(|| {
                Some("is it the right address? `counterfoil check --connect` tries it".to_owned())
            }),
            Self::Abilities { .. } => {
                Some("the connector contradicts itself: use another version of it".to_owned())
            }
        }
    }
}

fn listed(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

#[derive(Debug, Error)]
#[error("understand what the sink answered: {message}")]
pub struct ObservedError {
    pub message: String,
}

impl ObservedError {
    pub fn hint() -> String {
        "the sink's connector answers nonsense: use another version of it, or tell its author"
            .to_owned()
    }
}

/// Opens a sink and asks what it can do.
pub async fn open<'a>(
    session: &Session,
    connectors: &Connectors,
    id: SinkId,
    config: &'a SinkConfig,
    run: RunId,
) -> Result<OpenSink<'a>, SinkError> {
    let recorder = Receipts::recorder(session, run);
    let ConnectedSink {
        connection,
        settings,
    } = connectors.sink(config, recorder).await?;
    let info: SinkInfo = connection
        .describe()
        .await
        .map_err(|source| SinkError::Call {
            name: config.name.clone(),
            source: Box::new(source),
        })?;
    let abilities = Abilities::parse(&info.abilities).map_err(|problems| SinkError::Abilities {
        name: config.name.clone(),
        problems,
    })?;
    Ok(OpenSink {
        id,
        config,
        connection,
        abilities,
        settings,
    })
}

impl OpenSink<'_> {
    /// Of all configuration that a plan for this sink is made from: terms, and where and how it delivers.
    pub fn basis(&self, versions: &Versions) -> Digest {
        let SinkConfig {
            finalize,
            payment_terms_days,
            role,
            ..
        } = self.config;
        Digest::of_json(&(
            versions.digest(),
            self.settings,
            finalize,
            payment_terms_days,
            role,
        ))
    }

    /// Everything that stands at the sink under a reference.
    pub async fn find(&self, references: &[Reference]) -> Result<Vec<ObservedDocument>, FindError> {
        let references: Vec<String> = references
            .iter()
            .map(|reference| reference.0.clone())
            .collect();
        let found = self
            .connection
            .find(&references)
            .await
            .map_err(|source| FindError::Call(Box::new(source)))?;
        found
            .into_iter()
            .map(observed)
            .collect::<Result<_, _>>()
            .map_err(FindError::Observed)
    }
}

#[derive(Debug, Error)]
pub enum FindError {
    #[error(transparent)]
    Call(Box<CallError>),
    #[error(transparent)]
    Observed(ObservedError),
}

/// The delivery as the contract has it.
pub fn delivery(planned: &PlannedDelivery) -> HostDelivery {
    let delivery = &planned.delivery;
    let corrects = delivery
        .corrects
        .as_ref()
        .zip(planned.corrects_remote.as_ref());
    HostDelivery {
        reference: delivery.reference.0.clone(),
        slot_digest: delivery.slot.digest().to_string(),
        content_digest: planned.content_digest.to_string(),
        kind: match delivery.kind {
            DocumentKind::Invoice => HostKind::Invoice,
            DocumentKind::CreditNote => HostKind::CreditNote,
        },
        corrects: corrects.map(|(reference, remote)| (reference.0.clone(), remote.clone())),
        customer: customer(delivery),
        currency: delivery.slot.currency.to_string(),
        issue_date: delivery.issue_date.to_string(),
        due_date: delivery.due_date.map(|date| date.to_string()),
        first_day: delivery.first_day.to_string(),
        last_day: delivery.last_day.to_string(),
        lines: delivery.lines.iter().map(line).collect(),
        net: delivery.net.amount(),
        part: delivery.slot.part,
        parts: delivery.parts,
        finalize: if delivery.post {
            Finalize::Post
        } else {
            Finalize::Draft
        },
        known: planned.known.as_ref().map(remote_of),
        extras: Vec::new(),
    }
}

fn customer(delivery: &Delivery) -> Customer {
    let buyer = &delivery.buyer;
    Customer {
        account: buyer.account.to_string(),
        name: buyer.name.clone(),
        remote_id: buyer.remote_id.clone(),
        buyer_reference: buyer.reference.clone(),
        extras: Vec::new(),
    }
}

fn line(line: &Line) -> HostLine {
    HostLine {
        id: line.id.clone(),
        item: line.item.to_string(),
        description: line.description.clone(),
        quantity: line.quantity.to_string(),
        unit: line.unit.clone(),
        unit_price: line.unit_price.to_string(),
        net: line.net.amount(),
        first_day: line.first_day.to_string(),
        last_day: line.last_day.to_string(),
        tax_category: line.tax_category.clone(),
        account_code: line.account_code.clone(),
        extras: Vec::new(),
    }
}

pub fn remote_of(remote: &RemoteDocument) -> Remote {
    Remote {
        id: remote.id.clone(),
        number: remote.number.clone(),
        url: remote.url.clone(),
        version: remote.version.clone(),
    }
}

/// A document that was read back.
pub fn observed(document: HostDocument) -> Result<ObservedDocument, ObservedError> {
    let unreadable = |what: &str, text: &str| ObservedError {
        message: format!("{what} `{text}` cannot be read"),
    };
    let decimal = |what: &str, text: &str| text.parse().map_err(|_| unreadable(what, text));
    let optional =
        |what: &str, text: Option<&String>| text.map(|text| decimal(what, text)).transpose();
    let lines = document.lines.iter().map(|line| {
        Ok(ObservedLine {
            id: line.id.clone(),
            line: line.line.clone(),
            description: line.description.clone(),
            quantity: optional("the quantity", line.quantity.as_ref())?,
            unit_price: optional("the unit price", line.unit_price.as_ref())?,
            net: decimal("the net", &line.net)?,
        })
    });
    Ok(ObservedDocument {
        kind: match document.kind {
            HostKind::Invoice => DocumentKind::Invoice,
            HostKind::CreditNote => DocumentKind::CreditNote,
        },
        state: match document.state {
            HostState::Draft => RemoteState::Draft,
            HostState::Posted => RemoteState::Posted,
            HostState::Void => RemoteState::Void,
        },
        currency: document
            .currency
            .parse()
            .map_err(|_| unreadable("the currency", &document.currency))?,
        issue_date: match &document.issue_date {
            Some(text) => Some(
                text.parse()
                    .map_err(|_| unreadable("the issue date", text))?,
            ),
            None => None,
        },
        changed: match &document.changed {
            Some(text) => Some(
                text.parse()
                    .map_err(|_| unreadable("the time of change", text))?,
            ),
            None => None,
        },
        net: decimal("the net", &document.net)?,
        lines: lines.collect::<Result<_, ObservedError>>()?,
        id: document.remote.id,
        number: document.remote.number,
        url: document.remote.url,
        version: document.remote.version,
        reference: document.reference.map(Reference),
        content_digest: document.content_digest,
        customer: document.customer,
    })
}

/// An observed document as a counterfoil names it; the remote's line ids come from what was read.
pub fn remote_document(observed: &ObservedDocument) -> RemoteDocument {
    let lines = observed
        .lines
        .iter()
        .filter_map(|line| line.line.clone().map(|ours| (ours, line.id.clone())));
    RemoteDocument {
        id: observed.id.clone(),
        number: observed.number.clone(),
        url: observed.url.clone(),
        version: observed.version.clone(),
        lines: lines.collect(),
    }
}
