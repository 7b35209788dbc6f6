-- Who let a parked effect go on, and why. Nothing here is ever edited.

CREATE TABLE effect_release (
    tenant_id INTEGER NOT NULL,
    effect_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    -- Why it had been parked, and what it was to do.
    effect TEXT NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, effect_id, number),
    FOREIGN KEY (tenant_id, effect_id) REFERENCES effect (tenant_id, effect_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER effect_release_is_not_edited BEFORE UPDATE ON effect_release
BEGIN SELECT raise(ABORT, 'releases are append-only'); END;
CREATE TRIGGER effect_release_is_not_removed BEFORE DELETE ON effect_release
BEGIN SELECT raise(ABORT, 'releases are append-only'); END;
