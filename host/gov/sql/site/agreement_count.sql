SELECT COUNT(*) FROM identity_agreement WHERE site = $1
