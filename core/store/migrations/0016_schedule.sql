-- What the scheduler has to remember of each pipeline's jobs, of each source, and of the revenue at risk.

CREATE TABLE job_state (
    tenant_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    job TEXT NOT NULL CHECK (job IN ('discover', 'bill', 'apply', 'reconcile')),
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_state (
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, source_id),
    FOREIGN KEY (tenant_id, source_id) REFERENCES entity (tenant_id, entity_id)
) STRICT, WITHOUT ROWID;

-- What was at risk when it was assessed last; findings of the model.
CREATE TABLE at_risk (
    tenant_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    billing_period TEXT NOT NULL,
    at INTEGER NOT NULL,
    findings TEXT NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id)
) STRICT, WITHOUT ROWID;
