//! Approval: what was said of an account's deliveries, and whether it is enough to let them go.
//!
//! Must not know who the people are, nor how they prove it.

mod tolerance;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Instant;

pub use tolerance::{Judgement, LastBilled, Tolerance, last_billed};

/// What holds for an account's deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Decision {
    Waiting {
        /// Those who approved already, where several have to.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        approved_by: Vec<String>,
        /// How many people have to approve.
        needed: u32,
    },
    Approved {
        by: String,
        /// When the last one did.
        at: Instant,
    },
    Held {
        by: String,
        at: Instant,
        reason: String,
    },
}

/// One thing that was said, in the order in which it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub verdict: Verdict,
    pub by: String,
    pub at: Instant,
    pub reason: Option<String>,
    /// Of this account by its name, rather than of everything.
    pub names_account: bool,
    /// Said by the pipeline's policy rather than by a person.
    pub is_policy: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Approve,
    Hold,
    /// Takes back what was approved.
    Withdraw,
}

/// What an account's deliveries need.
#[derive(Debug, Clone, Copy)]
pub struct Requirement<'a> {
    /// How many different people; 1 at least.
    pub approvers: u32,
    /// Who changed what the plan was made from: where several people are needed, none of these is the last of them.
    pub changed_by: &'a BTreeSet<String>,
}

/// Why an approval would change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Futile {
    /// The same person did already, and another one is needed.
    SamePerson,
    /// The last one needed is somebody who did not change what the plan was made from.
    ChangedBasis,
}

/// What was said of one account, taken together.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    requirement: Requirement<'a>,
    /// The statements that count, in their order.
    approvals: Vec<&'a Statement>,
    hold: Option<&'a Statement>,
}

impl<'a> Standing<'a> {
    pub fn of(
        statements: impl IntoIterator<Item = &'a Statement>,
        requirement: Requirement<'a>,
    ) -> Self {
        let mut standing = Self {
            requirement,
            approvals: Vec::new(),
            hold: None,
        };
        for statement in statements {
            standing.take(statement);
        }
        standing
    }

    fn take(&mut self, statement: &'a Statement) {
        match statement.verdict {
            // A hold is lifted only by a person who names the account.
            Verdict::Approve if self.hold.is_some() && !lifts(statement) => {}
            Verdict::Approve => {
                self.hold = None;
                let counts = self.futile(&statement.by).is_none() || statement.is_policy;
                // Whoever approves an account, and then everything, is one person.
                let is_new = self.approvals.iter().all(|known| known.by != statement.by);
                if counts && is_new {
                    self.approvals.push(statement);
                }
            }
            Verdict::Hold => {
                self.approvals.clear();
                self.hold = Some(statement);
            }
            Verdict::Withdraw => self.approvals.clear(),
        }
    }

    /// Why an approval by this person would not count. One by somebody whose word is enough already is harmless.
    pub fn futile(&self, by: &str) -> Option<Futile> {
        let needed = self.needed();
        if needed == 1 || self.is_enough() {
            return None;
        }
        if self.approvals.iter().any(|approval| approval.by == by) {
            return Some(Futile::SamePerson);
        }
        let completes = self.approvals.len() + 1 >= needed;
        (completes && self.requirement.changed_by.contains(by)).then_some(Futile::ChangedBasis)
    }

    /// The approvals that stand.
    pub fn approvals(&self) -> &[&'a Statement] {
        &self.approvals
    }

    pub fn decision(&self) -> Decision {
        if let Some(hold) = self.hold {
            return Decision::Held {
                by: hold.by.clone(),
                at: hold.at,
                reason: hold.reason.clone().unwrap_or_default(),
            };
        }
        let by: Vec<String> = self
            .approvals
            .iter()
            .map(|approval| approval.by.clone())
            .collect();
        match self.approvals.last() {
            Some(last) if self.is_enough() => Decision::Approved {
                by: by.join(", "),
                at: last.at,
            },
            Some(_) | None => Decision::Waiting {
                approved_by: by,
                needed: self.requirement.approvers.max(1),
            },
        }
    }

    fn needed(&self) -> usize {
        usize::try_from(self.requirement.approvers.max(1)).unwrap_or(usize::MAX)
    }

    fn is_enough(&self) -> bool {
        self.approvals.len() >= self.needed()
            || self.approvals.iter().any(|approval| approval.is_policy)
    }
}

fn lifts(statement: &Statement) -> bool {
    statement.names_account && !statement.is_policy
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(verdict: Verdict, by: &str, second: i64) -> Statement {
        Statement {
            verdict,
            by: by.to_owned(),
            at: Instant::from_seconds(second).unwrap(),
            reason: Some("why".to_owned()),
            names_account: true,
            is_policy: false,
        }
    }

    fn state(statements: &[Statement], approvers: u32, changed_by: &[&str]) -> String {
        let changed_by = changed_by.iter().map(|&by| by.to_owned()).collect();
        let requirement = Requirement {
            approvers,
            changed_by: &changed_by,
        };
        match Standing::of(statements, requirement).decision() {
            Decision::Waiting {
                approved_by,
                needed,
            } => format!("waits {}/{needed}", approved_by.join("+")),
            Decision::Approved { by, at } => format!("approved {by} {}", at.seconds()),
            Decision::Held { by, .. } => format!("held {by}"),
        }
    }

    #[test]
    fn one_person_is_enough_unless_two_are_needed() {
        let anna = said(Verdict::Approve, "anna", 1);
        let bob = said(Verdict::Approve, "bob", 2);
        assert_eq!(state(&[], 1, &[]), "waits /1");
        assert_eq!(
            state(std::slice::from_ref(&anna), 1, &[]),
            "approved anna 1"
        );
        assert_eq!(state(std::slice::from_ref(&anna), 2, &[]), "waits anna/2");
        let again = [anna.clone(), said(Verdict::Approve, "anna", 3)];
        assert_eq!(state(&again, 2, &[]), "waits anna/2");
        assert_eq!(state(&again, 1, &[]), "approved anna 1");
        assert_eq!(state(&[anna, bob], 2, &[]), "approved anna, bob 2");
    }

    #[test]
    fn who_changed_the_basis_is_not_the_last_of_several() {
        let (anna, bob) = (
            said(Verdict::Approve, "anna", 1),
            said(Verdict::Approve, "bob", 2),
        );
        let carl = said(Verdict::Approve, "carl", 3);
        let both = [anna.clone(), bob.clone()];
        assert_eq!(state(&both, 2, &["bob"]), "waits anna/2");
        assert_eq!(
            state(&[bob, anna.clone()], 2, &["bob"]),
            "approved bob, anna 1"
        );
        let three = [anna.clone(), both[1].clone(), carl];
        assert_eq!(state(&three, 2, &["bob"]), "approved anna, carl 3");
        // Where one is enough, nobody else is asked for.
        assert_eq!(state(&[anna], 1, &["anna"]), "approved anna 1");
    }

    #[test]
    fn a_hold_ends_what_was_approved_and_is_lifted_by_name() {
        let everything = Statement {
            names_account: false,
            ..said(Verdict::Approve, "bob", 3)
        };
        let policy = Statement {
            is_policy: true,
            ..said(Verdict::Approve, "the policy", 3)
        };
        let mut statements = vec![
            said(Verdict::Approve, "anna", 1),
            said(Verdict::Hold, "anna", 2),
            everything,
            policy,
        ];
        assert_eq!(state(&statements, 1, &[]), "held anna");
        statements.push(said(Verdict::Approve, "bob", 4));
        assert_eq!(state(&statements, 1, &[]), "approved bob 4");
        assert_eq!(state(&statements, 2, &[]), "waits bob/2");
    }

    #[test]
    fn what_is_withdrawn_waits_for_everybody_again() {
        let mut statements = vec![
            said(Verdict::Approve, "anna", 1),
            said(Verdict::Approve, "bob", 2),
            said(Verdict::Withdraw, "bob", 3),
        ];
        assert_eq!(state(&statements, 2, &[]), "waits /2");
        statements.push(said(Verdict::Approve, "bob", 4));
        statements.push(said(Verdict::Approve, "anna", 5));
        assert_eq!(state(&statements, 2, &[]), "approved bob, anna 5");
    }

    #[test]
    fn a_policy_is_enough_by_itself() {
        let policy = Statement {
            is_policy: true,
            names_account: false,
            ..said(Verdict::Approve, "the policy", 1)
        };
        let statements = [policy, said(Verdict::Withdraw, "anna", 2)];
        assert_eq!(state(&statements[..1], 2, &[]), "approved the policy 1");
        assert_eq!(state(&statements, 2, &[]), "waits /2");
    }
}
