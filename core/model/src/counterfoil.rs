//! The proving stub of a delivery, chained to the one before it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::document::Delivery;
use crate::time::Instant;

/// What was confirmed at the sink. Append-only: a changed draft gets a new counterfoil that supersedes the old one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counterfoil {
    /// From 1, without gaps, per tenant and pipeline.
    pub number: i64,
    pub action: Action,
    pub delivery: Delivery,
    pub content_digest: Digest,
    /// What the remote calls it.
    pub remote: RemoteDocument,
    /// Sealed at the remote: no draft any more.
    pub posted: bool,
    pub plan: String,
    pub confirmed: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Created,
    Updated,
    /// Found at the remote under its reference with the same content.
    Adopted,
    Voided,
    /// It was accepted as void, and a person retracted that: it counts as billed again.
    Reinstated,
}

impl Action {
    /// Was something sent with it? What a person says of a document that stands, or stood, sends nothing.
    pub fn is_sent(self) -> bool {
        match self {
            Self::Created | Self::Updated | Self::Adopted => true,
            Self::Voided | Self::Reinstated => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemoteDocument {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Our line id and the remote's id of it.
    pub lines: Vec<(String, String)>,
}

/// A link of the chain: works on digests, so that bodies may expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    pub number: i64,
    /// Of the link before; of nothing for the first one.
    pub previous: Digest,
    /// Of the counterfoil's canonical JSON.
    pub body: Digest,
    /// Of number, previous and body.
    pub digest: Digest,
}

impl Link {
    pub fn after(previous: Option<&Self>, body: Digest) -> Self {
        let (number, previous) = match previous {
            Some(link) => (link.number + 1, link.digest),
            None => (1, Digest::of_bytes(b"")),
        };
        Self {
            number,
            previous,
            body,
            digest: Self::seal(number, previous, body),
        }
    }

    fn seal(number: i64, previous: Digest, body: Digest) -> Digest {
        Digest::of_bytes(format!("counterfoil 1\n{number}\n{previous}\n{body}\n").as_bytes())
    }

    /// Does its own digest fit what it says?
    pub fn is_sealed(&self) -> bool {
        self.digest == Self::seal(self.number, self.previous, self.body)
    }
}
