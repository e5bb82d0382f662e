-- Messages on the exchange with other agencies. Append-only but for the content, which is forgotten after 30 days.
CREATE TABLE exchange_message (
    id TEXT NOT NULL PRIMARY KEY,
    -- Its place in the chain: 1, 2, 3 …
    number BIGINT NOT NULL,
    -- The hash of the record before; empty for the first.
    previous TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('request', 'response')),
    message_id TEXT NOT NULL,
    -- The attempt, which the exchange names with its answer.
    request_id TEXT,
    service TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    -- SHA-256 of the content.
    digest TEXT NOT NULL,
    -- Headers and body (JSON, sealed where the database has a key).
    content TEXT,
    hash TEXT NOT NULL,
    -- A JWS of the platform over number and hash.
    signature TEXT NOT NULL
);
CREATE UNIQUE INDEX exchange_message_number ON exchange_message (number);
CREATE INDEX exchange_message_message ON exchange_message (message_id, number);
CREATE INDEX exchange_message_kept ON exchange_message (at_ms) WHERE content IS NOT NULL;

-- The end of the chain: one row, so that messages are written one after the other.
CREATE TABLE exchange_log_end (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL CHECK (number >= 0),
    hash TEXT NOT NULL
);
INSERT INTO exchange_log_end (id, number, hash) VALUES (1, 0, '');

-- Calls to registries by a service in its whole test.
CREATE TABLE exchange_count (
    service TEXT NOT NULL PRIMARY KEY,
    calls BIGINT NOT NULL CHECK (calls >= 0)
);
