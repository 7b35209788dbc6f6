//! What a status means in the contract's terms. It sees numbers only.

use crate::ErrorKind;

/// The kind of error that a status other than 2xx stands for.
///
/// A write that was answered by 500, 502 or 504 may have been applied; 503 says that it was not.
pub(super) fn kind(status: u16, writes: bool) -> ErrorKind {
    match status {
        300..=399 => ErrorKind::Misconfigured,
        401 | 403 => ErrorKind::Unauthorized,
        404 | 410 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimited,
        408 | 425 | 503 => ErrorKind::Unavailable,
        400..=499 => ErrorKind::Invalid,
        500..=599 if writes => ErrorKind::Indeterminate,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    }
}

/// `Retry-After` in its form of whole seconds. The form with a date needs a clock, which a connector does not have.
pub(super) fn retry_after_ms(value: &str) -> Option<u32> {
    value
        .trim()
        .parse::<u32>()
        .ok()
        .map(|seconds| seconds.saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_kind() {
        let cases = [
            (302, ErrorKind::Misconfigured),
            (400, ErrorKind::Invalid),
            (401, ErrorKind::Unauthorized),
            (403, ErrorKind::Unauthorized),
            (404, ErrorKind::NotFound),
            (409, ErrorKind::Conflict),
            (410, ErrorKind::NotFound),
            (413, ErrorKind::Invalid),
            (422, ErrorKind::Invalid),
            (429, ErrorKind::RateLimited),
            (503, ErrorKind::Unavailable),
            (700, ErrorKind::Internal),
        ];
        for (status, expected) in cases {
            assert_eq!(kind(status, true), expected, "{status} of a write");
            assert_eq!(kind(status, false), expected, "{status} of a read");
        }
        for status in [500, 502, 504, 520] {
            assert_eq!(
                kind(status, true),
                ErrorKind::Indeterminate,
                "{status} of a write"
            );
            assert_eq!(
                kind(status, false),
                ErrorKind::Unavailable,
                "{status} of a read"
            );
        }
    }

    #[test]
    fn a_time_to_wait_is_in_seconds() {
        assert_eq!(retry_after_ms(" 3 "), Some(3000));
        assert_eq!(retry_after_ms("4294967295"), Some(u32::MAX));
        assert_eq!(retry_after_ms("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
