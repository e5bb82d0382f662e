-- Several people sign one signing, of whom some are named by a citizen.
ALTER TABLE signing RENAME TO signing_of_one;
CREATE TABLE signing (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    -- JSON: the service's title on the day of the request.
    service_title TEXT NOT NULL,
    controller TEXT NOT NULL,
    purpose TEXT NOT NULL,
    -- JSON: the text for the signers in each language.
    description TEXT NOT NULL,
    reference TEXT NOT NULL,
    return_path TEXT NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('pades', 'jades')),
    level TEXT NOT NULL CHECK (level IN ('b-b', 'b-t')),
    signing_order TEXT NOT NULL CHECK (signing_order IN ('any', 'listed')),
    -- The language of the request, in which the platform writes to signers.
    lang TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('created', 'started', 'partly-signed', 'submitted', 'success', 'failed', 'cancelled', 'error')),
    -- Why it failed.
    failure TEXT,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    finished_ms BIGINT,
    -- The first signer whom the service knows: whom its events are about.
    citizen TEXT NOT NULL,
    -- When the provider was asked last.
    asked_ms BIGINT
);

CREATE TABLE signing_signer (
    signing TEXT NOT NULL,
    -- In the order of the request.
    place BIGINT NOT NULL,
    -- The citizen of the request, one whom the service names, or one whom the citizen of the request names.
    role TEXT NOT NULL CHECK (role IN ('current', 'citizen', 'named')),
    -- JSON: what the service calls somebody who is named by a citizen.
    label TEXT,
    -- Nobody until a citizen named somebody.
    citizen TEXT,
    -- How often somebody was named, and when last.
    namings BIGINT NOT NULL,
    named_ms BIGINT,
    -- The code that the named person enters, how often another one was entered, and when the right one was.
    pairing TEXT,
    pairing_wrong BIGINT NOT NULL,
    paired_ms BIGINT,
    -- When the named person agreed to what the service learns.
    agreed_ms BIGINT,
    -- The attempt on the signer's device: its code, the codes to choose from (joined by spaces), and until when.
    code TEXT,
    choices TEXT,
    attempt_until_ms BIGINT,
    -- Wrong choices in a row, and until when no other attempt begins.
    wrong BIGINT NOT NULL,
    locked_until_ms BIGINT,
    -- `confirmed` while the provider makes the signature.
    answer TEXT NOT NULL CHECK (answer IN ('none', 'confirmed', 'signed', 'refused', 'unable')),
    -- Of a confirmation: the claimed time of the signature.
    answered_ms BIGINT,
    PRIMARY KEY (signing, place)
);

-- Files with the signatures that were made so far, until the last one is made.
CREATE TABLE signing_partial (
    signing TEXT NOT NULL,
    place BIGINT NOT NULL,
    -- Base64.
    content TEXT NOT NULL,
    PRIMARY KEY (signing, place)
);

INSERT INTO signing (id, service, key, request_hash, service_title, controller, purpose, description, reference, return_path, format, level, signing_order, lang, status, failure, created_ms, expires_ms, finished_ms, citizen, asked_ms)
SELECT id, service, key, request_hash, service_title, controller, purpose, description, reference, return_path, format, level, 'any', 'az', status, failure, created_ms, expires_ms, finished_ms, citizen, asked_ms
FROM signing_of_one;

INSERT INTO signing_signer (signing, place, role, citizen, namings, pairing_wrong, code, choices, attempt_until_ms, wrong, locked_until_ms, answer, answered_ms)
SELECT
    id, 0, 'citizen', citizen, 0, 0, code, choices, attempt_until_ms, wrong, locked_until_ms,
    CASE
        WHEN status = 'success' THEN 'signed'
        WHEN status IN ('submitted', 'error') THEN 'confirmed'
        WHEN status = 'failed' AND failure = 'refused' THEN 'refused'
        WHEN status = 'failed' AND failure = 'signer-unable' THEN 'unable'
        ELSE 'none'
    END,
    CASE
        WHEN status IN ('success', 'submitted', 'error') THEN confirmed_ms
        WHEN status = 'failed' AND failure IN ('refused', 'signer-unable') THEN finished_ms
    END
FROM signing_of_one;

DROP TABLE signing_of_one;
CREATE UNIQUE INDEX signing_key ON signing (service, key);
CREATE INDEX signing_due ON signing (status, expires_ms);
CREATE INDEX signing_signer_citizen ON signing_signer (citizen, signing);
