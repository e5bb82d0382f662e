-- Who or what ended an agreement: the citizen, the service that gave it up, the citizen's leaving of the
-- test, or the withdrawal of the service.
ALTER TABLE consent_record ADD COLUMN ended_by TEXT CHECK (ended_by IN ('citizen', 'service', 'left', 'withdrawn'));

-- An enrolment is kept after its end, with what the citizen was told when joining (JSON): the service's
-- title, the organisation, the systems outside that it sends data to. Rows of before know none of it.
ALTER TABLE consent_enrolment ADD COLUMN terms TEXT NOT NULL DEFAULT '';
ALTER TABLE consent_enrolment ADD COLUMN ended_ms BIGINT;
ALTER TABLE consent_enrolment ADD COLUMN ended_by TEXT CHECK (ended_by IN ('left', 'withdrawn'));

-- Why a service was stopped, in the words that staff chose for the public; the grounds of the decision
-- are for the publisher. The newest one of a service holds for its present suspension.
CREATE TABLE service_notice (
    service TEXT NOT NULL REFERENCES service_name (name),
    at_ms BIGINT NOT NULL,
    reason TEXT NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (service, at_ms)
);
