-- Where and when a token was used last, so that a forgotten or stolen one is noticed.
ALTER TABLE api_token ADD COLUMN last_used_at_ms BIGINT;
-- A network, not an address: enough to recognise one's own office.
ALTER TABLE api_token ADD COLUMN last_used_from TEXT;

-- The second factor (RFC 6238): base32 of 20 random bytes. Null for the log-ins of a development sandbox, which
-- nothing but a platform that was started as one lets in.
ALTER TABLE staff ADD COLUMN totp_secret TEXT;
-- The time step of the last code that was accepted: a code counts once.
ALTER TABLE staff ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;
-- Raised when password or second factor change; log-ins of an older generation are over.
ALTER TABLE staff ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;

-- Codes for whoever lost the second factor. Each counts once.
CREATE TABLE staff_recovery_code (
    -- The person, or the proposal that their new credentials wait in.
    owner TEXT NOT NULL,
    -- SHA-256, in hexadecimal; a code has 80 random bits.
    code_sha256 TEXT NOT NULL CHECK (LENGTH(code_sha256) = 64),
    PRIMARY KEY (owner, code_sha256)
);

-- What a director wants for the staff, until a second director confirms it or a waiting time has passed.
CREATE TABLE staff_proposal (
    id TEXT NOT NULL PRIMARY KEY,
    created_at_ms BIGINT NOT NULL,
    proposed_by TEXT NOT NULL REFERENCES staff (id),
    kind TEXT NOT NULL CHECK (kind IN ('invite', 'change', 'reset')),
    -- Whose entry; somebody new gets this id.
    person TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('officer', 'director')),
    organisation TEXT REFERENCES organisation (id),
    active BIGINT NOT NULL,
    -- When the waiting time has passed.
    due_at_ms BIGINT NOT NULL,
    -- SHA-256 of the one-time link, for invitations and resets, and when it ends.
    link_sha256 TEXT UNIQUE,
    link_ends_at_ms BIGINT,
    -- What the person chose behind the link.
    accepted_at_ms BIGINT,
    password_hash TEXT,
    totp_secret TEXT,
    totp_step BIGINT,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'stopped'))
);
CREATE UNIQUE INDEX staff_proposal_open ON staff_proposal (email) WHERE state = 'open';

-- Who did what to whom among the staff. Append-only.
CREATE TABLE staff_event (
    id TEXT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    -- Empty where the waiting time did it.
    actor_name TEXT NOT NULL,
    event TEXT NOT NULL,
    person_name TEXT NOT NULL,
    -- The entry that it is about, as it is or shall be since then.
    role TEXT NOT NULL,
    organisation TEXT REFERENCES organisation (id),
    active BIGINT NOT NULL
);
INSERT INTO staff_event (id, at_ms, actor_name, event, person_name, role, organisation, active)
SELECT staff_change.id, staff_change.at_ms, actor.name, 'changed', person.name, staff_change.role,
    staff_change.organisation, staff_change.active
FROM staff_change
JOIN staff AS actor ON actor.id = staff_change.actor
JOIN staff AS person ON person.id = staff_change.person;
DROP TABLE staff_change;
