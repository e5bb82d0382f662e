SELECT service, description
FROM document_kind
WHERE digest = $1
