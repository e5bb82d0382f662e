-- The keys that sign ID tokens. Their secrets are in identity_secret: `id-token-key` the first, `id-token-key.2` the next.
CREATE TABLE identity_key (
    number BIGINT NOT NULL PRIMARY KEY,
    made_ms BIGINT NOT NULL
);
-- A key of before is of unknown age: it gets a successor at once.
INSERT INTO identity_key (number, made_ms)
SELECT 1, 0 FROM identity_secret WHERE name = 'id-token-key';

-- Pushed authorization requests (RFC 9126), each until it is used or expires.
CREATE TABLE identity_pushed (
    id_hash TEXT NOT NULL PRIMARY KEY,
    client TEXT NOT NULL,
    -- Form-encoded, without what proves the client.
    params TEXT NOT NULL,
    expires_ms BIGINT NOT NULL
);
