//! Takes secrets out of whatever a remote sends back. It does not know where they are sent.

use bytes::Bytes;

use crate::credential::Secret;

const MASK: &str = "[redacted]";
/// A shorter secret would be found in innocent text, and the text spoilt.
const SECRET_BYTES_MIN: usize = 8;

/// The secrets of one connection, longest first so that a part of one does not hide the rest of it.
#[derive(Debug)]
pub(crate) struct Redactor {
    secrets: Vec<Secret>,
}

impl Redactor {
    pub(crate) fn new(mut secrets: Vec<Secret>) -> Self {
        secrets.retain(|secret| secret.expose().len() >= SECRET_BYTES_MIN);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self { secrets }
    }

    pub(super) fn text(&self, text: &str) -> String {
        let replaced = |text: String, secret: &Secret| text.replace(secret.expose(), MASK);
        self.secrets.iter().fold(text.to_owned(), replaced)
    }

    pub(super) fn bytes(&self, bytes: &Bytes) -> Bytes {
        self.secrets.iter().fold(bytes.clone(), |bytes, secret| {
            replace(bytes, secret.expose().as_bytes())
        })
    }
}

/// Bodies without the secret, which are all but a few, are not copied.
fn replace(bytes: Bytes, secret: &[u8]) -> Bytes {
    let find = |from: usize| {
        bytes[from..]
            .windows(secret.len())
            .position(|window| window == secret)
            .map(|at| from + at)
    };
    let Some(mut at) = find(0) else { return bytes };
    let (mut clean, mut from) = (Vec::with_capacity(bytes.len()), 0);
    loop {
        clean.extend_from_slice(&bytes[from..at]);
        clean.extend_from_slice(MASK.as_bytes());
        from = at + secret.len();
        match find(from) {
            Some(next) => at = next,
            None => break,
        }
    }
    clean.extend_from_slice(&bytes[from..]);
    Bytes::from(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_is_taken_out() {
        let redactor = Redactor::new(vec![Secret::new("hunter2hunter2"), Secret::new("abc")]);
        let body = Bytes::from_static(b"\xffhunter2hunter2 abc hunter2hunter2\xff");
        assert_eq!(
            redactor.bytes(&body).as_ref(),
            b"\xff[redacted] abc [redacted]\xff"
        );
        assert_eq!(redactor.text("x hunter2hunter2"), "x [redacted]");
    }

    #[test]
    fn a_secret_inside_another_leaves_nothing_of_either() {
        let redactor = Redactor::new(vec![Secret::new("password"), Secret::new("password-long")]);
        assert_eq!(redactor.text("password-long"), "[redacted]");
    }
}
