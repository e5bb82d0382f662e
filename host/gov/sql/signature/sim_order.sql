SELECT number, hashes
FROM sim_signature_order
WHERE id = $1
