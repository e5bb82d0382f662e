-- A citizen's death ends their consents and participations. The tables are made anew, because an engine cannot change what a
-- column may hold.
CREATE TABLE consent_record_new (
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
    changed_ms BIGINT NOT NULL,
    -- Who or what ended an agreement: the citizen, the service that gave it up, the citizen's leaving of the test, the
    -- withdrawal of the service, or the citizen's death.
    ended_by TEXT CHECK (ended_by IN ('citizen', 'service', 'left', 'withdrawn', 'death')),
    -- The signing in which the citizen signed the agreement, where the data is of a special category.
    signing TEXT
);
INSERT INTO consent_record_new (id, service, citizen, purpose, revision, agreement, terms, attributes, fetch_type, state, decided_ms,
    expires_ms, first_read_ms, changed_ms, ended_by, signing)
SELECT id, service, citizen, purpose, revision, agreement, terms, attributes, fetch_type, state, decided_ms,
    expires_ms, first_read_ms, changed_ms, ended_by, signing
FROM consent_record;
DROP TABLE consent_record;
ALTER TABLE consent_record_new RENAME TO consent_record;
CREATE UNIQUE INDEX consent_record_live ON consent_record (service, citizen, purpose)
    WHERE state IN ('active', 'paused');
CREATE UNIQUE INDEX consent_record_revision ON consent_record (citizen, service, purpose, revision);
CREATE INDEX consent_record_citizen ON consent_record (citizen, id);
CREATE INDEX consent_record_expires ON consent_record (expires_ms) WHERE state IN ('active', 'paused');
CREATE INDEX consent_record_first_read ON consent_record (first_read_ms)
    WHERE state IN ('active', 'paused') AND first_read_ms IS NOT NULL;
CREATE UNIQUE INDEX consent_record_signing ON consent_record (signing);

CREATE TABLE consent_enrolment_new (
    service TEXT NOT NULL,
    citizen TEXT NOT NULL,
    enrolled_ms BIGINT NOT NULL,
    -- What the citizen was told when joining (JSON); empty in rows of before it was kept.
    terms TEXT NOT NULL DEFAULT '',
    ended_ms BIGINT,
    ended_by TEXT CHECK (ended_by IN ('left', 'withdrawn', 'death')),
    -- The pairwise pseudonym by which the service names its addressees; NULL until the service sends something.
    sub TEXT,
    PRIMARY KEY (service, citizen)
);
INSERT INTO consent_enrolment_new (service, citizen, enrolled_ms, terms, ended_ms, ended_by, sub)
SELECT service, citizen, enrolled_ms, terms, ended_ms, ended_by, sub
FROM consent_enrolment;
DROP TABLE consent_enrolment;
ALTER TABLE consent_enrolment_new RENAME TO consent_enrolment;
CREATE INDEX consent_enrolment_citizen ON consent_enrolment (citizen, service);
CREATE UNIQUE INDEX consent_enrolment_sub ON consent_enrolment (service, sub);
CREATE INDEX consent_enrolment_without_sub ON consent_enrolment (service, citizen) WHERE sub IS NULL;

-- The citizen who is logged in, so that their log-ins can be ended. Log-ins of before do not have it; they last twelve hours.
ALTER TABLE portal_session ADD COLUMN citizen TEXT;
CREATE INDEX portal_session_citizen ON portal_session (citizen) WHERE citizen IS NOT NULL;

-- The deaths that the simulated registry office registered.
CREATE TABLE sim_death (
    fin TEXT NOT NULL PRIMARY KEY,
    -- The day, YYYY-MM-DD.
    died TEXT NOT NULL
);
