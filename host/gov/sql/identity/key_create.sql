INSERT INTO identity_key (number, made_ms)
VALUES ($1, $2)
ON CONFLICT (number) DO NOTHING
