//! Settings that documents were issued under, and that no date bounds: every command that needs the terms refuses others.

use counterfoil_model::problem::{Problem, Review};

use super::Past;
use crate::config::DraftPipeline;
use crate::terms::fixed::{Fixed, of_issued, of_pipeline, redenominated};

pub(super) fn review(pipeline: &DraftPipeline, past: &Past) -> Review {
    let mut review = Review::default();
    let (Some(now), false) = (&pipeline.terms, past.issued.is_empty()) else {
        return review;
    };
    let bodies = || past.versions.iter().map(|(_, body)| body);
    let last = bodies().next_back();
    let of_pipeline = last.and_then(|last| of_pipeline(&pipeline.name, last, now));
    let changed = redenominated(bodies(), now, &past.accounts);
    let of_account = of_issued(changed, &past.issued_accounts);
    review.errors.extend(of_pipeline.map(told));
    review.errors.extend(of_account.map(told));
    review
}

fn told(fixed: Fixed) -> Problem {
    let Fixed {
        path,
        setting,
        before,
        now,
        hint,
    } = fixed;
    let message = format!("`{setting}` was {before} when documents were issued, and is {now}");
    Problem::new(path, message).with_hint(hint)
}
