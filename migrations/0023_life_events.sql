-- Events, each for one service, with the state of its delivery. Deleted 30 days after the delivery has ended.
CREATE TABLE life_event (
    -- `evt-` and 26 characters, of the alphabet of idempotency keys; another one at each service.
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    -- A CloudEvents type.
    type TEXT NOT NULL,
    -- Whom it is about; NULL where it is about nobody.
    citizen TEXT,
    -- What it is about at the service: a timer.
    object TEXT,
    -- What the service called the object.
    name TEXT,
    happened_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    content_type TEXT,
    -- Base64 (RFC 4648, section 4).
    data TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivering', 'done', 'dead', 'discarded')),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    first_attempt_ms BIGINT,
    -- When it is delivered next, or the end of the lease of the attempt under way; NULL once it has ended.
    due_ms BIGINT,
    -- When the platform stops trying.
    give_up_ms BIGINT NOT NULL,
    -- The code of the last failed attempt, or of the refusal.
    error TEXT,
    ended_ms BIGINT
);
CREATE INDEX life_event_due ON life_event (due_ms, id) WHERE due_ms IS NOT NULL;
CREATE INDEX life_event_service ON life_event (service, id);
CREATE INDEX life_event_ended ON life_event (ended_ms) WHERE ended_ms IS NOT NULL;

-- Reminders that services set for themselves. Kept, because the same key gets the first answer for the whole test.
CREATE TABLE life_timer (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    citizen TEXT,
    name TEXT NOT NULL,
    -- Base64; NULL also once the event is on its way.
    data TEXT,
    due_ms BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'due', 'cleared'))
);
CREATE UNIQUE INDEX life_timer_key ON life_timer (service, key);
CREATE INDEX life_timer_due ON life_timer (due_ms, id) WHERE state = 'pending';

-- Pending reminders of a service. One row each, so that two that are set at once are counted one after the other.
CREATE TABLE life_timer_count (
    service TEXT NOT NULL PRIMARY KEY,
    pending BIGINT NOT NULL CHECK (pending >= 0)
);
