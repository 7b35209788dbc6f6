//! A certificate that somebody kept outside, held against those of the store.

use std::path::Path;

use counterfoil_model::close::{Anchored, CertificateError};
use counterfoil_model::digest::Digest;
use serde_json::Value;

use super::VerifyError;

/// What was read from a file.
pub(super) struct Given {
    number: i64,
    billing_period: String,
    digest: Digest,
}

/// Reads what `close --show` or `close` wrote. What was edited does not fit its own digest.
pub(super) fn read(path: &Path) -> Result<Given, VerifyError> {
    let text = std::fs::read_to_string(path).map_err(|source| VerifyError::File {
        path: path.to_owned(),
        source,
    })?;
    let no_certificate = || VerifyError::NoCertificate {
        path: path.to_owned(),
    };
    let answer: Value = serde_json::from_str(&text).map_err(|_| no_certificate())?;
    let sealed = answer.get("sealed").unwrap_or(&answer);
    let certificate = sealed.get("certificate").ok_or_else(no_certificate)?;
    let of = |key: &str| certificate.get(key);
    let number = of("number").and_then(Value::as_i64);
    let period = of("billing_period").and_then(Value::as_str);
    let digest = sealed.get("digest").and_then(Value::as_str);
    let digest: Option<Digest> = digest.and_then(|digest| digest.parse().ok());
    let (Some(number), Some(period), Some(digest)) = (number, period, digest) else {
        return Err(no_certificate());
    };
    if Digest::of_json(certificate) != digest {
        return Err(VerifyError::Certificate(CertificateError::Edited {
            number,
            billing_period: period.to_owned(),
        }));
    }
    Ok(Given {
        number,
        billing_period: period.to_owned(),
        digest,
    })
}

pub(super) fn is_kept(given: &Given, kept: &[Anchored]) -> Result<(), CertificateError> {
    let Given {
        number,
        billing_period,
        digest,
    } = given;
    match kept.iter().find(|one| one.number == *number) {
        Some(one) if one.digest == *digest => Ok(()),
        Some(_) => Err(CertificateError::OtherInFile {
            number: *number,
            billing_period: billing_period.clone(),
        }),
        None => Err(CertificateError::Removed { number: *number }),
    }
}
