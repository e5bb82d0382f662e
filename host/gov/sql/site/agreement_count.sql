SELECT COUNT(*) FROM identity_agreement WHERE site = $1 AND until_ms > $2
