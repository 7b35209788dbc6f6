//! One row for each run of a stage.

use counterfoil_model::digest::Digest;
use counterfoil_model::ids::{PipelineId, RunId};
use counterfoil_model::time::Instant;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::columns::stored_as;
use crate::database::Store;
use crate::error::StoreError;
use crate::lease::RunLeases;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    Complete,
    /// Some of it failed.
    Partial,
    Failed,
}

stored_as!(RunStatus {
    Complete => "complete",
    Partial => "partial",
    Failed => "failed",
});

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunEnd {
    pub run: RunId,
    pub status: RunStatus,
    pub detail: Value,
    pub now: Instant,
}

impl Store {
    pub async fn begin_run(
        &self,
        pipeline: PipelineId,
        stage: &str,
        config: Option<Digest>,
        now: Instant,
    ) -> Result<RunId, StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            self.end_dead_runs(&mut writing, (pipeline, stage), now)
                .await?;
            let id: i64 = sqlx::query_scalar(
                "INSERT INTO run (tenant_id, run_id, pipeline_id, stage, started, status, config_hash, detail) \
                 SELECT ?1, coalesce(max(run_id), 0) + 1, ?2, ?3, ?4, 'running', ?5, '{}' FROM run WHERE tenant_id = ?1 \
                 RETURNING run_id",
            )
            .bind(self.tenant.0)
            .bind(pipeline.0)
            .bind(stage)
            .bind(now.seconds())
            .bind(config.map(|config| config.as_bytes().to_vec()))
            .fetch_one(&mut *writing)
            .await?;
            // Before others can see the run they can see that it is alive.
            let begun = match self.runs.hold(&self.path, RunId(id)) {
                Ok(begun) => begun,
                Err(error) => return Ok(Err(error)),
            };
            writing.commit().await?;
            begun.keep();
            Ok::<_, sqlx::Error>(Ok(RunId(id)))
        };
        write.await.map_err(StoreError::during("begin a run"))?
    }

    /// A process that died could not say how its run ended. One that is at work says so when it is done.
    async fn end_dead_runs(
        &self,
        writing: &mut SqliteConnection,
        (pipeline, stage): (PipelineId, &str),
        now: Instant,
    ) -> Result<(), sqlx::Error> {
        let running: Vec<i64> = sqlx::query_scalar(
            "SELECT run_id FROM run WHERE tenant_id = ?1 AND pipeline_id = ?2 AND stage = ?3 AND status = 'running'",
        )
        .bind(self.tenant.0)
        .bind(pipeline.0)
        .bind(stage)
        .fetch_all(&mut *writing)
        .await?;
        for id in running {
            if RunLeases::is_alive(&self.path, RunId(id)) {
                continue;
            }
            let end = RunEnd {
                run: RunId(id),
                status: RunStatus::Failed,
                detail: json!({ "message": "the process ended before it was done" }),
                now,
            };
            self.write_end(writing, &end).await?;
        }
        Ok(())
    }

    async fn write_end(
        &self,
        writing: &mut SqliteConnection,
        end: &RunEnd,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE run SET finished = ?3, status = ?4, detail = ?5 WHERE tenant_id = ?1 AND run_id = ?2",
        )
        .bind(self.tenant.0)
        .bind(end.run.0)
        .bind(end.now.seconds())
        .bind(end.status.as_str())
        .bind(end.detail.to_string())
        .execute(writing)
        .await?;
        Ok(())
    }

    pub async fn end_run(&self, end: RunEnd) -> Result<(), StoreError> {
        let write = async {
            let mut writing = self.begin().await?;
            self.write_end(&mut writing, &end).await?;
            writing.commit().await
        };
        let ended = write.await.map_err(StoreError::during("end a run"));
        // Where it could not be kept, the next run of the stage says that this one did not end.
        self.runs.release(&self.path, end.run);
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lease::beside;
    use crate::{OpenMode, Renamed};

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(seconds).unwrap()
    }

    async fn status(store: &Store, run: RunId) -> String {
        sqlx::query_scalar("SELECT status FROM run WHERE run_id = ?1")
            .bind(run.0)
            .fetch_one(&store.reader)
            .await
            .unwrap()
    }

    /// As two processes have it.
    async fn opened_twice() -> (tempfile::TempDir, Store, Store, PipelineId) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let here = Store::open(&path, OpenMode::Create).await.unwrap();
        let there = Store::open(&path, OpenMode::MustExist).await.unwrap();
        let name = Renamed {
            name: "north",
            from: None,
        };
        let pipeline = here.pipeline_id(name, at(0)).await.unwrap();
        (folder, here, there, pipeline)
    }

    #[tokio::test]
    async fn a_run_that_goes_on_elsewhere_is_left_alone_and_one_that_died_is_told() {
        let (folder, here, there, pipeline) = opened_twice().await;
        let path = folder.path().join("store.db");
        let alive = here.begin_run(pipeline, "plan", None, at(1)).await.unwrap();
        let dead = there
            .begin_run(pipeline, "plan", None, at(2))
            .await
            .unwrap();
        assert_eq!(status(&here, alive).await, "running");
        // As a process that is killed: nothing says how its run ended.
        there.close().await;
        drop(there);
        let other = here.begin_run(pipeline, "rate", None, at(3)).await.unwrap();
        assert_eq!(status(&here, dead).await, "running", "another stage");
        let next = here.begin_run(pipeline, "plan", None, at(4)).await.unwrap();
        assert_eq!(status(&here, dead).await, "failed");
        assert_eq!(status(&here, alive).await, "running");
        for run in [alive, other, next] {
            let end = RunEnd {
                run,
                status: RunStatus::Complete,
                detail: Value::Null,
                now: at(5),
            };
            here.end_run(end).await.unwrap();
            assert_eq!(status(&here, run).await, "complete");
        }
        for run in [alive, dead, other, next] {
            let lock = beside(&path, &format!(".run-lock-{run}"));
            assert!(!lock.exists(), "{}", lock.display());
        }
    }

    #[tokio::test]
    async fn a_run_that_could_not_be_kept_is_in_nobodys_way() {
        let (folder, here, there, pipeline) = opened_twice().await;
        let path = folder.path().join("store.db");
        // What refers to nothing is found out when it is committed.
        let failing = "CREATE TABLE other (id INTEGER PRIMARY KEY); \
             CREATE TABLE lost (id INTEGER REFERENCES other (id) DEFERRABLE INITIALLY DEFERRED); \
             CREATE TRIGGER fails AFTER INSERT ON run BEGIN INSERT INTO lost VALUES (1); END;";
        sqlx::raw_sql(failing).execute(&here.writer).await.unwrap();
        for instant in [1, 2] {
            let begun = here.begin_run(pipeline, "plan", None, at(instant)).await;
            let StoreError::Database { source, .. } = begun.unwrap_err() else {
                panic!("it is the commit that fails");
            };
            assert!(source.to_string().contains("FOREIGN KEY"), "{source}");
        }
        sqlx::raw_sql("DROP TRIGGER fails")
            .execute(&here.writer)
            .await
            .unwrap();
        let next = there
            .begin_run(pipeline, "plan", None, at(3))
            .await
            .unwrap();
        assert_eq!(next, RunId(1), "the number is given anew");
        assert!(RunLeases::is_alive(&path, next));
        let own = here.begin_run(pipeline, "plan", None, at(4)).await.unwrap();
        assert_eq!(status(&here, next).await, "running");
        assert_eq!(status(&here, own).await, "running");
    }
}
