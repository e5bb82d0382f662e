INSERT INTO signing_agreement (signing, agreement, ends_ms, leads_to)
VALUES ($1, $2, $3, $4)
