UPDATE message
SET status = $4, failure = $5, completed_ms = $6, alert = $7, alert_sent_ms = $8, alert_completed_ms = $9, due_ms = $10
WHERE id = $1 AND status = $2 AND COALESCE(alert, '') = $3
