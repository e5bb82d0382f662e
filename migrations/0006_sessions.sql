-- Log-ins at the platform's own pages. The key is the SHA-256 of the cookie's value.
CREATE TABLE portal_session (
    id_hash TEXT NOT NULL PRIMARY KEY,
    data TEXT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX portal_session_expiry ON portal_session (expires_ms);

-- Hands a citizen over from the platform to the origin of a service: once, within a minute.
CREATE TABLE entry_ticket (
    ticket_hash TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    -- The log-in at the platform that it stems from.
    login TEXT NOT NULL,
    -- SHA-256 of the value that the browser got at the service's origin before.
    browser_hash TEXT NOT NULL,
    -- `invocation::Session` (JSON).
    session TEXT NOT NULL,
    expires_ms BIGINT NOT NULL
);

-- Log-ins at the origins of services; they end with the log-in at the platform.
CREATE TABLE service_session (
    id_hash TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    login TEXT NOT NULL,
    session TEXT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX service_session_login ON service_session (login);
CREATE INDEX service_session_expiry ON service_session (expires_ms);
