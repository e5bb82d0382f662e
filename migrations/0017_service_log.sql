-- What services wrote and what the host said about their requests, for the developer of each. Bounded for each
-- service by bytes and age.
CREATE TABLE service_log (
    service TEXT NOT NULL REFERENCES service_name (name),
    -- The order in which the lines were written.
    sequence BIGINT NOT NULL CHECK (sequence > 0),
    at_ms BIGINT NOT NULL,
    request TEXT NOT NULL,
    version TEXT NOT NULL,
    -- The request's method and path, without its query.
    target TEXT NOT NULL,
    vetting BIGINT NOT NULL CHECK (vetting IN (0, 1)),
    level TEXT NOT NULL,
    source TEXT NOT NULL,
    context TEXT NOT NULL,
    message TEXT NOT NULL,
    -- What the line counts against the bytes that are kept of the service.
    bytes BIGINT NOT NULL CHECK (bytes > 0),
    PRIMARY KEY (service, sequence)
);
CREATE INDEX service_log_age ON service_log (at_ms);
