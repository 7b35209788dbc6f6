-- Which customer of a sink each account is, as a person confirmed it. What is confirmed anew supersedes.

CREATE TABLE mapped_customer (
    tenant_id INTEGER NOT NULL,
    sink_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    recorded_from INTEGER NOT NULL,
    recorded_to INTEGER,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, sink_id, account_id, recorded_from),
    FOREIGN KEY (tenant_id, sink_id) REFERENCES entity (tenant_id, entity_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES entity (tenant_id, entity_id),
    FOREIGN KEY (tenant_id, recorded_from) REFERENCES recording (tenant_id, recording_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mapped_customer_now ON mapped_customer (tenant_id, sink_id, account_id)
    WHERE recorded_to IS NULL;

CREATE TRIGGER mapped_customer_is_only_superseded BEFORE UPDATE ON mapped_customer
WHEN old.recorded_to IS NOT NULL OR new.recorded_to IS NULL OR new.body <> old.body
    OR new.recorded_from <> old.recorded_from
BEGIN SELECT raise(ABORT, 'confirmed customers are superseded, never edited'); END;
CREATE TRIGGER mapped_customer_is_not_removed BEFORE DELETE ON mapped_customer
BEGIN SELECT raise(ABORT, 'confirmed customers are superseded, never removed'); END;
