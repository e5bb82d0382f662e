-- Requests of web sites that citizens show documents (OpenID4VP 1.0), from the moment at which a citizen opened one. Deleted
-- after `ends_ms`.
CREATE TABLE verifier_request (
    id TEXT NOT NULL PRIMARY KEY,
    -- Who opened it.
    citizen TEXT NOT NULL,
    site TEXT NOT NULL,
    -- A request is opened once.
    nonce TEXT NOT NULL,
    -- JSON: where the answer goes, and what it carries.
    reply TEXT NOT NULL,
    -- JSON: the documents, and which of them together will do.
    wanted TEXT NOT NULL,
    options TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'sending', 'shown', 'refused', 'unanswered')),
    -- Where the site sends its visitor afterwards.
    way_back TEXT,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX verifier_request_nonce ON verifier_request (site, nonce);
CREATE INDEX verifier_request_citizen ON verifier_request (citizen, created_ms);
CREATE INDEX verifier_request_ends ON verifier_request (ends_ms);

-- The web site that a showing went to; NULL for one that was opened by its code.
ALTER TABLE document_showing ADD COLUMN shown_to TEXT;
