-- What services sent in to other agencies.
CREATE TABLE exchange_submission (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    -- The tax number of the service's organisation, whom the agency is told of.
    tax_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    operation TEXT NOT NULL,
    -- JSON: the values by their names.
    parameters TEXT NOT NULL,
    -- Whom it is about.
    citizen TEXT NOT NULL,
    purpose TEXT NOT NULL,
    consent_id TEXT NOT NULL,
    issue TEXT NOT NULL,
    content_type TEXT NOT NULL,
    -- Base64, sealed where the database has a key; forgotten once the agency has answered.
    content TEXT,
    -- The message, the same in every attempt.
    message_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('created', 'submitted', 'success', 'failed', 'error')),
    -- Why it did not succeed.
    failure TEXT CHECK (failure IN ('agency-refused', 'outcome-unknown')),
    -- The agency's own number.
    reference TEXT,
    -- The agency's last answer with its proof (JSON, sealed where the database has a key); forgotten after 30 days.
    answer TEXT,
    created_ms BIGINT NOT NULL,
    -- How often the agency was asked since it last answered.
    attempts BIGINT NOT NULL,
    -- When the agency is asked next; absent once the status is final.
    due_ms BIGINT,
    finished_ms BIGINT
);
CREATE UNIQUE INDEX exchange_submission_key ON exchange_submission (service, key);
CREATE INDEX exchange_submission_due ON exchange_submission (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX exchange_submission_kept ON exchange_submission (finished_ms) WHERE answer IS NOT NULL;
CREATE INDEX exchange_submission_lost ON exchange_submission (id) WHERE status = 'error';

-- The simulated agencies: what was sent in there, by the message that brought it.
CREATE TABLE sim_agency_case (
    message_id TEXT NOT NULL PRIMARY KEY,
    operation TEXT NOT NULL,
    -- The agency's own number; absent where it did not take the case on.
    reference TEXT,
    -- What was sent in (JSON, sealed where the database has a key).
    sent TEXT NOT NULL,
    -- When it decides; absent once it did.
    decides_ms BIGINT,
    -- The last answer: its status of HTTP, and its body (JSON, sealed where the database has a key).
    status BIGINT NOT NULL,
    answer TEXT NOT NULL
);
CREATE UNIQUE INDEX sim_agency_case_reference ON sim_agency_case (reference) WHERE reference IS NOT NULL;

-- The simulated register of places in kindergartens.
CREATE TABLE sim_kindergarten_place (
    -- The number of the application.
    reference TEXT NOT NULL PRIMARY KEY,
    applicant TEXT NOT NULL,
    child TEXT NOT NULL,
    kindergarten TEXT NOT NULL,
    -- `nursery` or `kindergarten`.
    age_group TEXT NOT NULL,
    first_day TEXT NOT NULL
);
CREATE UNIQUE INDEX sim_kindergarten_place_child ON sim_kindergarten_place (applicant, child);
