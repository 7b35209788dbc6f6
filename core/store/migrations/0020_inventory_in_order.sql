-- Inventory in the order in which it is written and read: by resource, without an index beside the key. A first listing
-- of many resources then appends, and a month is read in one pass. Configurations have numbers instead of digests.

CREATE TABLE inventory_sequence (
    tenant_id INTEGER NOT NULL PRIMARY KEY,
    -- The last ones that were given.
    interval_id INTEGER NOT NULL,
    configuration_id INTEGER NOT NULL,
    gauge_run_id INTEGER NOT NULL
) STRICT;

CREATE TABLE configuration_of_resource (
    tenant_id INTEGER NOT NULL,
    configuration_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    parent TEXT,
    attributes TEXT NOT NULL,
    digest BLOB,
    PRIMARY KEY (tenant_id, configuration_id)
) STRICT, WITHOUT ROWID;
INSERT INTO configuration_of_resource
    SELECT u.tenant_id, row_number() OVER (PARTITION BY u.tenant_id ORDER BY u.resource_id, u.first), u.resource_id,
        c.name, c.parent, c.attributes, c.digest
    FROM (SELECT tenant_id, resource_id, configuration, min(interval_id) AS first FROM interval
        GROUP BY tenant_id, resource_id, configuration) u
    JOIN configuration c ON c.tenant_id = u.tenant_id AND c.digest = u.configuration;
CREATE INDEX configuration_moving ON configuration_of_resource (tenant_id, resource_id, digest);

CREATE TABLE interval_of_resource (
    tenant_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL,
    interval_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    external_id TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    configuration_id INTEGER NOT NULL,
    listing_id INTEGER NOT NULL,
    place TEXT NOT NULL,
    recorded_from INTEGER NOT NULL,
    recorded_to INTEGER,
    CHECK (valid_to IS NULL OR valid_from < valid_to),
    PRIMARY KEY (tenant_id, resource_id, interval_id),
    FOREIGN KEY (tenant_id, resource_id) REFERENCES resource (tenant_id, resource_id),
    FOREIGN KEY (tenant_id, configuration_id) REFERENCES configuration_of_resource (tenant_id, configuration_id),
    FOREIGN KEY (tenant_id, listing_id) REFERENCES listing (tenant_id, listing_id)
) STRICT, WITHOUT ROWID;
INSERT INTO interval_of_resource
    SELECT i.tenant_id, i.resource_id, i.interval_id, i.source_id, i.scope, i.external_id, i.valid_from, i.valid_to,
        c.configuration_id, i.listing_id, i.place, i.recorded_from, i.recorded_to
    FROM interval i JOIN configuration_of_resource c
        ON c.tenant_id = i.tenant_id AND c.resource_id = i.resource_id AND c.digest = i.configuration
    ORDER BY i.tenant_id, i.resource_id, i.interval_id;

CREATE TABLE gauge_run_of_resource (
    tenant_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL,
    gauge_run_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    source_id INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    value TEXT NOT NULL,
    recorded_from INTEGER NOT NULL,
    recorded_to INTEGER,
    PRIMARY KEY (tenant_id, resource_id, gauge_run_id)
) STRICT, WITHOUT ROWID;
INSERT INTO gauge_run_of_resource
    SELECT tenant_id, resource_id, gauge_run_id, name, source_id, valid_from, valid_to, value, recorded_from, recorded_to
    FROM gauge_run ORDER BY tenant_id, resource_id, gauge_run_id;

INSERT INTO inventory_sequence
    SELECT tenant_id,
        (SELECT coalesce(max(interval_id), 0) FROM interval i WHERE i.tenant_id = t.tenant_id),
        (SELECT coalesce(max(configuration_id), 0) FROM configuration_of_resource c WHERE c.tenant_id = t.tenant_id),
        (SELECT coalesce(max(gauge_run_id), 0) FROM gauge_run g WHERE g.tenant_id = t.tenant_id)
    FROM tenant t;

-- Every name that a resource ever had.
CREATE TABLE resource_name (
    tenant_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    resource_id INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name, resource_id)
) STRICT, WITHOUT ROWID;
INSERT INTO resource_name SELECT DISTINCT tenant_id, name, resource_id FROM configuration_of_resource;

DROP TABLE interval;
DROP TABLE configuration;
DROP TABLE gauge_run;
DROP INDEX configuration_moving;
ALTER TABLE configuration_of_resource DROP COLUMN digest;
ALTER TABLE configuration_of_resource RENAME TO configuration;
ALTER TABLE interval_of_resource RENAME TO interval;
ALTER TABLE gauge_run_of_resource RENAME TO gauge_run;

-- The key of an identity leads to all that is asked for: a unique index on a part of it said nothing more, and by
-- resource or by id alone people ask, one at a time.
DROP INDEX identity_now;
DROP INDEX identity_by_resource;
DROP INDEX identity_by_external_id;
