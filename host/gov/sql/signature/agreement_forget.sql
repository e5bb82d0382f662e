DELETE FROM signing_agreement
WHERE signing = $1
