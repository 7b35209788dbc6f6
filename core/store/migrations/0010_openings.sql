-- What was billed elsewhere of a period that is billed here. An entry that is changed or withdrawn is superseded, as intervals are.

CREATE TABLE opening (
    tenant_id INTEGER NOT NULL,
    pipeline_id INTEGER NOT NULL,
    opening_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    -- Empty: of the account as a whole.
    item TEXT NOT NULL,
    billing_period TEXT NOT NULL,
    note TEXT NOT NULL,
    body TEXT NOT NULL,
    recorded_from INTEGER NOT NULL,
    recorded_to INTEGER,
    PRIMARY KEY (tenant_id, pipeline_id, opening_id),
    FOREIGN KEY (tenant_id, pipeline_id) REFERENCES entity (tenant_id, entity_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES entity (tenant_id, entity_id),
    FOREIGN KEY (tenant_id, recorded_from) REFERENCES recording (tenant_id, recording_id)
) STRICT;
CREATE UNIQUE INDEX opening_now ON opening (tenant_id, pipeline_id, account_id, item, billing_period, note)
    WHERE recorded_to IS NULL;

CREATE TRIGGER opening_is_only_superseded BEFORE UPDATE ON opening
WHEN old.recorded_to IS NOT NULL OR new.recorded_to IS NULL OR new.body <> old.body
    OR new.recorded_from <> old.recorded_from
BEGIN SELECT raise(ABORT, 'opening positions are superseded, never edited'); END;
CREATE TRIGGER opening_is_not_removed BEFORE DELETE ON opening
BEGIN SELECT raise(ABORT, 'opening positions are superseded, never removed'); END;
