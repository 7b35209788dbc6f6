//! Which requests a fault is for: a method and a path, with `*` for any text.

/// `POST /api/v1/documents`, `* /api/v1/documents/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestPattern {
    method: String,
    path: String,
}

/// A text that is no pattern.
#[derive(Debug, thiserror::Error)]
#[error(
    "must be a method (GET, POST, PUT, DELETE or *) and a path, like \"POST /api/v1/documents\""
)]
pub(super) struct ParsePatternError;

impl RequestPattern {
    pub(super) fn parse(text: &str) -> Result<Self, ParsePatternError> {
        let (method, path) = text.split_once(' ').ok_or(ParsePatternError)?;
        if !matches!(method, "GET" | "POST" | "PUT" | "DELETE" | "*")
            || !path.starts_with(['/', '*'])
        {
            return Err(ParsePatternError);
        }
        Ok(Self {
            method: method.to_owned(),
            path: path.to_owned(),
        })
    }

    /// The query string is not looked at.
    pub(super) fn matches(&self, method: &str, path: &str) -> bool {
        glob(&self.method, method) && glob(&self.path, path)
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(rest) = text.strip_prefix(head) else {
        return false;
    };
    // Patterns are short and written by the operator: trying every split costs nothing.
    (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| glob(tail, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let documents = RequestPattern::parse("POST /api/v1/documents").unwrap();
        assert!(documents.matches("POST", "/api/v1/documents"));
        assert!(!documents.matches("POST", "/api/v1/documents/doc_1/post"));
        assert!(!documents.matches("GET", "/api/v1/documents"));
        let posting = RequestPattern::parse("* /api/v1/documents/*/post").unwrap();
        assert!(posting.matches("POST", "/api/v1/documents/doc_1/post"));
        assert!(!posting.matches("POST", "/api/v1/documents/doc_1/void"));
        assert!(
            RequestPattern::parse("* *")
                .unwrap()
                .matches("DELETE", "/ü")
        );
    }

    #[test]
    fn a_pattern_has_a_method_and_a_path() {
        for text in [
            "",
            "POST",
            "/api/v1/documents",
            "PATCH /api",
            "POST documents",
            "post /api",
        ] {
            assert!(RequestPattern::parse(text).is_err(), "{text:?}");
        }
    }
}
