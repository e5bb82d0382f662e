-- What a citizen decided about one purpose of one service. A row ends in `revoked`, `expired`, `denied`
-- or `superseded` and is never deleted: it is the citizen's receipt.
CREATE TABLE consent_record (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    citizen TEXT NOT NULL,
    purpose TEXT NOT NULL,
    -- Counts the citizen's decisions about this purpose; the highest one holds.
    revision BIGINT NOT NULL CHECK (revision >= 1),
    -- SHA-256 of the capability set and the purpose as approved: a change of either asks the citizen again.
    agreement TEXT NOT NULL,
    -- What the citizen read: texts, controller, recipients, lawful basis, retention (JSON).
    terms TEXT NOT NULL,
    -- Attribute names separated by a space, in alphabetical order.
    attributes TEXT NOT NULL,
    fetch_type TEXT NOT NULL CHECK (fetch_type IN ('one-time', 'periodic')),
    state TEXT NOT NULL CHECK (state IN ('active', 'denied', 'paused', 'revoked', 'expired', 'superseded')),
    decided_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL CHECK (expires_ms >= decided_ms),
    -- When data was first read under it.
    first_read_ms BIGINT,
    -- When the state last changed.
    changed_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX consent_record_live ON consent_record (service, citizen, purpose)
    WHERE state IN ('active', 'paused');
CREATE UNIQUE INDEX consent_record_revision ON consent_record (citizen, service, purpose, revision);
CREATE INDEX consent_record_citizen ON consent_record (citizen, id);

-- The citizens who take part in a service's test.
CREATE TABLE consent_enrolment (
    service TEXT NOT NULL,
    citizen TEXT NOT NULL,
    enrolled_ms BIGINT NOT NULL,
    PRIMARY KEY (service, citizen)
);
-- How many they are. One row a service, so that two who come at once are counted one after the other.
CREATE TABLE consent_enrolment_count (
    service TEXT NOT NULL PRIMARY KEY,
    citizens BIGINT NOT NULL CHECK (citizens >= 0)
);
