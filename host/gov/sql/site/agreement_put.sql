INSERT INTO identity_agreement (citizen, site, terms, scopes, agreed_ms, until_ms)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (citizen, site) DO UPDATE SET terms = excluded.terms, scopes = excluded.scopes,
    agreed_ms = excluded.agreed_ms, until_ms = excluded.until_ms
