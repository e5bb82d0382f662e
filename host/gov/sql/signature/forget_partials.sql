DELETE FROM signing_partial
WHERE signing = $1
