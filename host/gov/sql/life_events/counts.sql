SELECT state, COUNT(*) AS events
FROM life_event
WHERE service = $1
GROUP BY state
ORDER BY state
