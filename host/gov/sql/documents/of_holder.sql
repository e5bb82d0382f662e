SELECT document.*, document_kind.description
FROM document
JOIN document_kind ON document_kind.digest = document.kind
WHERE document.citizen = $1
ORDER BY document.id DESC
LIMIT $2
