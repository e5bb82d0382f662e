-- The manifest as it was checked when it was announced, so that a stricter rule of tomorrow does not
-- break what is there; empty in rows of before, whose text is read instead.
ALTER TABLE submission ADD COLUMN manifest_data TEXT NOT NULL DEFAULT '';
-- How often in a row vetting began and the platform went down with it.
ALTER TABLE submission ADD COLUMN vetting_attempts BIGINT NOT NULL DEFAULT 0;
-- It is not vetted (again) before this moment.
ALTER TABLE submission ADD COLUMN vetting_after_ms BIGINT NOT NULL DEFAULT 0;
CREATE INDEX submission_digest ON submission (digest);

-- Passwords that were tried, by address and source. Addresses that nobody has are counted too: an
-- attacker must not learn which exist.
CREATE TABLE staff_attempt (
    -- SHA-256, in hexadecimal, of what is counted.
    id TEXT NOT NULL PRIMARY KEY CHECK (LENGTH(id) = 64),
    attempts BIGINT NOT NULL CHECK (attempts > 0),
    -- When counting begins anew.
    ends_at_ms BIGINT NOT NULL
);
CREATE INDEX staff_attempt_end ON staff_attempt (ends_at_ms);
ALTER TABLE staff DROP COLUMN failed_attempts;
ALTER TABLE staff DROP COLUMN locked_until_ms;
-- Who left keeps the row, because decisions name it, and is not let in.
ALTER TABLE staff ADD COLUMN active BIGINT NOT NULL DEFAULT 1;
-- Who changed whom among the staff. Append-only.
CREATE TABLE staff_change (
    id TEXT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL REFERENCES staff (id),
    person TEXT NOT NULL REFERENCES staff (id),
    -- What the entry is since then.
    role TEXT NOT NULL,
    organisation TEXT REFERENCES organisation (id),
    active BIGINT NOT NULL
);

-- A citizen speaks for one organisation.
DROP INDEX organisation_member_citizen;
CREATE UNIQUE INDEX organisation_member_citizen ON organisation_member (citizen);
