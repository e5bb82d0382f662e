SELECT terms, scopes FROM identity_agreement WHERE citizen = $1 AND site = $2 AND until_ms > $3
