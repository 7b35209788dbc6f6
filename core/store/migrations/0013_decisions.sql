-- Who decided, under which login of the operating system, or by which policy; approvals that are withdrawn or carried
-- over; pauses with their past. Nothing here is ever edited.

ALTER TABLE approval RENAME TO approval_before;
CREATE TABLE approval (
    tenant_id INTEGER NOT NULL,
    plan_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('approve', 'hold', 'withdraw')),
    by TEXT NOT NULL,
    -- The user of the operating system, where it could be told.
    login TEXT,
    at INTEGER NOT NULL,
    reason TEXT,
    -- The numbers by which a policy approved, as JSON; nothing where a person did.
    policy TEXT,
    -- The plan on which the person approved, where this one has the same delivery.
    carried_from BLOB,
    PRIMARY KEY (tenant_id, plan_id, number),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plan (tenant_id, plan_id)
) STRICT;
INSERT INTO approval (tenant_id, plan_id, number, account_id, decision, by, at, reason)
    SELECT tenant_id, plan_id, number, account_id, decision, by, at, reason FROM approval_before ORDER BY rowid;
DROP TABLE approval_before;

CREATE TRIGGER approval_is_not_edited BEFORE UPDATE ON approval
BEGIN SELECT raise(ABORT, 'approvals are append-only'); END;
CREATE TRIGGER approval_is_not_removed BEFORE DELETE ON approval
BEGIN SELECT raise(ABORT, 'approvals are append-only'); END;

-- What people decided besides approvals and releases.
CREATE TABLE decision (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    decision_id INTEGER NOT NULL,
    -- 0 where it is of no pipeline.
    pipeline_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    by TEXT NOT NULL,
    login TEXT,
    reason TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, decision_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX decision_by_pipeline ON decision (tenant_id, pipeline_id, kind, decision_id);

INSERT INTO decision (tenant_id, decision_id, pipeline_id, kind, subject, by, reason, at)
    SELECT tenant_id, row_number() OVER (PARTITION BY tenant_id ORDER BY at, pipeline_id), pipeline_id, 'pause', '', by,
        reason, at
    FROM pause;
DROP TABLE pause;

CREATE TRIGGER decision_is_not_edited BEFORE UPDATE ON decision
BEGIN SELECT raise(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decision_is_not_removed BEFORE DELETE ON decision
BEGIN SELECT raise(ABORT, 'decisions are append-only'); END;

ALTER TABLE effect_release ADD COLUMN login TEXT;
