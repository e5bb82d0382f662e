INSERT INTO vetting_report (sha256, submission, content, created_at_ms)
VALUES ($1, $2, $3, $4)
ON CONFLICT (sha256) DO NOTHING
