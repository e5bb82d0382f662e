-- Web sites that log citizens in at the provider, as two officers approved them. The provider knows no others.
CREATE TABLE identity_site (
    -- The client's id.
    id TEXT NOT NULL PRIMARY KEY,
    -- The approved content, as JSON.
    content TEXT NOT NULL,
    -- Until when the approval counts. The row stays: citizens read the name in their access log.
    ends_ms BIGINT NOT NULL,
    -- SHA-256 of the client's secret; NULL before one is made, and for a public client.
    secret_hash TEXT
);

-- What citizens agreed to at a site: one row while the agreement lasts.
CREATE TABLE identity_agreement (
    citizen TEXT NOT NULL,
    site TEXT NOT NULL,
    -- SHA-256 of the terms that the citizen read.
    terms TEXT NOT NULL,
    -- Scopes, separated by spaces.
    scopes TEXT NOT NULL,
    agreed_ms BIGINT NOT NULL,
    -- The end that the citizen was told: that of the site's approval at the time.
    until_ms BIGINT NOT NULL,
    PRIMARY KEY (citizen, site)
);
CREATE INDEX identity_agreement_by_site ON identity_agreement (site);

-- Applications of organisations for their web sites. A change of a site is another application for it.
CREATE TABLE site_application (
    id TEXT NOT NULL PRIMARY KEY,
    -- The client's id, which the first application makes.
    site TEXT NOT NULL,
    organisation TEXT NOT NULL REFERENCES organisation (id),
    -- What is asked for, as JSON.
    content TEXT NOT NULL,
    -- SHA-256 of it, which approvals name.
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The officers whose approvals stand.
    first_by TEXT REFERENCES staff (id),
    second_by TEXT REFERENCES staff (id),
    created_ms BIGINT NOT NULL
);
CREATE INDEX site_application_by_organisation ON site_application (organisation, id);
CREATE INDEX site_application_by_state ON site_application (state, id);
CREATE INDEX site_application_by_site ON site_application (site, id);

-- Every decision about an application, refused ones included. Append-only.
CREATE TABLE site_decision (
    id TEXT NOT NULL PRIMARY KEY,
    application TEXT NOT NULL REFERENCES site_application (id),
    at_ms BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    actor_organisation TEXT,
    actor_token TEXT,
    event TEXT NOT NULL,
    -- `allowed`, or the code of the rule that refused it.
    outcome TEXT NOT NULL,
    state_before TEXT NOT NULL,
    state_after TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX site_decision_by_application ON site_decision (application, id);
