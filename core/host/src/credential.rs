//! Secrets and where the host puts them. The guest knows their names only.

use std::fmt;

use data_encoding::BASE64;

use crate::manifest::{CredentialDeclaration, CredentialKind};

/// A text that is never printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The values of a credential, as the pipeline gives them.
#[derive(Clone, Debug)]
pub enum Credential {
    /// `{ token = "…" }`: for bearer, header and query.
    Token(Secret),
    /// `{ username = "…", password = "…" }`: for basic.
    Basic { username: String, password: Secret },
}

/// A credential ready to be put into a request.
#[derive(Clone, Debug)]
pub(crate) enum Placement {
    Header { name: String, value: Secret },
    Query { parameter: String, value: Secret },
}

/// The placement of a credential under its declaration, or what is wrong with it.
pub(crate) fn place(
    declaration: &CredentialDeclaration,
    credential: &Credential,
) -> Result<Placement, &'static str> {
    let authorization = || {
        declaration
            .header
            .clone()
            .unwrap_or_else(|| "authorization".to_owned())
    };
    let prefixed = |default: &str, token: &Secret| {
        let prefix = declaration.prefix.as_deref().unwrap_or(default);
        Secret::new(format!("{prefix}{}", token.expose()))
    };
    match (declaration.kind, credential) {
        (CredentialKind::Bearer, Credential::Token(token)) => Ok(Placement::Header {
            name: authorization(),
            value: prefixed("Bearer ", token),
        }),
        (CredentialKind::Header, Credential::Token(token)) => Ok(Placement::Header {
            name: authorization(),
            value: prefixed("", token),
        }),
        (CredentialKind::Query, Credential::Token(token)) => Ok(Placement::Query {
            parameter: declaration.parameter.clone().unwrap_or_default(),
            value: token.clone(),
        }),
        (CredentialKind::Basic, Credential::Basic { username, password }) => {
            let pair = format!("{username}:{}", password.expose());
            let value = Secret::new(format!("Basic {}", BASE64.encode(pair.as_bytes())));
            Ok(Placement::Header {
                name: authorization(),
                value,
            })
        }
        (CredentialKind::Basic, Credential::Token(_)) => Err("needs username and password"),
        (
            CredentialKind::Bearer | CredentialKind::Header | CredentialKind::Query,
            Credential::Basic { .. },
        ) => Err("needs token"),
    }
}

/// Every text by which the secret could be recognised: itself, and what is sent in its place.
pub(crate) fn traces(credential: &Credential) -> Vec<Secret> {
    match credential {
        Credential::Token(token) => {
            let encoded: String =
                url::form_urlencoded::byte_serialize(token.expose().as_bytes()).collect();
            vec![token.clone(), Secret::new(encoded)]
        }
        Credential::Basic { username, password } => {
            let pair = format!("{username}:{}", password.expose());
            vec![
                password.clone(),
                Secret::new(BASE64.encode(pair.as_bytes())),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let token = Credential::Token(Secret::new("hunter2hunter2"));
        let basic = Credential::Basic {
            username: "u".into(),
            password: Secret::new("hunter2hunter2"),
        };
        assert!(!format!("{token:?} {basic:?}").contains("hunter2"));
    }

    #[test]
    fn a_credential_goes_where_the_manifest_says() {
        let declaration = |text: &str| toml::from_str::<CredentialDeclaration>(text).unwrap();
        let token = Credential::Token(Secret::new("abc"));
        let header =
            |text: &str, credential: &Credential| match place(&declaration(text), credential) {
                Ok(Placement::Header { name, value }) => format!("{name}: {}", value.expose()),
                Ok(Placement::Query { parameter, value }) => {
                    format!("?{parameter}={}", value.expose())
                }
                Err(problem) => problem.to_owned(),
            };
        let basic = Credential::Basic {
            username: "u".into(),
            password: Secret::new("p"),
        };
        assert_eq!(
            header("kind = 'bearer'", &token),
            "authorization: Bearer abc"
        );
        assert_eq!(
            header("kind = 'bearer'\nprefix = 'Token '", &token),
            "authorization: Token abc"
        );
        assert_eq!(
            header("kind = 'header'\nheader = 'X-Key'", &token),
            "X-Key: abc"
        );
        assert_eq!(
            header("kind = 'query'\nparameter = 'key'", &token),
            "?key=abc"
        );
        assert_eq!(
            header("kind = 'basic'", &basic),
            "authorization: Basic dTpw"
        );
        assert_eq!(
            header("kind = 'basic'", &token),
            "needs username and password"
        );
        assert_eq!(header("kind = 'bearer'", &basic), "needs token");
    }
}
