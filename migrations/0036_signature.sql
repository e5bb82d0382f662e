-- Files that services hand over to have them signed. Deleted after `ends_ms`; a signing keeps copies.
CREATE TABLE signature_staged (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    -- SHA-256 of name, type and bytes, hexadecimal.
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    -- Base64.
    content TEXT NOT NULL,
    ends_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX signature_staged_digest ON signature_staged (service, digest);
CREATE INDEX signature_staged_ends ON signature_staged (ends_ms);

CREATE TABLE signing (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    -- JSON: the service's title on the day of the request.
    service_title TEXT NOT NULL,
    controller TEXT NOT NULL,
    purpose TEXT NOT NULL,
    -- JSON: the text for the citizen in each language.
    description TEXT NOT NULL,
    reference TEXT NOT NULL,
    return_path TEXT NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('pades', 'jades')),
    level TEXT NOT NULL CHECK (level IN ('b-b', 'b-t')),
    status TEXT NOT NULL CHECK (status IN ('created', 'started', 'submitted', 'success', 'failed', 'cancelled', 'error')),
    -- Why it failed.
    failure TEXT,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    finished_ms BIGINT,
    -- The signer.
    citizen TEXT NOT NULL,
    -- The attempt on the signer's device: its code, the codes to choose from (joined by spaces), and until when.
    code TEXT,
    choices TEXT,
    attempt_until_ms BIGINT,
    -- Wrong choices in a row, and until when no other attempt begins.
    wrong BIGINT NOT NULL,
    locked_until_ms BIGINT,
    -- When the signer confirmed; the claimed time of the signature.
    confirmed_ms BIGINT,
    -- When the provider was asked last.
    asked_ms BIGINT
);
CREATE UNIQUE INDEX signing_key ON signing (service, key);
CREATE INDEX signing_citizen ON signing (citizen, id);
CREATE INDEX signing_due ON signing (status, expires_ms);

-- What is to be signed: copies of staged files.
CREATE TABLE signing_document (
    signing TEXT NOT NULL,
    place BIGINT NOT NULL,
    -- JSON: the text for the citizen in each language.
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (signing, place)
);

-- Signed files.
CREATE TABLE signing_output (
    id TEXT NOT NULL PRIMARY KEY,
    signing TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX signing_output_signing ON signing_output (signing, id);

-- Signatures that a service asked for. One row each, so that two that are asked for at once are counted one after the other.
CREATE TABLE signing_count (
    service TEXT NOT NULL PRIMARY KEY,
    asked BIGINT NOT NULL CHECK (asked >= 0)
);

-- The simulated provider: people's keys and certificates.
CREATE TABLE sim_certificate (
    -- Hexadecimal.
    number TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 of number and names of the person.
    holder TEXT NOT NULL,
    -- The private number, sealed.
    private TEXT NOT NULL,
    -- DER in Base64.
    certificate TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);
CREATE INDEX sim_certificate_holder ON sim_certificate (holder, until_ms);

-- The orders that the provider carried out: each for one list of hashes.
CREATE TABLE sim_signature_order (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL,
    hashes TEXT NOT NULL
);
