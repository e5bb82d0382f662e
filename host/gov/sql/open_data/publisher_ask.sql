INSERT INTO open_data_publisher (organisation, name, state, changed_ms)
VALUES ($1, $2, 'asked', $3)
ON CONFLICT (organisation) DO UPDATE SET name = $2, state = 'asked', changed_ms = $3
WHERE open_data_publisher.state = 'ended'
