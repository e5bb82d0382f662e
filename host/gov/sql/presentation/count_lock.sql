UPDATE presentation_count
SET asked = asked
WHERE service = $1
