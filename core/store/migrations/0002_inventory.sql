-- Inventory as state with duration: resources, their identities at sources, bitemporal intervals, gauges, and
-- the coverage log. `recorded_from` and `recorded_to` are recordings; a row is known at a cutoff when
-- recorded_from <= cutoff < recorded_to.

CREATE TABLE listing (
    tenant_id INTEGER NOT NULL,
    listing_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    covered_until INTEGER NOT NULL,
    offer_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    completeness TEXT NOT NULL CHECK (completeness IN ('complete', 'partial', 'unknown')),
    expected INTEGER,
    seen INTEGER NOT NULL,
    new INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    withheld INTEGER NOT NULL,
    broken INTEGER NOT NULL,
    reason TEXT,
    run_id INTEGER,
    recording_id INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, listing_id),
    FOREIGN KEY (tenant_id, source_id) REFERENCES entity (tenant_id, entity_id),
    FOREIGN KEY (tenant_id, recording_id) REFERENCES recording (tenant_id, recording_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX listing_by_scope ON listing (tenant_id, source_id, scope, valid_from);

-- Which resources a listing saw that was not complete: 8 bytes each (little-endian), 8,192 a chunk.
CREATE TABLE listing_seen (
    tenant_id INTEGER NOT NULL,
    listing_id INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    resources BLOB NOT NULL,
    PRIMARY KEY (tenant_id, listing_id, chunk),
    FOREIGN KEY (tenant_id, listing_id) REFERENCES listing (tenant_id, listing_id)
) STRICT;

-- The order of the last complete listing of a scope. A scope whose order is not there gets a full listing.
CREATE TABLE listing_base (
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    listing_id INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, source_id, scope),
    FOREIGN KEY (tenant_id, listing_id) REFERENCES listing (tenant_id, listing_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE listing_order (
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    chunk INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    resources BLOB NOT NULL,
    PRIMARY KEY (tenant_id, source_id, scope, chunk)
) STRICT;

-- What a source declared last of its kinds.
CREATE TABLE declared_kind (
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    declaration TEXT NOT NULL,
    declared_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, source_id, kind),
    FOREIGN KEY (tenant_id, source_id) REFERENCES entity (tenant_id, entity_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE resource (
    tenant_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    recording_id INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, resource_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE identity (
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    external_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    resource_id INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    recorded_from INTEGER NOT NULL,
    recorded_to INTEGER,
    PRIMARY KEY (tenant_id, source_id, scope, external_id, kind, recorded_from)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identity_now ON identity (tenant_id, source_id, scope, external_id, kind)
    WHERE recorded_to IS NULL;
CREATE INDEX identity_by_resource ON identity (tenant_id, resource_id);
CREATE INDEX identity_by_external_id ON identity (tenant_id, external_id);

-- Values of the attribute sets that tell a resource from every other one of its source and kind.
CREATE TABLE correlation (
    tenant_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL,
    attribute_set TEXT NOT NULL,
    value BLOB NOT NULL,
    recorded_from INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, resource_id, attribute_set, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX correlation_by_value ON correlation (tenant_id, value);

CREATE TABLE configuration (
    tenant_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    name TEXT NOT NULL,
    parent TEXT,
    attributes TEXT NOT NULL,
    PRIMARY KEY (tenant_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX configuration_by_name ON configuration (tenant_id, name);

CREATE TABLE interval (
    tenant_id INTEGER NOT NULL,
    interval_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    external_id TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    configuration BLOB NOT NULL,
    listing_id INTEGER NOT NULL,
    place TEXT NOT NULL,
    recorded_from INTEGER NOT NULL,
    recorded_to INTEGER,
    CHECK (valid_to IS NULL OR valid_from < valid_to),
    PRIMARY KEY (tenant_id, interval_id),
    FOREIGN KEY (tenant_id, resource_id) REFERENCES resource (tenant_id, resource_id),
    FOREIGN KEY (tenant_id, configuration) REFERENCES configuration (tenant_id, digest),
    FOREIGN KEY (tenant_id, listing_id) REFERENCES listing (tenant_id, listing_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX interval_by_resource ON interval (tenant_id, resource_id, recorded_to, valid_from);
CREATE INDEX interval_in_scope ON interval (tenant_id, source_id, scope, valid_from) WHERE recorded_to IS NULL;
CREATE INDEX interval_by_configuration ON interval (tenant_id, configuration);

CREATE TABLE gauge_run (
    tenant_id INTEGER NOT NULL,
    gauge_run_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    source_id INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    value TEXT NOT NULL,
    recorded_from INTEGER NOT NULL,
    recorded_to INTEGER,
    PRIMARY KEY (tenant_id, gauge_run_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX gauge_run_by_resource ON gauge_run (tenant_id, resource_id, recorded_to, valid_from);
CREATE INDEX gauge_run_by_source ON gauge_run (tenant_id, source_id, valid_from);

CREATE TABLE broken_row (
    tenant_id INTEGER NOT NULL,
    listing_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    place TEXT NOT NULL,
    external_id TEXT,
    resource_id INTEGER,
    message TEXT NOT NULL,
    hint TEXT,
    PRIMARY KEY (tenant_id, listing_id, number),
    FOREIGN KEY (tenant_id, listing_id) REFERENCES listing (tenant_id, listing_id)
) STRICT, WITHOUT ROWID;

-- Endings that wait for a person.
CREATE TABLE withheld (
    tenant_id INTEGER NOT NULL,
    withheld_id INTEGER NOT NULL,
    listing_id INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'dismissed')),
    absent INTEGER NOT NULL,
    known INTEGER NOT NULL,
    ceiling INTEGER,
    settled_by TEXT,
    settled_at INTEGER,
    PRIMARY KEY (tenant_id, withheld_id),
    FOREIGN KEY (tenant_id, listing_id) REFERENCES listing (tenant_id, listing_id)
) STRICT, WITHOUT ROWID;

-- A row for each listing from which a resource was absent and did not end.
CREATE TABLE withheld_resource (
    tenant_id INTEGER NOT NULL,
    listing_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL,
    withheld_id INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'ended', 'returned', 'dismissed')),
    PRIMARY KEY (tenant_id, listing_id, resource_id),
    FOREIGN KEY (tenant_id, withheld_id) REFERENCES withheld (tenant_id, withheld_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX withheld_resource_pending ON withheld_resource (tenant_id, withheld_id, resource_id)
    WHERE state = 'pending';
