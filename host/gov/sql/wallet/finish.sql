UPDATE verifier_request
SET status = $2, way_back = $3
WHERE id = $1 AND status = $4
