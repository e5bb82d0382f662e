SELECT document.*, document_kind.description
FROM document
JOIN document_kind ON document_kind.digest = document.kind
WHERE document.acceptance = 'offered' AND (document.created_ms <= $1 OR document.expires_ms <= $2)
ORDER BY document.created_ms
LIMIT $3
