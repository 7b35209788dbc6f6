-- Who and what: tenants, the identity of the store, names that keep their ids, points of recorded time,
-- configurations and runs. Instants are whole seconds since 1970, digests 32 bytes.

CREATE TABLE tenant (
    tenant_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- One row. It is part of every slot, so that two stores never collide at a sink.
CREATE TABLE store_identity (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    identity TEXT NOT NULL
) STRICT;

CREATE TABLE recording (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    recording_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    run_id INTEGER,
    PRIMARY KEY (tenant_id, recording_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER recording_is_not_edited BEFORE UPDATE ON recording
BEGIN SELECT raise(ABORT, 'recordings are append-only'); END;
CREATE TRIGGER recording_is_not_removed BEFORE DELETE ON recording
BEGIN SELECT raise(ABORT, 'recordings are append-only'); END;

-- Pipelines, sources, sinks and accounts. Sources and sinks belong to a pipeline; 0 stands for none, so that
-- the name is unique.
CREATE TABLE entity (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    entity_id INTEGER NOT NULL,
    entity_type TEXT NOT NULL CHECK (entity_type IN ('pipeline', 'source', 'sink', 'account')),
    pipeline_id INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    PRIMARY KEY (tenant_id, entity_id),
    UNIQUE (tenant_id, entity_type, pipeline_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE former_name (
    tenant_id INTEGER NOT NULL,
    entity_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    renamed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, name, renamed_at),
    FOREIGN KEY (tenant_id, entity_id) REFERENCES entity (tenant_id, entity_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE config_version (
    tenant_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    recording_id INTEGER NOT NULL,
    hash BLOB NOT NULL,
    body TEXT NOT NULL,
    effective_from INTEGER,
    PRIMARY KEY (tenant_id, pipeline_id, recording_id),
    FOREIGN KEY (tenant_id, recording_id) REFERENCES recording (tenant_id, recording_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX config_version_by_hash ON config_version (tenant_id, pipeline_id, hash);

CREATE TABLE run (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    run_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    stage TEXT NOT NULL,
    started INTEGER NOT NULL,
    finished INTEGER,
    status TEXT NOT NULL CHECK (status IN ('running', 'complete', 'partial', 'failed')),
    config_hash BLOB,
    detail TEXT NOT NULL,
    PRIMARY KEY (tenant_id, run_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_by_pipeline ON run (tenant_id, pipeline_id, stage, run_id);
