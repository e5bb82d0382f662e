-- Who publishes, what they published, who decided what about it and on which evidence.
CREATE TABLE organisation (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> ''),
    -- Taxpayer's number (VÖEN).
    tax_id TEXT NOT NULL UNIQUE CHECK (LENGTH(tax_id) = 10),
    created_at_ms BIGINT NOT NULL
);

CREATE TABLE organisation_member (
    organisation TEXT NOT NULL REFERENCES organisation (id),
    citizen TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (organisation, citizen)
);
CREATE INDEX organisation_member_citizen ON organisation_member (citizen);

CREATE TABLE api_token (
    id TEXT NOT NULL PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisation (id),
    label TEXT NOT NULL,
    -- SHA-256 of the token's text, in hexadecimal; the text itself is shown once and kept nowhere.
    secret_sha256 TEXT NOT NULL UNIQUE CHECK (LENGTH(secret_sha256) = 64),
    created_by TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL CHECK (expires_at_ms > created_at_ms),
    revoked_at_ms BIGINT
);
CREATE INDEX api_token_organisation ON api_token (organisation, created_at_ms);

CREATE TABLE staff (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE CHECK (email <> ''),
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('officer', 'director')),
    -- The organisation that they are tied to, about which they decide nothing.
    organisation TEXT REFERENCES organisation (id),
    -- Argon2id in PHC form.
    password_hash TEXT NOT NULL,
    failed_attempts BIGINT NOT NULL CHECK (failed_attempts >= 0),
    locked_until_ms BIGINT NOT NULL
);

-- A name belongs to whoever published under it first.
CREATE TABLE service_name (
    name TEXT NOT NULL PRIMARY KEY,
    -- What the name looks like at a glance; see `manifest::skeleton`.
    skeleton TEXT NOT NULL,
    organisation TEXT NOT NULL REFERENCES organisation (id),
    created_at_ms BIGINT NOT NULL
);
CREATE INDEX service_name_skeleton ON service_name (skeleton);

CREATE TABLE submission (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL REFERENCES service_name (name),
    organisation TEXT NOT NULL REFERENCES organisation (id),
    version TEXT NOT NULL,
    digest TEXT NOT NULL CHECK (digest LIKE 'sha256:%' AND LENGTH(digest) = 71),
    size_bytes BIGINT NOT NULL CHECK (size_bytes > 0),
    manifest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'vetting', 'vetting-failed', 'vetted', 'first-approved',
        'approved', 'deployed', 'superseded', 'suspended', 'withdrawn', 'rejected')),
    -- What is known in that state, as JSON.
    state_data TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision >= 0),
    created_by TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    -- A version is what it was the first time.
    UNIQUE (service, version)
);
CREATE INDEX submission_state ON submission (state, updated_at_ms);
CREATE INDEX submission_organisation ON submission (organisation, created_at_ms);
-- One version of a service at a time is in citizens' hands.
CREATE UNIQUE INDEX submission_live ON submission (service) WHERE state IN ('deployed', 'suspended');

CREATE TABLE vetting_report (
    -- SHA-256 of `content`, in hexadecimal: what approvals are bound to.
    sha256 TEXT NOT NULL PRIMARY KEY CHECK (LENGTH(sha256) = 64),
    submission TEXT NOT NULL REFERENCES submission (id),
    content TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL
);

-- Append-only: nothing updates or deletes a row.
CREATE TABLE decision (
    id TEXT NOT NULL PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submission (id),
    at_ms BIGINT NOT NULL,
    -- `staff`, `developer` or `platform`.
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('staff', 'developer', 'platform')),
    actor TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    -- What happened: the code of a `domain::submission::Event`.
    event TEXT NOT NULL,
    -- `allowed`, or the code of the rule that refused it.
    outcome TEXT NOT NULL,
    state_before TEXT NOT NULL,
    state_after TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- SHA-256 of the report that the actor saw, where there was one.
    evidence TEXT,
    reason TEXT NOT NULL,
    -- The limits that were given, as JSON, where the decision gives any.
    limits TEXT
);
CREATE INDEX decision_submission ON decision (submission, id);
