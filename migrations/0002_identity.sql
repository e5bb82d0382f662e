-- Secrets that the platform makes at its first start: the pairwise key, the signing key, client secrets.
CREATE TABLE identity_secret (
    name TEXT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL
);

-- Authorization requests whose citizen is at the log-in page.
CREATE TABLE identity_request (
    id_hash TEXT NOT NULL PRIMARY KEY,
    -- The checked parameters (JSON).
    request TEXT NOT NULL,
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    expires_ms BIGINT NOT NULL
);

-- Authorization codes. A used one stays until it expires, so that a second use is noticed.
CREATE TABLE identity_code (
    code_hash TEXT NOT NULL PRIMARY KEY,
    -- What it was issued for (JSON).
    issued TEXT NOT NULL,
    used BIGINT NOT NULL CHECK (used IN (0, 1)),
    expires_ms BIGINT NOT NULL
);

-- Access tokens for the userinfo endpoint.
CREATE TABLE identity_token (
    token_hash TEXT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL,
    client TEXT NOT NULL,
    fin TEXT NOT NULL,
    scope TEXT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX identity_token_code ON identity_token (code_hash);

-- Log-ins at the identity provider itself (single sign-on).
CREATE TABLE identity_login (
    id_hash TEXT NOT NULL PRIMARY KEY,
    fin TEXT NOT NULL,
    acr TEXT NOT NULL CHECK (acr IN ('low', 'substantial', 'high')),
    -- RFC 8176 values separated by a space.
    amr TEXT NOT NULL,
    auth_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);
