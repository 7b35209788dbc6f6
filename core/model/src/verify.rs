//! Verify: walks the chain of counterfoils and names the first record that was edited, removed or cut off.
//!
//! Must not know where the chain is kept. Bodies may have expired: the links hold without them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::counterfoil::Link;
use crate::digest::Digest;

#[cfg(test)]
mod tests;

/// Where the chain stood at some time. Kept outside, it catches a chain that was written anew as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Anchor {
    /// How many counterfoils there were: the number of the last one.
    pub number: i64,
    pub digest: Digest,
}

impl From<&Link> for Anchor {
    fn from(link: &Link) -> Self {
        Self {
            number: link.number,
            digest: link.digest,
        }
    }
}

/// A chain that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    pub links: i64,
    pub bodies: i64,
    /// Links whose body has expired.
    pub without_body: i64,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainError {
    #[error("counterfoil {number} was edited: its body does not fit its link")]
    BodyEdited { number: i64 },
    #[error("counterfoil {number} was edited: its link does not fit its seal")]
    LinkEdited { number: i64 },
    #[error("counterfoil {number} was replaced: the one after it follows another")]
    Replaced { number: i64 },
    #[error("counterfoil {number} was removed")]
    Removed { number: i64 },
    #[error("counterfoil {number} is there twice, or out of order")]
    OutOfOrder { number: i64 },
    #[error("the chain was cut off: counterfoil {number} and all after it, up to {last}, are gone")]
    CutOff { number: i64, last: i64 },
    #[error("counterfoil {number} was added behind the head of the chain")]
    Added { number: i64 },
    #[error("the chain was written anew: counterfoil {number} is not the one that was anchored")]
    NotAnchored { number: i64 },
}

/// Walks link by link, so that a long chain need not be in memory.
#[derive(Debug, Default)]
pub struct Walk {
    last: Option<Link>,
    anchors: Vec<Anchor>,
    verified: Verified,
}

impl Walk {
    /// Anchors from outside: of close certificates, or what an auditor wrote down.
    pub fn with_anchors(anchors: impl IntoIterator<Item = Anchor>) -> Self {
        Self {
            anchors: anchors.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The next link in the order of numbers, and the JSON text of its body unless it has expired.
    pub fn step(&mut self, link: &Link, body: Option<&str>) -> Result<(), ChainError> {
        let number = link.number;
        let due = self.last.map_or(1, |last| last.number + 1);
        if number > due {
            return Err(ChainError::Removed { number: due });
        }
        if number < due {
            return Err(ChainError::OutOfOrder { number });
        }
        if !link.is_sealed() {
            return Err(ChainError::LinkEdited { number });
        }
        if let Some(body) = body
            && digest_of_text(body) != Some(link.body)
        {
            return Err(ChainError::BodyEdited { number });
        }
        if *link != Link::after(self.last.as_ref(), link.body) {
            let number = self.last.map_or(number, |last| last.number);
            return Err(ChainError::Replaced { number });
        }
        let anchored = self.anchors.iter().find(|anchor| anchor.number == number);
        if anchored.is_some_and(|anchor| anchor.digest != link.digest) {
            return Err(ChainError::NotAnchored { number });
        }
        self.last = Some(*link);
        self.verified.links += 1;
        match body {
            Some(_) => self.verified.bodies += 1,
            None => self.verified.without_body += 1,
        }
        Ok(())
    }

    /// After the last link: does the chain end where its head says, and reach every anchor?
    pub fn finish(self, head: Option<&Anchor>) -> Result<Verified, ChainError> {
        let count = self.verified.links;
        let reached = |anchor: &Anchor| anchor.number <= count;
        let beyond = head.into_iter().chain(&self.anchors);
        if let Some(last) = beyond
            .filter(|anchor| !reached(anchor))
            .map(|anchor| anchor.number)
            .max()
        {
            let number = count + 1;
            return Err(ChainError::CutOff { number, last });
        }
        let head_number = head.map_or(0, |head| head.number);
        if count > head_number {
            return Err(ChainError::Added {
                number: head_number + 1,
            });
        }
        match (head, self.last) {
            (Some(head), Some(last)) if head.digest != last.digest => Err(ChainError::Replaced {
                number: last.number,
            }),
            _ => Ok(self.verified),
        }
    }
}

/// Walks a chain that is in memory.
pub fn verify<'a>(
    records: impl IntoIterator<Item = (&'a Link, Option<&'a str>)>,
    head: Option<&Anchor>,
    anchors: &[Anchor],
) -> Result<Verified, ChainError> {
    let mut walk = Walk::with_anchors(anchors.iter().copied());
    for (link, body) in records {
        walk.step(link, body)?;
    }
    walk.finish(head)
}

/// Of the canonical form, so that white space and the order of keys do not matter, and every other byte does.
fn digest_of_text(text: &str) -> Option<Digest> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(Digest::of_json(&value))
}
