-- The chain of counterfoils. Nothing here is ever edited; `verify` finds who tries.

CREATE TABLE counterfoil (
    tenant_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    previous BLOB NOT NULL,
    body_digest BLOB NOT NULL,
    digest BLOB NOT NULL,
    body TEXT NOT NULL,
    sink_id INTEGER NOT NULL,
    reference TEXT NOT NULL,
    billing_period TEXT NOT NULL,
    action TEXT NOT NULL,
    recording_id INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id, number),
    FOREIGN KEY (tenant_id, recording_id) REFERENCES recording (tenant_id, recording_id)
) STRICT;
CREATE INDEX counterfoil_by_reference ON counterfoil (tenant_id, pipeline_id, sink_id, reference, number);

-- What each counterfoil bills of each charge, so that the net confirmed is a sum.
CREATE TABLE counterfoil_line (
    tenant_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    line INTEGER NOT NULL,
    charge BLOB NOT NULL,
    charge_key TEXT NOT NULL,
    currency TEXT NOT NULL,
    billed_minor INTEGER NOT NULL,
    reference TEXT NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id, number, line),
    FOREIGN KEY (tenant_id, pipeline_id, number) REFERENCES counterfoil (tenant_id, pipeline_id, number)
) STRICT;
CREATE INDEX counterfoil_line_by_charge ON counterfoil_line (tenant_id, pipeline_id, charge);

CREATE TABLE counterfoil_head (
    tenant_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    count INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (tenant_id, pipeline_id)
) STRICT;

CREATE TRIGGER counterfoil_is_not_edited BEFORE UPDATE ON counterfoil
BEGIN SELECT raise(ABORT, 'counterfoils are append-only'); END;
CREATE TRIGGER counterfoil_is_not_removed BEFORE DELETE ON counterfoil
BEGIN SELECT raise(ABORT, 'counterfoils are append-only'); END;
CREATE TRIGGER counterfoil_line_is_not_edited BEFORE UPDATE ON counterfoil_line
BEGIN SELECT raise(ABORT, 'counterfoils are append-only'); END;
CREATE TRIGGER counterfoil_line_is_not_removed BEFORE DELETE ON counterfoil_line
BEGIN SELECT raise(ABORT, 'counterfoils are append-only'); END;
CREATE TRIGGER counterfoil_head_only_grows BEFORE UPDATE ON counterfoil_head WHEN new.count <> old.count + 1
BEGIN SELECT raise(ABORT, 'the chain of counterfoils only grows'); END;
CREATE TRIGGER counterfoil_head_is_not_removed BEFORE DELETE ON counterfoil_head
BEGIN SELECT raise(ABORT, 'the chain of counterfoils only grows'); END;
