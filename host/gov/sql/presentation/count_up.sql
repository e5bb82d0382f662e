UPDATE presentation_count
SET asked = asked + 1
WHERE service = $1 AND asked < $2
