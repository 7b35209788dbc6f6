-- What people answered for of a period, and the certificates by which periods were closed. Nothing here is ever edited;
-- `verify` finds who tries.

CREATE TABLE finding_acceptance (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    pipeline_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    billing_period TEXT NOT NULL,
    -- Of what the finding said.
    digest BLOB NOT NULL,
    -- The finding, for whoever asks what was accepted.
    finding TEXT NOT NULL,
    -- 0 takes an acceptance back.
    accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    by TEXT NOT NULL,
    login TEXT,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_acceptance_by_period ON finding_acceptance (tenant_id, pipeline_id, billing_period, number);

CREATE TRIGGER finding_acceptance_is_not_edited BEFORE UPDATE ON finding_acceptance
BEGIN SELECT raise(ABORT, 'acceptances are append-only'); END;
CREATE TRIGGER finding_acceptance_is_not_removed BEFORE DELETE ON finding_acceptance
BEGIN SELECT raise(ABORT, 'acceptances are append-only'); END;

CREATE TABLE certificate (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    pipeline_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    billing_period TEXT NOT NULL,
    digest BLOB NOT NULL,
    body TEXT NOT NULL,
    recording_id INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id, number),
    FOREIGN KEY (tenant_id, recording_id) REFERENCES recording (tenant_id, recording_id)
) STRICT;
CREATE INDEX certificate_by_period ON certificate (tenant_id, pipeline_id, billing_period, number);

-- Apart from the certificates, so that one that was cut off shows.
CREATE TABLE certificate_head (
    tenant_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    count INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER certificate_is_not_edited BEFORE UPDATE ON certificate
BEGIN SELECT raise(ABORT, 'certificates are append-only'); END;
CREATE TRIGGER certificate_is_not_removed BEFORE DELETE ON certificate
BEGIN SELECT raise(ABORT, 'certificates are append-only'); END;
CREATE TRIGGER certificate_head_only_grows BEFORE UPDATE ON certificate_head WHEN new.count <> old.count + 1
BEGIN SELECT raise(ABORT, 'certificates only grow in number'); END;
CREATE TRIGGER certificate_head_is_not_removed BEFORE DELETE ON certificate_head
BEGIN SELECT raise(ABORT, 'certificates only grow in number'); END;
