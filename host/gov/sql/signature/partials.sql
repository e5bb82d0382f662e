SELECT signing, content
FROM signing_partial
WHERE signing = $1
ORDER BY place
