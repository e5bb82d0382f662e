DELETE FROM life_event
WHERE ended_ms < $1
