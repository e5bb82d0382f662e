SELECT CAST(COALESCE(SUM(named.namings), 0) AS BIGINT)
FROM signing_signer AS named
JOIN signing_signer AS namer ON namer.signing = named.signing AND namer.role = 'current'
WHERE namer.citizen = $1 AND named.named_ms > $2
