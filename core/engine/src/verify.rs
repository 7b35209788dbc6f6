//! Walks a pipeline's chain of counterfoils.

use counterfoil_model::ids::PipelineId;
use counterfoil_model::verify::{Anchor, ChainError, Verified, Walk};
use counterfoil_store::{Store, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;

use crate::progress::Progress;
use crate::session::{Session, Wired};

/// Links that are read at once.
const CHUNK: i64 = 1_000;

#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifyReport {
    pub pipeline: String,
    pub verified: Verified,
    /// To be kept outside.
    pub head: Option<String>,
}

#[derive(Debug, Error)]
pub enum VerifyError {
    #[error("the chain of counterfoils is broken: {source}")]
    Broken { source: ChainError },
    #[error("`{text}` is no head; expected NUMBER:DIGEST as `apply` prints it")]
    Anchor { text: String },
    #[error("read the chain")]
    Store { source: StoreError },
}

impl VerifyError {
    /// Is it the command line that is wrong?
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Anchor { .. })
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Broken { .. } => Some(
                "keep the database as it is, restore the last good copy beside it, and compare what differs".to_owned(),
            ),
            Self::Anchor { .. } => Some(
                "a number, a colon and 64 hexadecimal digits, such as the `1:9f2c…` behind \"the chain of counterfoils ends at\" of an earlier `apply`"
                    .to_owned(),
            ),
            Self::Store { .. } => None,
        }
    }
}

/// The first thing that is wrong, or how much holds.
pub async fn verify(
    session: &Session,
    wired: &Wired<'_>,
    head: Option<&str>,
    progress: &dyn Progress,
) -> Result<VerifyReport, VerifyError> {
    let anchor = head.map(anchor).transpose()?;
    let (verified, head) = walk(&session.store, wired.id, anchor, progress).await?;
    Ok(VerifyReport {
        pipeline: wired.pipeline.name.clone(),
        verified,
        head,
    })
}

/// Walks a pipeline's chain in a store; answers how much holds, and the head as it is kept.
pub(crate) async fn walk(
    store: &Store,
    pipeline: PipelineId,
    anchor: Option<Anchor>,
    progress: &dyn Progress,
) -> Result<(Verified, Option<String>), VerifyError> {
    let store_error = |source| VerifyError::Store { source };
    let head = store.chain_head(pipeline).await.map_err(store_error)?;
    let links = head.map_or(0, |head| head.number);
    progress.begin("counterfoils", u64::try_from(links).ok());
    let mut walk = Walk::with_anchors(anchor);
    let mut after = 0;
    loop {
        let records = store
            .chain(pipeline, after, CHUNK)
            .await
            .map_err(store_error)?;
        let Some((last, _)) = records.last() else {
            break;
        };
        after = last.number;
        for (link, body) in &records {
            walk.step(link, body.as_deref())
                .map_err(|source| VerifyError::Broken { source })?;
        }
        progress.advance(records.len() as u64);
    }
    progress.end();
    // It is asked for again: the chain may have grown meanwhile.
    let kept = store.chain_head(pipeline).await.map_err(store_error)?;
    let kept = kept.as_ref().map(Anchor::from);
    let verified = walk
        .finish(kept.as_ref())
        .map_err(|source| VerifyError::Broken { source })?;
    let head = kept.map(|head| format!("{}:{}", head.number, head.digest));
    Ok((verified, head))
}

fn anchor(text: &str) -> Result<Anchor, VerifyError> {
    let unreadable = || VerifyError::Anchor {
        text: text.to_owned(),
    };
    let (number, digest) = text.split_once(':').ok_or_else(unreadable)?;
    let number = number.parse().map_err(|_| unreadable())?;
    let digest = digest.parse().map_err(|_| unreadable())?;
    Ok(Anchor { number, digest })
}
