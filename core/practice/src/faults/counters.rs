//! Counts requests and says what happens to each. The only state of the schedule; it starts anew with the server.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use counterfoil_store::practice::DocumentId;

use super::behaviour::Behaviour;
use super::rule::{Effect, Moment, QuantityRounding, Rule};
use super::schedule::FaultSchedule;
use crate::edit::Edit;

#[derive(Debug)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
    stale_requests_max: u64,
    counters: Mutex<Counters>,
}

#[derive(Debug)]
struct Counters {
    /// Requests so far.
    requests: u64,
    /// Matching requests so far, by rule.
    matches: Vec<u64>,
    /// The request that created a document, as long as a listing may miss it.
    created: BTreeMap<DocumentId, u64>,
}

/// What handlers have to know of the faults that meet their request.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Directive {
    /// The number of this request.
    request: u64,
    stale_requests: Option<u64>,
    pub(crate) rounding: Option<QuantityRounding>,
}

/// How a request ends without its own answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Status {
        status: StatusCode,
        retry_after_secs: Option<u32>,
    },
    Cut,
}

/// What happens to one request.
#[derive(Debug, Default)]
pub(super) struct Fate {
    pub(super) directive: Directive,
    pub(super) delay_before: Duration,
    pub(super) delay_after: Duration,
    pub(super) ending_before: Option<Ending>,
    pub(super) ending_after: Option<Ending>,
    pub(super) edits: Vec<Edit>,
}

impl Faults {
    /// Splits a schedule into what always holds and what strikes at times.
    pub(crate) fn new(schedule: FaultSchedule) -> (Behaviour, Self) {
        let stale = |rule: &Rule| match rule.effect {
            Effect::StaleListing { requests } => requests,
            Effect::Status { .. }
            | Effect::Slow { .. }
            | Effect::Cut { .. }
            | Effect::RoundQuantity(_)
            | Effect::Edit(_) => 0,
        };
        let counters = Counters {
            requests: 0,
            matches: vec![0; schedule.rules.len()],
            created: BTreeMap::new(),
        };
        let faults = Self {
            stale_requests_max: schedule.rules.iter().map(stale).max().unwrap_or(0),
            rules: schedule.rules,
            counters: Mutex::new(counters),
        };
        (schedule.behaviour, faults)
    }

    /// Counts a request and says what happens to it. Of two endings at the same moment the first rule's counts.
    pub(super) fn fate(&self, method: &str, path: &str) -> Fate {
        let mut counters = self.counters();
        counters.requests += 1;
        let mut fate = Fate::default();
        fate.directive.request = counters.requests;
        for (rule, matches) in self.rules.iter().zip(&mut counters.matches) {
            if rule.on.matches(method, path) {
                *matches += 1;
                if rule.occurrence.includes(*matches) {
                    tracing::info!(request.method = method, request.path = path, fault = ?rule.effect, "a fault strikes");
                    strike(&mut fate, &rule.effect);
                }
            }
        }
        fate
    }

    /// Remembers that a request created a document, for listings that are stale.
    pub(super) fn note_created(&self, document: DocumentId, directive: Directive) {
        if self.stale_requests_max > 0 {
            let mut counters = self.counters();
            let oldest = counters.requests.saturating_sub(self.stale_requests_max);
            counters.created.retain(|_, request| *request >= oldest);
            counters.created.insert(document, directive.request);
        }
    }

    /// Does the listing of this request miss the document?
    pub(crate) fn is_missed(&self, document: DocumentId, directive: Directive) -> bool {
        directive.stale_requests.is_some_and(|requests| {
            let created = self.counters().created.get(&document).copied();
            created.is_some_and(|created| directive.request.saturating_sub(created) <= requests)
        })
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        // Nothing panics between the changes of one request, so that a poisoned lock still holds a whole state.
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn strike(fate: &mut Fate, effect: &Effect) {
    match effect {
        Effect::Status {
            status,
            retry_after_secs,
            moment,
        } => {
            let ending = Ending::Status {
                status: *status,
                retry_after_secs: *retry_after_secs,
            };
            end(fate, *moment, ending);
        }
        Effect::Cut { moment } => end(fate, *moment, Ending::Cut),
        Effect::Slow { millis, moment } => {
            let delay = Duration::from_millis(*millis);
            match moment {
                Moment::BeforeCommit => fate.delay_before += delay,
                Moment::AfterCommit => fate.delay_after += delay,
            }
        }
        Effect::StaleListing { requests } => fate.directive.stale_requests = Some(*requests),
        Effect::RoundQuantity(rounding) => fate.directive.rounding = Some(*rounding),
        Effect::Edit(edit) => fate.edits.push(edit.clone()),
    }
}

fn end(fate: &mut Fate, moment: Moment, ending: Ending) {
    let place = match moment {
        Moment::BeforeCommit => &mut fate.ending_before,
        Moment::AfterCommit => &mut fate.ending_after,
    };
    place.get_or_insert(ending);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        Faults::new(FaultSchedule::parse(text).unwrap()).1
    }

    #[test]
    fn each_rule_counts_its_own_requests() {
        let faults = faults(
            "[[fault]]\non = \"POST /a\"\nnth = 2\nkind = \"cut-before-commit\"\n\
             [[fault]]\non = \"* /*\"\nevery = 3\nkind = \"status\"\nstatus = 500\n",
        );
        let endings: Vec<_> = ["GET", "POST", "POST", "POST"]
            .iter()
            .map(|method| faults.fate(method, "/a").ending_before)
            .collect();
        // The third request meets both; the first rule's ending counts.
        assert_eq!(endings, [None, None, Some(Ending::Cut), None]);
    }

    #[test]
    fn a_stale_listing_misses_a_document_for_so_many_requests() {
        let faults = faults("[[fault]]\non = \"GET /l\"\nkind = \"stale-listing\"\nrequests = 2\n");
        let document: DocumentId = "doc_1".parse().unwrap();
        let creating = faults.fate("POST", "/l").directive;
        faults.note_created(document, creating);
        let missed: Vec<_> = (0..3)
            .map(|_| faults.is_missed(document, faults.fate("GET", "/l").directive))
            .collect();
        assert_eq!(missed, [true, true, false]);
        let later = faults.fate("POST", "/l").directive;
        assert!(
            !faults.is_missed(document, later),
            "only listings are stale"
        );
    }
}
