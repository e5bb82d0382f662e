-- Wrong one-time codes in a row, for each person that somebody tried one for.
CREATE TABLE identity_attempt (
    fin TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL CHECK (failures >= 0),
    -- The last attempt that was counted.
    last_ms BIGINT NOT NULL,
    -- No code is looked at before.
    next_ms BIGINT NOT NULL
);

-- An authorization request travels in the log-in page's address, under a MAC.
DROP TABLE identity_request;
