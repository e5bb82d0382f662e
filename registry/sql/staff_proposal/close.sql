UPDATE staff_proposal
SET state = $2, link_sha256 = NULL
WHERE id = $1 AND state = 'open'
