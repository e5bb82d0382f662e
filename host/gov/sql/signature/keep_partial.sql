INSERT INTO signing_partial (signing, place, content)
VALUES ($1, $2, $3)
ON CONFLICT (signing, place) DO UPDATE SET content = $3
