-- The last listing of an offer, without looking through all listings of its scope.
CREATE INDEX listing_by_offer ON listing (tenant_id, source_id, scope, offer_key, listing_id);
