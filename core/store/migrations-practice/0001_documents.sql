-- What the practice invoicing API holds. Nets are integer minor units; quantities and unit prices are
-- decimals as text. Ids are never used twice, not even after a deletion.
CREATE TABLE customer (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    reference  TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    email      TEXT,
    created    TEXT NOT NULL
) STRICT;

-- `reference` is deliberately not unique: most invoicing systems do not guard the caller's reference.
CREATE TABLE document (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    kind             TEXT NOT NULL CHECK (kind IN ('invoice', 'credit-note')),
    state            TEXT NOT NULL CHECK (state IN ('draft', 'posted', 'void')),
    number           TEXT UNIQUE,
    reference        TEXT,
    slot_digest      TEXT,
    content_digest   TEXT,
    customer_id      INTEGER NOT NULL REFERENCES customer (id),
    currency         TEXT NOT NULL,
    issue_date       TEXT NOT NULL,
    due_date         TEXT,
    first_day        TEXT,
    last_day         TEXT,
    buyer_reference  TEXT,
    corrects_id      INTEGER REFERENCES document (id),
    net_minor        INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    created          TEXT NOT NULL,
    changed          TEXT NOT NULL,
    CHECK (state <> 'posted' OR number IS NOT NULL)
) STRICT;

CREATE INDEX document_by_reference ON document (reference, id);
CREATE INDEX document_by_issue_date ON document (issue_date, id);
CREATE INDEX document_by_original ON document (corrects_id) WHERE corrects_id IS NOT NULL;

CREATE TABLE line (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id     INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    position        INTEGER NOT NULL,
    line_reference  TEXT,
    item            TEXT,
    description     TEXT NOT NULL,
    quantity        TEXT NOT NULL,
    unit            TEXT,
    unit_price      TEXT NOT NULL,
    net_minor       INTEGER NOT NULL,
    first_day       TEXT,
    last_day        TEXT,
    tax_category    TEXT,
    account_code    TEXT,
    UNIQUE (document_id, position)
) STRICT;

-- The last number of each series. Raised in the transaction that posts, so that no number is lost.
CREATE TABLE series (
    name  TEXT PRIMARY KEY,
    last  INTEGER NOT NULL
) STRICT;
