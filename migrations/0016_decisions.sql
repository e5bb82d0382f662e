-- The suspension of a service belongs to its name: while a row is open, no version of that name deploys or
-- loads. The same text was in a notice without its decision before.
DROP TABLE service_notice;
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

-- When a version of this name was deployed first. Citizens know the name from then on, so that it stays with
-- its organisation; one that was never deployed lapses.
ALTER TABLE service_name ADD COLUMN deployed_at_ms BIGINT;

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
