-- What people are told: each event once for each recipient, kept until it arrived. No secret is in here: recipients are kept
-- as the configuration writes them.

CREATE TABLE notification (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    notification_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    -- What makes two events the same one.
    event BLOB NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'given-up')),
    attempts INTEGER NOT NULL,
    -- Not before.
    next_at INTEGER NOT NULL,
    delivered_at INTEGER,
    -- Why the last attempt failed.
    message TEXT,
    PRIMARY KEY (tenant_id, notification_id),
    UNIQUE (tenant_id, event, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX notification_pending ON notification (tenant_id, next_at) WHERE state = 'pending';

-- Up to where plans and counterfoils were looked at for what is to be told.
CREATE TABLE notification_mark (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    pipeline_id INTEGER NOT NULL,
    plan_number INTEGER NOT NULL,
    counterfoil_number INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id)
) STRICT, WITHOUT ROWID;
