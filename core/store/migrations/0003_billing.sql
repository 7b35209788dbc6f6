-- Periods, plans, approvals, pauses, effects and the exchanges that they caused.

CREATE TABLE period_state (
    tenant_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    billing_period TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'issued')),
    since INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id, billing_period),
    FOREIGN KEY (tenant_id, since) REFERENCES recording (tenant_id, recording_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan (
    tenant_id INTEGER NOT NULL,
    plan_id BLOB NOT NULL,
    pipeline_id INTEGER NOT NULL,
    sink_id INTEGER NOT NULL,
    billing_period TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- The greatest one of a pipeline, sink and period is in force.
    number INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, plan_id)
) STRICT;
CREATE INDEX plan_in_force ON plan (tenant_id, pipeline_id, sink_id, billing_period, number);

-- What people decided of a plan: about one account, or about all (account 0).
CREATE TABLE approval (
    tenant_id INTEGER NOT NULL,
    plan_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('approve', 'hold')),
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (tenant_id, plan_id, number),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plan (tenant_id, plan_id)
) STRICT;

CREATE TABLE pause (
    tenant_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE effect (
    tenant_id INTEGER NOT NULL,
    effect_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    sink_id INTEGER NOT NULL,
    reference TEXT NOT NULL,
    slot TEXT NOT NULL,
    plan_id BLOB NOT NULL,
    -- The planned delivery, and the effect of the model.
    planned TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('planned', 'sending', 'unknown', 'confirmed', 'verified', 'rejected', 'parked')),
    -- What the sink or the connector said last.
    message TEXT,
    updated INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, effect_id),
    UNIQUE (tenant_id, sink_id, reference)
) STRICT;
CREATE INDEX effect_by_state ON effect (tenant_id, pipeline_id, state);

-- The receipts: each exchange with a remote, redacted, the intent before the call and the result after it.
CREATE TABLE exchange (
    tenant_id INTEGER NOT NULL,
    exchange_id INTEGER NOT NULL,
    run_id INTEGER,
    reference TEXT,
    number INTEGER NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    started INTEGER NOT NULL,
    request_body BLOB,
    status INTEGER,
    response_body BLOB,
    failure TEXT,
    duration_ms INTEGER,
    PRIMARY KEY (tenant_id, exchange_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX exchange_by_reference ON exchange (tenant_id, reference, exchange_id);
CREATE INDEX exchange_by_run ON exchange (tenant_id, run_id, exchange_id);

CREATE TABLE exchange_body (
    tenant_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (tenant_id, digest)
) STRICT;

CREATE TABLE read_back (
    tenant_id INTEGER NOT NULL,
    sink_id INTEGER NOT NULL,
    reference TEXT NOT NULL,
    at INTEGER NOT NULL,
    number INTEGER NOT NULL,
    observed TEXT NOT NULL,
    PRIMARY KEY (tenant_id, sink_id, reference, number)
) STRICT;
