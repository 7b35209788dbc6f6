//! Whose each resource is, for which service and under which plan, with the rule that won and those that lost.
//!
//! Dated rules are compiled into an index, so that a resource meets only the rules that may match it. Must not know
//! prices, nor where rules and accounts are kept.

mod classifier;
mod condition;
mod config;
mod decide;
mod expression;
mod facts;
mod glob;
mod index;
mod latecomers;
mod near;
mod outcome;
mod reading;
mod renamed;
mod resolve;
mod review;
mod rule_list;
mod standing;
pub mod suggest;
mod terms;
mod written;
mod zoned;

pub use classifier::{Classifier, ClassifierError, Directory};
pub use config::{
    AccountConfig, AgreementConfig, ClassifyConfig, DefaultConfig, NonBillableConfig, OwnerConfig,
    RuleConfig, SetConfig,
};
pub use latecomers::Latecomers;
pub use near::{NearRule, near_rules};
pub use renamed::Renamed;
pub use resolve::{STANDARD, resolve};
pub use review::{Sources, review, review_agreements};
pub use terms::{Account, Agreement, Defaults, DocumentTerms, Rule, Terms, one_each};
pub use written::{ConditionConfig, Scalar, Scalars, TargetConfig, TestsConfig};
pub use zoned::ZonedClassifier;

#[cfg(test)]
mod tests;
