DELETE FROM identity_agreement WHERE site = $1
