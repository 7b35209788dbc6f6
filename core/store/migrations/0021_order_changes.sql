-- What each listing changed of the order of its scope since that was written whole: a listing in which little changed
-- then writes little.
CREATE TABLE listing_order_change (
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    number INTEGER NOT NULL,
    change BLOB NOT NULL,
    PRIMARY KEY (tenant_id, source_id, scope, number)
) STRICT;
