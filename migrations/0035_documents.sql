-- Descriptions of kinds of documents, as they were on the day of a document. Never deleted: a verifier may ask what a
-- document's kind means for as long as somebody has one.
CREATE TABLE document_kind (
    -- SHA-256 of service and description, hexadecimal.
    digest TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    -- JSON, as in the manifest.
    description TEXT NOT NULL
);

CREATE TABLE document (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    -- The holder.
    citizen TEXT NOT NULL,
    -- A digest of `document_kind`.
    kind TEXT NOT NULL,
    -- JSON: names and values.
    claims TEXT NOT NULL,
    -- JSON: the service's title on the day of issue.
    service_title TEXT NOT NULL,
    controller TEXT NOT NULL,
    -- The first moment of the first day, and the one after the last, in Baku.
    valid_from_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    acceptance TEXT NOT NULL CHECK (acceptance IN ('offered', 'accepted', 'declined')),
    standing TEXT NOT NULL CHECK (standing IN ('good', 'suspended', 'revoked')),
    standing_ms BIGINT,
    -- JSON: the text for the holder in each language.
    reason TEXT,
    replaces TEXT,
    created_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX document_key ON document (service, key);
CREATE INDEX document_holder ON document (citizen, id);

-- Changes of a standing that services asked for: the same key gets the first answer.
CREATE TABLE document_change (
    service TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (service, key)
);

-- Documents that a service issued. One row each, so that two that are issued at once are counted one after the other.
CREATE TABLE document_count (
    service TEXT NOT NULL PRIMARY KEY,
    issued BIGINT NOT NULL CHECK (issued >= 0)
);

-- Showings of documents: what a holder lets one verifier see. Deleted after `ends_ms`.
CREATE TABLE document_showing (
    id TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    -- The names of the claims, joined by spaces.
    claims TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    -- Until when it can be opened.
    until_ms BIGINT NOT NULL,
    -- When it was opened.
    seen_ms BIGINT,
    -- SD-JWT+KB; NULL before it was opened.
    presented TEXT,
    -- The end of its document, or of the time in which it can be opened.
    ends_ms BIGINT NOT NULL
);
CREATE INDEX document_showing_document ON document_showing (document, id);
CREATE INDEX document_showing_ends ON document_showing (ends_ms);

-- The places of signed copies in the status lists. Deleted after `ends_ms`: their copies are over.
CREATE TABLE document_place (
    list BIGINT NOT NULL,
    place BIGINT NOT NULL,
    document TEXT NOT NULL,
    ends_ms BIGINT NOT NULL,
    PRIMARY KEY (list, place)
);
CREATE INDEX document_place_document ON document_place (document);
CREATE INDEX document_place_ends ON document_place (ends_ms);
