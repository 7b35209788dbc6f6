//! How much approval a pipeline asks for: how many people, above which amounts, and what a policy may approve.

use std::collections::BTreeMap;

use counterfoil_model::approval::Tolerance;
use counterfoil_model::decimal::Decimal;
use counterfoil_model::money::{Currency, Money};
use counterfoil_model::price::WrittenDecimal;
use counterfoil_model::problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parse::extended;
use super::person::{PersonConfig, Right};
use super::pipeline::PipelineConfig;

/// Who lets a plan be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// A person approves each account.
    #[default]
    Manual,
    /// Accounts whose bill differs from their last one by no more than `tolerance` are approved when nothing blocks; a
    /// person approves the others.
    AutomaticWithinTolerance,
    /// Approved when nothing blocks and nothing is presumed beyond `staleness_hours_max`.
    Automatic,
}

/// What `approval = "automatic-within-tolerance"` lets go, or a review leaves out. Where both are given both have to hold.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToleranceConfig {
    /// So many percent of what the account was billed in the last period that has a bill of it.
    pub percent: Option<WrittenDecimal>,
    /// By currency: { EUR = 500, SEK = 5000 }. Of an account in another currency every change is beyond.
    #[serde(default)]
    pub amount: BTreeMap<String, WrittenDecimal>,
}

/// Checked.
#[derive(Debug, Clone)]
pub struct ApprovalTerms {
    /// How many different people; 1 at least.
    pub approvers: u32,
    /// Up to this change one person is enough.
    pub one_approver_up_to: BTreeMap<Currency, Money>,
    pub tolerance: Tolerance,
    /// What a review leaves out.
    pub review: Tolerance,
}

/// Of a pipeline that says nothing, in percent.
const REVIEW_PERCENT: i64 = 5;

impl ApprovalTerms {
    /// Reports every mistake in the pipeline's keys on approval.
    pub(super) fn resolve(
        config: &PipelineConfig,
        people: &BTreeMap<String, PersonConfig>,
        path: &[String],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let one_approver_up_to = amounts(
            &config.one_approver_up_to,
            &extended(path, "one_approver_up_to"),
            problems,
        );
        enough_people(config, people, path, problems);
        Self {
            approvers: config.approvers.max(1),
            one_approver_up_to,
            tolerance: tolerance(config, path, problems),
            review: review(config, path, problems),
        }
    }
}

fn enough_people(
    config: &PipelineConfig,
    people: &BTreeMap<String, PersonConfig>,
    path: &[String],
    problems: &mut Vec<Problem>,
) {
    let approvers = config.approvers;
    let at = extended(path, "approvers");
    let may = people
        .values()
        .filter(|person| person.may(Right::Approve))
        .count();
    if approvers == 0 {
        let problem = Problem::new(at, "nobody would have to approve");
        problems.push(
            problem.with_hint(
                "1 at least; approval = \"automatic\" lets go what nothing speaks against",
            ),
        );
    } else if approvers > 1 && usize::try_from(approvers).is_ok_and(|needed| may < needed) {
        let message = format!("{approvers} people have to approve, and {may} may");
        problems.push(Problem::new(at, message).with_hint(
            "add a table [person.NAME] for each; `may = [\"approve\"]`, or no `may`, lets them approve",
        ));
    }
}

fn tolerance(config: &PipelineConfig, path: &[String], problems: &mut Vec<Problem>) -> Tolerance {
    let at = extended(path, "tolerance");
    let by_tolerance = config.approval == Approval::AutomaticWithinTolerance;
    let Some(written) = &config.tolerance else {
        if by_tolerance {
            let message = "approval = \"automatic-within-tolerance\" needs a tolerance";
            problems.push(
                Problem::new(extended(path, "approval"), message)
                    .with_hint("tolerance = { percent = 10, amount = { EUR = 500 } }"),
            );
        }
        return Tolerance::default();
    };
    if !by_tolerance {
        let message = "a tolerance counts only with approval = \"automatic-within-tolerance\"";
        problems.push(Problem::new(at.clone(), message).with_hint("set that, or leave it out"));
    } else if written.percent.is_none() && written.amount.is_empty() {
        problems.push(
            Problem::new(at.clone(), "a tolerance without limits")
                .with_hint("give `percent`, `amount` or both"),
        );
    }
    limits(written, &at, problems)
}

fn review(config: &PipelineConfig, path: &[String], problems: &mut Vec<Problem>) -> Tolerance {
    match &config.review {
        Some(written) => limits(written, &extended(path, "review"), problems),
        None => Tolerance {
            percent: Some(Decimal::from(REVIEW_PERCENT)),
            amount: BTreeMap::new(),
        },
    }
}

fn limits(written: &ToleranceConfig, at: &[String], problems: &mut Vec<Problem>) -> Tolerance {
    let percent = written.percent.as_ref().and_then(|percent| {
        let read = percent.0.parse::<Decimal>().ok();
        let read = read.filter(|read| read.to_rational() >= Decimal::from(0).to_rational());
        if read.is_none() {
            let message = format!("`{}` is no percentage", percent.0);
            problems.push(
                Problem::new(extended(at, "percent"), message)
                    .with_hint("a decimal such as 10 or \"2.5\""),
            );
        }
        read
    });
    Tolerance {
        percent,
        amount: amounts(&written.amount, &extended(at, "amount"), problems),
    }
}

fn amounts(
    written: &BTreeMap<String, WrittenDecimal>,
    path: &[String],
    problems: &mut Vec<Problem>,
) -> BTreeMap<Currency, Money> {
    let mut amounts = BTreeMap::new();
    for (code, amount) in written {
        let at = extended(path, code);
        let currency: Currency = match code.parse() {
            Ok(currency) => currency,
            Err(error) => {
                problems.push(Problem::new(at, format!("{error}")));
                continue;
            }
        };
        match Money::parse(&amount.0, currency) {
            Ok(amount) if !amount.is_negative() => {
                amounts.insert(currency, amount);
            }
            Ok(_) => problems.push(Problem::new(at, "a limit is not negative")),
            Err(error) => problems.push(Problem::new(at, error.to_string())),
        }
    }
    amounts
}
