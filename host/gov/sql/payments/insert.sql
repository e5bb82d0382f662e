INSERT INTO payment (id, service, service_az, service_en, service_ru, controller, citizen, service_code,
    amount_minor, reference, description_az, description_en, description_ru, return_path, delayed_capture,
    metadata, bill, state, created_ms, expires_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'created', $18, $19)
