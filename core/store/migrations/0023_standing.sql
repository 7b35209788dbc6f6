-- What is asked again and again, without looking through all that ever was.

-- Offers that a source has no more, of those that could not be read, or not all of it.
CREATE TABLE offer_gone (
    tenant_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    scope TEXT NOT NULL,
    offer_key TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, source_id, scope, offer_key),
    FOREIGN KEY (tenant_id, source_id) REFERENCES entity (tenant_id, entity_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX listing_with_broken ON listing (tenant_id, source_id, valid_from) WHERE broken > 0;
CREATE INDEX listing_unread ON listing (tenant_id, source_id, scope, offer_key)
    WHERE fingerprint = '' AND completeness = 'partial';

-- The periods that are billed, and how deliveries stand: bodies and documents are long, and lie before what is asked.
CREATE INDEX counterfoil_by_period ON counterfoil (tenant_id, pipeline_id, billing_period);
CREATE INDEX counterfoil_voided ON counterfoil (tenant_id, pipeline_id, sink_id, reference, number)
    WHERE action = 'voided';
CREATE INDEX effect_standing ON effect (tenant_id, pipeline_id, sink_id, reference, state, updated);
CREATE INDEX read_back_void ON read_back (tenant_id, sink_id, reference, number)
    WHERE json_extract(observed, '$.state') = 'void';
