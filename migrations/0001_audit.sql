-- Who used which government API, for whom, under which purpose, and what was decided.
-- Append-only: nothing updates or deletes a row. Never holds a value, only the names of attributes.
CREATE TABLE audit_record (
    id TEXT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    -- The service that asked, and the digest of the component that ran; the platform's own screens say `platform`.
    service TEXT NOT NULL,
    digest TEXT NOT NULL,
    citizen TEXT,
    interface TEXT NOT NULL,
    operation TEXT NOT NULL,
    -- A purpose code of the approved manifest, where the operation has one.
    purpose TEXT,
    consent_id TEXT,
    -- Attribute names separated by a space, in alphabetical order.
    attributes TEXT NOT NULL,
    -- `allowed`, or the code of the refusal.
    decision TEXT NOT NULL,
    -- What the record is about: a payment, a receipt, a data set.
    object TEXT
);
CREATE INDEX audit_record_citizen ON audit_record (citizen, at_ms);
CREATE INDEX audit_record_service ON audit_record (service, at_ms);
