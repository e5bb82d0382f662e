-- Messages to citizens. A row is the citizen's copy and is never deleted; a service sees its own for 90 days.
CREATE TABLE message (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    -- The consent that the message rests on; NULL where its purpose rests on another basis.
    consent TEXT,
    -- Localised (JSON), as it was when the message was sent.
    service_title TEXT NOT NULL,
    controller TEXT NOT NULL,
    citizen TEXT NOT NULL,
    -- The citizen at the service.
    sub TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    template TEXT NOT NULL,
    template_version BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('transactional', 'subscription', 'formal-notice')),
    language TEXT NOT NULL CHECK (language IN ('az', 'en', 'ru')),
    subject TEXT NOT NULL,
    -- The parts of the text (JSON).
    body TEXT NOT NULL,
    reference TEXT,
    created_ms BIGINT NOT NULL,
    -- Not before, and not after.
    send_ms BIGINT NOT NULL,
    discard_ms BIGINT,
    status TEXT NOT NULL CHECK (status IN ('created', 'delivered', 'technical-failure', 'cancelled')),
    failure TEXT CHECK (failure IN ('file-refused', 'discarded', 'provider-failed')),
    completed_ms BIGINT,
    -- NULL where there is none.
    alert TEXT CHECK (alert IN ('created', 'sending', 'pending', 'sent', 'delivered', 'temporary-failure',
        'permanent-failure', 'technical-failure', 'cancelled')),
    alert_sent_ms BIGINT,
    alert_completed_ms BIGINT,
    -- When there is something to do about it; NULL once it is finished.
    due_ms BIGINT,
    read_ms BIGINT,
    confirmed_ms BIGINT
);
CREATE UNIQUE INDEX message_key ON message (service, key);
CREATE INDEX message_service ON message (service, id);
CREATE INDEX message_recent ON message (service, citizen, created_ms);
CREATE INDEX message_citizen ON message (citizen, completed_ms, id) WHERE status = 'delivered';
CREATE INDEX message_due ON message (due_ms, id) WHERE due_ms IS NOT NULL;

-- The file of a message, until the citizen can no longer download it.
CREATE TABLE message_file (
    message TEXT NOT NULL PRIMARY KEY REFERENCES message (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    -- Base64 (RFC 4648, section 4).
    content TEXT NOT NULL,
    keep_until_ms BIGINT NOT NULL
);
CREATE INDEX message_file_keep ON message_file (keep_until_ms);

-- All messages of a service. One row each, so that two that are sent at once are counted one after the other.
CREATE TABLE message_count (
    service TEXT NOT NULL PRIMARY KEY,
    sent BIGINT NOT NULL CHECK (sent >= 0)
);

-- Whose news a citizen ended.
CREATE TABLE message_unsubscribed (
    citizen TEXT NOT NULL,
    service TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (citizen, service)
);
-- Who wants no alerts outside the platform.
CREATE TABLE message_alerts_off (
    citizen TEXT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL
);

-- The pairwise pseudonym by which the service names its addressees; NULL until the service sends something.
ALTER TABLE consent_enrolment ADD COLUMN sub TEXT;
CREATE UNIQUE INDEX consent_enrolment_sub ON consent_enrolment (service, sub);
CREATE INDEX consent_enrolment_without_sub ON consent_enrolment (service, citizen) WHERE sub IS NULL;

-- What the simulated provider knows. Nothing but the simulator reads or writes it.
CREATE TABLE sim_alert (
    id TEXT NOT NULL PRIMARY KEY,
    citizen TEXT NOT NULL,
    taken_ms BIGINT NOT NULL
);
