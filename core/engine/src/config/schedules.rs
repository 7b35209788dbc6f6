//! A pipeline's schedules: each key's expression read in the pipeline's zone, all mistakes at once.

use counterfoil_model::problem::Problem;
use counterfoil_model::time::TimeZone;

use super::PipelineConfig;
use super::parse::extended;
use crate::schedule::Schedule;

/// When the stages of a pipeline run by themselves. One without a schedule runs when a person calls it.
#[derive(Debug, Clone, Default)]
pub struct Schedules {
    pub discover: Option<Schedule>,
    pub bill: Option<Schedule>,
    pub reconcile: Option<Schedule>,
}

impl Schedules {
    /// Expressions are also checked where the zone could not be read.
    pub(super) fn read(
        config: &PipelineConfig,
        zone: Option<&TimeZone>,
        path: &[String],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut read = |key: &str, expression: Option<&String>| {
            let zone = zone.cloned().unwrap_or(TimeZone::UTC);
            match Schedule::parse(expression?, zone) {
                Ok(schedule) => Some(schedule),
                Err(error) => {
                    let problem = Problem::new(extended(path, key), error.to_string());
                    problems.push(match error.hint() {
                        Some(hint) => problem.with_hint(hint),
                        None => problem,
                    });
                    None
                }
            }
        };
        Self {
            discover: read("discover", config.discover.as_ref()),
            bill: read("bill", config.bill.as_ref()),
            reconcile: read("reconcile", config.reconcile.as_ref()),
        }
    }

    /// By the key that each stands under in the pipeline's table.
    pub fn by_key(&self) -> impl Iterator<Item = (&'static str, &Schedule)> {
        let all = [
            ("discover", &self.discover),
            ("bill", &self.bill),
            ("reconcile", &self.reconcile),
        ];
        all.into_iter()
            .filter_map(|(key, schedule)| Some((key, schedule.as_ref()?)))
    }
}
