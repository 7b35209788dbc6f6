//! The certificates of a pipeline as a chain of their own, each anchored in the chain of counterfoils.

use thiserror::Error;

use super::certificate::Certificate;
use crate::counterfoil::Link;
use crate::digest::Digest;
use crate::verify::Anchor;

/// A certificate as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub number: i64,
    pub billing_period: String,
    pub digest: Digest,
    /// The JSON of the certificate.
    pub body: String,
}

/// A certificate that holds in itself, and where it says that the chain of counterfoils ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchored {
    pub number: i64,
    pub billing_period: String,
    pub digest: Digest,
    pub chain: Option<Anchor>,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertificateError {
    #[error("certificate {number} of {billing_period} was edited: it does not fit its digest")]
    Edited { number: i64, billing_period: String },
    #[error("certificate {number} was removed")]
    Removed { number: i64 },
    #[error(
        "certificate {number} of {billing_period} was replaced: the one after it follows another"
    )]
    Replaced { number: i64, billing_period: String },
    #[error("certificates were cut off: {number} and all after it, up to {last}, are gone")]
    CutOff { number: i64, last: i64 },
    #[error(
        "certificate {number} of {billing_period} does not match the chain of counterfoils: {counterfoil} is another one there"
    )]
    OtherChain {
        number: i64,
        billing_period: String,
        counterfoil: i64,
    },
    #[error(
        "certificate {number} of {billing_period} does not match the chain of counterfoils: it was made over {counterfoils}, \
         and there are {found}"
    )]
    ChainShrank {
        number: i64,
        billing_period: String,
        counterfoils: i64,
        found: i64,
    },
    #[error("the certificate {number} of {billing_period} in the file is not the one that is kept")]
    OtherInFile { number: i64, billing_period: String },
}

/// Checks each certificate against its digest and the one before it, and the last one against where they are kept to end.
pub fn anchored(
    written: &[Written],
    head: Option<&Anchor>,
) -> Result<Vec<Anchored>, CertificateError> {
    let mut anchored: Vec<Anchored> = Vec::with_capacity(written.len());
    for one in written {
        let due = anchored.last().map_or(1, |last| last.number + 1);
        if one.number != due {
            return Err(CertificateError::Removed { number: due });
        }
        let edited = || CertificateError::Edited {
            number: one.number,
            billing_period: one.billing_period.clone(),
        };
        let value: serde_json::Value = serde_json::from_str(&one.body).map_err(|_| edited())?;
        if Digest::of_json(&value) != one.digest {
            return Err(edited());
        }
        let certificate: Certificate = serde_json::from_value(value).map_err(|_| edited())?;
        let own = (certificate.number, certificate.billing_period.as_str());
        if own != (one.number, one.billing_period.as_str()) {
            return Err(edited());
        }
        if certificate.previous != anchored.last().map(|last| last.digest) {
            return Err(match anchored.last() {
                Some(last) => CertificateError::Replaced {
                    number: last.number,
                    billing_period: last.billing_period.clone(),
                },
                None => edited(),
            });
        }
        anchored.push(Anchored {
            number: one.number,
            billing_period: one.billing_period.clone(),
            digest: one.digest,
            chain: certificate.chain,
        });
    }
    let last = anchored.last();
    let (count, kept) = (
        last.map_or(0, |last| last.number),
        head.map_or(0, |head| head.number),
    );
    if count < kept {
        return Err(CertificateError::CutOff {
            number: count + 1,
            last: kept,
        });
    }
    if let Some(last) = last
        && head.is_none_or(|head| head.number != last.number || head.digest != last.digest)
    {
        return Err(CertificateError::Replaced {
            number: last.number,
            billing_period: last.billing_period.clone(),
        });
    }
    Ok(anchored)
}

impl Anchored {
    /// Is this link of the chain the one that it names?
    pub fn meets(&self, link: &Link) -> Result<(), CertificateError> {
        match self.chain {
            Some(chain) if chain.number == link.number && chain.digest != link.digest => {
                Err(CertificateError::OtherChain {
                    number: self.number,
                    billing_period: self.billing_period.clone(),
                    counterfoil: link.number,
                })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Is the chain as long as it was?
    pub fn reaches(&self, links: i64) -> Result<(), CertificateError> {
        match self.chain {
            Some(chain) if chain.number > links => Err(CertificateError::ChainShrank {
                number: self.number,
                billing_period: self.billing_period.clone(),
                counterfoils: chain.number,
                found: links,
            }),
            Some(_) | None => Ok(()),
        }
    }
}
