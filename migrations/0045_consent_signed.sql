-- The signing in which the citizen signed the agreement, where the data is of a special category.
ALTER TABLE consent_record ADD COLUMN signing TEXT;
CREATE UNIQUE INDEX consent_record_signing ON consent_record (signing);

-- Signings of agreements that are not recorded as consents yet.
CREATE TABLE signing_agreement (
    signing TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 of what was shown, hexadecimal, and the end of the test that the citizen read.
    agreement TEXT NOT NULL,
    ends_ms BIGINT NOT NULL,
    -- The signing that waits for the agreement of one whom a citizen named.
    leads_to TEXT
);
