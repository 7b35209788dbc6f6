//! Walks a pipeline's chain of counterfoils, and holds its certificates against it.

mod certificates;

use std::path::{Path, PathBuf};

use counterfoil_model::close::{Anchored, CertificateError, anchored};
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
    /// How many certificates of closed periods hold.
    pub certificates: usize,
    /// Where they end, to be kept outside.
    pub last_certificate: Option<String>,
}

/// What someone kept outside.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outside<'a> {
    /// The number and digest of a counterfoil.
    pub head: Option<&'a str>,
    /// A certificate that was exported.
    pub certificate: Option<&'a Path>,
}

#[derive(Debug, Error)]
pub enum VerifyError {
    #[error("the chain of counterfoils is broken: {source}")]
    Broken { source: ChainError },
    #[error("`{text}` is no head; expected NUMBER:DIGEST as `apply` prints it")]
    Anchor { text: String },
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("read the certificate {path}", path = path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path} holds no certificate", path = path.display())]
    NoCertificate { path: PathBuf },
    #[error("read the chain")]
    Store { source: StoreError },
}

impl VerifyError {
    /// Is it the command line that is wrong?
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Anchor { .. } | Self::File { .. } | Self::NoCertificate { .. }
        )
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Broken { .. } | Self::Certificate(_) => Some(
                "keep the database as it is, restore the last good copy beside it, and compare what differs".to_owned(),
            ),
            Self::Anchor { .. } => Some(
                "a number, a colon and 64 hexadecimal digits, such as the `1:9f2c…` behind \"the chain of counterfoils ends at\" of an earlier `apply`"
                    .to_owned(),
            ),
            Self::NoCertificate { .. } | Self::File { .. } => Some(
                "a file that `counterfoil close --show --output FILE.json` wrote".to_owned(),
            ),
            Self::Store { .. } => None,
        }
    }
}

/// The first thing that is wrong, or how much holds.
pub async fn verify(
    session: &Session,
    wired: &Wired<'_>,
    outside: Outside<'_>,
    progress: &dyn Progress,
) -> Result<VerifyReport, VerifyError> {
    let anchor = outside.head.map(anchor).transpose()?;
    let given = outside.certificate.map(certificates::read).transpose()?;
    let walked = walk(&session.store, wired.id, anchor, progress).await?;
    if let Some(given) = given {
        certificates::is_kept(&given, &walked.certificates)?;
    }
    let last = walked.certificates.last();
    Ok(VerifyReport {
        pipeline: wired.pipeline.name.clone(),
        verified: walked.verified,
        head: walked.head,
        certificates: walked.certificates.len(),
        last_certificate: last.map(|last| format!("{}:{}", last.number, last.digest)),
    })
}

/// What holds.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) verified: Verified,
    /// The head as it is kept.
    pub(crate) head: Option<String>,
    pub(crate) certificates: Vec<Anchored>,
}

/// Walks a pipeline's chain in a store, and its certificates beside it.
pub(crate) async fn walk(
    store: &Store,
    pipeline: PipelineId,
    anchor: Option<Anchor>,
    progress: &dyn Progress,
) -> Result<Walked, VerifyError> {
    let store_error = |source| VerifyError::Store { source };
    let (written, end) = store.certificates(pipeline).await.map_err(store_error)?;
    let head = store.chain_head(pipeline).await.map_err(store_error)?;
    let links = head.map_or(0, |head| head.number);
    progress.begin("counterfoils", u64::try_from(links).ok());
    let certificates = anchored(&written, end.as_ref());
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
            for certificate in certificates.iter().flatten() {
                certificate.meets(link)?;
            }
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
    // What is wrong with a certificate is told after what is wrong with the chain that it stands on.
    let certificates = certificates?;
    for certificate in &certificates {
        certificate.reaches(verified.links)?;
    }
    Ok(Walked {
        verified,
        head: kept.map(|head| format!("{}:{}", head.number, head.digest)),
        certificates,
    })
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
