SELECT count(*)
FROM document_place
WHERE list >= $1
