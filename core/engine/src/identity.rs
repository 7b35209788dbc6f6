//! Who decides: the people of the configuration, and the user of the operating system that speaks in their name.
//!
//! A name is proven no further than the machine proves its users: see `docs` and ARCHITECTURE.md.

use counterfoil_model::nearest::nearest;
use counterfoil_store::{Signature, Signed};
use thiserror::Error;

use crate::config::Right;
use crate::session::Session;

/// What signs for a pipeline's policy, and so no person.
pub const POLICY: &str = "the pipeline's policy";

#[derive(Debug, Error)]
pub enum IdentityError {
    #[error("the configuration knows nobody called `{by}`")]
    Unknown { by: String, known: Vec<String> },
    #[error("`{by}` may not {}", right.deed())]
    MayNot {
        by: String,
        right: Right,
        others: Vec<String>,
    },
    #[error(
        "`{by}` decides as the user `{login}` of the operating system, and this is `{present}`"
    )]
    OtherLogin {
        by: String,
        login: String,
        present: String,
    },
    #[error("`{}` is no person's name", by.escape_debug())]
    NoPerson { by: String },
}

impl IdentityError {
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { by, known } => {
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                match nearest(by, &names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "it has {}; add a table [person.{by}] if that is somebody new",
                        known.join(", ")
                    ),
                }
            }
            Self::MayNot { right, others, .. } if others.is_empty() => format!(
                "nobody may: add \"{}\" to `may` in a table [person.NAME]",
                right.as_str()
            ),
            Self::MayNot { others, .. } => format!("{} may", others.join(", ")),
            Self::OtherLogin { login, .. } => {
                format!("run it as `{login}`, or change `login` in the person's table")
            }
            Self::NoPerson { .. } => "name the person who decides: --by NAME".to_owned(),
        })
    }

    /// Is it what was typed that is wrong, rather than who typed it?
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::Unknown { .. } | Self::NoPerson { .. } => true,
            Self::MayNot { .. } | Self::OtherLogin { .. } => false,
        }
    }
}

impl Session {
    /// Checks that a person is known and may decide this, and adds the user of the operating system. Where the
    /// configuration names nobody, every name is taken as it is.
    pub fn signature(&self, by: &str, right: Right) -> Result<Signature, IdentityError> {
        self.signature_of(by, &[right])
    }

    /// The same where one of several rights is enough; the first is named in a refusal.
    pub(crate) fn signature_of(
        &self,
        by: &str,
        rights: &[Right],
    ) -> Result<Signature, IdentityError> {
        let by = by.trim();
        if by.is_empty() || by == POLICY || by.chars().any(char::is_control) {
            return Err(IdentityError::NoPerson { by: by.to_owned() });
        }
        let login = login();
        let people = &self.config.people;
        if !people.is_empty() {
            let Some(person) = people.get(by) else {
                return Err(IdentityError::Unknown {
                    by: by.to_owned(),
                    known: people.keys().cloned().collect(),
                });
            };
            if !rights.iter().any(|right| person.may(*right)) {
                let right = rights.first().copied().unwrap_or(Right::Approve);
                let others = people.iter().filter(|(_, person)| person.may(right));
                return Err(IdentityError::MayNot {
                    by: by.to_owned(),
                    right,
                    others: others.map(|(name, _)| name.clone()).collect(),
                });
            }
            let present = login.as_deref().unwrap_or("unknown");
            if let Some(asked) = person.login.as_deref().filter(|asked| *asked != present) {
                return Err(IdentityError::OtherLogin {
                    by: by.to_owned(),
                    login: asked.to_owned(),
                    present: present.to_owned(),
                });
            }
        }
        Ok(Signature {
            by: by.to_owned(),
            login,
        })
    }

    pub(crate) fn signed<'a>(
        &self,
        signature: &'a Signature,
        reason: Option<&'a str>,
    ) -> Signed<'a> {
        Signed {
            signature,
            reason,
            now: self.now,
        }
    }
}

/// The user that this process runs as, by the system's own table of users: no environment variable decides it.
fn login() -> Option<String> {
    whoami::username().ok()
}
