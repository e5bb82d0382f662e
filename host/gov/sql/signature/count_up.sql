UPDATE signing_count
SET asked = asked + $2
WHERE service = $1 AND asked + $2 <= $3
