-- Presentations: documents that a service asks to be shown. What was shown is a reference: the service reads the claims from
-- the document for ten minutes after `finished_ms`, and only its holder afterwards.
CREATE TABLE presentation (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    -- JSON: the service's title on the day of the request.
    service_title TEXT NOT NULL,
    controller TEXT NOT NULL,
    presenter TEXT NOT NULL CHECK (presenter IN ('current', 'anyone')),
    -- Who is asked. Of `anyone`, NULL until somebody opens the code.
    citizen TEXT,
    -- JSON: what the approval said of it on the day of the request.
    terms TEXT NOT NULL,
    -- JSON: the documents, and which of them together will do.
    wanted TEXT NOT NULL,
    options TEXT NOT NULL,
    reference TEXT NOT NULL,
    return_path TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('created', 'started', 'success', 'failed', 'cancelled')),
    failure TEXT CHECK (failure IN ('not-shown', 'expired')),
    -- JSON: which document for which of those wanted; NULL unless it succeeded.
    shown TEXT,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    finished_ms BIGINT
);
CREATE UNIQUE INDEX presentation_key ON presentation (service, key);
CREATE INDEX presentation_citizen ON presentation (citizen, id);
CREATE INDEX presentation_open ON presentation (status, expires_ms);

-- Presentations that a service asked for. One row each, so that two requests at once are counted one after the other.
CREATE TABLE presentation_count (
    service TEXT NOT NULL PRIMARY KEY,
    asked BIGINT NOT NULL CHECK (asked >= 0)
);
