//! Looks which job of a pipeline is due: gathers its state, what people decided and what sources and sinks asked to wait for.

use counterfoil_model::ids::{PipelineId, SourceId};
use counterfoil_model::time::Instant;
use counterfoil_store::scheduling::{Job, JobState};
use counterfoil_store::{EntityType, NameError, Renamed, Store, StoreError};

use super::due::{Due, Reason, apply_due, discover_due, due, set_back};
use super::waiting::waiting;
use crate::config::Pipeline;
use crate::grace::bill_due;
use crate::schedule::Schedule;
use crate::session::{Session, SessionError};

/// Discovery comes before the bill that is due at the same time, so that it bills what is there.
const IN_ORDER: [Job; 4] = [Job::Discover, Job::Bill, Job::Apply, Job::Reconcile];

pub(super) struct Looked {
    pub(super) due: Option<Job>,
    /// When the next one is due, as far as can be told.
    pub(super) next: Option<Instant>,
}

pub(super) fn has_schedule(pipeline: &Pipeline) -> bool {
    pipeline.schedules.by_key().next().is_some()
}

/// An apply follows a bill.
fn schedule_of(pipeline: &Pipeline, job: Job) -> Option<&Schedule> {
    match job {
        Job::Discover => pipeline.schedules.discover.as_ref(),
        Job::Bill | Job::Apply => pipeline.schedules.bill.as_ref(),
        Job::Reconcile => pipeline.schedules.reconcile.as_ref(),
    }
}

/// What a pipeline with a schedule does first.
pub(super) fn first_job(pipeline: &Pipeline) -> Job {
    let mut jobs = IN_ORDER.into_iter();
    jobs.find(|job| schedule_of(pipeline, *job).is_some())
        .unwrap_or(Job::Discover)
}

pub(super) async fn pipeline_id(
    store: &Store,
    pipeline: &Pipeline,
    now: Instant,
) -> Result<PipelineId, SessionError> {
    let name = Renamed {
        name: &pipeline.name,
        from: pipeline.config.renamed_from.as_deref(),
    };
    match store.pipeline_id(name, now).await {
        Ok(id) => Ok(id),
        Err(NameError::Problem { problem }) => Err(SessionError::Name {
            message: problem.message,
            hint: problem.hint,
        }),
        Err(NameError::Store(source)) => Err(SessionError::Store { source }),
    }
}

/// The first job that is due, but for those that `leave_out` names.
pub(super) async fn look(
    session: &Session,
    pipeline: &Pipeline,
    leave_out: impl Fn(Job) -> bool,
) -> Result<Looked, StoreError> {
    let mut looked = Looked {
        due: None,
        next: None,
    };
    let id = session
        .store
        .find_name(EntityType::Pipeline, None, &pipeline.name)
        .await?
        .map(PipelineId);
    for job in IN_ORDER {
        if leave_out(job) || schedule_of(pipeline, job).is_none() {
            continue;
        }
        let due = match id {
            Some(id) => job_due(session, pipeline, id, job).await?.1,
            // It is new, or renamed: whoever takes the lease gives it its id.
            None => Due::Now(Reason::First),
        };
        match due {
            Due::Now(_) => {
                looked.due = Some(job);
                return Ok(looked);
            }
            Due::At(at) => looked.next = Some(looked.next.map_or(at, |next| next.min(at))),
            Due::Never => {}
        }
    }
    Ok(looked)
}

/// A job's state, and whether it is due. One that is seen for the first time counts from now; only discovery, which sends
/// nothing, begins at once.
pub(super) async fn job_due(
    session: &Session,
    pipeline: &Pipeline,
    id: PipelineId,
    job: Job,
) -> Result<(JobState, Due), StoreError> {
    let (store, now) = (&session.store, session.now);
    let Some(state) = store.job_states(id).await?.remove(&job) else {
        let state = JobState {
            covered_until: covered_at_first(session, pipeline, id).await?,
            ..JobState::new(now)
        };
        if job == Job::Discover {
            return Ok((state, Due::Now(Reason::First)));
        }
        store.introduce_job(id, job, &state).await?;
        let next = schedule_of(pipeline, job).and_then(|schedule| schedule.next_after(now));
        return Ok((state, next.map_or(Due::Never, Due::At)));
    };
    let state = match set_back(job, &state, now) {
        Some(anew) => {
            tracing::warn!(
                pipeline.id = id.0,
                pipeline.name = pipeline.name,
                job = job.as_str(),
                "the clock was set back: {} of {} had run until {}, and goes on by its schedule from {now}",
                job.as_str(),
                pipeline.name,
                state.handled_until
            );
            store.put_job_state(id, job, &anew).await?;
            anew
        }
        None => state,
    };
    let is_due = whether_due(session, pipeline, id, job, &state).await?;
    Ok((state, is_due))
}

/// Where billing begins with a day that has passed, the first bill begins there too; unless somebody has planned periods or
/// given an opening position, and so has begun to bill by hand.
async fn covered_at_first(
    session: &Session,
    pipeline: &Pipeline,
    id: PipelineId,
) -> Result<Instant, StoreError> {
    let (store, now) = (&session.store, session.now);
    let first = pipeline
        .config
        .bill_from
        .and_then(|day| Instant::start_of_day(day, &pipeline.zone).ok());
    let Some(first) = first else {
        return Ok(now);
    };
    let has_begun =
        !store.planned_periods(id).await?.is_empty() || !store.openings(id, None).await?.is_empty();
    Ok(if has_begun { now } else { first.min(now) })
}

async fn whether_due(
    session: &Session,
    pipeline: &Pipeline,
    id: PipelineId,
    job: Job,
    state: &JobState,
) -> Result<Due, StoreError> {
    let (store, now) = (&session.store, session.now);
    Ok(match job {
        Job::Apply => apply_due(state, waiting(session, pipeline, id).await?, now),
        Job::Discover => {
            let sources = first_retry(store, id, pipeline).await?;
            discover_due(schedule_of(pipeline, job), state, sources, now)
        }
        Job::Bill => {
            let due = due(schedule_of(pipeline, job), state, now);
            bill_due(due, pipeline, state.covered_until, now)
        }
        Job::Reconcile => due(schedule_of(pipeline, job), state, now),
    })
}

/// When the first source that failed is asked again.
async fn first_retry(
    store: &Store,
    id: PipelineId,
    pipeline: &Pipeline,
) -> Result<Option<Instant>, StoreError> {
    let mut first: Option<Instant> = None;
    for source in &pipeline.config.source {
        let found = store.find_name(EntityType::Source, Some(id), &source.name);
        let Some(source) = found.await?.map(SourceId) else {
            continue;
        };
        let state = store.source_state(source).await?;
        if let Some(retry_at) = state.and_then(|state| state.retry_at) {
            first = Some(first.map_or(retry_at, |first| first.min(retry_at)));
        }
    }
    Ok(first)
}

/// When a job is expected to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Now,
    At(Instant),
    Never,
}

/// Of each job that the pipeline's schedules start, its state and when it is expected. Writes nothing.
pub async fn expected(
    session: &Session,
    pipeline: &Pipeline,
    id: Option<PipelineId>,
) -> Result<Vec<(Job, Option<JobState>, Expected)>, StoreError> {
    let (store, now) = (&session.store, session.now);
    let mut states = match id {
        Some(id) => store.job_states(id).await?,
        None => std::collections::BTreeMap::new(),
    };
    let mut all = Vec::new();
    for job in IN_ORDER {
        let Some(schedule) = schedule_of(pipeline, job) else {
            continue;
        };
        let state = states.remove(&job);
        let due = match (&state, id, job) {
            (Some(state), Some(id), _) => {
                let counted = set_back(job, state, now);
                let state = counted.as_ref().unwrap_or(state);
                whether_due(session, pipeline, id, job, state).await?
            }
            (_, _, Job::Discover) => Due::Now(Reason::First),
            (_, _, Job::Apply) => Due::Never,
            (_, _, Job::Bill | Job::Reconcile) => {
                schedule.next_after(now).map_or(Due::Never, Due::At)
            }
        };
        let expected = match due {
            Due::Now(_) => Expected::Now,
            Due::At(at) => Expected::At(at),
            Due::Never => Expected::Never,
        };
        all.push((job, state, expected));
    }
    Ok(all)
}
