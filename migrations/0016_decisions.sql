-- The suspension of a service belongs to its name: while a row is open, no version of that name deploys or
-- loads.
CREATE TABLE service_suspension (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL REFERENCES service_name (name),
    at_ms BIGINT NOT NULL,
    suspended_by TEXT NOT NULL REFERENCES staff (id),
    -- For the staff alone.
    grounds TEXT NOT NULL CHECK (grounds <> ''),
    -- For citizens and the publisher, where something is published.
    public_reason TEXT CHECK (public_reason <> ''),
    lifted_at_ms BIGINT,
    lifted_by TEXT REFERENCES staff (id)
);
CREATE UNIQUE INDEX service_suspension_open ON service_suspension (service) WHERE lifted_at_ms IS NULL;
-- It belonged to the version before, and what the public was told stood apart from the decision.
INSERT INTO service_suspension (id, service, at_ms, suspended_by, grounds, public_reason)
SELECT 'sus' || SUBSTR(decision.id, 4), submission.service, decision.at_ms, decision.actor, decision.reason,
    (SELECT service_notice.reason FROM service_notice
        WHERE service_notice.service = submission.service AND service_notice.at_ms >= decision.at_ms
        ORDER BY service_notice.at_ms DESC LIMIT 1)
FROM submission
JOIN decision ON decision.submission = submission.id
WHERE submission.state = 'suspended' AND decision.id = (SELECT MAX(stop.id) FROM decision AS stop
    WHERE stop.submission = submission.id AND stop.event = 'suspend' AND stop.outcome = 'allowed');
DROP TABLE service_notice;

-- When a version of this name was deployed first. Citizens know the name from then on, so that it stays with
-- its organisation; one that was never deployed lapses.
ALTER TABLE service_name ADD COLUMN deployed_at_ms BIGINT;
UPDATE service_name SET deployed_at_ms = (
    SELECT MIN(decision.at_ms) FROM decision
    JOIN submission ON submission.id = decision.submission
    WHERE submission.service = service_name.name AND decision.event = 'deploy' AND decision.outcome = 'allowed'
);

-- That an officer has checked who an organisation is, before anything of it is approved. Append-only.
CREATE TABLE organisation_verification (
    organisation TEXT NOT NULL PRIMARY KEY REFERENCES organisation (id),
    at_ms BIGINT NOT NULL,
    verified_by TEXT NOT NULL REFERENCES staff (id),
    -- What was seen: the register, the extract's number, the documents.
    evidence TEXT NOT NULL CHECK (evidence <> '')
);

-- The name of the person who made the token, for the log of decisions.
ALTER TABLE api_token ADD COLUMN created_by_name TEXT NOT NULL DEFAULT '';
-- For whom a developer acted, and the label of the token where a program did it.
ALTER TABLE decision ADD COLUMN actor_organisation TEXT;
ALTER TABLE decision ADD COLUMN actor_token TEXT;
