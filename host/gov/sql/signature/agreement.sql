SELECT signing, agreement, ends_ms, leads_to
FROM signing_agreement
WHERE signing = $1
